"""Namespaces, TAP devices and programs of the tests against the kernel: made here, and gone when a test ends."""

import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(os.environ.get("LAYERCAKE", "target/debug/layercake"))
PREFIX = f"lc{os.getpid() % 10000}"
FOLDER = tempfile.mkdtemp(prefix="interop-")


class Failed(Exception):
    """What did not hold."""


def holds(condition, what):
    if not condition:
        raise Failed(what)


def run(command, ns=None, check=True, timeout=120, **options):
    """Runs a command, in a namespace if one is given; what it says."""
    if isinstance(command, str):
        command = command.split()
    if ns:
        command = ["ip", "netns", "exec", ns, *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
    if check and done.returncode != 0:
        said = (done.stdout + done.stderr).strip()[-1500:]
        raise Failed(f"{' '.join(command)[:200]}: exit code {done.returncode}\n{said}")
    return done


def eventually(condition, what, seconds=15.0):
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.05)


@contextlib.contextmanager
def namespace(name):
    """A network namespace with a loopback, as a host that has just started."""
    ns = f"{PREFIX}{name}"
    run(["ip", "netns", "add", ns])
    try:
        run("ip link set lo up", ns)
        # The default of the machine may be another.
        run("sysctl -q net.ipv4.tcp_congestion_control=cubic", ns)
        yield ns
    finally:
        left = run(["ip", "netns", "pids", ns], check=False).stdout.split()
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        run(["ip", "netns", "del", ns], check=False)


class Program:
    """A program that runs beside the test."""

    def __init__(self, command, ns=None, **options):
        if isinstance(command, str):
            command = command.split()
        self.command = command
        self.said = tempfile.TemporaryFile(mode="w+", dir=FOLDER)
        prefix = ["ip", "netns", "exec", ns] if ns else []
        options = {"stdout": self.said, "stderr": self.said, "text": True, **options}
        self.process = subprocess.Popen([*prefix, *command], **options)

    def output(self):
        self.said.flush()
        self.said.seek(0)
        return self.said.read()

    def running(self):
        return self.process.poll() is None

    def end(self, by=signal.SIGINT, code=0):
        """Ends it by a signal, and waits."""
        if self.running():
            self.process.send_signal(by)
        try:
            got = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failed(f"{self.command} does not end") from None
        if code is not None and got != code:
            raise Failed(f"{self.command}: exit code {got}\n{self.output()}")
        return self.output()


class Tap(contextlib.AbstractContextManager):
    """layercake's host on tap0 of a namespace: 10.0.0.2 and fd00::2, the kernel is 10.0.0.1 and fd00::1.

    Each session is captured and recorded. When it ends tshark reads the capture, and the recording is replayed."""

    number = 0

    def __init__(self, ns, *arguments, record=True, address=True, capture=True, six=True):
        Tap.number += 1
        self.ns = ns
        self.six = six
        name = os.path.join(FOLDER, f"{Tap.number:03}")
        self.capture = f"{name}-capture.pcapng" if capture else None
        self.recording = f"{name}-recording.pcapng" if record else None
        command = [PROGRAM, "tap", "--dev", "tap0", *arguments, "--json"]
        if address:
            command += "--kernel 10.0.0.1/24 --addr 10.0.0.2/24 --kernel fd00::1/64 --addr fd00::2/64".split()
        for option, path in (("--pcap", self.capture), ("--record", self.recording)):
            if path:
                command += [option, path]
        self.program = Program(command, ns)
        self.summary = None

        def ready():
            if not self.program.running():
                raise Failed(f"{command}: {self.program.output()}")
            return "UP" in run("ip -o link show tap0", ns, check=False).stdout

        eventually(ready, "tap0 is up")
        if address:
            eventually(self.answers, "the host answers")

    def answers(self):
        return all(
            run(["ping", "-c1", "-W1", "-n", to], self.ns, check=False).returncode == 0
            for to in (("10.0.0.2", "fd00::2") if self.six else ("10.0.0.2",))
        )

    def __exit__(self, kind, error, trace):
        if error is not None:
            with contextlib.suppress(Failed):
                print(self.program.end(code=None)[-2000:], file=sys.stderr)
            return
        said = self.program.end()
        objects = [line for line in said.splitlines() if line.startswith('{"')]
        self.summary = json.loads(objects[-1])
        if self.capture:
            sound(self.capture, self.corrupted())
            os.remove(self.capture)
        if self.recording:
            replayed = run([PROGRAM, "tap", "--replay", self.recording], timeout=300)
            holds("all as in the recording" in replayed.stderr, replayed.stderr)
            os.remove(self.recording)

    def corrupted(self):
        wires = self.summary["wires"].values()
        # A corrupted frame can be doubled.
        return sum(wire["out"]["corrupted"] + bool(wire["out"]["corrupted"]) * wire["out"]["duplicated"] for wire in wires)

    def counter(self, service, name):
        for found in self.summary["services"]:
            if found["service"] == service:
                return found["counters"][name]
        raise Failed(f"no service {service}")


TSHARK = [
    "tshark", "-n", "-2", "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
]
# What tshark cannot put together again because it was sent twice is not malformed. A TCP checksum of ffff is 0 written in the other way; the kernel does so now and then, and the sum is right.
BAD = (
    "(_ws.malformed && !_ws.malformed.reassembly) || ip.checksum.status == 0 || (tcp.checksum.status == 0 && tcp.checksum != 0xffff) || udp.checksum.status == 0"
    " || icmp.checksum.status == 0 || icmpv6.checksum.status == 0"
)


def sound(capture, corrupted=0):
    """No malformed packet and no wrong checksum, but in frames that were corrupted on purpose."""
    done = run([*TSHARK, "-r", capture, "-Y", BAD], timeout=600)
    bad = [line for line in done.stdout.splitlines() if line.strip()]
    holds(len(bad) <= corrupted, f"{capture}: {len(bad)} bad packets, {corrupted} were corrupted:\n" + "\n".join(bad[:10]))


def random_file(size, seed=1):
    """A file of so many bytes that are no pattern, and its hash."""
    path = os.path.join(FOLDER, f"random-{size}-{seed}")
    if not os.path.exists(path):
        with open(path, "wb") as file:
            block = hashlib.shake_256(str(seed).encode()).digest(1 << 20)
            for number in range(0, size, 1 << 20):
                piece = number.to_bytes(8, "big") + block[8:]
                file.write(piece[: min(1 << 20, size - number)])
    return path, hash_of(path)


def hash_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def python(code, ns, *arguments, **options):
    """Runs Python in a namespace: the sockets of the kernel there."""
    return run([sys.executable, "-c", code, *arguments], ns, **options)


def sockets(ns):
    """What `ss` knows of the connections to the host."""
    return run("ss -tino dst 10.0.0.2", ns).stdout


__all__ = [name for name in dir() if not name.startswith("_")]
