"""Addresses, echoes, routes, errors: what ip, ping and traceroute of the kernel see of the host; and devices that cannot be had."""

import hashlib
import os
import re
import signal
import subprocess
import sys
import time

from support import FOLDER, PROGRAM, Failed, Program, Tap, eventually, holds, namespace, python, random_file, run


def test_ping_of_all_sizes():
    """Echoes from 0 bytes to what needs 45 fragments, over IPv4 and IPv6; all come back."""
    with namespace("a") as ns, Tap(ns):
        for to in ("10.0.0.2", "fd00::2"):
            for size in (0, 56, 1400, 1472, 1473, 9000, 65000):
                said = run(["ping", "-n", "-c3", "-i0.05", "-W2", "-s", str(size), to], ns).stdout
                holds("3 received" in said, f"{to}, {size} bytes: {said}")


def test_flood_ping():
    """2,000 echoes as fast as they are answered: none lost."""
    with namespace("a") as ns, Tap(ns):
        said = run("ping -n -q -f -c2000 10.0.0.2", ns).stdout
        holds("2000 received" in said, said)


def test_arp():
    """The kernel learns the host's Ethernet address, asks again when it is stale, and answers what the host asks."""
    with namespace("a") as ns, Tap(ns, "--mac", "02:00:00:00:00:22") as tap:
        said = run("ip neigh show 10.0.0.2", ns).stdout
        holds("02:00:00:00:00:22" in said, said)
        run("ip neigh flush to 10.0.0.2", ns)
        run("ping -n -c1 -W2 10.0.0.2", ns)
        # Nobody has this one.
        said = run("ping -n -c1 -W1 10.0.0.77", ns, check=False).stdout
        holds("0 received" in said, said)
        kernel = run("cat /sys/class/net/tap0/address", ns).stdout.strip()
        run("ip link set tap0 address 02:00:00:00:00:33", ns)
        run("ip neigh flush dev tap0", ns)
        eventually(
            lambda: run("ping -n -c1 -W1 10.0.0.2", ns, check=False).returncode == 0,
            f"the host finds the kernel, which was {kernel}, by its new address",
            60,
        )
        del tap


def test_neighbour_discovery():
    """The same over IPv6, with the link-local address too; duplicate address detection of the kernel is answered."""
    with namespace("a") as ns, Tap(ns, "--mac", "02:00:00:00:00:22"):
        said = run("ip -6 neigh show fd00::2", ns).stdout
        holds("02:00:00:00:00:22" in said, said)
        run("ping -n -c2 -i0.1 fe80::ff:fe00:22%tap0", ns)
        # The kernel asks whether the address of the host is taken, and hears that it is.
        run("ip addr add fd00::2/64 dev tap0", ns)
        eventually(lambda: "dadfailed" in run("ip addr show tap0", ns).stdout, "the kernel finds the duplicate")


def test_duplicate_ipv4_address():
    """`arping -D` is what DHCP clients do: the answer says that the address is taken. Here with a socket of the kernel."""
    with namespace("a") as ns, Tap(ns):
        code = """
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x806))
s.bind(("tap0", 0)); s.settimeout(3)
mac = open("/sys/class/net/tap0/address").read().strip().replace(":", "")
probe = bytes.fromhex("ffffffffffff" + mac + "0806" + "0001080006040001" + mac + "00000000" + "000000000000" + "0a000002")
s.send(probe)
while True:
    frame = s.recv(100)
    if frame[20:22] == b"\\0\\2" and frame[28:32] == bytes([10, 0, 0, 2]):
        print("taken"); break
"""
        holds("taken" in python(code, ns).stdout, "the host does not say that it has the address")


def test_traceroute():
    """Through layercake as a router, by UDP, ICMP and TCP: the router is the first hop, the host behind it the second."""
    with namespace("a") as near, namespace("b") as far:
        arguments = "--router --dev tap1 --addr tap1=10.0.1.1/24 --addr tap1=fd01::1/64 --kernel tap1=10.0.1.9/24".split()
        with Tap(near, *arguments):
            run(["ip", "link", "set", "tap1", "netns", far], near)
            run("ip link set tap1 up", far)
            run("ip addr add 10.0.1.9/24 dev tap1", far)
            run("ip addr add fd01::9/64 dev tap1 nodad", far)
            run("ip route add default via 10.0.1.1", far)
            run("ip -6 route add default via fd01::1", far)
            run("ip route add 10.0.1.0/24 via 10.0.0.2", near)
            run("ip -6 route add fd01::/64 via fd00::2", near)
            eventually(lambda: run("ping -n -c1 -W1 fd01::9", near, check=False).returncode == 0, "the way is there")
            for how in ([], ["-I"], ["-T", "-p", "80"]):
                said = run(["traceroute", "-n", "-q1", "-w2", *how, "10.0.1.9"], near).stdout
                hops = re.findall(r"^ *\d+ +(\S+)", said, re.M)
                holds(hops == ["10.0.0.2", "10.0.1.9"], said)
            said = run("traceroute -6 -n -q1 -w2 fd01::9", near).stdout
            holds(re.findall(r"^ *\d+ +(\S+)", said, re.M) == ["fd00::2", "fd01::9"], said)


