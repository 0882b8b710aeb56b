#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# broken_schedule.sh BPSIM CASE EDIT SOURCE [STEP] - schedules that do not fit: a transfer is missing, a start is too early,
# the machine is slower than the one they were made for. The verifier must refuse what is wrong in itself, the machine must
# notice by itself what is wrong in time. EDIT is the program made of edit_schedule.c. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 edit=$(realpath "$3") source=$(realpath "$4") step=${5:-1}
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
tiny=$source/configs/run/tiny.yaml
tiny2=$source/configs/run/tiny2.yaml

compile() { # compile CONFIG POLICY START: to s.bps
    exits 0 compile "$1" --policy "$2" --start "$3" -o s.bps
}
checksum() { field "$1" "$2" output_checksum; }

# A child that halts is named with its own message, has the exit code of its trouble, and is no run in the results.
halted() { # halted NAME PATTERN
    says "^$1: $2"
    says "^bpsim run: $1 failed with exit code 5$"
    grep -q "\"name\": \"$1\"," r/results.json && grep -q '"exit_code": 5' r/results.json || fail "results do not list $1 as failed"
    grep -q "^    \"$1\": {" r/results.json && fail "results hold figures of $1"
    return 0
}

case $name in
dropped_transfer)
    # Each STEPth transfer, data and boot, every policy, cold and steady. With its memory commands; nothing else is touched.
    for config in "$tiny" "$tiny2"; do
        for policy in levels barrier list; do
            for start in cold steady; do
                compile "$config" $policy $start
                n=$("$edit" s.bps count)
                [ "$n" -gt 50 ] || fail "only $n transfers"
                for ((i = n % step; i < n; i += step)); do
                    "$edit" s.bps x.bps drop $i >log || fail "edit"
                    exits 2 schedule verify x.bps
                    says '^x.bps: (input-missing|source-missing|output-missing|schedule-missing|schedule-late|dram-data): '
                    exits 2 run "$config" --schedule x.bps --out r --quiet
                    exits 5 run "$config" --schedule x.bps --no-verify --out r --quiet
                    halted "phase.$policy.$start" '(chip[0-9]+\.[a-z0-9_]+|server): cycle [0-9]+: '
                done
            done
        done
    done
    ;;
dropped_entries)
    # Tables that are longer than what the loader brings come in scheduled pieces; each of them is needed.
    config=$source/configs/run/quickstart.yaml
    compile "$config" list cold
    "$bpsim" schedule show s.bps --json | sed -n 's/^ *{"id": \([0-9]*\),.*"class": "control".*/\1/p' | sort -nu |
        awk -v step="$step" 'NR % step == 0' >ids
    [ "$(wc -l <ids)" -ge 8 ] || fail "hardly any transfer of entries"
    in_force=0
    while read -r i; do
        "$edit" s.bps x.bps drop "$i" >log || fail "edit"
        exits 2 schedule verify x.bps
        says '^x.bps: schedule-(missing|late): '
        exits 5 run "$config" --schedule x.bps --no-verify --out r --quiet
        halted phase.list.cold 'chip[0-9]+.unit[0-9]+: cycle [0-9]+: .*schedule entr'
        ! grep -q 'is in force' log || in_force=$((in_force + 1))
    done <ids
    [ "$in_force" -ge 4 ] || fail "only $in_force are missed when their first entry acts"
    ;;
other_work_or_units)
    # What a file says of its tasks is compared with the work and with the units that shall do them.
    compile "$tiny" list steady
    task=$("$bpsim" schedule show s.bps --json | sed -n 's/^ *{"id": \([0-9]*\), "unit".*/\1/p' | sort -n | sed -n 20p)
    for edit_of in "lighter $task" forget; do
        # shellcheck disable=SC2086
        "$edit" s.bps x.bps $edit_of
        exits 2 run "$tiny" --schedule x.bps --no-verify --out r --quiet
        says '(of the [0-9]+ MACs of|its results hold)'
    done
    for set in 'chip.units.engine={ m: 4, n: 4, k: 4 }' 'chip.units.engine={ m: 8, n: 8, k: 8 }' chip.units.vector_lanes=1 \
        'chip.units.sram_read=16 B' 'chip.units.sram_write=4 B'; do
        exits 2 run "$tiny" --schedule s.bps --set "$set" --out r --quiet
        says 'made for other units: '
    done
    exits 0 trace record "$tiny" --policy list --start cold -o t.trace.gz
    exits 2 trace replay t.trace.gz --config "$tiny2"
    says 'made for '
    ;;
start_a_cycle_too_early)
    # The latency of each path is exact: one cycle earlier and the data are not there (see closed_forms.sh for the paths).
    stg fork.stg 1 10 10 10 10 -- 1-2 1-3 1-4 1-5
    config fork 2 2 2 "{ kind: stg, file: fork.stg, task_cycles: 100, edge_bytes: 320 B }" \
        "2 { topology: ring, link: { bandwidth: 37 GB/s, latency: 20 ns } }" >c.yaml
    for start in cold steady; do
        compile c.yaml list $start
        moved=0
        while read -r task unit at _; do
            [ "$task" -ne 0 ] && [ "$unit" != chip0.unit0 ] || continue
            "$edit" s.bps x.bps earlier "$task" 1
            exits 2 schedule verify x.bps
            says "^x.bps: input-late: $unit: "
            exits 5 run c.yaml --schedule x.bps --no-verify --out r --quiet
            halted phase.list.$start "$unit: cycle $((at - 1)): task $task needs chunk 0 "
            moved=$((moved + 1))
        done < <(starts s.bps)
        [ $moved -ge 3 ] || fail "only $moved tasks read from another unit"
    done
    ;;
