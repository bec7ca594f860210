"""curl of the kernel fetches from the host, and the host from a web server of the kernel: the same bytes, over good wires and bad ones."""

import os
import sys

from support import FOLDER, PROGRAM, Failed, Program, Tap, eventually, hash_of, holds, namespace, random_file, run, sound

WIRES = {
    "clean": None,
    "loss": "loss=1%,delay=2ms",
    "bursts": "loss=1%,burst=5,delay=2ms",
    "delay": "delay=10ms,jitter=3ms",
    "reordering": "delay=3ms,reorder=10%",
    "duplication": "dup=10%,delay=1ms",
    "corruption": "corrupt=1%,delay=2ms",
    "all of it": "loss=0.5%,delay=3ms,reorder=3%,dup=2%,corrupt=0.5%",
}


def wires(name):
    words = WIRES[name]
    return ["--impair", words, "--seed", "7"] if words else []


def curl(ns, url, *arguments, check=True):
    out = os.path.join(FOLDER, "curled")
    said = run(["curl", "-sS", "-m", "100", "-o", out, "-w", "%{http_code} %{size_download} %{num_connects}", *arguments, url], ns, check=check)
    return out, said.stdout.split()


def test_curl_fetches_100_MB():
    """Over a clean wire, over IPv4 and IPv6."""
    path, digest = random_file(100_000_000)
    with namespace("a") as ns, Tap(ns, "--http", FOLDER, record=False, capture=False):
        for host in ("10.0.0.2", "[fd00::2]"):
            out, (code, _, _) = curl(ns, f"http://{host}/{os.path.basename(path)}")
            holds(code == "200" and hash_of(out) == digest, f"{host}: {code}, other bytes")


def test_curl_fetches_5_MB_over_each_wire():
    """Each impairment in both directions; what is captured is sound, and the session replays."""
    path, digest = random_file(5_000_000)
    for name in WIRES:
        with namespace("a") as ns, Tap(ns, "--http", FOLDER, *wires(name), six=False):
            out, (code, _, _) = curl(ns, f"http://10.0.0.2/{os.path.basename(path)}")
            holds(code == "200" and hash_of(out) == digest, f"{name}: {code}, other bytes")


def server(ns):
    program = Program([sys.executable, "-m", "http.server", "80", "--bind", "::", "--directory", FOLDER, "-p", "HTTP/1.1"], ns)
    eventually(lambda: ":80" in run("ss -tln", ns).stdout, "the kernel's server listens")
    return program


def fetch(ns, url, *arguments, code=0, timeout=110):
    """The host fetches; what it says, and the file."""
    out = os.path.join(FOLDER, "fetched")
    if os.path.exists(out):
        os.remove(out)
    command = [PROGRAM, "tap", "--dev", "tap0", "--addr", "10.0.0.2/24", "--addr", "fd00::2/64", "--fetch", url, "--output", out]
    done = run([*command, *arguments], ns, check=False, timeout=timeout)
    holds(done.returncode == code, f"{url}: exit code {done.returncode}: {done.stderr}")
    return done.stderr, out


def device(ns):
    """A device that stays, so that the kernel's end has its address before the host comes."""
    run("ip tuntap add dev tap0 mode tap", ns)
    run("ip addr add 10.0.0.1/24 dev tap0", ns)
    run("ip addr add fd00::1/64 dev tap0 nodad", ns)
    run("ip link set tap0 up", ns)


def test_the_host_fetches_100_MB():
    """From Python's web server on the kernel, over IPv4 and IPv6."""
    path, digest = random_file(100_000_000)
    with namespace("a") as ns:
        device(ns)
        program = server(ns)
        for host in ("10.0.0.1", "[fd00::1]"):
            _, out = fetch(ns, f"http://{host}/{os.path.basename(path)}")
            holds(hash_of(out) == digest, f"{host}: other bytes")
        program.end(code=None)


