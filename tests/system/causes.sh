#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# causes.sh BPSIM CASE - work made so that one cause is at hand, with exact counts worked out by hand. Server as in
# closed_forms.sh: 1 GHz, launch 100, toggle 1. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"

# unit UNIT POLICY.START "CAUSE=CYCLES ...": exactly these cycles, and none of any other cause.
unit() {
    local got
    got=$(awk -F, -v m="phase.$2" -v u="$1" 'NR > 1 && $1 == m && $2 == u && $4 > 0 { print $3 "=" $4 }' r/idle.csv | sort | tr '\n' ' ')
    same "phase.$2: $1" "$got" "$(tr ' ' '\n' <<<"$3" | sort | tr '\n' ' ')"
}

case $name in
crossing_is_charged_place_by_place)
    # Chip 1 waits for chip 0: until the task there is done at 201 (dependency), 7 cycles to the port (noc), 9 on the line and
    # 20 of latency (link), the guard band, 7 from the port to the unit (noc). Then 1 + 100. The output, 5 flits, stands at
    # the channel after 3 + 4, is written after cwl 4 in 10 cycles of data: 21 cycles in which nothing is left to do.
    stg pair.stg 1 1 -- 1-2
    config pair 2 2 2 "{ kind: stg, file: pair.stg, task_cycles: 100, edge_bytes: 320 B }" \
        "2 { topology: ring, link: { bandwidth: 37 GB/s, latency: 20 ns } }" >c.yaml
    for g in 0 13; do
        simulate r c.yaml --machine phase.list --start steady --set machines.phase.guard_cycles=$g
        guard="control.guard=$g "
        [ $g -gt 0 ] || guard=
        unit chip1.unit0 list.steady "control.launch=100 dependency=101 network.noc=14 network.link=29 ${guard}control.toggle=1 compute.useful=100 no_work=21"
        unit chip0.unit0 list.steady "control.launch=100 control.toggle=1 compute.useful=100 no_work=$((165 + g))"
        unit chip0.unit3 list.steady "control.launch=100 no_work=$((266 + g))"
    done
    ;;
way_on_a_chip_is_network_noc)
    # Four tasks after one, 320 B to each: 2 + 2 h + 1 + 4 cycles to a unit that is h links away.
    stg fork.stg 1 10 10 10 10 -- 1-2 1-3 1-4 1-5
    config fork 2 2 4 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 320 B }" >c.yaml
    simulate r c.yaml --machine phase.list --start steady
    for pair in 1:9 2:9 3:11; do
        same "unit ${pair%:*}" "$(awk -F, -v u="chip0.unit${pair%:*}" '$2 == u && $3 == "network.noc" { print $4 }' r/idle.csv)" "${pair#*:}"
        same "unit ${pair%:*}" "$(awk -F, -v u="chip0.unit${pair%:*}" '$2 == u && $3 == "dependency" { print $4 }' r/idle.csv)" 101
    done
    ;;
reading_is_memory_dram)
    # 8 x 8 = 8 x 4 by 4 x 8 in fp16: x is 64 B, one flit. From the launch on: rcd 14, cl 14, 2 cycles of data (dram), 2 + 1 to
    # the unit (noc), toggle, 1 cycle of 8 x 8 x 4 MACs. The output of 128 B, 2 flits: 3 + 1, cwl 4, 4 cycles of data.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 4, hidden: 8, outputs: 8, batch: 8 }" >c.yaml
    simulate r c.yaml --machine phase.list --start steady
    unit chip0.unit0 list.steady "control.launch=100 memory.dram=30 network.noc=3 control.toggle=1 compute.useful=1 no_work=12"
    ;;
narrow_ports_are_memory_l1)
    # The same with a read port of 4 B: 128 B of x and weights take 32 cycles, the engine works in one of them.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 4, hidden: 8, outputs: 8, batch: 8 }" >c.yaml
    simulate r c.yaml --machine phase.list --start steady --set 'chip.units.sram_read=4 B'
    unit chip0.unit0 list.steady "control.launch=100 memory.dram=30 network.noc=3 control.toggle=1 compute.useful=1 memory.l1=31 no_work=12"
    # A write port of 2 B: 128 B of output in 64 cycles.
    simulate r c.yaml --machine phase.list --start steady --set 'chip.units.sram_write=2 B'
    unit chip0.unit0 list.steady "control.launch=100 memory.dram=30 network.noc=3 control.toggle=1 compute.useful=1 memory.l1=63 no_work=12"
    ;;
half_filled_engine_is_compute_padding)
    # Batch 4 on an engine 8 rows high: 4 x 64 = 4 x 64 by 64 x 64 takes 1 x 8 x 16 steps, half of the MACs are padding.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 64, hidden: 8, outputs: 64, batch: 4 }" >c.yaml
    simulate r c.yaml --start steady
    for p in levels barrier list; do
        same "$p: useful" "$(metric r phase.$p steady idle.compute.useful)" 64
        same "$p: padding" "$(metric r phase.$p steady idle.compute.padding)" 64
        same "$p: MACs" "$(field r phase.$p.steady macs_executed)" $((4 * 64 * 64))
        same "$p: MACs with padding" "$(field r phase.$p.steady macs_padded)" $((8 * 64 * 64))
    done
    ;;
vector_work_is_useful)
    # Two layers, so a ReLU between: 8 x 8 elements on 32 lanes, 2 cycles. Matrix: 1 + 2 (k 8 is two steps of 4).
    config one 1 1 1 "{ kind: mlp, layers: 2, inputs: 4, hidden: 8, outputs: 8, batch: 8 }" >c.yaml
    simulate r c.yaml --start steady
    for p in levels barrier list; do
        same "$p: vector cycles" "$(event r phase.$p.steady vector_cycles)" $((2 + 2))
    done
    ;;
waiting_at_the_barrier_is_imbalance)
    # 300 and 100 cycles side by side, then two tasks that need both: the unit with the short one waits 200 cycles. With
    # global phases its bit stays on until the long one is done (imbalance); with local timers it is off and its next
    # task's input is not computed yet (dependency).
    stg wave.stg 3 1 1 1 -- 1-3 2-3 1-4 2-4
    config wave 1 2 2 "{ kind: stg, file: wave.stg, task_cycles: 100 }" >c.yaml
    simulate r c.yaml --start steady
    for p in levels barrier list; do
        same "$p" "$(makespan r $p steady)" $((100 + 301 + 101))
        same "$p: useful" "$(metric r phase.$p steady idle.compute.useful)" 600
        same "$p: imbalance" "$(metric r phase.$p steady idle.imbalance)" $([ $p = list ] && echo 0 || echo 200)
        same "$p: dependency" "$(metric r phase.$p steady idle.dependency)" $([ $p = list ] && echo 200 || echo 0)
    done
    ;;
*) fail "no such case" ;;
esac
