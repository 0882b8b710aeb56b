#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# closed_forms.sh BPSIM CASE - small servers whose cycles can be worked out by hand. A case is a claim.
#
# Numbers of `config` in lib.sh: 1 GHz, so a cycle is 1 ns. Launch L = 100. Link into the network 1 + 1 cycles, router to
# router 1 + 1, out of the network 1: the last of n flits over h router-to-router links is usable
#     way(h, n) = 2 + 2 h + 1 + (n - 1)
# cycles after the first was injected (docs/model/machine.md).
set -eu
bpsim=$(realpath "$1") name=$2
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
L=100
way() { echo $((2 + 2 * $1 + 1 + $2 - 1)); }
apart() { local d=$(($1 - $2)); echo ${d#-}; }
shorter() { echo $(($1 < $2 ? $1 : $2)); }

# One task, then one successor per unit; each lands on a unit of its own, so one edge leads to every unit.
fork() { # fork FILE UNITS CYCLES
    local -a times edges
    for ((i = 0; i < $2; i++)); do times[i]=$3 edges[i]=1-$((i + 2)); done
    stg "$1" 1 "${times[@]}" -- "${edges[@]}"
}

# Compares "UNIT CYCLE" of bits that rise at or after cycle $1 of w.vcd with the function expect CHIP UNIT.
compare_rises() {
    local scope at chip unit n=0
    while read -r scope at; do
        [ "$at" -ge "$1" ] || continue
        chip=${scope%.*} chip=${chip#chip} unit=${scope#*.unit} n=$((n + 1))
        same "$scope goes on in cycle" "$at" "$(expect "$chip" "$unit")"
    done < <(rises w.vcd 1000000)
    same "units that went on" "$n" "$2"
}

case $name in
chain_of_equal_tasks)
    # k tasks of c cycles after each other on one unit, dependences only: L + k (toggle + c), whatever the policy.
    c=300
    for k in 1 4 9; do
        times=() edges=()
        for ((i = 1; i <= k; i++)); do times+=(1); [ "$i" -eq 1 ] || edges+=("$((i - 1))-$i"); done
        stg chain.stg "${times[@]}" -- "${edges[@]}"
        config chain 2 2 2 "{ kind: stg, file: chain.stg, task_cycles: $c }" >c.yaml
        for toggle in 0 1 7; do
            simulate r c.yaml --start steady --set machines.phase.toggle_cycles=$toggle
            for p in levels barrier list; do
                same "$p: makespan of $k tasks, toggle $toggle" "$(makespan r $p steady)" $((L + k * (toggle + c)))
                same "$p: toggling" "$(metric r phase.$p steady idle.control.toggle)" $((k * toggle))
                same "$p: work" "$(metric r phase.$p steady idle.compute.useful)" $((k * c))
                same "$p: launch, 4 units" "$(metric r phase.$p steady idle.control.launch)" $((4 * L))
                same "$p: nothing left to do" "$(metric r phase.$p steady idle.no_work)" $((3 * k * (toggle + c)))
            done
        done
    done
    ;;
launch_shifts_the_makespan)
    # A launch of t takes ceil(t / period) cycles; nothing else changes where no memory refresh is about.
    stg chain.stg 1 1 -- 1-2
    config chain 2 2 2 "{ kind: stg, file: chain.stg, task_cycles: 50 }" >c.yaml
    for pair in "0 s:0" "1 ns:1" "1001 ps:2" "2.3 us:2300"; do
        simulate r c.yaml --start steady --set "run.launch=${pair%:*}"
        for p in levels barrier list; do
            same "$p: makespan, launch ${pair%:*}" "$(makespan r $p steady)" $((${pair#*:} + 2 * 51))
        done
    done
    ;;
latency_on_*)
    # Root: L + 1 + 100 cycles. 320 B are 5 flits. Then way(h, 5), h by topology; the root's own unit needs no network.
    topology=${name#latency_on_}
    fork fork.stg 16 10
    config fork 4 4 4 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 320 B }" >c.yaml
    arity=1
    [ "$topology" != fat_tree ] || arity=4 # two levels: 16 units at four leaves
    simulate r c.yaml --machine phase.list --start steady --set chip.noc.topology="$topology" --set chip.noc.concentration=$arity \
        --cross-check --vcd w.vcd --vcd-scope '*.bit'
    root=$(rises w.vcd 1000000 | sed -n '1s/^chip0\.unit\([0-9]*\) 100$/\1/p')
    [ -n "$root" ] || fail "no unit goes on at cycle 100"
    expect() {
        local x y h more=0
        x=$(apart $(($2 % 4)) $((root % 4))) y=$(apart $(($2 / 4)) $((root / 4)))
        case $topology in
        mesh) h=$((x + y)) ;;
        torus) h=$(($(shorter "$x" $((4 - x))) + $(shorter "$y" $((4 - y))))) ;;
        ring) h=$(apart "$2" "$root") h=$(shorter "$h" $((16 - h))) ;;
        crossbar) h=0 ;;
        flattened_butterfly) h=$(((x > 0) + (y > 0))) more=$((x + y - h)) ;; # a wire over d places takes d cycles
        fat_tree) h=$(($2 / 4 == root / 4 ? 0 : 2)) ;;
        partitioned_crossbar) h=$(($2 % 4 / 2 != root % 4 / 2)) ;;
        esac
        echo $((L + 101 + $(way $h 5) + more))
    }
    compare_rises 101 15
    # One burst to 15 units goes down one tree: a link for each router entered, and as many copies as there are branches.
    case $topology in
    crossbar) links=0 ;; partitioned_crossbar) links=1 ;; fat_tree) links=4 ;; *) links=15 ;;
    esac
    exits 0 compile c.yaml --policy list --start steady --set chip.noc.topology="$topology" --set chip.noc.concentration=$arity -o s.bps
    exits 0 schedule show s.bps --json
    sed -n 's/^ *{"id": \([0-9]*\), "hop".*"link": "\([^"]*\)".*"bytes": \([0-9]*\), "class": "data".*/\1 \2 \3/p' out >hops
    same "links between routers that the burst takes" "$(grep -c '^0 .*\.noc\.' hops)" $links
    same "units that it reaches" "$(grep -c '^0 .*\.local\.r[0-9]*-u' hops)" 15
    # What each link carried is what the hops of the schedule say.
    awk '{ n[$2] += $3 } END { for (l in n) if (n[l]) print l, n[l] }' hops | sort >planned
    awk -F, '$6 == "data" && $7 > 0 { print $2, $7 }' r/links.csv | sort >carried
    cmp planned carried >log || fail "links carry other bytes than planned"
    ;;
