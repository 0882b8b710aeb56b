#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# same_bytes.sh BPSIM CONFIG... [-- OPTIONS of each run] - evaluation order, sleeping and repetition must not show in any byte of the results:
# natural order, 8 shuffled orders, each with sleeping on and off.
set -eu
bpsim=$1
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
configs=() options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do configs+=("$1"); shift; done
[ $# -eq 0 ] || options=("${@:2}")
for config in "${configs[@]}"; do
    "$bpsim" run "$config" "${options[@]}" --out "$dir/first" --progress=none >/dev/null 2>"$dir/log" || { cat "$dir/log"; exit 1; }
    for seed in 0 1 2 3 4 5 6 7 8; do
        for sleep in "" --debug-no-sleep; do
            order=()
            [ "$seed" -eq 0 ] || order=(--debug-shuffle "$seed")
            rm -rf "$dir/again"
            "$bpsim" run "$config" "${options[@]}" --out "$dir/again" --progress=none "${order[@]}" $sleep >/dev/null 2>"$dir/log" ||
                { cat "$dir/log"; exit 1; }
            diff -r "$dir/first" "$dir/again" >"$dir/log" || { echo "$config: shuffle $seed $sleep: results differ"; head -5 "$dir/log"; exit 1; }
        done
    done
    rm -rf "$dir/first"
    echo "$config: same bytes in 18 runs"
done
