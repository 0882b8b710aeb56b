#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dynamic_causes.sh BPSIM CASE - causes.sh for the dynamic machine: work made so that one cause is at hand, with exact counts of every
# cause worked out by hand from the machine's parameters. A case is a claim.
#
# 1 GHz. The launch takes 100 cycles; a CTA goes out in cycle 100 at the earliest, an SM reads of it in the next one and starts it in 300.
# One warp on one subcore. What all cases use, from the pages of the blocks:
#
#     way on a chip    message out in t, at its endpoint in t + 8 (a crossbar: 4 + 2 cycles, a mailbox at both ends)
#     L2 slice         what comes in t is answered in t + 189; memory hears of it in t + 190
#     load, L2 hit     8 noc, 189 l2, 8 noc
#     store            8 noc, then 189 + 8 until it is acknowledged: coherence
#     generic task     T prologue, T + 1 busy (at once, if there is nothing to load); then store, exit: an instruction each
#     CTA over         its slot is free in the cycle of its exit, the dispatcher reads of it in the next one
#     result to HBM    at the channel: rcd 14, cwl 4, 2 cycles of data for 64 B; the run ends with it
set -eu
bpsim=$(realpath "$1") name=$2
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"

# Two chips: 37 B per cycle, latency 20.
ring="2 { topology: ring, link: { bandwidth: 37 GB/s, latency: 20 ns } }"
sm=(--set machines.dynamic.sm.warps_per_cta=1 --set machines.dynamic.sm.subcores=1 --set machines.dynamic.sm.cta_slots=1)

# dynamic PRESET START ARGS...: c.yaml on it.
dynamic() {
    preset=$1 start=$2 machine=dynamic.$1.$2
    shift 2
    simulate r c.yaml --set "machines.dynamic.preset=$preset" --machine "dynamic.$preset" --start "$start" "${sm[@]}" "$@"
}
# unit UNIT "CAUSE=CYCLES ...": exactly these cycles (a cause may stand there several times), and none of any other cause.
unit() {
    local got want
    got=$(awk -F, -v m="$machine" -v u="$1" 'NR > 1 && $1 == m && $2 == u && $4 > 0 { print $3 "=" $4 }' r/idle.csv | sort | tr '\n' ' ')
    want=$(tr ' ' '\n' <<<"$2" | awk -F= 'NF == 2 { n[$1] += $2 } END { for (c in n) if (n[c] > 0) print c "=" n[c] }' | sort | tr '\n' ' ')
    same "$machine: $1" "$got" "$want"
}
# ends CYCLES: the makespan.
ends() { same "$machine: makespan" "$(metric r "dynamic.$preset" "$start" makespan)" "$1"; }

case $name in
empty_units_have_the_dispatchers_causes)
    # Three tasks of 100 cycles without bytes on four SMs. CTA k goes out in 100 + k and starts in 401 + k. Until the first one is out the
    # launch counts, then dispatch; from 103 on all are out and the kernel is open: imbalance. The last exit is in 403 + 102, told in 506.
    stg three.stg 1 1 1 --
    config three 2 2 1 "{ kind: stg, file: three.stg, task_cycles: 100 }" >c.yaml
    dynamic gpu-today cold
    ends 506
    for k in 0 1 2; do
        unit chip0.unit$k "control.launch=100 control.dispatch=$((k + 1 + 300)) control.issue=1 compute.useful=100 control.issue=1 imbalance=$((3 - k))"
    done
    unit chip0.unit3 "control.launch=100 control.dispatch=3 imbalance=403"
    ;;