latency_over_ring)
    # 320 B over lines of 37 B per cycle and 20 cycles of latency: each line takes ceil(320 / 37) + 20 after a way to the
    # port; then a way from the far port. Chips 1 and 3 are neighbours of chip 0, chip 2 is reached through one of them.
    # Port to the lower neighbour: router 0 (north row); to the higher one: router 2 (south row, 2 x 2 units).
    stg fork.stg 1 1 1 1 -- 1-2 1-3 1-4
    config fork 2 2 2 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 320 B }" \
        "4 { topology: ring, link: { bandwidth: 37 GB/s, latency: 20 ns } }" >c.yaml
    simulate r c.yaml --machine phase.list --start steady --vcd w.vcd --vcd-scope '*.bit'
    same "the root" "$(rises w.vcd 1000000 | head -n 1)" "chip0.unit0 100"
    hops() { echo $(($(apart $(($1 % 2)) $(($2 % 2))) + $(apart $(($1 / 2)) $(($2 / 2))))); }
    expect() {
        local t=$((L + 101)) line=$(((320 + 36) / 37 + 20))
        case $1 in # u0 -> port, line, port -> unit
        1) t=$((t + $(way "$(hops 0 0)" 5) + line + $(way "$(hops 0 "$2")" 5))) ;;
        3) t=$((t + $(way "$(hops 0 2)" 5) + line + $(way "$(hops 0 "$2")" 5))) ;;
        2) t=$((t + $(way "$(hops 0 0)" 5) + line + $(way "$(hops 0 2)" 5) + line + $(way "$(hops 0 "$2")" 5))) ;;
        esac
        echo $t
    }
    compare_rises 101 3
    ;;
latency_over_fully-connected)
    # As on the ring, but each chip is a neighbour. Ports of chip 0 to chips 1, 2, 3: routers 0, 2 (column 0, north and
    # south), 1 (column 1, north). Every other chip's port to chip 0 is its first: router 0.
    stg fork.stg 1 1 1 1 -- 1-2 1-3 1-4
    config fork 2 2 2 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 320 B }" \
        "4 { topology: fully-connected, link: { bandwidth: 37 GB/s, latency: 20 ns } }" >c.yaml
    simulate r c.yaml --machine phase.list --start steady --vcd w.vcd --vcd-scope '*.bit'
    same "the root" "$(rises w.vcd 1000000 | head -n 1)" "chip0.unit0 100"
    expect() { # both port routers of chip 0 other than 0 are one link away; units of the far chip: 0, 1, 1, 2 links
        local near=1 far=$((($2 + 1) / 2))
        [ "$1" -ne 1 ] || near=0
        echo $((L + 101 + $(way $near 5) + (320 + 36) / 37 + 20 + $(way $far 5)))
    }
    compare_rises 101 3
    ;;