def test_closed_ports():
    """A port on which nobody listens: refused at once, over TCP by a reset, over UDP by an ICMP error."""
    code = """
import socket, sys, time
for family, to in ((socket.AF_INET, "10.0.0.2"), (socket.AF_INET6, "fd00::2")):
    began = time.monotonic()
    s = socket.socket(family, socket.SOCK_STREAM)
    try:
        s.connect((to, 4711)); sys.exit("connected?")
    except ConnectionRefusedError:
        pass
    s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(3)
    s.connect((to, 4711)); s.send(b"x")
    try:
        s.recv(10); sys.exit("an answer?")
    except ConnectionRefusedError:
        pass
    if time.monotonic() - began > 1: sys.exit("slow")
"""
    with namespace("a") as ns, Tap(ns):
        python(code, ns)


def test_mtu():
    """The device carries less than before: what is longer than that reaches the host in fragments, and with packets too big the kernel is told."""
    with namespace("a") as ns, Tap(ns, "--mtu", "1280"):
        run("ip link set tap0 mtu 1500", ns)
        for to in ("10.0.0.2", "fd00::2"):
            run(["ping", "-n", "-c2", "-i0.1", "-W2", "-s", "1200", to], ns)
        run("ip link set tap0 mtu 1280", ns)
        for to in ("10.0.0.2", "fd00::2"):
            run(["ping", "-n", "-c2", "-i0.1", "-W2", "-s", "4000", to], ns)


def test_small_services_over_udp():
    """Echo, discard and character generator, asked by datagrams of many sizes."""
    code = """
import socket, os
for family, to in ((socket.AF_INET, "10.0.0.2"), (socket.AF_INET6, "fd00::2")):
    s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(3)
    for size in (0, 1, 100, 1472, 1473, 20000, 60000):
        data = os.urandom(size)
        s.sendto(data, (to, 7))
        assert s.recv(65536) == data, size
    s.sendto(b"", (to, 19))
    assert len(s.recv(65536)) <= 512
    s.sendto(b"x", (to, 9))
"""
    with namespace("a") as ns, Tap(ns, "--echo") as tap:
        python(code, ns)
    holds(tap.counter("discard", "bytes_received") == 2, "discard got both")
    if tap.summary["drops"].get("ip.checksum"):
        raise Failed("wrong checksums")


def test_without_rights():
    """Somebody who is not root is told which right is lacking, and the commands that give it; the second of them is enough."""
    with namespace("a") as ns:
        user = f"setpriv --reuid 65534 --regid 65534 --clear-groups {PROGRAM} tap --dev tap0 --addr 10.0.0.2/24"
        # On some machines only root may open the device, on most everybody may: here everybody may.
        tun = os.path.join(FOLDER, "tun")
        run(["mknod", "-m", "666", tun, "c", "10", "200"])
        os.chmod(FOLDER, 0o755)
        command = ["sh", "-c", f"mount --bind {tun} /dev/net/tun && exec {user}"]
        done = run(command, ns, check=False)
        holds(done.returncode == 2, done.stderr)
        for word in ("CAP_NET_ADMIN", "ip tuntap add dev tap0 mode tap user", "setcap cap_net_admin+ep"):
            holds(word in done.stderr, done.stderr)
        run("ip tuntap add dev tap0 mode tap user 65534", ns)
        run("ip addr add 10.0.0.1/24 dev tap0", ns)
        run("ip link set tap0 up", ns)
        program = Program(command, ns)
        eventually(lambda: run("ping -n -c1 -W1 10.0.0.2", ns, check=False).returncode == 0, "the host answers")
        said = program.end()
        holds("frames in" in said, said)
        # A device that was there stays.
        run("ip link show tap0", ns)


def test_devices_that_cannot_be_had():
    """One that another program has, one that is no TAP device, a name that is too long; each is said, with exit code 2."""
    with namespace("a") as ns:
        run("ip link add br0 type bridge", ns)
        with Tap(ns):
            for name, word in (("tap0", "another program has it"), ("br0", "no TAP device"), ("x" * 20, "no name for one")):
                done = run([PROGRAM, "tap", "--dev", name, "--addr", "10.0.0.3/24"], ns, check=False, timeout=10)
                holds(done.returncode == 2 and word in done.stderr, f"{name}: {done.returncode} {done.stderr}")


def test_a_device_that_goes():
    """The device is deleted while the host runs: that is said, with what was counted until then."""
    with namespace("a") as ns:
        program = Program([PROGRAM, "tap", "--dev", "tap0", "--addr", "10.0.0.2/24"], ns)
        eventually(lambda: "UP" in run("ip -o link show tap0", ns, check=False).stdout, "tap0 is up")
        run("ip link del tap0", ns)
        eventually(lambda: not program.running(), "it ends")
        said = program.end(code=2)
        holds("gone" in said or "descriptor" in said, said)
        holds("frames in" in said, said)


