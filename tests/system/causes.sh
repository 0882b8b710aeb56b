#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# causes.sh BPSIM CASE - work made so that one cause is at hand, with exact counts worked out by hand. Server as in
# closed_forms.sh: 1 GHz, launch 100, toggle 1. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"

# Two chips: 37 B per cycle, latency 20.
ring="2 { topology: ring, link: { bandwidth: 37 GB/s, latency: 20 ns } }"

# unit UNIT POLICY.START "CAUSE=CYCLES ...": exactly these cycles, and none of any other cause.
unit() {
    local got want
    got=$(awk -F, -v m="phase.$2" -v u="$1" 'NR > 1 && $1 == m && $2 == u && $4 > 0 { print $3 "=" $4 }' r/idle.csv | sort | tr '\n' ' ')
    want=$(tr ' ' '\n' <<<"$3" | sed '/=0$/d' | sort | tr '\n' ' ')
    same "phase.$2: $1" "$got" "$want"
}

case $name in
crossing_is_charged_place_by_place)
    # Chip 1 waits for chip 0: until the task there is done at 201 (dependency), 7 cycles to the port (noc), 9 on the line and
    # 20 of latency (link), the guard band, 7 from the port to the unit (noc). Then 1 + 100. The output, 5 flits, stands at
    # the channel after 3 + 4, is written after cwl 4 in 10 cycles of data: 21 cycles in which nothing is left to do.
    stg pair.stg 1 1 -- 1-2
    config pair 2 2 2 "{ kind: stg, file: pair.stg, task_cycles: 100, edge_bytes: 320 B }" "$ring" >c.yaml
    for g in 0 13; do
        simulate r c.yaml --cross-check --machine phase.list --start steady --set machines.phase.guard_cycles=$g
        unit chip1.unit0 list.steady "control.launch=100 dependency=101 network.noc=14 network.link=29 control.guard=$g control.toggle=1 compute.useful=100 no_work=21"
        unit chip0.unit0 list.steady "control.launch=100 control.toggle=1 compute.useful=100 no_work=$((165 + g))"
        unit chip0.unit3 list.steady "control.launch=100 no_work=$((266 + g))"
    done
    ;;
way_on_a_chip_is_network_noc)
    # Four tasks after one, 320 B to each: 2 + 2 h + 1 + 4 cycles to a unit that is h links away.
    stg fork.stg 1 10 10 10 10 -- 1-2 1-3 1-4 1-5
    config fork 2 2 4 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 320 B }" >c.yaml
    simulate r c.yaml --cross-check --machine phase.list --start steady
    for pair in 1:9 2:9 3:11; do
        same "unit ${pair%:*}" "$(awk -F, -v u="chip0.unit${pair%:*}" '$2 == u && $3 == "network.noc" { print $4 }' r/idle.csv)" "${pair#*:}"
        same "unit ${pair%:*}" "$(awk -F, -v u="chip0.unit${pair%:*}" '$2 == u && $3 == "dependency" { print $4 }' r/idle.csv)" 101
    done
    ;;
reading_is_memory_dram)
    # 8 x 8 = 8 x 4 by 4 x 8 in fp16: x is 64 B, one flit. From the launch on: rcd 14, cl 14, 2 cycles of data (dram), 2 + 1 to
    # the unit (noc), toggle, 1 cycle of 8 x 8 x 4 MACs. The output of 128 B, 2 flits: 3 + 1, cwl 4, 4 cycles of data.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 4, hidden: 8, outputs: 8, batch: 8 }" >c.yaml
    simulate r c.yaml --cross-check --machine phase.list --start steady
    unit chip0.unit0 list.steady "control.launch=100 memory.dram=30 network.noc=3 control.toggle=1 compute.useful=1 no_work=12"
    ;;
