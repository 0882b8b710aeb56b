#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# budgets.sh BPSIM CONFIG SECONDS [MIB] - CPU time (user + system, compile and verify included) and peak memory of each child
# process, beside the budget. Recorded, not asserted: the machine that runs the tests may be slow or shared.
set -eu
bpsim=$(realpath "$1") name=budgets config=$(realpath "$2") seconds=$3 mib=${4:-}
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
TIMEFORMAT='%U %S'
for machine in $("$bpsim" check "$config" --json | sed -n 's/.*"item": "chips".*"values": {\(.*\)}, "equal".*/\1/p' | grep -o '"[^"]*"' | tr -d '"'); do
    for start in cold steady; do
        { time "$bpsim" run "$config" --machine "$machine" --start $start --jobs 1 --out r --progress=none >out 2>log; } 2>used || fail "it fails"
        read -r user system <used
        memory=$(sed -n 's/^ *peak memory *//p' out)
        [ -n "$memory" ] || fail "the table has no peak memory"
        awk -v n="$machine.$start" -v u="$user" -v s="$system" -v b="$seconds" -v m="$memory" -v mb="$mib" 'BEGIN {
            printf "%-29s %.2f s CPU (budget %s s)%s, %s%s\n", n, u + s, b, (u + s > b ? " OVER" : ""), m, (mb == "" ? "" : " (budget " mb " MiB)") }'
    done
done
