"""DHCP and DNS: dnsmasq, udhcpc, dhclient and dig with the host."""

import os
import re
import signal
import sys

from support import FOLDER, PROGRAM, Program, Tap, eventually, holds, namespace, run

ZONE = """\
$ORIGIN example.org.
$TTL 1h
@       SOA ns admin (2026112301 1d 2h 4w 5m)
        NS  ns
        MX  10 mail
ns      A    10.0.0.2
        AAAA fd00::2
mail    A    192.0.2.25
www     CNAME web
web     A    192.0.2.80
        AAAA 2001:db8::80
*.wild  TXT  "anything" "goes"
sub     NS   ns.sub
ns.sub  A    192.0.2.53
"""
BIG = "".join(f"big TXT \"{'x' * 200}{number:03}\"\n" for number in range(30))


def written(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def dig(ns, *arguments):
    """Status, flags and answers of dig."""
    said = run(["dig", "+tries=1", "+time=3", *arguments], ns).stdout
    status = re.search(r"status: (\w+)", said)
    flags = re.search(r"flags: ([\w ]+);", said)
    answers = re.findall(r"^(\S+)\s+\d+\s+IN\s+(\S+)\s+(.*)$", said.split("ANSWER SECTION:")[-1], re.M) if "ANSWER SECTION:" in said else []
    return status.group(1) if status else said, flags.group(1).split() if flags else [], answers, said


def dnsmasq(ns, *arguments):
    command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--bind-interfaces", "--pid-file="]
    program = Program([*command, "--user=root", *arguments], ns)
    eventually(lambda: run("ss -uln", ns).stdout.count(":53") or not program.running(), "dnsmasq listens")
    holds(program.running(), program.output())
    return program


def test_dig_asks_the_server():
    """All kinds of answers of a zone, over UDP and TCP, with and without EDNS, over IPv4 and IPv6."""
    path = written("zone", ZONE + BIG)
    with namespace("a") as ns, Tap(ns, "--dns", path):
        for server in ("@10.0.0.2", "@fd00::2"):
            for how in ([], ["+tcp"], ["+noedns"], ["+bufsize=4096"], ["+dnssec"]):
                status, flags, answers, said = dig(ns, server, *how, "www.example.org", "A")
                holds(status == "NOERROR" and "aa" in flags, said)
                holds([(kind, data) for _, kind, data in answers][:2] == [("CNAME", "web.example.org."), ("A", "192.0.2.80")], said)
        ask = lambda *words: dig(ns, "@10.0.0.2", *words)  # noqa: E731
        status, _, answers, said = ask("x.y.wild.example.org", "TXT")
        holds(answers[0][2] == '"anything" "goes"', said)
        status, _, _, said = ask("missing.example.org", "A")
        holds(status == "NXDOMAIN" and "SOA" in said, said)
        status, _, answers, said = ask("mail.example.org", "AAAA")
        holds(status == "NOERROR" and "ANSWER: 0" in said and "SOA" in said, said)
        status, flags, _, said = ask("host.sub.example.org", "A")
        holds("aa" not in flags and "ns.sub.example.org" in said and "192.0.2.53" in said, said)
        status, _, _, said = ask("example.com", "A")
        holds(status == "REFUSED", said)
        # 6 kB of records do not fit into a datagram: dig asks again over TCP.
        _, _, answers, said = ask("big.example.org", "TXT")
        holds(len([1 for _, kind, _ in answers if kind == "TXT"]) == 30 and "retrying in TCP" in said, said[-500:])
        _, _, _, said = ask("+ignore", "+bufsize=512", "big.example.org", "TXT")
        holds(re.search(r"flags:[\w ]* tc", said), said)
        status, _, _, said = ask("+edns=7", "+noednsnegotiation", "web.example.org")
        holds("BADVERS" in said, said)
        status, _, _, said = ask("+opcode=notify", "web.example.org")
        holds("NOTIMP" in said, said)


def test_the_host_asks_dnsmasq():
    """The stub resolver of the host: addresses of both families, an alias, what is not there; a first server that is dead."""
    with namespace("a") as ns:
        run("ip tuntap add dev tap0 mode tap", ns)
        run("ip addr add 10.0.0.1/24 dev tap0", ns)
        run("ip link set tap0 up", ns)
        program = dnsmasq(
            ns, "--listen-address=10.0.0.1", "--host-record=host.example.org,192.0.2.7,2001:db8::7",
            "--cname=alias.example.org,host.example.org", "--local=/example.org/",
        )
        command = [PROGRAM, "tap", "--dev", "tap0", "--addr", "10.0.0.2/24", "--quiet"]
        for servers in (["10.0.0.1"], ["10.0.0.99", "10.0.0.1"]):
            named = [word for server in servers for word in ("--name-server", server)]
            for name in ("host.example.org", "alias.example.org"):
                said = run([*command, *named, "--resolve", name], ns).stdout
                holds(said.split() == ["192.0.2.7", "2001:db8::7"], said)
            done = run([*command, *named, "--resolve", "none.example.org"], ns, check=False)
            holds(done.returncode == 1 and "cannot be found" in done.stderr, done.stderr)
        program.end(signal.SIGTERM, None)


def test_dig_asks_the_forwarder():
    """The host as the name server of a home: dig asks it, it asks dnsmasq, and the second time it knows."""
    with namespace("a") as ns, Tap(ns, "--dns-forward", "10.0.0.1"):
        program = dnsmasq(
            ns, "--listen-address=10.0.0.1", "--host-record=host.example.org,192.0.2.7", "--local=/example.org/", "--log-queries", "--log-facility=-",
            "--local-ttl=300",
        )
        for _ in range(3):
            status, flags, answers, said = dig(ns, "@10.0.0.2", "host.example.org", "A")
            holds(status == "NOERROR" and "ra" in flags and answers[0][2] == "192.0.2.7", said)
        status, _, _, said = dig(ns, "@10.0.0.2", "none.example.org", "A")
        holds(status == "NXDOMAIN", said)
        asked = program.end(signal.SIGTERM, None)
        holds(len(re.findall(r"query\[A\] host.example.org", asked, re.I)) == 1, asked)


def test_dig_asks_the_recursive_resolver():
    """A root, org and example.org, each a dnsmasq of its own that is authoritative: the resolver finds its way from the root down."""
    with namespace("a") as ns, Tap(ns, "--dns-root", "root=10.0.0.11"):
        for last in (11, 12, 13):
            run(["ip", "addr", "add", f"10.0.0.{last}/24", "dev", "tap0"], ns)
        zones = {
            "10.0.0.11": "$TTL 1h\n. SOA root admin 1 1h 1h 1h 1h\n. NS root.\nroot. A 10.0.0.11\norg. NS ns.org.\nns.org. A 10.0.0.12\n",
            "10.0.0.12": "$ORIGIN org.\n$TTL 1h\n@ SOA ns admin 1 1h 1h 1h 1h\n@ NS ns\nns A 10.0.0.12\nexample NS ns.example\nns.example A 10.0.0.13\n",
            "10.0.0.13": "$ORIGIN example.org.\n$TTL 1h\n@ SOA ns admin 1 1h 1h 1h 1h\n@ NS ns\nns A 10.0.0.13\nwww A 192.0.2.80\n",
        }
        servers = [Program([sys.executable, "-c", AUTHORITY, server, written(f"zone-{server}", zone)], ns) for server, zone in zones.items()]
        for server in servers:
            eventually(lambda server=server: "ready" in server.output(), "the servers listen")
        for _ in range(2):
            status, flags, answers, said = dig(ns, "@10.0.0.2", "www.example.org", "A")
            holds(status == "NOERROR" and "ra" in flags and answers[0][2] == "192.0.2.80", said)
        status, _, _, said = dig(ns, "@10.0.0.2", "none.example.org", "A")
        holds(status == "NXDOMAIN", said)
        asked = [server.end(code=None).count("www.example.org") for server in servers]
        holds(asked == [1, 1, 1], f"asked {asked} times")


# An authoritative server of dnspython's zones and messages, which answers as RFC 1034 section 4.3.2 has it, without aliases and wildcards.
AUTHORITY = """
import socket, sys
sys.path[:0] = ["/usr/lib/python3/dist-packages"]
import dns.flags, dns.message, dns.name, dns.rcode, dns.rdatatype, dns.zone
address, path = sys.argv[1:]
text = open(path).read()
origin = "." if "$ORIGIN" not in text else text.split()[1]
zone = dns.zone.from_text(text, origin=origin, relativize=False)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((address, 53))
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(4096)
    query = dns.message.from_wire(data)
    question = query.question[0]
    print(question.name.to_text(omit_final_dot=True).lower(), flush=True)
    reply = dns.message.make_response(query)
    name = question.name
    cut = next((n for n in zone.nodes if n != zone.origin and name.is_subdomain(n) and zone.get_rrset(n, "NS")), None)
    if cut is not None:
        servers = zone.get_rrset(cut, "NS")
        reply.authority.append(servers)
        for server in servers:
            glue = zone.get_rrset(server.target, "A")
            if glue: reply.additional.append(glue)
    else:
        reply.flags |= dns.flags.AA
        found = zone.get_rrset(name, question.rdtype)
        if found: reply.answer.append(found)
        else:
            reply.authority.append(zone.get_rrset(zone.origin, "SOA"))
            if name not in zone.nodes: reply.set_rcode(dns.rcode.NXDOMAIN)
    s.sendto(reply.to_wire(), peer)
"""


def test_the_host_gets_an_address_from_dnsmasq():
    """DORA, then the host answers at its address, knows router and name server, renews when half of the time is over, and fetches by name."""
    page, _ = os.path.join(FOLDER, "page.txt"), written("page.txt", "found by name\n")
    with namespace("a") as ns:
        run("ip tuntap add dev tap0 mode tap", ns)
        run("ip addr add 10.0.0.1/24 dev tap0", ns)
        run("ip link set tap0 up", ns)
        log = os.path.join(FOLDER, "leases")
        program = dnsmasq(
            ns, "--interface=tap0", "--dhcp-range=10.0.0.50,10.0.0.60,2m", f"--dhcp-leasefile={log}", "--dhcp-authoritative",
            "--log-dhcp", "--log-facility=-", "--host-record=web.example.org,10.0.0.1", "--domain=example.org",
        )
        recording = os.path.join(FOLDER, "dhcp.pcapng")
        web = Program([sys.executable, "-m", "http.server", "80", "--directory", FOLDER], ns)
        eventually(lambda: ":80" in run("ss -tln", ns).stdout, "the kernel's server listens")
        out = os.path.join(FOLDER, "by-name")
        command = [PROGRAM, "tap", "--dev", "tap0", "--dhcp-client", "--record", recording, "--fetch", "http://web.example.org/page.txt", "-o", out]
        said = run(command, ns, timeout=60).stderr
        with open(out, encoding="utf-8") as file, open(page, encoding="utf-8") as expected:
            holds(file.read() == expected.read(), said)
        replayed = run([PROGRAM, "tap", "--replay", recording]).stderr
        holds("all as in the recording" in replayed, replayed)
        # It renews after a minute, so the RFC's least time to wait; here only that it is bound, and pings back.
        host = Program([PROGRAM, "tap", "--dev", "tap0", "--dhcp-client", "--json"], ns)
        bound = lambda: re.search(r"10\.0\.0\.5\d|10\.0\.0\.60", host.output())  # noqa: E731
        address = eventually(bound, "the host has an address", 40).group(0)
        eventually(lambda: run(["ping", "-n", "-c1", "-W1", address], ns, check=False).returncode == 0, "it answers there", 20)
        host.end()
        web.end(code=None)
        served = program.end(signal.SIGTERM, None)
        holds("DHCPACK" in served, served)


def test_udhcpc_gets_an_address_from_the_host():
    """busybox's client: address, mask, router and name server, as its script is told them."""
    path = written("zone", ZONE)
    script = written("udhcpc.sh", "#!/bin/sh\n[ \"$1\" = bound ] && echo \"bound $ip $mask $router $dns $lease\"\nexit 0\n")
    os.chmod(script, 0o755)
    arguments = ["--kernel", "10.0.0.1/24", "--addr", "10.0.0.2/24", "--router", "--dns", path, "--dhcp-server", "10.0.0.100-10.0.0.110"]
    with namespace("a") as ns, Tap(ns, *arguments, address=False):
        done = run(["udhcpc", "-i", "tap0", "-f", "-q", "-n", "-t", "5", "-T", "3", "-s", script], ns, timeout=60)
        holds(re.search(r"bound 10\.0\.0\.1(0\d|10) 24 10\.0\.0\.2 10\.0\.0\.2 \d+", done.stdout), done.stdout + done.stderr)


def test_dhclient_gets_an_address_from_the_host():
    """ISC's client, which releases it too."""
    lease = os.path.join(FOLDER, "dhclient.leases")
    arguments = ["--kernel", "10.0.0.1/24", "--addr", "10.0.0.2/24", "--dhcp-server", "10.0.0.100-10.0.0.110"]
    with namespace("a") as ns, Tap(ns, *arguments, address=False):
        common = ["-lf", lease, "-pf", os.path.join(FOLDER, "dhclient.pid"), "-cf", "/dev/null", "-sf", "/bin/true"]
        run(["dhclient", "-4", "-1", "-v", *common, "tap0"], ns, timeout=60)
        with open(lease, encoding="utf-8") as file:
            text = file.read()
        holds("fixed-address 10.0.0.1" in text and "subnet-mask 255.255.255.0" in text, text)
        run(["dhclient", "-4", "-r", *common, "tap0"], ns, timeout=60)