narrow_ports_are_memory_l1)
    # The same with a read port of 4 B: 128 B of x and weights take 32 cycles, the engine works in one of them.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 4, hidden: 8, outputs: 8, batch: 8 }" >c.yaml
    simulate r c.yaml --cross-check --machine phase.list --start steady --set 'chip.units.sram_read=4 B'
    unit chip0.unit0 list.steady "control.launch=100 memory.dram=30 network.noc=3 control.toggle=1 compute.useful=1 memory.l1=31 no_work=12"
    # A write port of 2 B: 128 B of output in 64 cycles.
    simulate r c.yaml --cross-check --machine phase.list --start steady --set 'chip.units.sram_write=2 B'
    unit chip0.unit0 list.steady "control.launch=100 memory.dram=30 network.noc=3 control.toggle=1 compute.useful=1 memory.l1=63 no_work=12"
    ;;
half_filled_engine_is_compute_padding)
    # Batch 4 on an engine 8 rows high: 4 x 64 = 4 x 64 by 64 x 64 takes 1 x 8 x 16 steps, half of the MACs are padding.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 64, hidden: 8, outputs: 64, batch: 4 }" >c.yaml
    simulate r c.yaml --cross-check --start steady
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
    simulate r c.yaml --cross-check --start steady
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
    simulate r c.yaml --cross-check --start steady
    for p in levels barrier list; do
        same "$p" "$(makespan r $p steady)" $((100 + 301 + 101))
        same "$p: useful" "$(metric r phase.$p steady idle.compute.useful)" 600
        same "$p: imbalance" "$(metric r phase.$p steady idle.imbalance)" "$([ $p = list ] && echo 0 || echo 200)"
        same "$p: dependency" "$(metric r phase.$p steady idle.dependency)" "$([ $p = list ] && echo 200 || echo 0)"
    done
    ;;
tile_that_fills_the_engine_is_compute_useful)
    # 8 x 64 by 64 x 8 in fp16: 1 x 1 x 16 steps of 8 x 8 x 4; operands of 1,024 B each over a read port of 256 B: 8 cycles. All work
    # is useful. Steady: the weights are there, x is read: rcd 14, cl 14, 32 cycles of data (dram), 16 flits need 3 + 15 (noc).
    # The output: 2 flits, 3 + 1, cwl 4, 4 cycles of data.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 64, hidden: 1, outputs: 8, batch: 8 }" >c.yaml
    simulate r c.yaml --start steady --cross-check
    for p in levels barrier list; do
        unit chip0.unit0 $p.steady "control.launch=100 memory.dram=60 network.noc=18 control.toggle=1 compute.useful=16 no_work=12"
    done
    # Batch 5, 4 outputs: still 16 steps, 1,280 MACs fit into 5 of them. x: 640 B, 20 cycles of data, 10 flits. The output: 40 B.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 64, hidden: 1, outputs: 4, batch: 5 }" >c.yaml
    simulate r c.yaml --start steady --cross-check
    for p in levels barrier list; do
        unit chip0.unit0 $p.steady "control.launch=100 memory.dram=48 network.noc=12 control.toggle=1 compute.useful=5 compute.padding=11 no_work=9"
    done
    ;;
cold_operands_are_memory_dram)
    # The same 8 x 64 by 64 x 8, cold. Boot until 100 + 14 + 14 + 512 + 3 + 15 = 658; the entries that read x and the weights came with
    # it, so x is read from then on: rcd, cl, 32 cycles of data to 718, on the network to 736. The weights follow on the bus to
    # 750, on the network to 768: dram 60 + 14, noc 18 + 18.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 64, hidden: 1, outputs: 8, batch: 8 }" >c.yaml
    simulate r c.yaml --start cold --cross-check
    for p in levels barrier list; do
        unit chip0.unit0 $p.cold "control.launch=658 memory.dram=74 network.noc=36 control.toggle=1 compute.useful=16 no_work=12"
    done
    ;;
