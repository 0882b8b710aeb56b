#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# random_servers.sh BPSIM FIRST LAST - random work on random small servers, every policy, cold and steady, cross-check on.
#
# What must hold each time: the verifier accepts, the machine finishes without a violation, every law holds (bpsim
# checks them and aborts otherwise), the cross-check agrees, the makespan is not below the lower bound, a freer policy
# takes no longer than a stricter one, and the output checksum is the same for all policies and starts. A server too small for its work may be refused
# (exit 3), but only with the name of the tensor, and not often.
set -eu
bpsim=$1
here=$(cd -- "$(dirname -- "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
ran=0 refused=0
fail() { echo "seed $1: $2"; cat "$dir/config.yaml" "$dir/log"; exit 1; }
for seed in $(seq "$2" "$3"); do
    "$here/random_config.sh" "$seed" "$dir"
    rm -rf "$dir/out"
    code=0
    "$bpsim" run "$dir/config.yaml" --out "$dir/out" --jobs 1 --cross-check --progress=none >"$dir/log" 2>&1 || code=$?
    if [ "$code" -eq 3 ]; then
        grep -qE 'sram|staging' "$dir/log" || fail "$seed" "refused without saying what does not fit in SRAM"
        refused=$((refused + 1))
        continue
    fi
    [ "$code" -eq 0 ] || fail "$seed" "exit $code"
    n=$(grep -o '"output_checksum": "[0-9a-f]*"' "$dir/out/results.json" | sort -u | wc -l)
    [ "$n" -eq 1 ] || fail "$seed" "$n different output checksums"
    runs=$(grep -c '"output_checksum"' "$dir/out/results.json")
    [ "$runs" -eq 6 ] || fail "$seed" "$runs runs instead of 6"
    awk -F, '$3 == "makespan" { m[$1 $2] = $4 } $3 == "lower_bound" { b[$1 $2] = $4 }
             END { for (k in m) if (m[k] + 0 < b[k] + 0 || m[k] == 0) { print k, m[k], b[k]; exit 1 } }' "$dir/out/summary.csv" ||
        fail "$seed" "below the lower bound"
    awk -F, '$3 == "makespan" { split($1, m, "."); cycles[m[2], $2] = $4 }
             function longer(freer, stricter, start) { return cycles[freer, start] + 0 > cycles[stricter, start] + 0 }
             END { for (i = 1; i <= 2; i++) { s = i == 1 ? "cold" : "steady"
                       if (!cycles["list", s] || longer("list", "barrier", s) || longer("barrier", "levels", s)) exit 1 } }' "$dir/out/summary.csv" ||
        fail "$seed" "a freer policy takes longer than a stricter one"
    ran=$((ran + 1))
done
echo "$ran servers ran, $refused refused"
[ "$ran" -ge $((3 * refused)) ] || { echo "too many servers refused"; exit 1; }