chip_without_work_has_no_work)
    # One task, on chip 0 of two: 401 to 503, told in 504. Chip 1 waits for the launch and has nothing to do; under both ways of dispatch. By
    # the queue the task is fetched first, until 606; the next one is asked for in 608, and in 813 there is none: exit 708, the answer leaves
    # the slice in 805.
    stg one.stg 1 --
    config one 1 1 1 "{ kind: stg, file: one.stg, task_cycles: 100 }" "$ring" >c.yaml
    own="control.dispatch=300 control.issue=1 compute.useful=100 control.issue=1 imbalance=1"
    dynamic gpu-today cold
    ends 504
    unit chip0.unit0 "control.launch=101 $own"
    unit chip1.unit0 "control.launch=100 no_work=404"
    dynamic gpu-persistent cold
    ends 814
    unit chip0.unit0 "control.launch=101 $own network.noc=16 memory.l2=189 memory.l2=97 network.noc=8"
    unit chip1.unit0 "control.launch=100 no_work=714"
    ;;
kernels_are_charged_place_by_place)
    # One task after another on one SM, 64 B between them, 50 cycles from kernel to kernel.
    # 401 prologue, 402 busy, 502 store: at its home in 510, acknowledged in 707: exit. The dispatcher reads of it in 708 (imbalance: the
    # kernel was open), the next kernel's CTA goes out in 758 and is read of in 759: launch. 1059 prologue: the line is back in 1264. Busy
    # until 1364: store, at its home in 1372. It is a result: in 1561 it goes to memory, which reads of it in 1562: 1562 + 14 + 4 + 2.
    stg chain.stg 1 1 -- 1-2
    config chain 1 1 1 "{ kind: stg, file: chain.stg, task_cycles: 100, edge_bytes: 64 B }" >c.yaml
    dynamic gpu-today cold --set "machines.dynamic.kernel_launch=50 ns"
    ends 1582
    one="control.launch=101 control.dispatch=300 control.issue=1 compute.useful=100 control.issue=1 network.noc=7 coherence=197 imbalance=1"
    two="control.launch=51 control.dispatch=300 control.issue=1 network.noc=7 memory.l2=189 network.noc=8 compute.useful=100"
    unit chip0.unit0 "$one $two control.issue=1 network.noc=7 memory.l2=189 memory.dram=21"
    ;;
result_is_dependency_until_it_is_computed)
    # The same tasks on two SMs, by counters. CTAs go out in 100 and 101 and fetch a task each in 401 and 402: 8 + 189 + 8.
    # SM 0: 606 prologue, 607 busy, 707 store (the result is computed), at its home in 715, acknowledged in 912. It signals, exits, and finds
    # in 914 that the queue is empty: the kernel is open, imbalance. The signal is at the counter's home in 920.
    # SM 1 polls in 607: the counter is read in 615, and is 0; back in 812, again 90 later: read in 910, back in 1107; again in 1197, read
    # in 1205 and sent back in 1394. So: computed in 707; the store under way until 715; done and not acknowledged until 912; the signal under
    # way until 920; in the L2 until the answer leaves in 1394. In 1402 it loads: 1607. 1707 store, 1715 home, 1904 to memory: 1905 + 20.
    stg chain.stg 1 1 -- 1-2
    config chain 1 2 1 "{ kind: stg, file: chain.stg, task_cycles: 100, edge_bytes: 64 B }" >c.yaml
    dynamic gpu-persistent cold --set machines.dynamic.sm.poll_interval=90
    ends 1925
    fetch="network.noc=8 memory.l2=189 network.noc=8"
    unit chip0.unit0 "control.launch=100 control.dispatch=301 $fetch control.issue=1 compute.useful=100 control.issue=1 network.noc=7 coherence=197 control.issue=2 imbalance=1011"
    result="dependency=100 network.noc=8 coherence=197 network.noc=8 memory.l2=474 network.noc=8"
    unit chip0.unit1 "control.launch=100 control.dispatch=302 $fetch $result control.issue=1 network.noc=7 memory.l2=189 network.noc=8 compute.useful=100 control.issue=1 network.noc=7 memory.l2=189 memory.dram=21"
    ;;
