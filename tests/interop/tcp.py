"""TCP between the kernel and the host: what is not a plain transfer."""

from support import Program, Tap, eventually, holds, namespace, python, run, sockets

COMMON = """
import hashlib, os, select, socket, struct, sys, threading, time

def connect(port, host="10.0.0.2", **options):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    s.settimeout(60)
    for name, value in options.items():
        level = socket.SOL_SOCKET if name.startswith("SO_") else socket.IPPROTO_TCP
        s.setsockopt(level, getattr(socket, name), value)
    s.connect((host, port))
    return s

def echoed(s, data):
    # Sends from another thread, so that neither side waits for the other.
    def give():
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
    giver = threading.Thread(target=give, daemon=True); giver.start()
    threading.excepthook = lambda *_: None
    back = bytearray()
    while piece := s.recv(1 << 18):
        back += piece
    giver.join()
    assert bytes(back) == data, f"{len(back)} of {len(data)} bytes came back, or others"

def data(size):
    return hashlib.shake_256(b"x").digest(size)
"""


def echo(ns, size, host="10.0.0.2", timeout=110):
    python(COMMON + f"echoed(connect(7, {host!r}), data({size}))", ns, timeout=timeout)


def test_half_close():
    """The client shuts its side down first; all that is on its way back still comes, then the end."""
    with namespace("a") as ns, Tap(ns, "--echo"):
        for host in ("10.0.0.2", "fd00::2"):
            echo(ns, 10_000_000, host)
        python(COMMON + "s = connect(7); s.shutdown(socket.SHUT_WR); assert s.recv(1) == b''", ns)


def test_echo_over_bad_wires():
    """1 MB there and back, over each impairment: the same bytes."""
    for words in (
        "loss=2%,delay=2ms",
        "loss=3%,burst=4,delay=2ms",
        "delay=15ms,jitter=5ms",
        "delay=4ms,reorder=20%",
        "dup=5%,delay=1ms",
        "corrupt=2%,delay=1ms",
        "rate=20mbit,limit=30,delay=2ms",
        "loss=1%,delay=3ms,reorder=5%,dup=1%,corrupt=1%",
    ):
        with namespace("a") as ns, Tap(ns, "--echo", "--seed", "5", "--impair", words, six=False):
            echo(ns, 1_000_000)


def test_zero_window():
    """Who does not read is not sent more than fits, and gets the rest, in order, when it reads again; in both directions."""
    with namespace("a") as ns, Tap(ns, "--echo", six=False) as tap:
        # The kernel's window is closed for 3 s.
        python(
            COMMON
            + """
s = connect(19, SO_RCVBUF=65536)
time.sleep(3)
text = b""
while len(text) < 20_000_000:
    text += s.recv(1 << 18)
lines = text.split(b"\\r\\n")[:-1]
ring = bytes(range(32, 127)) * 2
assert all(line == ring[n % 95:n % 95 + 72] for n, line in enumerate(lines)), "other characters"
""",
            ns,
        )
        # The host's window is closed for 3 s: it does not read what it cannot send back.
        python(
            COMMON
            + """
s = connect(7, SO_RCVBUF=65536)
s.setblocking(False)
sent, most, quiet = 0, data(30_000_000), 0
while quiet < 30:
    try:
        sent += s.send(most[sent:sent + 65536]); quiet = 0
    except BlockingIOError:
        time.sleep(0.1); quiet += 1
assert sent < len(most), "everything was taken"
s.settimeout(60)
back = bytearray()
while len(back) < sent:
    back += s.recv(1 << 18)
assert back == most[:sent]
""",
            ns,
        )
        del tap


def test_resets():
    """A connection that is reset by the kernel is over for the host, and the next one is as any."""
    with namespace("a") as ns, Tap(ns, "--echo", six=False) as tap:
        python(
            COMMON
            + """
for _ in range(20):
    s = connect(19, SO_LINGER=struct.pack("ii", 1, 0))
    s.recv(1000)
    s.close()
for _ in range(20):
    # What is unread when it is closed is a reset too.
    s = connect(7); s.sendall(b"x" * 1000); time.sleep(0.02); s.close()
echoed(connect(7), data(100_000))
""",
            ns,
        )
    holds(tap.counter("chargen", "connections") == 20, "20 connections were made")