boot_is_control_launch)
    # Four units, one channel at router 0: 16 pieces of 1 KiB for each unit, in turns. Unit u has its last one when 61 + u pieces of 32
    # cycles are read: 100 + 28 + 32 (61 + u), then 2 + 2 h + 1 + 15 cycles: 2098, 2132, 2164, 2198 at 0, 1, 1, 2 links. With
    # local timers each starts at once; `levels` waits for all, nobody computes meanwhile: dispatch; `barrier` starts each at its
    # own boundary, a broadcast (2 + 4 + 1) apart at least, and the bits of all stay on until the last is done.
    stg four.stg 1 1 1 1 --
    config four 2 2 1 "{ kind: stg, file: four.stg, task_cycles: 100 }" >c.yaml
    simulate r c.yaml --start cold --cross-check
    for pair in 0:2098 1:2132 2:2164 3:2198; do
        boot=${pair#*:} rest=$((2198 - ${pair#*:}))
        own="control.launch=$boot control.toggle=1 compute.useful=100"
        unit "chip0.unit${pair%:*}" list.cold "$own no_work=$rest"
        unit "chip0.unit${pair%:*}" levels.cold "$own control.dispatch=$rest"
        unit "chip0.unit${pair%:*}" barrier.cold "$own imbalance=$rest"
    done
    ;;
switching_on_is_control_toggle)
    # Three tasks of 50 cycles after each other, 7 cycles to switch on or over.
    stg chain.stg 1 1 1 -- 1-2 2-3
    config chain 1 1 1 "{ kind: stg, file: chain.stg, task_cycles: 50 }" >c.yaml
    simulate r c.yaml --start steady --cross-check --set machines.phase.toggle_cycles=7
    for p in levels barrier list; do
        unit chip0.unit0 $p.steady "control.launch=100 control.toggle=21 compute.useful=150"
    done
    ;;
ready_while_nobody_computes_is_control_dispatch)
    # One task, two after it, 320 B to each. Under `levels` unit 0 has all at 201 and waits for the transfer to unit 1:
    # 2 + 2 + 1 + 4 = 9 cycles. Both end at 311; outputs of 320 B over 0 and 1 links. The first
    # stands at the channel at 318 and is stored until 332; the bus takes the second after it, until 342.
    stg fork.stg 1 1 1 -- 1-2 1-3
    config fork 1 2 1 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 320 B }" >c.yaml
    simulate r c.yaml --policy levels --start steady --cross-check
    end=$((311 + 31))
    unit chip0.unit0 levels.steady "control.launch=100 control.dispatch=9 control.toggle=2 compute.useful=200 no_work=$((end - 311))"
    unit chip0.unit1 levels.steady "control.launch=100 dependency=101 network.noc=9 control.toggle=1 compute.useful=100 no_work=$((end - 311))"
    # A broadcast of 50 cycles: the wave begins at 251.
    simulate r c.yaml --policy levels --start steady --cross-check --set machines.phase.broadcast_cycles=50
    unit chip0.unit0 levels.steady "control.launch=100 control.dispatch=50 control.toggle=2 compute.useful=200 no_work=31"
    unit chip0.unit1 levels.steady "control.launch=100 dependency=101 network.noc=9 control.dispatch=41 control.toggle=1 compute.useful=100 no_work=31"
    ;;
held_back_by_others_is_imbalance)
    # Global boundaries 50 cycles apart: unit 0 goes on at 201, unit 1 has its input at 210 and waits until 251 for its turn (41),
    # unit 0 is done at 302 and stays on until unit 1 is, at 352 (50). Then 9 + 4 + 10 cycles until the output is stored.
    stg fork.stg 1 1 1 -- 1-2 1-3
    config fork 1 2 1 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 320 B }" >c.yaml
    simulate r c.yaml --policy barrier --start steady --cross-check --set machines.phase.broadcast_cycles=50
    unit chip0.unit0 barrier.steady "control.launch=100 control.toggle=2 compute.useful=200 imbalance=50 no_work=23"
    unit chip0.unit1 barrier.steady "control.launch=100 dependency=101 network.noc=9 imbalance=41 control.toggle=1 compute.useful=100 no_work=23"
    # Task 1 of 100 cycles, task 2 of 500; tasks 3 and 4 read what task 1 made. The longest first: task 2 on unit 0, 1 and 3 on unit 1,
    # 4 on unit 2. Under `levels` all wait until 601: unit 1 with its bit on; unit 2 for a transfer that may not begin before
    # (400 each). Then the transfers of the stage: task 2's output is stored at 601 + 7 + 4 + 10 = 622, the input of task 4 has come
    # at 610. Outputs of units 1 and 2 over 1 and 2 links: 9 and 5 more for the eject link, bus free 10 cycles after the first.
    stg wave.stg 1 5 1 1 -- 1-3 1-4
    config wave 1 3 1 "{ kind: stg, file: wave.stg, task_cycles: 100, edge_bytes: 320 B }" >c.yaml
    simulate r c.yaml --start steady --cross-check
    out=$((9 + 4 + 10 + 10))
    unit chip0.unit0 levels.steady "control.launch=100 control.toggle=1 compute.useful=500 no_work=$((21 + 101 + out))"
    unit chip0.unit1 levels.steady "control.launch=100 control.toggle=2 compute.useful=200 imbalance=400 control.dispatch=21 no_work=$out"
    unit chip0.unit2 levels.steady "control.launch=100 dependency=101 imbalance=400 network.noc=9 control.dispatch=12 control.toggle=1 compute.useful=100 no_work=$out"
    # `barrier`: 3 at 201, 4 at 210; both stay on until 601, when task 2 is done. `list`: off at once.
    unit chip0.unit1 barrier.steady "control.launch=100 control.toggle=2 compute.useful=200 imbalance=299 no_work=21"
    unit chip0.unit2 barrier.steady "control.launch=100 dependency=101 network.noc=9 control.toggle=1 compute.useful=100 imbalance=290 no_work=21"
    unit chip0.unit1 list.steady "control.launch=100 control.toggle=2 compute.useful=200 no_work=320"
    unit chip0.unit2 list.steady "control.launch=100 dependency=101 network.noc=9 control.toggle=1 compute.useful=100 no_work=311"
    ;;
