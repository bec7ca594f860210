"""Two kernels and layercake's wire between them."""

import contextlib
import json
import math
import os

from support import FOLDER, PROGRAM, PREFIX, Program, eventually, holds, namespace, python, run, sound


@contextlib.contextmanager
def bridged(*arguments, quiet=False, record=None, capture=True):
    """Namespaces a (10.9.0.1) and b (10.9.0.2); gives them and a function that ends the wire and says what it counted.

    With `quiet` nothing but what a test sends is on the wire: neighbours are known, and there is no IPv6."""
    with namespace("m") as middle, namespace("a") as a, namespace("b") as b:
        path = os.path.join(FOLDER, "bridge.pcapng")
        command = [PROGRAM, "bridge", "tapa", "tapb", "--json", *arguments]
        command += ["--pcap", path] if capture else []
        command += ["--record", record] if record else []
        program = Program(command, middle)
        try:
            eventually(lambda: run("ip link show tapb", middle, check=False).returncode == 0, "the devices are there")
            for number, (device, ns) in enumerate((("tapa", a), ("tapb", b)), 1):
                run(["ip", "link", "set", device, "netns", ns], middle)
                if quiet:
                    # What a kernel drops in its own queue never reaches the wire.
                    run(["ip", "link", "set", device, "txqueuelen", "20000"], ns)
                    run("sysctl -q net.ipv6.conf.all.disable_ipv6=1", ns)
                run(["ip", "link", "set", device, "address", f"02:00:00:00:00:0{number}"], ns)
                run(["ip", "addr", "add", f"10.9.0.{number}/24", "dev", device], ns)
                run(["ip", "link", "set", device, "up"], ns)
                if quiet:
                    other = 3 - number
                    neighbour = f"10.9.0.{other} lladdr 02:00:00:00:00:0{other} dev {device} nud permanent"
                    run(["ip", "neigh", "replace", *neighbour.split()], ns)

            def end():
                said = program.end()
                return json.loads([line for line in said.splitlines() if line.startswith('{"')][-1])

            yield a, b, end
            counted = end() if program.running() else None
            if capture:
                corrupted = sum(wire["corrupted"] for wire in counted["wires"].values()) if counted else 0
                if counted:
                    # Each corrupted frame is written once, as it leaves.
                    sound(path, corrupted)
        finally:
            if program.running():
                program.end(code=None)


SEND = """
import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 0)
for number in range(int(sys.argv[1])):
    s.sendto(struct.pack("!I", number) + b"x" * 100, ("10.9.0.2", 5000))
    if number % 50 == 49: time.sleep(0.004)
"""
RECEIVE = """
import json, socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
s.bind(("10.9.0.2", 5000)); s.settimeout(2)
numbers = []
print("ready", flush=True)
s.settimeout(60)
try:
    while True:
        numbers.append(struct.unpack("!I", s.recv(2000)[:4])[0]); s.settimeout(2)
except TimeoutError:
    print(json.dumps(numbers))
"""


def datagrams(a, b, count):
    """The numbers of those that arrive, in their order."""
    receiver = Program(["python3", "-c", RECEIVE], b)
    eventually(lambda: "ready" in receiver.output(), "somebody listens")
    python(SEND, a, str(count))
    receiver.process.wait(90)
    return json.loads(receiver.output().splitlines()[-1])


def within(seen, count, share, what):
    """A count as a binomial distribution gives it: 4.5 standard deviations, which a sound wire misses once in 150,000 runs."""
    sigma = math.sqrt(count * share * (1 - share))
    holds(abs(seen - count * share) <= 4.5 * sigma, f"{what}: {seen} of {count}, {count * share:.0f} +- {4.5 * sigma:.0f} asked")
    return f"{what} {seen} of {count}"


def test_loss_is_what_was_asked_for():
    """20,000 datagrams over a wire that loses 2 %: lost within the confidence interval, and what is missing is what the wire says that it lost."""
    with bridged("--impair-there", "loss=2%", "--seed", "11", quiet=True) as (a, b, end):
        came = datagrams(a, b, 20_000)
        holds(came == sorted(set(came)), "in order, and once each")
        counted = end()["wires"]["there"]
        holds(counted["lost"] == 20_000 - len(came), f"{counted}, {len(came)} came")
        return within(20_000 - len(came), 20_000, 0.02, "lost")


def test_the_same_seed_loses_the_same():
    """Twice the same datagrams, twice the same are lost; with another seed others."""
    came = []
    for seed in ("11", "11", "12"):
        with bridged("--impair-there", "loss=3%,dup=2%,delay=1ms,reorder=0%", "--seed", seed, quiet=True) as (a, b, _):
            came.append(datagrams(a, b, 5_000))
    same = next((n for n, (x, y) in enumerate(zip(came[0], came[1])) if x != y), "the end")
    holds(came[0] == came[1], f"{len(came[0])} and {len(came[1])} came, the same up to {same}")
    holds(came[0] != came[2], "the seed does not matter")