crossing_is_network_link)
    # Task 1 on chip 0, task 2 on chip 1, 64 B. A packet with them has 96 B: 3 cycles on the line, 20 of latency; one without 32 B: 1 + 20.
    # Chip 0: 502 store; at the fabric router in 510, over there in 533, at its home in 541: done. The acknowledgement is back after
    # 189 + 8 + 21 + 8, in 767. It signals in 767 and exits in 768: told in 769, nothing left.
    # Chip 1 polls in 401, back in 606; 706, 911; 1011, read in 1019. The signal is at the router in 775, over there in 796, home in 804. The
    # answer leaves in 1208, is there in 1216. Load until 1421, 1521 store, 1529 home, 1718 to memory: 1719 + 20.
    stg pair.stg 1 1 -- 1-2
    config pair 1 1 1 "{ kind: stg, file: pair.stg, task_cycles: 100, edge_bytes: 64 B }" "$ring" >c.yaml
    dynamic gpu-today cold
    ends 1739
    own="control.launch=101 control.dispatch=300 control.issue=1 compute.useful=100 control.issue=1"
    unit chip0.unit0 "$own network.noc=7 network.link=23 network.noc=8 coherence=226 control.issue=1 imbalance=1 no_work=970"
    store="network.noc=8 network.link=23 network.noc=8 coherence=226"
    signal="network.noc=8 network.link=21 network.noc=8 memory.l2=404 network.noc=8"
    unit chip1.unit0 "$own dependency=101 $store $signal network.noc=7 memory.l2=189 network.noc=8 network.noc=7 memory.l2=189 memory.dram=21"
    # A longer link moves both machines' waits alike: 100 cycles more for the data; the signal another 100; the acknowledgement, too, is
    # 100 later, which is coherence. In all 300 later: read by the poll of 1316 instead of 1011.
    config pair 1 1 1 "{ kind: stg, file: pair.stg, task_cycles: 100, edge_bytes: 64 B }" "${ring/20 ns/120 ns}" >c.yaml
    dynamic gpu-today cold
    same "link, latency 120" "$(awk -F, '$2 == "chip1.unit0" && $3 == "network.link" { print $4 }' r/idle.csv)" $((123 + 121))
    same "fence, latency 120" "$(awk -F, '$2 == "chip0.unit0" && $3 == "coherence" { print $4 }' r/idle.csv)" $((226 + 100))
    same "dependency, latency 120" "$(awk -F, '$2 == "chip1.unit0" && $3 == "dependency" { print $4 }' r/idle.csv)" 101
    ;;
own_line_is_memory_l1)
    # mesi: the first kernel's store takes the line for itself, 8 noc, 189 l2, 8 noc; acknowledged in 707 as under vi. Whole lines: nothing
    # is read. The second kernel on the same SM finds it in its L1: 33 cycles from 1059 on, 1092 busy, 1192 store.
    # A result is written at the home, which first takes the line back. It is a line of its own: in 1200 at its home, to memory in 1389,
    # 1390 + 14 + 4 + 4 cycles of data.
    stg chain.stg 1 1 -- 1-2
    config chain 1 1 1 "{ kind: stg, file: chain.stg, task_cycles: 100, edge_bytes: 128 B }" >c.yaml
    dynamic gpu-today cold --set "machines.dynamic.kernel_launch=50 ns" --set machines.dynamic.protocol=mesi --set "chip.noc.flit=128 B"
    ends 1412
    one="control.launch=101 control.dispatch=300 control.issue=1 compute.useful=100 control.issue=1 network.noc=7 memory.l2=189 network.noc=8 imbalance=1"
    unit chip0.unit0 "$one control.launch=51 control.dispatch=300 control.issue=1 memory.l1=32 compute.useful=100 control.issue=1 network.noc=7 memory.l2=189 memory.dram=23"
    ;;