latency_over_torus2d|latency_over_dragonfly)
    # As on the ring; port number 0 of a chip, to its lower neighbour, hangs on router 0, number 1 on router 2.
    # Torus of 2 x 2: chip 3 is reached through chip 1, columns before rows. Dragonfly of three groups of two chips: links
    # between groups 0-3, 1-4, 2-5; chip 4 is reached over 0-1-4, chip 2 over 0-3-2, chip 5 over 0-1-4-5.
    if [ "$name" = latency_over_torus2d ]; then
        chips=4 ways=([1]="00" [2]="20" [3]="00 20")
    else
        chips=6 ways=([1]="00" [3]="20" [4]="00 20" [2]="20 20" [5]="00 20 22") # port routers out and in of each line
    fi
    edges=() times=(1)
    for ((i = 1; i < chips; i++)); do times+=(1) edges+=("1-$((i + 1))"); done
    stg fork.stg "${times[@]}" -- "${edges[@]}"
    config fork 2 2 2 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 320 B }" \
        "$chips { topology: ${name#latency_over_}, link: { bandwidth: 37 GB/s, latency: 20 ns } }" >c.yaml
    simulate r c.yaml --machine phase.list --start steady --vcd w.vcd --vcd-scope '*.bit'
    same "the root" "$(rises w.vcd 1000000 | head -n 1)" "chip0.unit0 100"
    expect() {
        local t=$((L + 101)) line=$(((320 + 36) / 37 + 20)) at=0 hop
        for hop in ${ways[$1]}; do # a way to the port, the line; the far port is where it goes on from
            t=$((t + $(way $(($(apart $((at % 2)) $((${hop%?} % 2))) + $(apart $((at / 2)) $((${hop%?} / 2))))) 5) + line))
            at=${hop#?}
        done
        echo $((t + $(way $(($(apart $((at % 2)) $(($2 % 2))) + $(apart $((at / 2)) $(($2 / 2))))) 5)))
    }
    compare_rises 101 $((chips - 1))
    ;;
latency_over_switch)
    # Four chips on two leaves and a spine above them, each with a port at router 0 for its one link. A line takes 20 cycles,
    # a switch ceil(6.5); a burst is serialised once, when its last bits leave the chip. Chip 1 is two lines away, chips 2
    # and 3 four.
    stg fork.stg 1 1 1 1 -- 1-2 1-3 1-4
    config fork 2 2 2 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 320 B }" \
        "4 { topology: switch, leaf: 2, spines: 1, switch_latency: 6.5 ns, link: { bandwidth: 37 GB/s, latency: 20 ns } }" >c.yaml
    simulate r c.yaml --machine phase.list --start steady --vcd w.vcd --vcd-scope '*.bit'
    same "the root" "$(rises w.vcd 1000000 | head -n 1)" "chip0.unit0 100"
    expect() {
        local lines=4
        [ "$1" -ne 1 ] || lines=2
        echo $((L + 101 + $(way 0 5) + (320 + 36) / 37 + 20 * lines + 7 * (lines - 1) + $(way $(($2 % 2 + $2 / 2)) 5)))
    }
    compare_rises 101 3
    # One burst up, copied by the switches: what enters a line leaves it.
    awk -F, '$5 == "chip" && $6 == "data" && $11 > 0 { n[$2] = $11; if ($11 != $12 || $7 != 320) { print; exit 1 } }
        END { for (l in n) c++; exit c != 6 }' r/links.csv >log || fail "not 320 B on each of six lines"
    ;;
network_carries_a_flit_per_cycle)
    # 64 KiB are 1024 flits, cut into bursts of 64 that follow each other without a gap: way(h, 1024).
    # Memory is fast: where results wait for it, tasks that begin later can end as soon.
    fork fork.stg 16 100
    config fork 4 4 16 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 64 KiB }" >c.yaml
    simulate r c.yaml --machine phase.list --start steady --vcd w.vcd --vcd-scope '*.bit'
    same "the root" "$(rises w.vcd 1000000 | head -n 1)" "chip0.unit0 100"
    expect() { echo $((L + 101 + $(way $(($2 % 4 + $2 / 4)) 1024))); }
    compare_rises 101 15
    # No link of it is busy in more cycles than it carries flits.
    awk -F, '$6 == "data" && $11 != 64 * $13 { print $2, $11, $13; bad = 1 } END { exit bad }' r/links.csv >log ||
        fail "bytes are not 64 x busy cycles"
    ;;
