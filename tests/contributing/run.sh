#!/usr/bin/env bash
# Does what CONTRIBUTING.md says, to the letter, in a copy: the file, the module, the line in the registry. Then it
# decodes a frame with the new header in it.
set -euo pipefail
cd "$(dirname "$0")/../.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r Cargo.toml Cargo.lock README.md src fixtures "$copy"
mkdir "$copy/benches" "$copy/tests"
sed -i '/^\[\[test\]\]/,$d' "$copy/Cargo.toml"
block() { awk -v n="$1" '/^```rust/ { k++; next } /^```/ { if (k == n) exit; next } k == n' CONTRIBUTING.md; }
block 1 > "$copy/src/wire/example.rs"
sed -i 's/^pub mod ethernet;/&\npub mod example;/' "$copy/src/wire.rs"
line=$(block 2)
sed -i "s/^    ETHERNET = .*/&\n$line/" "$copy/src/packet/registry.rs"
cd "$copy"
cargo run --quiet -- --color never \
    '02 00 00 00 00 0b 02 00 00 00 00 0a 88 b5 1234 0800 4500001c 00010000 4011f6cc c0000201 c0000202 00350035 00080000' \
    2>/dev/null > out
grep -q 'Example Protocol (example)' out && grep -q '0x234 .*example.colour' out && grep -q 'udp.srcport' out
echo "CONTRIBUTING.md does what it says"