def test_duplicates_reordering_corruption():
    """Each as often as asked for."""
    said = []
    with bridged("--impair-there", "dup=4%", "--seed", "21", quiet=True) as (a, b, _):
        came = datagrams(a, b, 20_000)
        holds(len(set(came)) == 20_000, "all are there")
        said.append(within(len(came) - 20_000, 20_000, 0.04, "doubled"))
    with bridged("--impair-there", "corrupt=3%", "--seed", "22", quiet=True, capture=False) as (a, b, end):
        came = datagrams(a, b, 20_000)
        counted = end()["wires"]["there"]["corrupted"]
        said.append(within(counted, 20_000, 0.03, "corrupted"))
        # Some bits nobody checks: those of Ethernet's addresses of sender and the like.
        holds(0.8 * counted <= 20_000 - len(came) <= counted, f"{counted} corrupted, {len(came)} came")
    with bridged("--impair-there", "delay=10ms,reorder=5%", "--seed", "23", quiet=True) as (a, b, end):
        came = datagrams(a, b, 20_000)
        holds(sorted(came) == list(range(20_000)), "all are there, once")
        late = sum(1 for before, after in zip(came, came[1:]) if after < before)
        holds(late > 300, f"only {late} were overtaken")
        said.append(f"{end()['wires']['there']['reordered']} overtook others")
    return ", ".join(said)


def test_delay_is_what_was_asked_for():
    """Echoes over 25 ms there and 10 ms back: the mean of their times is 35 ms, and a little for waking up."""
    with bridged("--impair-there", "delay=25ms", "--impair-back", "delay=10ms", quiet=True) as (a, _, _):
        said = run("ping -n -q -c100 -i0.02 10.9.0.2", a).stdout
        least, mean, most, _ = (float(number) for number in said.split("=")[-1].split()[0].split("/"))
        holds(35.0 <= least and mean < 37.5, said)
        return f"{least} ms least, {mean} ms mean, {most} ms most"


def test_rate_is_what_was_asked_for():
    """iperf3 over 20 Mbit/s, both ways: what TCP gets of that is 1448 bytes of 1538 each."""
    said = []
    with bridged("--impair", "rate=20mbit,limit=100,delay=2ms", capture=False) as (a, b, _):
        for reverse in ([], ["-R"]):
            rate = iperf(a, b, "-t4", "-O1", *reverse)
            said.append(f"{rate / 1e6:.2f} Mbit/s")
            holds(0.93 * 20e6 * 1448 / 1538 < rate <= 1.02 * 20e6 * 1448 / 1538, f"{rate}")
    return ", ".join(said)


def iperf(a, b, *arguments):
    """Bits per second that arrive, from a to b."""
    server = Program("iperf3 -s -1", b)
    eventually(lambda: "5201" in run("ss -tln", b).stdout, "iperf3 listens")
    said = run(["iperf3", "-c", "10.9.0.2", "-J", *arguments], a, timeout=60).stdout
    server.process.wait(20)
    end = json.loads(said)["end"]
    return end.get("sum_received", end.get("sum"))["bits_per_second"]


def test_iperf3_both_ways():
    """As fast as it goes, TCP with one and four streams, both ways; UDP at 50 Mbit/s loses nothing."""
    said = []
    with bridged(capture=False) as (a, b, _):
        for arguments in (["-t2"], ["-t2", "-R"], ["-t2", "-P4"]):
            rate = iperf(a, b, *arguments)
            holds(rate > 100e6, f"{rate}")
            said.append(f"{rate / 1e6:.0f} Mbit/s")
    return ", ".join(said)


def test_a_recording_of_the_wire_replays():
    """What two kernels did over a bad wire is done again without them, byte by byte."""
    record = os.path.join(FOLDER, "bridge-recording.pcapng")
    with bridged("--impair", "loss=1%,delay=3ms,jitter=1ms,reorder=2%,dup=1%", record=record) as (a, b, _):
        iperf(a, b, "-n", "1M")
    said = run([PROGRAM, "bridge", "--replay", record]).stderr
    holds("all as in the recording" in said, said)
    return said.strip()


def test_a_recording_that_was_changed_is_noticed():
    """A byte of a frame in the recording is turned over: the replay says which packet differs, and exits with 1."""
    record = os.path.join(FOLDER, "bridge-changed.pcapng")
    with bridged(record=record, quiet=True, capture=False) as (a, _, _):
        run("ping -n -c3 -i0.05 10.9.0.2 -p ab", a)
    with open(record, "rb") as file:
        bytes_ = bytearray(file.read())
    place = bytes_.rfind(b"\xab" * 8)
    bytes_[place] ^= 1
    with open(record, "wb") as file:
        file.write(bytes_)
    done = run([PROGRAM, "bridge", "--replay", record], check=False)
    holds(done.returncode == 1 and "other bytes are sent" in done.stderr, f"{done.returncode}: {done.stderr}")


_ = PREFIX