chip_link_carries_its_exact_rate)
    # 64 KiB in 16 bursts of 64 flits follow each other on the line without a gap, whatever its rate r: first burst whole at
    # the port, line ceil(65536 / r), latency, last burst to the unit.
    stg pair.stg 1 1 -- 1-2
    for rate in 37 33.3 7.77 64 1.001; do
        config pair 2 2 2 "{ kind: stg, file: pair.stg, task_cycles: 100, edge_bytes: 64 KiB }" \
            "2 { topology: ring, link: { bandwidth: $rate GB/s, latency: 20 ns } }" >c.yaml
        simulate r c.yaml --machine phase.list --start steady --vcd w.vcd --vcd-scope '*.bit'
        line=$(awk -v r=$rate 'BEGIN { n = 65536 * 1000 / (r * 1000); c = int(n); print c + (n > c) }')
        expect() { echo $((L + 101 + $(way 0 64) + line + 20 + $(way $(($2 % 2 + $2 / 2)) 64))); }
        compare_rises 101 1
        same "payload of the line" "$(awk -F, '$2 == "chip0-chip1" { print $7 }' r/links.csv)" 65536
        busy=$(awk -F, '$2 == "chip0-chip1" { print $13 }' r/links.csv)
        same "cycles in which the line is busy, $rate GB/s" "$busy" "$line"
    done
    ;;
large_chunk_takes_all_ways_at_once)
    # 64 KiB in 16 bursts over a line of 4 B a cycle. Two chips on k planes, and opposite chips of a ring of four: each of k equally short ways carries a
    # k-th, and the lines take a k-th of the time; only the first burst of each way comes a little later. Packets of a dynamic machine use all ways too.
    line=$((65536 / 4))
    both=(--set "machines.phase.policy=[levels, barrier, list]" --set "machines.dynamic.preset=[gpu-today, gpu-persistent]")
    bytes() { awk -F, -v m="$1" '$1 == m && $5 == "chip" && $3 == "chip0" && $6 == "data" && $7 > 0 { print $7 }' r/links.csv; }
    stg pair.stg 1 1 -- 1-2
    declare -A one=()
    stg four.stg 1 1 1 1 -- 1-3 # one task a chip, the edge from chip 0 to chip 2
    for way in "1 pair 2 { topology: switch, planes: 1" "2 pair 2 { topology: switch, planes: 2" "4 pair 2 { topology: switch, planes: 4" \
        "1 four 4 { topology: fully-connected" "2 four 4 { topology: ring"; do
        read -r k graph fabric <<<"$way"
        config ways 2 2 2 "{ kind: stg, file: $graph.stg, task_cycles: 100, edge_bytes: 64 KiB }" "$fabric, link: { bandwidth: 4 GB/s, latency: 20 ns } }" >c.yaml
        simulate r c.yaml --start steady "${both[@]}"
        for run in phase.levels phase.barrier phase.list dynamic.gpu-today dynamic.gpu-persistent; do
            span=$(metric r $run steady makespan)
            same "$run: ways of $fabric" "$(bytes $run.steady | wc -l)" "$k"
            for share in $(bytes $run.steady); do same "$run: bytes on one of $k ways" "$share" $((65536 / k)); done
            [ "$k" -gt 1 ] || one[$run]=$span
            saved=$((one[$run] - span)) ideal=$((line - line / k))
            # A burst more or less, and a hop more on the ring, for the phase machine. Packets of the other one wait for each other, too.
            [ "${run%.*}" = dynamic ] || [ "$(apart $saved $ideal)" -le $((2 * line / 16)) ] || fail "$run: $k ways save $saved cycles, not $ideal"
            [ $saved -ge $((ideal / 2)) ] || fail "$run: $k ways save $saved cycles"
        done
    done
    ;;