not_yet_computed_is_dependency)
    # A dependence without bytes comes over no link, all the same: unit 1 waits for unit 0.
    stg fork.stg 1 1 1 -- 1-2 1-3
    config fork 1 2 1 "{ kind: stg, file: fork.stg, task_cycles: 100 }" >c.yaml
    simulate r c.yaml --start steady --cross-check
    for p in levels barrier list; do
        unit chip0.unit0 $p.steady "control.launch=100 control.toggle=2 compute.useful=200"
        unit chip0.unit1 $p.steady "control.launch=100 dependency=101 control.toggle=1 compute.useful=100"
    done
    # From another chip the guard band is waited for. The bit of chip 0 has no boundary before that under `barrier`.
    stg pair.stg 1 1 -- 1-2
    config pair 1 1 1 "{ kind: stg, file: pair.stg, task_cycles: 100 }" "$ring" >c.yaml
    simulate r c.yaml --start steady --cross-check --set machines.phase.guard_cycles=13
    for p in levels barrier list; do
        unit chip1.unit0 $p.steady "control.launch=100 dependency=101 control.guard=13 control.toggle=1 compute.useful=100"
    done
    unit chip0.unit0 list.steady "control.launch=100 control.toggle=1 compute.useful=100 no_work=114"
    unit chip0.unit0 levels.steady "control.launch=100 control.toggle=1 compute.useful=100 no_work=114"
    unit chip0.unit0 barrier.steady "control.launch=100 control.toggle=1 compute.useful=100 imbalance=13 no_work=101"
    ;;
drift_makes_a_control_guard)
    # Chips that may drift 0.1 % apart over 10,000 cycles: a band of 10 + 1. Cold, boot until 658 as above; chip 0 computes until 759,
    # 7 cycles to the port, the line is busy from 766 to 774.65. Planned: 775 + 20 of latency + 11 = 806, 7 to the unit.
    stg pair.stg 1 1 -- 1-2
    config pair 1 1 1 "{ kind: stg, file: pair.stg, task_cycles: 100, edge_bytes: 320 B }" "$ring" >c.yaml
    # Chip 1 is slow, edge k at 1.001 k ns: what arrives at 795 ns is seen in its cycle 795 (at 795.795): link 766..795, guard 795..806.
    simulate r c.yaml --start cold --cross-check --set 'machines.phase.drift_ppb=[0, 1000000]' --set machines.phase.align_interval=10000
    for p in levels barrier list; do
        unit chip1.unit0 $p.cold "control.launch=658 dependency=101 network.noc=14 network.link=29 control.guard=11 control.toggle=1 compute.useful=100 no_work=21"
    done
    # Chip 0 is slow: its cycle 775 begins at 775.775 ns, so the last bit arrives at 795.775, in cycle 796 of chip 1: the band gives one.
    simulate r c.yaml --start cold --cross-check --set 'machines.phase.drift_ppb=[1000000, 0]' --set machines.phase.align_interval=10000
    for p in levels barrier list; do
        unit chip1.unit0 $p.cold "control.launch=658 dependency=101 network.noc=14 network.link=30 control.guard=10 control.toggle=1 compute.useful=100 no_work=21"
    done
    ;;
