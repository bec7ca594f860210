"""Other programs that do the same: nsd answers for the same zones as the host, BIRD speaks RIP with it."""

import os
import re
import signal

from support import FOLDER, Program, Tap, eventually, holds, namespace, run

ZONE = """\
$ORIGIN example.org.
$TTL 3600
@        SOA  ns.example.org. admin.example.org. 1 86400 7200 2419200 300
         NS   ns
         NS   other.example.net.
         MX   10 mail
         MX   20 mail.example.net.
ns       A    10.0.0.2
         AAAA fd00::2
mail     A    192.0.2.25
         AAAA 2001:db8::25
web      A    192.0.2.80
         A    192.0.2.81
www      CNAME web
chain    CNAME www
away     CNAME www.example.net.
gone     CNAME nothing
loop1    CNAME loop2
loop2    CNAME loop1
*.wild   TXT  "anything"
         MX   5 mail
a.b.wild TXT  "this one"
*.alias  CNAME web
deep.er.and.deeper A 192.0.2.99
sub      NS   ns.sub
         NS   ns.example.net.
ns.sub   A    192.0.2.53
         AAAA 2001:db8::53
in.sub   A    192.0.2.54
_sip._udp SRV 1 2 5060 mail
text     TXT  "one" "two"
         HINFO "PC" "none"
CaSe     A    192.0.2.77
"""
NAMES = """@ ns mail web www chain away gone loop1 wild x.wild x.y.wild b.wild a.b.wild c.b.wild *.wild x.alias alias deep.er.and.deeper er.and.deeper deeper
x.deeper sub ns.sub in.sub x.in.sub none.sub x.ns.sub _sip._udp _udp text case cAsE nothing x.web x.www""".split()
TYPES = "A AAAA MX NS TXT SOA CNAME SRV ANY DS HINFO TYPE65280".split()


def sections(said):
    """Status, flags and the records of each section of what dig prints, without order."""
    status = re.search(r"status: (\w+)", said).group(1)
    flags = [flag for flag in re.search(r"flags: ([\w ]*);", said).group(1).split() if flag in ("aa", "tc", "ra")]
    found = {}
    for part in re.split(r"\n;; (?=\w+ SECTION)", said)[1:]:
        title = part.split(" ")[0]
        if title in ("ANSWER", "AUTHORITY", "ADDITIONAL"):
            records = [" ".join(line.split()) for line in part.splitlines()[1:] if line and not line.startswith(";")]
            found[title] = sorted(record.lower() for record in records)
    return status, flags, found


def test_nsd_answers_the_same():
    """Each name and type of a zone with aliases, wildcards, cuts and empty names, asked of both over TCP: the same result, flags, answers and authorities.

    What stands in the additional section is for each to choose."""
    zone = os.path.join(FOLDER, "nsd.zone")
    with open(zone, "w", encoding="utf-8") as file:
        file.write(ZONE)
    config = os.path.join(FOLDER, "nsd.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(
            f"server:\n  ip-address: 10.0.0.1\n  username: root\n  zonesdir: {FOLDER}\n  database: \"\"\n  pidfile: \"\"\n  xfrdfile: {FOLDER}/xfrd\n  zonelistfile: {FOLDER}/list\n"
            f"  xfrdir: {FOLDER}\n  minimal-responses: yes\n  refuse-any: no\n  rrl-ratelimit: 0\nremote-control:\n  control-enable: no\nzone:\n  name: example.org\n  zonefile: {zone}\n"
        )
    with namespace("a") as ns, Tap(ns, "--dns", zone):
        program = Program(["nsd", "-d", "-c", config], ns)
        eventually(lambda: "10.0.0.1:53" in run("ss -tln", ns).stdout or not program.running(), "nsd listens")
        holds(program.running(), program.output())
        different, count = [], 0
        for name in NAMES:
            full = "example.org" if name == "@" else f"{name}.example.org"
            questions = [word for kind in TYPES for word in (full, kind)]
            answers = []
            for server in ("10.0.0.1", "10.0.0.2"):
                command = ["dig", f"@{server}", "+tcp", "+norec", "+noedns", "+nocookie", "+nomultiline", "+nocomments", "+comments", "+noall", "+comments", "+answer", "+authority", "+additional"]
                said = run([*command, *[word for pair in zip(questions[::2], questions[1::2]) for word in (*pair,)]], ns).stdout
                answers.append([part for part in said.split(";; Got answer:")[1:]])
            holds(len(answers[0]) == len(answers[1]) == len(TYPES), f"{name}: {len(answers[0])} and {len(answers[1])} answers")
            for kind, theirs, ours in zip(TYPES, *answers):
                count += 1
                (status, flags, found), (own_status, own_flags, own_found) = sections(theirs), sections(ours)
                same = status == own_status and flags == own_flags
                for title in ("ANSWER", "AUTHORITY"):
                    theirs_, ours_ = found.get(title, []), own_found.get(title, [])
                    # Of what is asked for as ANY nsd gives one set (RFC 8482), the host all (RFC 1034 section 6.2.2).
                    same = same and (set(theirs_) <= set(ours_) if kind == "ANY" else theirs_ == ours_)
                if not same:
                    different.append(f"{name} {kind}:\n nsd  {status} {flags} {found}\n ours {own_status} {own_flags} {own_found}")
        program.end(signal.SIGTERM, None)
        holds(not different, f"{len(different)} of {count} differ:\n" + "\n".join(different[:12]))
        return f"{count} questions"


def test_bird_and_the_host_tell_each_other():
    """BIRD's network behind the kernel is reached through the host once it was told, with the right metric, and no longer when BIRD withdraws it; BIRD has
    learned the host's other network, and forgets it when its cable is pulled."""
    config = os.path.join(FOLDER, "bird.conf")
    with open(config, "w", encoding="utf-8") as file:
        file.write(
            "router id 10.0.0.1;\nprotocol device { scan time 1; }\nprotocol direct { ipv4; interface \"dummy*\"; }\n"
            "protocol kernel { ipv4 { export all; }; }\n"
            "protocol rip { ipv4 { import all; export all; }; interface \"tap0\" { version 2; update time 5; }; }\n"
        )
    with namespace("a") as near, namespace("b") as far:
        arguments = "--router --rip --dev tap1 --addr tap1=10.0.1.1/24".split()
        with Tap(near, *arguments):
            run(["ip", "link", "set", "tap1", "netns", far], near)
            run("ip link set tap1 up", far)
            run("ip addr add 10.0.1.9/24 dev tap1", far)
            run("ip route add default via 10.0.1.1", far)
            run("ip link add dummy0 type bridge", near)
            run("ip addr add 172.16.0.1/16 dev dummy0", near)
            run("ip link set dummy0 up", near)
            control = os.path.join(FOLDER, "bird.ctl")
            program = Program(["bird", "-f", "-c", config, "-s", control], near)
            reaches = lambda: run("ping -n -c1 -W1 172.16.0.1", far, check=False).returncode == 0  # noqa: E731
            eventually(reaches, "the way through is there", 40)
            routes = run("ip route show", near).stdout
            holds("10.0.1.0/24 via 10.0.0.2" in routes and "bird" in routes, routes)
            run("ip link set dummy0 down", near)
            run("ip addr flush dev dummy0", near)
            eventually(lambda: "Destination Net Unreachable" in run("ping -n -c1 -W1 172.16.0.1", far, check=False).stdout, "the host has forgotten it", 40)
            program.end(signal.SIGTERM, None)