memory_writes_at_its_exact_rate)
    # One unit, one channel. 64 KiB of output follow the task: the first burst (1 KiB: a row of a bank) stands at the
    # channel after way(0, 16), its columns are issued at once, data after cwl; the bus then never rests.
    # 1 GHz, hbm2: cwl 4, 32 B per cycle: 2048 cycles. No refresh is due before cycle 3900.
    stg one.stg 1 --
    config one 1 1 1 "{ kind: stg, file: one.stg, task_cycles: 100, edge_bytes: 64 KiB }" >c.yaml
    simulate r c.yaml --machine phase.list --start steady
    same "makespan, hbm2" "$(makespan r list steady)" $((L + 101 + $(way 0 16) + 4 + 2048))
    # 1.755 GHz, hbm2e: period 569,801 fs; cwl ceil(4 ns) = 8; 51.2 GB/s x period = 29.1738112 B per cycle: ceil(2246.4).
    # Launch ceil(100 ns) = 176. 32 runs of 2 KiB (two banks take turns), each from the tick on in which the one before ends.
    simulate r c.yaml --machine phase.list --start steady --set 'chip.clock=1.755 GHz' --set chip.memory.timing=hbm2e
    same "makespan, hbm2e" "$(makespan r list steady)" $((176 + 101 + $(way 0 32) + 8 + 2247))
    ;;
boot_reads_at_the_speed_of_memory)
    # One unit, one channel, nothing but the loader's 16 KiB: rcd 14, cl 14, then 512 cycles of data at 32 B per cycle; the
    # last burst (1 KiB, 16 flits) leaves when it is whole.
    stg one.stg 1 --
    config one 1 1 1 "{ kind: stg, file: one.stg, task_cycles: 100 }" >c.yaml
    simulate r c.yaml --start cold
    for p in levels barrier list; do
        same "$p: makespan" "$(makespan r $p cold)" $((L + 14 + 14 + 512 + $(way 0 16) + 101))
        same "$p: launch and boot" "$(metric r phase.$p cold idle.control.launch)" $((L + 14 + 14 + 512 + $(way 0 16)))
    done
    ;;
guard_band_delays_what_crosses)
    # A guard band of g cycles: the burst leaves the far port g cycles later.
    stg pair.stg 1 1 -- 1-2
    config pair 2 2 2 "{ kind: stg, file: pair.stg, task_cycles: 100, edge_bytes: 320 B }" \
        "2 { topology: ring, link: { bandwidth: 37 GB/s, latency: 20 ns } }" >c.yaml
    for g in 0 1 13; do
        simulate r c.yaml --machine phase.list --start steady --set machines.phase.guard_cycles=$g --vcd w.vcd --vcd-scope '*.bit'
        expect() { echo $((L + 101 + $(way 0 5) + (320 + 36) / 37 + 20 + g + $(way $(($2 % 2 + $2 / 2)) 5))); }
        compare_rises 101 1
    done
    ;;
drifting_clocks_are_aligned)
    # Clocks 500 ppm fast and slow: 1 cycle in 1000 apart. Every 1000 cycles the fast one waits for the slow one, 1 cycle;
    # the guard band of 1 + 1 cycles covers what lies between, so nothing comes too early and the same comes out.
    stg chain.stg 1 1 1 1 1 1 -- 1-2 2-3 3-4 4-5 5-6
    config chain 2 2 2 "{ kind: stg, file: chain.stg, task_cycles: 997, edge_bytes: 320 B }" \
        "2 { topology: ring, link: { bandwidth: 37 GB/s, latency: 20 ns } }" >c.yaml
    simulate still c.yaml --start steady
    simulate r c.yaml --start steady --set machines.phase.align_interval=1000 --set 'machines.phase.drift_ppb=[500000, -500000]'
    for p in levels barrier list; do
        span=$(makespan r $p steady) holds=$(event r phase.$p.steady align_holds)
        same "$p: times the fast clock waits" "$holds" $((span / 1000))
        same "$p: cycles it waits" "$(event r phase.$p.steady align_cycles)" "$holds"
        same "$p: output checksum" "$(field r phase.$p.steady output_checksum)" "$(field still phase.$p.steady output_checksum)"
        same "$p: the guard band makes the only crossing later by" $((span - $(makespan still $p steady))) 2
    done
    # All 700 ppm fast: nobody waits, but a flight of 131 cycles (20, 4 KiB at 37 B) takes 131.09 of theirs.
    simulate fast c.yaml --start steady --set machines.phase.drift_ppb=-700000
    for p in levels barrier list; do
        same "$p, all fast: waits" "$(event fast phase.$p.steady align_holds)" 0
        same "$p, all fast: output checksum" "$(field fast phase.$p.steady output_checksum)" "$(field still phase.$p.steady output_checksum)"
        same "$p, all fast: the crossing is later by" $(($(makespan fast $p steady) - $(makespan still $p steady))) 1
    done
    ;;
*) fail "no such case" ;;
esac