slack_is_control_guard)
    # The first case with 10 % of slack: both tasks have 10 cycles more than they work, and what the first makes is there 10 cycles later.
    # What a task is late takes up its slack: the engine did not issue.
    stg pair.stg 1 1 -- 1-2
    config pair 2 2 2 "{ kind: stg, file: pair.stg, task_cycles: 100, edge_bytes: 320 B }" "$ring" >c.yaml
    for late in 0 4 10; do
        simulate r c.yaml --cross-check --machine phase.list --start steady --set machines.phase.slack_permille=100 --inject 0:unit0:0:$late
        unit chip0.unit0 list.steady "control.launch=100 control.toggle=1 compute.useful=100 control.issue=$late control.guard=$((10 - late)) no_work=175"
        unit chip1.unit0 list.steady "control.launch=100 dependency=111 network.noc=14 network.link=29 control.guard=10 control.toggle=1 compute.useful=100 no_work=21"
    done
    ;;
slow_engines_compute_longer)
    # Chip 1 takes 5/4: 125 cycles.
    stg pair.stg 1 1 -- 1-2
    config pair 2 2 2 "{ kind: stg, file: pair.stg, task_cycles: 100, edge_bytes: 320 B }" "$ring" >c.yaml
    simulate r c.yaml --cross-check --machine phase.list --start steady --set 'server.slow_chips=[chip1 x 1.25]'
    unit chip0.unit0 list.steady "control.launch=100 control.toggle=1 compute.useful=100 no_work=190"
    unit chip1.unit0 list.steady "control.launch=100 dependency=101 network.noc=14 network.link=29 control.toggle=1 compute.useful=125 no_work=21"
    ;;
dead_unit_has_no_work)
    # Not even that of being launched: no task may run there.
    stg pair.stg 1 1 -- 1-2
    config pair 2 2 2 "{ kind: stg, file: pair.stg, task_cycles: 100, edge_bytes: 320 B }" "$ring" >c.yaml
    simulate r c.yaml --cross-check --machine phase.list --start steady --set 'server.dead_units=[chip1.unit3]'
    unit chip1.unit3 list.steady "no_work=366"
    ;;
late_burst_is_charged_to_its_link)
    # Four tasks on two chips of two units: 1 and 2 on chip 0, 3 (which reads what 1 made) and 4 (200 cycles) on chip 1. The burst is 50
    # cycles late and the chip stalls: 50 more on the link for the unit that waits, 50 on the link for the unit that computes.
    # Boot of two units: 100 + 28 + 32 x 31 = 1120, + 18 at 0 links: 1138; 1152 + 20 at 1 link: 1172. Task 3 ends last, at 1385; its
    # result is in memory 23 cycles later. (Were task 4 the last one, all schedules in which 3 ends sooner would be as good.)
    stg four.stg 1 1 1 2 -- 1-3
    config four 1 2 1 "{ kind: stg, file: four.stg, task_cycles: 100, edge_bytes: 320 B }" "$ring" >c.yaml
    for late in 0 50; do
        simulate r c.yaml --machine phase.list --start cold --cross-check --on-violation stall --inject 0:1:0:$late
        unit chip1.unit0 list.cold "control.launch=1138 control.toggle=1 compute.useful=200 network.link=$late no_work=69"
        unit chip1.unit1 list.cold "control.launch=1172 dependency=67 network.noc=16 network.link=$((29 + late)) control.toggle=1 compute.useful=100 no_work=23"
        same "stalls, $late cycles late" "$(awk -F, '$3 == "stall" { n += $4 } END { print n }' r/conflicts.csv)" $((late > 0 ? 2 : 0))
    done
    ;;
*) fail "no such case" ;;
esac
