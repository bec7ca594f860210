#!/usr/bin/env python3
"""What scenarios put on their wires, looked at by tshark: `tests/sim/captures.py [PROGRAM]`. It needs tshark.

Each scenario of the tour and each preset is run. Of each frame the capture says whether it was sent or has arrived, and what became of it. tshark finds no malformed packet and no wrong
checksum but in frames that arrived with a bit turned over; and what the capture says of fates is what the ground truth (packets.jsonl) says.
"""

import collections
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/debug/layercake")
PRESETS = ["home", "dumbbell", "line", "star"]
TSHARK = [
    "tshark", "-n", "-2", "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
]
# What an ICMP error quotes in part has no checksum that could be looked at.
BAD = (
    "(_ws.malformed && !_ws.malformed.reassembly) || ip.checksum.status == 0"
    " || (!icmp && !icmpv6 && (tcp.checksum.status == 0 || udp.checksum.status == 0))"
    " || icmp.checksum.status == 0 || icmpv6.checksum.status == 0"
)


def tshark(capture, fields, chosen=None):
    command = [*TSHARK, "-r", capture, "-T", "fields", "-E", "separator=|"]
    for field in fields:
        command += ["-e", field]
    if chosen:
        command += ["-Y", chosen]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return [line.split("|") for line in done.stdout.splitlines()]


def check(name, arguments, folder):
    done = subprocess.run([PROGRAM, "sim", *arguments, "--out", folder, "--once", "-q"], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{name}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    capture = os.path.join(folder, "capture.pcapng")
    truth = [json.loads(line) for line in open(os.path.join(folder, "packets.jsonl"))]
    rows = tshark(capture, ["frame.number", "frame.interface_name", "frame.packet_flags_direction", "frame.comment"])
    ports = {row[1] for row in rows}
    assert all(re.fullmatch(r"[\w.-]+:[\w.-]+", port) for port in ports), ports
    sent = sum(row[2] == "0x00000002" for row in rows)
    came = sum(row[2] == "0x00000001" for row in rows)
    assert sent + came == len(rows), f"{name}: {len(rows)} records, {sent} sent and {came} arrived"
    assert sent == len(truth), f"{name}: {sent} frames sent in the capture, {len(truth)} in truth"
    fates = collections.Counter(fate for frame in truth for fate in fates_of(frame))
    assert came == fates["arrived"], f"{name}: {came} arrivals in the capture, {fates['arrived']} in truth"
    corrupted = {row[0] for row in rows if row[2] == "0x00000001" and "turned over" in row[3]}
    assert len(corrupted) == fates["corrupted"], f"{name}: {len(corrupted)} corrupted frames, {fates['corrupted']} in truth"
    bad = {row[0] for row in tshark(capture, ["frame.number"], BAD)}
    assert bad <= corrupted, f"{name}: tshark finds something wrong with frames {sorted(bad - corrupted)[:10]}"
    return len(rows), len(corrupted), fates["lost"]


def fates_of(frame):
    """What became of a frame: it arrived, perhaps corrupted, perhaps twice; or it was lost."""
    fate = frame["fate"]
    for _ in range(2 if fate and "doubled" in fate else 1):
        if fate and "arrived" in fate:
            yield "arrived"
            if "corrupted" in fate:
                yield "corrupted"
        elif fate and "lost" in fate:
            yield "lost"


def main():
    runs = [(os.path.basename(path), [path]) for path in sorted(glob.glob("fixtures/scenarios/*.toml"))]
    runs += [(f"preset {preset}", ["--preset", preset]) for preset in PRESETS]
    assert len(runs) >= 30, f"only {len(runs)} scenarios"
    totals = [0, 0, 0]
    for name, arguments in runs:
        with tempfile.TemporaryDirectory() as folder:
            counts = check(name, arguments, os.path.join(folder, "out"))
            totals = [total + count for total, count in zip(totals, counts)]
    frames, corrupted, lost = totals
    print(f"{len(runs)} scenarios, {frames} records in their captures, {corrupted} of them corrupted, {lost} frames lost: tshark finds nothing else wrong")


if __name__ == "__main__":
    main()
