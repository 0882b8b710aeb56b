#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# stall_order.sh BPSIM CONFIG - a run that stalls for late bursts gives the same bytes in every order of evaluation, asleep
# or awake; so does the list of violations of a run that halts.
set -eu
bpsim=$1 config=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
run() { # run OUT MODE OPTIONS...
    local out=$1 mode=$2
    shift 2
    "$bpsim" run "$config" --out "$dir/$out" --progress=none --jobs 1 --on-violation "$mode" --inject 0:1:2600:300 --inject 1:0:2700:77 "$@" >"$dir/$out.stdout" 2>"$dir/$out.stderr" || echo $? >>"$dir/$out.stderr"
}
for mode in stall halt; do
    run first $mode
    [ "$mode" = halt ] || grep -q '"stalls": [1-9]' "$dir/first/results.json" || { echo "nothing stalled"; exit 1; }
    [ "$mode" = stall ] || grep -q 'cycles late' "$dir/first.stderr" || { echo "nothing was late"; cat "$dir/first.stderr"; exit 1; }
    for seed in 1 2 3 4 5 6 7 8; do
        for sleep in "" --debug-no-sleep; do
            rm -rf "$dir/again"
            run again $mode --debug-shuffle $seed $sleep
            diff -r "$dir/first" "$dir/again" >"$dir/log" || { echo "$mode, shuffle $seed $sleep: results differ"; head -5 "$dir/log"; exit 1; }
            diff "$dir/first.stderr" "$dir/again.stderr" >"$dir/log" || { echo "$mode, shuffle $seed $sleep: messages differ"; head -5 "$dir/log"; exit 1; }
        done
    done
    rm -rf "$dir/first" "$dir/again"
done
