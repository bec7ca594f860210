#!/usr/bin/env bash
# Fuzzes: `fuzz/run.sh [-t SECONDS] [-s FOLDER-OF-CAPTURES] [TARGET...]`. Without `-t`, each target gets the number of inputs below from a
# fixed start, so that runs can be compared; with it, other inputs each time for so many seconds.
# Fails if a target stops; the input lies in fuzz/artifacts then. It needs Rust (stable) and a C++ compiler, and nothing else: these
# are the flags that `cargo fuzz` gives, without a sanitizer, as there is no unsafe code. `cargo fuzz run TARGET` works too.
set -euo pipefail
cd "$(dirname "$0")"
# Some twenty seconds each.
declare -A inputs=([decode]=60000 [edit]=80000 [capture]=200000 [text]=40000 [json]=500000 [filter]=6000 [expression]=20000 [stack]=60000 [drill]=6000 [services]=20000 [scenario]=6000)
seconds='' captures=()
while getopts t:s: option; do
    case $option in
        t) seconds=$OPTARG ;;
        s) captures+=("$(realpath "$OPTARG")") ;;
        *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
targets=("$@")
[ "$#" -gt 0 ] || targets=("${!inputs[@]}")
command -v c++ >/dev/null || { echo "a C++ compiler is needed (c++)"; exit 1; }

(cd .. && cargo test --quiet --test seeds -- "$PWD/fuzz/corpus" "${captures[@]}")

host=$(rustc -vV | sed -n 's/^host: //p')
sanitizer() { printf ' -Cllvm-args=-sanitizer-coverage-%s' "$@"; }
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module$(sanitizer level=4 inline-8bit-counters pc-table trace-compares)"
cargo build --quiet --release --locked --target "$host" "${targets[@]/#/--bin=}"
folder=$(cargo metadata --format-version 1 --no-deps --locked | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

for target in "${targets[@]}"; do
    mkdir -p "artifacts/$target"
    if [ -n "$seconds" ]; then
        amount=("-max_total_time=$seconds")
    else
        amount=("-runs=${inputs[$target]}" -seed=1)
    fi
    echo "fuzzing $target, ${amount[*]}"
    log=$(mktemp)
    # What is slow or holds much is a finding too.
    if ! "$folder/$host/release/$target" "corpus/$target" -artifact_prefix="artifacts/$target/" "${amount[@]}" \
        -timeout=10 -rss_limit_mb=1024 -max_len=4096 -print_final_stats=1 >"$log" 2>&1; then
        tail -n 40 "$log"
        echo "fuzzing $target stopped; log in $log. \`xxd -p\` of the input belongs into tests/found/$target"
        exit 1
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "$target: $runs runs"
    [ "$runs" -gt 1000 ] || { tail -n 20 "$log"; echo "that is too few"; exit 1; }
    rm "$log"
done