slower_links_halt | slower_links_stall | faster_links_do_no_harm)
    # Made for links of 20 ns, run with others. A cycle more is noticed, where and when it is due; under stall the
    # machine waits and computes the same.
    for policy in levels barrier list; do
        for start in cold steady; do
            compile "$tiny2" $policy $start
            simulate fit "$tiny2" --schedule s.bps
            n=phase.$policy.$start
            same "$n: stalls of the machine it was made for" "$(field fit $n stalls)" 0
            case $name in
            slower_links_halt)
                for ns in 21 150; do
                    exits 5 run "$tiny2" --schedule s.bps --set "server.fabric.link.latency=$ns ns" --out r --quiet
                    halted $n "chip[01]\.[a-z0-9_]+: cycle [0-9]+: transfer [0-9]+: .* late"
                done
                ;;
            slower_links_stall)
                for ns in 21 150; do
                    exits 0 run "$tiny2" --schedule s.bps --set "server.fabric.link.latency=$ns ns" --out r --on-violation stall
                    says "warning: $n: [0-9]+ stalls"
                    [ "$(field r $n stalls)" -gt 0 ] || fail "$ns ns: no stall is counted"
                    same "$n: output checksum" "$(checksum r $n)" "$(checksum fit $n)"
                    [ "$(field r $n makespan_cycles)" -gt "$(field fit $n makespan_cycles)" ] || fail "$n: waiting takes no time"
                done
                ;;
            faster_links_do_no_harm)
                simulate r "$tiny2" --schedule s.bps --set 'server.fabric.link.latency=3 ns'
                same "$n: makespan" "$(field r $n makespan_cycles)" "$(field fit $n makespan_cycles)"
                same "$n: output checksum" "$(checksum r $n)" "$(checksum fit $n)"
                ;;
            esac
        done
    done
    ;;
late_at_a_switch)
    # A burst that comes to a switch late finds lines out taken by others, or its receiver waiting: the run halts; or all
    # stretch, and it ends with the same outputs.
    switches=$source/configs/run/switch4.yaml
    compile "$switches" list cold
    n=phase.list.cold
    simulate fit "$switches" --schedule s.bps
    at=$(($(field fit $n makespan_cycles) / 2))
    for delay in 40 500; do
        exits 5 run "$switches" --schedule s.bps --inject 0:4:$at:$delay --out r --quiet
        halted $n "(switch[0-9]+-(chip|switch)[0-9]+|chip[0-9]+[.]from_switch[0-9]+): cycle [0-9]+: transfer [0-9]+: (is not whole in the link|finds the line taken in its slot)"
        exits 0 run "$switches" --schedule s.bps --inject 0:4:$at:$delay --out r --on-violation stall
        [ "$(field r $n stalls)" -gt 0 ] || fail "$n: no stall is counted"
        same "$n: output checksum" "$(checksum r $n)" "$(checksum fit $n)"
    done
    exits 2 run "$switches" --schedule s.bps --inject 0:1:$at:40 --out r --quiet # no link joins two chips
    ;;
injected_delay)
    # What enters the link from chip 0 to chip 1 from cycle T on comes 40 cycles late, once.
    for policy in levels barrier list; do
        compile "$tiny2" $policy cold
        n=phase.$policy.cold
        simulate fit "$tiny2" --schedule s.bps
        at=$(($(field fit $n makespan_cycles) / 2))
        exits 5 run "$tiny2" --schedule s.bps --inject 0:1:$at:40 --out r --quiet
        halted $n "chip1\.[a-z0-9_]+: cycle [0-9]+: transfer [0-9]+: .* late"
        cycle=$(sed -n 's/.*: cycle \([0-9]*\):.*/\1/p' log | head -n 1)
        [ "$cycle" -ge "$at" ] || fail "$n: late at $cycle, before the injection at $at"
        exits 0 run "$tiny2" --schedule s.bps --inject 0:1:$at:40 --out r --on-violation stall
        [ "$(field r $n stalls)" -gt 0 ] || fail "$n: no stall is counted"
        same "$n: output checksum" "$(checksum r $n)" "$(checksum fit $n)"
        longer=$(($(field r $n makespan_cycles) - $(field fit $n makespan_cycles)))
        [ $longer -gt 0 ] && [ $longer -le 80 ] || fail "$n: 40 cycles of delay make the run $longer cycles longer"
        # Bursts behind a late one do not overtake it, whatever the delay.
        for delay in 77 500; do
            exits 0 run "$tiny2" --schedule s.bps --inject 1:0:4000:$delay --out r --on-violation stall
            same "$n: output checksum" "$(checksum r $n)" "$(checksum fit $n)"
        done
        # Verification comes before injection: a delay makes no valid schedule invalid, and none valid.
        "$edit" s.bps x.bps drop 3 >log
        exits 2 run "$tiny2" --schedule x.bps --inject 0:1:$at:40 --out r --quiet
        # Of a link that nothing enters any more nothing is late.
        simulate r "$tiny2" --schedule s.bps --inject 0:1:1000000:40
        same "$n: makespan" "$(field r $n makespan_cycles)" "$(field fit $n makespan_cycles)"
    done
    ;;
stalls_in_any_order)
    # What waiting changes is the same in any order of evaluation, asleep or awake.
    for policy in levels barrier list; do
        compile "$tiny2" $policy steady
        for ns in 21 400; do
            late=(run "$tiny2" --schedule s.bps --set "server.fabric.link.latency=$ns ns" --on-violation stall --quiet --out)
            exits 0 "${late[@]}" a
            for option in --debug-no-sleep '--debug-shuffle 5'; do
                # shellcheck disable=SC2086
                exits 0 "${late[@]}" b $option
                diff -r a b >log || fail "$policy, $ns ns: $option makes a difference"
            done
        done
    done
    ;;
*) fail "no such case" ;;
esac
