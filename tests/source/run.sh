#!/usr/bin/env bash
# What `encode --to` and `decode --as scapy` write is what compilers, interpreters and scapy read: the same bytes come out of them.
# It needs gcc, rustc, python3 and python3-scapy. `tests/source/run.sh LAYERCAKE`, or what `cargo build` makes.
set -euo pipefail
cd "$(dirname "$0")/../.."
layercake=${1:-target/debug/layercake}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

same() { [ "$1" = "$2" ] || { echo "$3: other bytes"; echo "$1" | head -c 200; echo; echo "$2" | head -c 200; exit 1; }; }

"$layercake" fixtures/http.pcap --as expr -c 10 >"$work/packets.txt"
"$layercake" fixtures/dns.pcap --as expr -c 10 >>"$work/packets.txt"
number=0
while IFS= read -r expression; do
    number=$((number + 1))
    [ $((number % 5)) -eq 0 ] || continue
    hex=$("$layercake" encode "$expression")
    {
        echo '#include <stdio.h>'
        "$layercake" encode "$expression" --to c
        echo 'int main(void) { for (size_t i = 0; i < sizeof packet; i++) printf("%02x", packet[i]); return 0; }'
    } >"$work/packet.c"
    gcc -Wall -Wextra -Werror -o "$work/c" "$work/packet.c"
    same "$hex" "$("$work/c")" "C"
    {
        "$layercake" encode "$expression" --to rust
        echo 'fn main() { PACKET.iter().for_each(|byte| print!("{byte:02x}")); }'
    } >"$work/packet.rs"
    rustc --edition 2024 -D warnings -o "$work/rust" "$work/packet.rs"
    same "$hex" "$("$work/rust")" "Rust"
    same "$hex" "$({ "$layercake" encode "$expression" --to python; echo 'print(packet.hex())'; } | python3 -)" "Python"
    # There is no compiler of Go here: its digits are looked at.
    same "$hex" "$("$layercake" encode "$expression" --to go | grep -o '0x..' | cut -c3- | tr -d '\n')" "Go"
done <"$work/packets.txt"

python=/usr/bin/python3
"$python" -c 'import scapy' 2>/dev/null || python=python3
for capture in fixtures/*.pcap fixtures/made/*.pcap fixtures/bad/*.pcap; do
    paste -d '\n' <("$layercake" "$capture" --as scapy) <("$layercake" "$capture" --as expr | "$layercake" encode - | grep .)
done >"$work/scapy.txt"
"$python" - "$work/scapy.txt" <<'P'
import logging, sys
logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.all import ARP, Dot1Q, Ether, IP, IPv6, Raw, TCP, UDP
lines = open(sys.argv[1]).read().splitlines()
pairs = list(zip(lines[::2], lines[1::2]))
wrong = [expression for expression, wanted in pairs if bytes(eval(expression)).hex() != wanted]
headers = sum("/" in expression for expression, _ in pairs)
print(f"{len(pairs)} packets through scapy, {headers} with more than raw bytes, {len(wrong)} other bytes")
sys.exit(1 if wrong or len(pairs) < 1000 or headers < 700 else 0)
P
