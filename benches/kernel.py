#!/usr/bin/env python3
"""How fast the stack is with the kernel of Linux as its peer, over TAP devices; beside it what two kernels reach.

    cargo build --release && sudo benches/kernel.py [--seconds 5] [--runs 3]

It makes network namespaces and takes them away again. It needs root, iproute2, iperf3 and curl, and a machine with nothing else to do."""

import argparse
import json
import os
import re
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "interop"))
os.environ.setdefault("LAYERCAKE", os.path.join(HERE, "..", "target", "release", "layercake"))
from support import PROGRAM, Program, eventually, namespace, run  # noqa: E402

STREAM = """
import socket, sys, time
port, seconds, settle = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
s = socket.create_connection((sys.argv[4], port))
buffer = bytearray(1 << 20)
move = s.recv_into if port == 19 else s.send
end = time.monotonic() + settle
while time.monotonic() < end: move(buffer)
count, begin = 0, time.monotonic()
while time.monotonic() < begin + seconds: count += move(buffer)
print(count * 8 / (time.monotonic() - begin))
"""


def host(ns, *arguments):
    command = [PROGRAM, "tap", "--dev", "tap0", "--kernel", "10.0.0.1/24", "--addr", "10.0.0.2/24", "--echo", "--quiet"]
    program = Program(["taskset", "-c", "0", *command, *arguments], ns)
    eventually(lambda: run("ping -c1 -W1 -n 10.0.0.2", ns, check=False).returncode == 0, "the host answers")
    return program


def stream(ns, port, seconds, settle=1.0, to="10.0.0.2"):
    """Bits per second between a socket of the kernel and chargen (19) or discard (9) of the host."""
    command = ["taskset", "-c", "1", sys.executable, "-c", STREAM, str(port), str(seconds), str(settle), to]
    return float(run(command, ns, timeout=seconds + settle + 60).stdout)


def iperf(a, b, to, seconds, *arguments):
    server = Program("taskset -c 0 iperf3 -s -1", b)
    eventually(lambda: "5201" in run("ss -tln", b).stdout, "iperf3 listens")
    command = ["taskset", "-c", "1", "iperf3", "-c", to, "-J", "-t", str(seconds), "-O1", *arguments]
    said = run(command, a, timeout=seconds + 60).stdout
    server.process.wait(20)
    return json.loads(said)["end"]["sum_received"]["bits_per_second"]


def shown(rates, unit=1e9, name="Gbit/s"):
    rates = [rate / unit for rate in rates]
    return f"{statistics.median(rates):.2f} {name} ({min(rates):.2f} to {max(rates):.2f})"


def over_tap(seconds, runs):
    rates = {19: [], 9: []}
    for _ in range(runs):
        with namespace("a") as ns:
            program = host(ns)
            for port in rates:
                rates[port].append(stream(ns, port, seconds))
            program.end()
    print(f"TAP, MTU 1500, one connection, from the host to the kernel: {shown(rates[19])}")
    print(f"TAP, MTU 1500, one connection, from the kernel to the host: {shown(rates[9])}")


def over_veth(seconds, runs):
    for offloads in ("on", "off"):
        rates = []
        for _ in range(runs):
            with namespace("a") as a, namespace("b") as b:
                run(["ip", "-n", a, "link", "add", "veth0", "type", "veth", "peer", "name", "veth1", "netns", b])
                for ns, device, address in ((a, "veth0", "10.0.0.1/24"), (b, "veth1", "10.0.0.2/24")):
                    run(["ip", "addr", "add", address, "dev", device], ns)
                    run(["ip", "link", "set", device, "up"], ns)
                    if offloads == "off":
                        run(["ethtool", "-K", device, *"tso off gso off gro off tx off rx off sg off".split()], ns)
                rates.append(iperf(a, b, "10.0.0.2", seconds))
        print(f"veth, MTU 1500, kernel to kernel, offloads {offloads}: {shown(rates)}")


WIRE = "loss=1%,delay=20ms"


def over_the_bridge(seconds, runs):
    """Kernel or host in namespace a, kernel in b, between them the same wire with the same seeds."""
    rates = {"kernel to kernel": [], "host to kernel": [], "kernel to host": []}
    for seed in range(runs):
        for who in rates:
            with namespace("m") as middle, namespace("a") as a, namespace("b") as b:
                wire = Program([PROGRAM, "bridge", "tapa", "tapb", "--impair", WIRE, "--seed", str(seed), "--quiet"], middle)
                eventually(lambda: run("ip link show tapb", middle, check=False).returncode == 0, "the wire is there")
                run(["ip", "link", "set", "tapa", "netns", a], middle)
                run(["ip", "link", "set", "tapb", "netns", b], middle)
                run("ip link set tapa up", a)
                run("ip link set tapb up", b)
                run("ip addr add 10.0.0.3/24 dev tapb", b)
                if who == "kernel to kernel":
                    run("ip addr add 10.0.0.2/24 dev tapa", a)
                    rates[who].append(iperf(a, b, "10.0.0.3", seconds))
                else:
                    program = host(a)
                    run("ip link add br0 type bridge", a)
                    run("ip addr flush dev tap0", a)
                    for device in ("tap0", "tapa"):
                        run(["ip", "link", "set", device, "master", "br0"], a)
                    run("ip link set br0 up", a)
                    eventually(lambda: run("ping -c1 -W1 -n 10.0.0.2", b, check=False).returncode == 0, "the way is there")
                    port = 19 if who == "host to kernel" else 9
                    rates[who].append(stream(b, port, seconds, settle=2))
                    program.end()
                wire.end()
    for who, found in rates.items():
        share = statistics.mean(found) / statistics.mean(rates["kernel to kernel"])
        print(f"over bridge with {WIRE} each way, {who}: {shown(found, 1e6, 'Mbit/s')}, {share:.2f} of kernel to kernel")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=["tap", "veth", "bridge"])
    asked = parser.parse_args()
    kernel = os.uname().release
    model = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    print(f"Linux {kernel}, {model.group(1) if model else 'unknown'}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}")
    measures = {"tap": over_tap, "veth": over_veth, "bridge": over_the_bridge}
    for name, measure in measures.items():
        if asked.only in (None, name):
            # iperf3 counts whole seconds.
            measure(int(asked.seconds) if name != "tap" else asked.seconds, asked.runs)


main()
