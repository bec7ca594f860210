#!/bin/sh
# Instructions that each peer executes for one packet or operation, counted by valgrind. The loop around the work
# (what the peer `nothing` takes) is taken off.
set -eu
cd "$(dirname "$0")/.."

executables=$(cargo bench --no-default-features --features capture --no-run 2>&1 |
    sed -n 's/.*Executable benches\/\(.*\)\.rs (\(.*\))$/\1 \2/p')
test -n "$executables" || { echo "the benches do not build" >&2; exit 1; }

# count BENCH PEER [WORD]: instructions of the whole loop, and operations
count() {
    program=$(echo "$executables" | sed -n "s/^$1 //p")
    shift
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='*common::counted*' \
        "$program" --count "$@" 2>&1 |
        awk '/^operations/ { n = $2 } /Collected/ { sum = $4 } END { print sum, n }'
}

# table BENCH PEERS [WORD]
table() {
    bench=$1 peers=$2
    shift 2
    echo "$bench $*"
    set -- "$@"
    base=$(count "$bench" nothing "$@")
    for peer in $peers; do
        echo "$(count "$bench" "$peer" "$@") $base" |
            awk -v peer="$peer" '{ printf "  %-20s %8.1f\n", peer, $1 / $2 - $3 / $4 }'
    done
}

decoders="layercake etherparse_sliced etherparse_lax pnet smoltcp fixed_offsets"
table decode "$decoders" tcp
table decode "$decoders"
for length in 20 64 1460 9000; do
    table checksum "layercake smoltcp etherparse pnet read" $length
done
table build "layercake smoltcp etherparse pnet"
for length in 64 1460; do
    table edit "layercake smoltcp pnet fixed_offsets" $length
done