def test_signals_end_it():
    """SIGINT, SIGTERM and SIGHUP end it with what was counted and exit code 0, and the new device is gone; so does --for."""
    with namespace("a") as ns:
        for by in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            program = Program([PROGRAM, "tap", "--dev", "tap0", "--addr", "10.0.0.2/24"], ns)
            eventually(lambda: "UP" in run("ip -o link show tap0", ns, check=False).stdout, "tap0 is up")
            said = program.end(by)
            holds("frames in" in said, said)
            holds(run("ip link show tap0", ns, check=False).returncode != 0, "the device is still there")
        run([PROGRAM, "tap", "--dev", "tap0", "--addr", "10.0.0.2/24", "--for", "200ms"], ns, timeout=5)


def test_output_that_nobody_reads():
    """What is fetched goes to a pipe that is full: the host still answers, ends by a signal, and when the pipe is read everything comes."""
    path, digest = random_file(5_000_000)
    with namespace("a") as ns:
        run("ip tuntap add dev tap0 mode tap", ns)
        run("ip addr add 10.0.0.1/24 dev tap0", ns)
        server = Program([sys.executable, "-m", "http.server", "80", "--directory", FOLDER], ns)
        eventually(lambda: ":80" in run("ss -tln", ns).stdout, "the kernel's server listens")
        # The device was down, and is brought up.
        command = [PROGRAM, "tap", "--dev", "tap0", "--addr", "10.0.0.2/24", "--fetch", f"http://10.0.0.1/{os.path.basename(path)}"]
        for reads in (False, True):
            program = Program(command, ns, stdout=subprocess.PIPE, text=False)
            eventually(lambda: run("ping -n -c1 -W1 10.0.0.2", ns, check=False).returncode == 0, "the host answers")
            time.sleep(1)
            run("ping -n -c1 -W1 10.0.0.2", ns)
            if reads:
                got = hashlib.sha256()
                while piece := program.process.stdout.read(1 << 16):
                    got.update(piece)
                holds(program.process.wait(10) == 0 and got.hexdigest() == digest, "other bytes")
            else:
                said = program.end(signal.SIGTERM, 1)
                holds("ended before that was done" in said, said)
        server.end(code=None)


def test_output_that_cannot_be_written():
    """A closed pipe ends quietly; a full disk is an error with exit code 2; neither is a panic."""
    with namespace("a") as ns:
        command = f"{PROGRAM} tap --dev tap0 --addr 10.0.0.2/24 --for 300ms --json -q"
        done = run(["sh", "-c", f"{command} | true"], ns)
        holds("panicked" not in done.stderr and not done.stderr, done.stderr)
        done = run(["sh", "-c", f"{command} > /dev/full"], ns, check=False)
        holds(done.returncode == 2 and "cannot write" in done.stderr, done.stderr)
        done = run(["sh", "-c", f"{command} --pcap /dev/full"], ns, check=False)
        holds(done.returncode == 2 and "cannot be written" in done.stderr, f"{done.returncode} {done.stderr}")


def test_captures_while_they_are_written():
    """A capture can be read while the host runs, and a recording that ends in the middle of nothing says so."""
    capture, recording = (os.path.join(FOLDER, name) for name in ("live.pcapng", "killed.pcapng"))
    with namespace("a") as ns:
        command = f"{PROGRAM} tap --dev tap0 --kernel 10.0.0.1/24 --addr 10.0.0.2/24 --pcap {capture} --record {recording}"
        program = Program(command, ns)
        eventually(lambda: run("ping -n -c1 -W1 10.0.0.2", ns, check=False).returncode == 0, "the host answers")
        eventually(lambda: "echo-reply" in run(["tshark", "-n", "-r", capture, "-T", "fields", "-e", "icmp.type", "-e", "_ws.col.info"], check=False).stdout
                   or "reply" in run(["tshark", "-n", "-r", capture], check=False).stdout, "the answer is in the capture")
        program.end(signal.SIGKILL, None)
    done = run([PROGRAM, "tap", "--replay", recording], check=False)
    holds(done.returncode in (0, 3), f"{done.returncode} {done.stderr}")
    with open(recording, "rb") as file:
        whole = file.read()
    with open(recording, "wb") as file:
        file.write(whole[: len(whole) - 30])
    done = run([PROGRAM, "tap", "--replay", recording], check=False)
    holds(done.returncode == 3, f"{done.returncode} {done.stderr}")


def test_a_recording_has_no_commands_for_a_terminal():
    """A name in a recording that would move the cursor is shown with escapes."""
    recording = os.path.join(FOLDER, "escape.pcapng")
    with namespace("a") as ns:
        run([PROGRAM, "tap", "--dev", "tap0", "--addr", "10.0.0.2/24", "--for", "200ms", "--record", recording], ns)
    with open(recording, "rb") as file:
        whole = file.read()
    changed = whole.replace(b'"asked":null},"call":"seed"', b'"asked":0},"call":"x\\u001b"')
    holds(changed != whole and len(changed) == len(whole), "the name is not there")
    with open(recording, "wb") as file:
        file.write(changed)
    done = run([PROGRAM, "tap", "--replay", recording], check=False)
    holds(done.returncode == 1 and "asks for seed" in done.stderr and "\x1b" not in done.stderr, done.stderr)
