#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# found_cases.sh BPSIM SOURCE - servers on which something was wrong once: all policies compile, the verifier accepts (bpsim aborts otherwise), and a freer
# policy takes no longer than a stricter one.
set -eu
bpsim=$1 source=$2
here=$(cd -- "$(dirname -- "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "$what: $1"; cat "$dir/log"; exit 1; }

# ordered WHAT CONFIG START ARGS...
ordered() {
    what=$1
    local config=$2 start=$3 before= policy cycles
    shift 3
    for policy in levels barrier list; do
        "$bpsim" compile "$config" --policy $policy --start "$start" --json "$@" >"$dir/out" 2>"$dir/log" || fail "$policy: exit $?"
        cycles=$(sed -n 's/^  "makespan": \([0-9]*\),$/\1/p' "$dir/out")
        [ -z "$before" ] || [ "$cycles" -le "$before" ] || fail "$policy takes $cycles cycles, a stricter policy $before"
        before=$cycles
    done
}
# seeded WHAT SEED START ARGS...
seeded() {
    "$here/random_config.sh" "$2" "$dir"
    ordered "$1" "$dir/config.yaml" "${@:3}"
}

seeded "a recipe of list fits, barrier's best has to spill" 500084 steady --set chip.units.sram=44KiB --set machines.phase.toggle_cycles=0
seeded "tables of stripes are endless, those of levels are not" 500607 steady --set chip.units.sram=40KiB --set workload.parallel.collective=one-shot \
    --set machines.phase.compile.max_burst=128B --set 'server.slow_chips=[chip7 x 2.5]'
seeded "tables alone are too much for a unit that does not work" 501130 cold --set chip.units.sram=48KiB --set workload.parallel.collective=one-shot \
    --set 'server.fabric.link.bandwidth=1 GB/s' --set 'server.dead_units=[chip0.unit0]'
ordered "segments that were read ahead would begin behind the end" "$source/configs/run/mlp.yaml" steady --set server.chips=4 --set chip.units.rows=2 \
    --set machines.phase.compile.max_burst=512B --set 'server.fabric.link.latency=3 us' --set 'run.launch=50 us'