def test_keep_alive():
    """The kernel's questions on a silent connection are answered, and the connection is still good."""
    with namespace("a") as ns, Tap(ns, "--echo"):
        program = Program(
            [
                "python3",
                "-c",
                COMMON
                + """
s = connect(7, SO_KEEPALIVE=1, TCP_KEEPIDLE=1, TCP_KEEPINTVL=1, TCP_KEEPCNT=2)
time.sleep(6)
s.sendall(b"still there"); assert s.recv(100) == b"still there"
""",
            ],
            ns,
        )
        program.process.wait(30)
        holds(program.process.returncode == 0, program.output())


def test_the_host_asks_too():
    """With keep-alive set at the host, the kernel is asked, and a kernel that has forgotten the connection resets it."""
    with namespace("a") as ns, Tap(ns, "--echo", "--tcp", "keep-alive=on", "--tcp", "keep-alive-idle=1s", "--tcp", "keep-alive-interval=1s"):
        code = COMMON + """
s = connect(7)
time.sleep(4)
s.sendall(b"still there"); assert s.recv(100) == b"still there"
"""
        python(code, ns)


def test_what_the_kernel_lacks():
    """Without window scaling, without SACK, without timestamps, with ECN, with a small receive buffer: the bytes are the same."""
    settings = [
        "net.ipv4.tcp_window_scaling=0",
        "net.ipv4.tcp_sack=0",
        "net.ipv4.tcp_timestamps=0",
        "net.ipv4.tcp_ecn=1",
        "net.ipv4.tcp_rmem=4096 8192 16384",
        "net.ipv4.tcp_syncookies=2",
        "net.ipv4.tcp_congestion_control=reno",
    ]
    for setting in settings:
        with namespace("a") as ns:
            run(["sysctl", "-q", setting], ns)
            with Tap(ns, "--echo", "--impair", "loss=0.5%,delay=1ms", "--seed", "3", six=False):
                echo(ns, 2_000_000)


def test_what_the_host_lacks():
    """The same with settings of the host, and its other profiles."""
    for arguments in (
        ["--tcp", "window-scaling=off"],
        ["--tcp", "sack=off"],
        ["--tcp", "timestamps=off"],
        ["--tcp", "ecn=on"],
        ["--tcp", "congestion=reno"],
        ["--profile", "freebsd"],
        ["--profile", "rfc"],
    ):
        with namespace("a") as ns, Tap(ns, "--echo", "--impair", "loss=0.5%,delay=1ms", "--seed", "3", *arguments, six=False):
            echo(ns, 2_000_000)


def test_ecn_is_spoken():
    """Both ends want explicit congestion notification, and `ss` of the kernel says that they have it."""
    with namespace("a") as ns:
        run("sysctl -q net.ipv4.tcp_ecn=1", ns)
        with Tap(ns, "--echo", "--tcp", "ecn=on"):
            program = Program(["python3", "-c", COMMON + "s = connect(19); time.sleep(30)"], ns)
            eventually(lambda: "ecn" in sockets(ns).replace("ecnseen", ""), "ss says ecn")
            program.end(code=None)


def test_mtu_changes_within_a_connection():
    """Between two halves of a transfer the kernel's MTU shrinks to 600 and grows to 1,500 again."""
    with namespace("a") as ns, Tap(ns, "--echo", "--impair", "delay=5ms"):
        program = Program(["python3", "-c", COMMON + "echoed(connect(7), data(30_000_000))"], ns)
        for mtu in (600, 1500, 900, 1500):
            eventually(lambda: True, "", 1)
            import time

            time.sleep(0.3)
            run(["ip", "link", "set", "tap0", "mtu", str(mtu)], ns)
        program.process.wait(100)
        holds(program.process.returncode == 0, program.output())


def test_many_connections():
    """300 connections at once, each with 100 kB there and back."""
    with namespace("a") as ns, Tap(ns, "--echo", six=False) as tap:
        python(
            COMMON
            + """
def one(number):
    try:
        echoed(connect(7), data(100_000)[number:])
    except BaseException as error:
        wrong.append((number, error))
wrong = []
threads = [threading.Thread(target=one, args=(number,)) for number in range(300)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not wrong, (len(wrong), wrong[:3])
""",
            ns,
        )
    holds(tap.counter("echo", "connections") == 300, "300 connections")
