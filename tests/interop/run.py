#!/usr/bin/env python3
"""layercake's stack and the kernel of Linux, in network namespaces that this makes and takes away again. Nothing leaves them.

    sudo tests/interop/run.py [WORD...]       only tests whose names have one of the words

It needs root, iproute2, iputils-ping, traceroute, curl, dnsmasq, dig, udhcpc, iperf3 and tshark, and fails if one of them is missing."""

import importlib
import os
import shutil
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import FOLDER, PROGRAM, Failed  # noqa: E402

GROUPS = ["basics", "tcp", "http", "names", "nat", "others", "bridge"]
NEEDED = "ip ping traceroute curl dnsmasq dig udhcpc dhclient iperf3 tshark ss sysctl setpriv nsd bird".split()


def main():
    words = sys.argv[1:]
    missing = [program for program in NEEDED if not shutil.which(program)]
    if missing or not os.path.exists(PROGRAM) or os.geteuid() != 0:
        sys.exit(f"this needs root, {PROGRAM} and the programs: {' '.join(missing) or 'all there'}")
    failed, count, began = [], 0, time.monotonic()
    for group in GROUPS:
        module = importlib.import_module(group)
        tests = [(name, test) for name, test in vars(module).items() if name.startswith("test_")]
        for name, test in tests:
            title = f"{group}: {name[5:].replace('_', ' ')}"
            if words and not any(word in title for word in words):
                continue
            count += 1
            start = time.monotonic()
            try:
                said = test()
                verdict = "ok"
            except Exception as error:  # whatever it is, the other tests go on
                failed.append(title)
                said = str(error) if isinstance(error, Failed) else traceback.format_exc()
                verdict = "FAILED"
            print(f"{verdict}  {title} ({time.monotonic() - start:.1f} s){': ' + said if said else ''}", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"{count - len(failed)} passed, {len(failed)} failed, in {time.monotonic() - began:.0f} s")
    if failed or not count:
        sys.exit(1)


main()
