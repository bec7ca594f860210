"""The host as a router at home: two kernels inside and outside, RIP and NAPT between them."""

import os
import sys

from support import FOLDER, Program, Tap, eventually, hash_of, holds, namespace, random_file, run


def test_a_home_behind_nat():
    """A kernel inside gets its address by DHCP, asks the router for names, and fetches from a kernel outside, which sees the router's address only."""
    path, digest = random_file(2_000_000)
    script = os.path.join(FOLDER, "home.sh")
    with open(script, "w", encoding="utf-8") as file:
        file.write(
            "#!/bin/sh\n[ \"$1\" = bound ] || exit 0\n"
            "ip addr add $ip/$mask dev $interface && ip route add default via $router\n"
        )
    os.chmod(script, 0o755)
    with namespace("a") as inside, namespace("b") as outside:
        arguments = (
            "--router --dev tap1 --addr 192.168.0.1/24 --addr tap1=203.0.113.7/24 --nat tap1 --forward tcp:8080=192.168.0.100:80"
            " --dhcp-server 192.168.0.100-192.168.0.100"
        ).split()
        with Tap(inside, *arguments, address=False) as tap:
            run(["ip", "link", "set", "tap1", "netns", outside], inside)
            run("ip addr add 203.0.113.1/24 dev tap1", outside)
            run("ip link set tap1 up", outside)
            run(["udhcpc", "-i", "tap0", "-f", "-q", "-n", "-t", "5", "-T", "3", "-s", script], inside, timeout=60)
            server = Program([sys.executable, "-u", "-m", "http.server", "80", "--directory", FOLDER], outside)
            home = Program([sys.executable, "-u", "-m", "http.server", "80", "--directory", FOLDER], inside)
            for ns in (inside, outside):
                eventually(lambda ns=ns: ":80" in run("ss -tln", ns).stdout, "the servers listen")
            out = os.path.join(FOLDER, "through-nat")
            run(["curl", "-sS", "-m", "60", "-o", out, f"http://203.0.113.1/{os.path.basename(path)}"], inside)
            holds(hash_of(out) == digest, "other bytes")
            # From outside, by the port that leads inside.
            run(["curl", "-sS", "-m", "60", "-o", out, f"http://203.0.113.7:8080/{os.path.basename(path)}"], outside)
            holds(hash_of(out) == digest, "other bytes")
            run("ping -n -c3 -i0.1 -W2 203.0.113.1", inside)
            said = run("traceroute -n -q1 -w2 203.0.113.1", inside).stdout
            holds("192.168.0.1" in said and "203.0.113.1" in said.splitlines()[-1], said)
            # What nobody inside has asked for does not come in.
            said = run("curl -sS -m 3 http://203.0.113.7:81/", outside, check=False).stderr
            holds("refused" in said or "timed out" in said, said)
            log = server.end(code=None)
            holds("203.0.113.7" in log and "192.168" not in log, log)
            home.end(code=None)
            del tap