line_of_another_sm_is_coherence)
    # The same on two SMs: the second kernel's CTA goes to the other one. In 1059 it asks for the line, in 1067 the home sees that SM 0 has it:
    # it forwards, 189, there in 1264; its data are at the home in 1272, which answers in 1273: 1281. Busy, 1381 store, 1389 home, 1578 to
    # memory: 1579 + 22.
    stg chain.stg 1 1 -- 1-2
    config chain 1 2 2 "{ kind: stg, file: chain.stg, task_cycles: 100, edge_bytes: 128 B }" >c.yaml
    dynamic gpu-today cold --set "machines.dynamic.kernel_launch=50 ns" --set machines.dynamic.protocol=mesi --set "chip.noc.flit=128 B"
    ends 1601
    unit chip0.unit1 "control.launch=101 imbalance=607 control.launch=51 control.dispatch=300 control.issue=1 network.noc=7 coherence=205 memory.l2=1 network.noc=8 compute.useful=100 control.issue=1 network.noc=7 memory.l2=189 memory.dram=23"
    ;;
reading_is_memory_dram)
    # 4 x 8 by 8 x 8 in fp16: x is 64 B, in HBM in each repeat, the weights of 128 B are in the L2 by now. Two granules of 8 x 8 x 4, half of them
    # padding. All lines lie in one row of HBM, open since the repeat before. 401 prologue: x leaves in 401, is at its home in 409, at the
    # channel in 599: cl 14, 2 cycles of data: 615; a cycle in the slice, 8 back: 624. The weights were there in 608. Fragments of 192 B: a
    # cycle of the port and 23 of latency: 648 MMA, 2 cycles, its result in 33 more: 683 store. 691 home, 880 to memory, 881 + 4 + 2.
    config one 1 1 1 "{ kind: mlp, layers: 1, inputs: 8, hidden: 8, outputs: 8, batch: 4 }" >c.yaml
    dynamic gpu-today steady
    ends 887
    unit chip0.unit0 "control.launch=101 control.dispatch=300 control.issue=1 network.noc=7 memory.l2=189 memory.dram=17 memory.l2=1 network.noc=8 control.issue=24 compute.useful=1 compute.padding=1 control.issue=34 network.noc=7 memory.l2=189 memory.dram=7"
    ;;
refused_line_is_memory_l1)
    # Two warps, a line of 128 B for each, an L1 that awaits one.
    # First kernel: four instructions (both warps: prologue, barrier), the barrier opens 23 after the last: 427 busy, until 527; warp 0 stores,
    # 535 home, 732 acknowledged, barrier, 755 and 756 exits. Told in 757, 807 out, 808 read.
    # Second kernel: 1108 warp 1 (it issued last) asks for its line, 1109 warp 0; 1110 it is refused. In 1313 the first line is here, the
    # second is asked for: 1518, barrier, 1541 busy. Warp 1 stores at once, which
    # opens the row; warp 0 in 1641: 1649 home, 1838 to memory: 1839 + 4 + 4.
    stg chain.stg 1 1 -- 1-2
    config chain 1 1 1 "{ kind: stg, file: chain.stg, task_cycles: 100, edge_bytes: 256 B }" >c.yaml
    sm[1]=machines.dynamic.sm.warps_per_cta=2
    dynamic gpu-today cold --set "machines.dynamic.kernel_launch=50 ns" --set machines.dynamic.l1.mshrs=1 --set "chip.noc.flit=128 B"
    ends 1847
    one="control.launch=101 control.dispatch=300 control.issue=26 compute.useful=100 control.issue=1 network.noc=7 coherence=197 control.issue=24 imbalance=1"
    two="control.launch=51 control.dispatch=300 control.issue=2 memory.l1=203 network.noc=8 memory.l2=189 network.noc=8 control.issue=23"
    unit chip0.unit0 "$one $two compute.useful=100 control.issue=1 network.noc=7 memory.l2=189 memory.dram=9"
    ;;
*) fail "no such case" ;;
esac
