#!/usr/bin/env bash
# Builds the core as a static library without std, links it into a C program, and runs that. The library calls an
# undefined function where it could panic, so that linking fails if it can.
set -euo pipefail
cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-target}
cargo build --release
cc -O2 -Wl,--gc-sections main.c "$target/release/liblayercake_no_std.a" -o "$target/no_std"
"$target/no_std"