def test_the_host_fetches_5_MB_over_each_wire():
    """Each impairment in both directions, recorded and replayed."""
    path, digest = random_file(5_000_000)
    recording = os.path.join(FOLDER, "fetch.pcapng")
    with namespace("a") as ns:
        device(ns)
        program = server(ns)
        for name in WIRES:
            capture = os.path.join(FOLDER, "fetch-capture.pcapng")
            files = ["--record", recording, "--pcap", capture]
            _, out = fetch(ns, f"http://10.0.0.1/{os.path.basename(path)}", *wires(name), *files)
            if "corrupt" not in (WIRES[name] or ""):
                sound(capture)
            holds(hash_of(out) == digest, f"{name}: other bytes")
            said = run([PROGRAM, "tap", "--replay", recording]).stderr
            holds("all as in the recording" in said, said)
        program.end(code=None)


def test_what_else_curl_asks():
    """Folders, redirects to them, ranges, HEAD, what is not there, paths that lead out of the folder, links that do; connections used again."""
    folder = os.path.join(FOLDER, "site")
    os.makedirs(os.path.join(folder, "inner"), exist_ok=True)
    with open(os.path.join(folder, "page.html"), "w", encoding="utf-8") as file:
        file.write("<p>page</p>")
    with open(os.path.join(folder, "inner", "ö &<b>.txt"), "w", encoding="utf-8") as file:
        file.write("name")
    os.makedirs(os.path.join(folder, "odd", "index.html"), exist_ok=True)
    os.makedirs(os.path.join(folder, ".hidden"), exist_ok=True)
    with open(os.path.join(folder, ".hidden", "key"), "w", encoding="utf-8") as file:
        file.write("secret")
    link = os.path.join(folder, "link")
    if not os.path.islink(link):
        os.symlink("/etc", link)
    at = "http://10.0.0.2"
    with namespace("a") as ns, Tap(ns, "--http", folder):
        checks = [
            ([f"{at}/page.html"], "200", b"<p>page</p>"),
            (["-r", "3-6", f"{at}/page.html"], "206", b"page"),
            (["-I", f"{at}/page.html"], "200", None),
            ([f"{at}/missing"], "404", None),
            ([f"{at}/inner"], "301", None),
            (["-L", f"{at}/inner"], "200", None),
            ([f"{at}/inner/%C3%B6%20%26%3Cb%3E.txt"], "200", b"name"),
            (["--path-as-is", f"{at}/../../etc/passwd"], "", None),
            ([f"{at}/link/passwd"], "403", None),
            ([f"{at}/.hidden/key"], "404", None),
            ([f"{at}/odd/"], "200", None),
            (["-X", "DELETE", f"{at}/page.html"], "405", None),
        ]
        for arguments, code, content in checks:
            out, said = curl(ns, arguments[-1], *arguments[:-1], check=False)
            holds(said[0] == code or (not code and said[0] in ("400", "403", "404")), f"{arguments}: {said}")
            with open(out, "rb") as file:
                holds(content is None or file.read() == content, f"{arguments}: other content")
        out, _ = curl(ns, f"{at}/inner/")
        with open(out, encoding="utf-8") as file:
            page = file.read()
        holds("%C3%B6%20%26%3Cb%3E.txt" in page and "<b>" not in page, page)
        out, _ = curl(ns, f"{at}/")
        with open(out, encoding="utf-8") as file:
            holds("hidden" not in file.read(), "a name with a dot is listed")
        # Two files, one connection.
        said = run(["curl", "-sS", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} ", f"{at}/page.html", f"{at}/"], ns).stdout
        holds(said.split() == ["1", "0"], f"connections: {said}")


def test_what_the_host_cannot_fetch():
    """What is not there, where nobody listens, a name without a name server, no URL: each is said, with an exit code that is not 0."""
    with namespace("a") as ns:
        device(ns)
        program = server(ns)
        for url, code, word in (
            ("http://10.0.0.1/missing", 1, "404"),
            ("http://10.0.0.1:81/", 1, "refused"),
            ("http://10.0.0.77/", 1, "no connection"),
            ("http://example.org/", 1, "no name server"),
            ("ftp://10.0.0.1/", 2, "http://host"),
        ):
            said, out = fetch(ns, url, code=code)
            holds(word in said, f"{url}: {said}")
            holds(not os.path.exists(out), f"{url}: a file was made")
        program.end(code=None)


_ = Failed
