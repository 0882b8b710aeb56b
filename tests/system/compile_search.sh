#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# compile_search.sh BPSIM CASE - policy search on a machine. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 configs=$(realpath "$(dirname -- "$0")/../../configs/run")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"

case $name in
machine_does_what_search_found)
    for config in random cnn; do
        simulate r "$configs/$config.yaml" --set 'machines.phase.policy=[list, search]' --set machines.phase.search_steps=60
        for start in cold steady; do
            list=$(makespan r list $start) search=$(makespan r search $start)
            [ "$search" -le "$list" ] || fail "$config $start: search $search, list $list"
            exits 0 compile "$configs/$config.yaml" --policy search --iterations 60 --start $start --json
            same "$config $start: compiled and simulated" "$(scalar out makespan)" "$search"
        done
        [ "$search" -lt "$list" ] || fail "$config: 60 steps have found nothing"
        same "$config: checksum" "$(field r phase.search.steady output_checksum)" "$(field r phase.list.steady output_checksum)"
    done
    ;;
iterations_repeat_a_budget)
    exits 0 compile "$configs/random.yaml" --policy search --budget 0.05 --out a.bps --json
    steps=$(scalar out iterations)
    [ "$steps" -ge 1 ] || fail "no steps in 0.05 seconds"
    exits 0 compile "$configs/random.yaml" --policy search --iterations "$steps" --out b.bps
    grep -qE "^  iterations +$(sed ':a;s/\B[0-9]\{3\}\>/,&/;ta' <<<"$steps")\$" out || fail "does not tell its iterations"
    cmp a.bps b.bps || fail "as many iterations give something else"
    ;;
interrupted_search_writes_its_best)
    interrupts 1 compile "$configs/random.yaml" --policy search --budget 60 --json --out i.bps
    [ "$(scalar out iterations)" -gt 10 ] || fail "hardly a step in a second"
    same interrupted "$(scalar out interrupted)" true
    exits 0 schedule verify i.bps
    ;;
limits_belong_to_search)
    exits 2 compile "$configs/random.yaml" --policy list --budget 1 && says 'belong to --policy search'
    exits 2 compile "$configs/random.yaml" --iterations 1 && says 'belong to --policy search'
    exits 2 compile "$configs/random.yaml" --policy search --iterations 1 --budget 1 && says 'exclude each other'
    exits 2 compile "$configs/random.yaml" --policy search --iterations 0
    exits 2 check "$configs/random.yaml" --set 'machines.phase={ policy: search, search_steps: 0 }' && says 'search_steps'
    exits 2 check "$configs/random.yaml" --set 'machines.phase={ policy: list, search_steps: 5 }' && says 'nothing reads this key'
    ;;
work_too_long_for_its_ticks_is_refused)
    # 171010385523 ticks a cycle: 64 bits hold 108 million cycles.
    long=(compile "$configs/random.yaml" --policy list --start cold --set 'chip.clock=1.755 GHz' --set 'server.fabric.link.bandwidth=300.123 GB/s' --json)
    exits 0 "${long[@]}" --set workload.task_cycles=1000000
    exits 2 "${long[@]}" --set workload.task_cycles=20000000
    says '^chip[01]-chip[01]: the work takes at least 300000000 cycles, too many to be counted in ticks of a rate of 171010385523/1000000000 bytes per cycle'
    exits 0 compile "$configs/random.yaml" --policy list --start cold --set 'chip.clock=1.755 GHz' --set workload.task_cycles=20000000 --json
    ;;
*) fail "no such case" ;;
esac
