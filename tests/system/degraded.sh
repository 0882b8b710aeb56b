#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# degraded.sh BPSIM CASE SOURCE - units and links that are dead, chips that are slow, tasks with slack: both machines. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 source=$(realpath "$3")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
tiny2=$source/configs/run/tiny-dynamic.yaml
random=$source/configs/run/random.yaml
both=(--set 'machines.dynamic.preset=[gpu-today, gpu-persistent]' --set 'machines.phase.policy=[levels, barrier, list]')
link='link: { bandwidth: 64 GB/s, latency: 20 ns }'
runs="phase.levels phase.barrier phase.list dynamic.gpu-today dynamic.gpu-persistent"

# agree WHAT ARGS...: every machine ends with the outputs of the healthy server; the phase machine takes the cycles of its schedule (bpsim
# checks laws and sums of causes by itself).
agree() {
    local what=$1
    shift
    simulate r "$@" "${both[@]}" --keep-schedules
    for m in $runs; do
        for start in cold steady; do
            same "$what, $m $start: output checksum" "$(field r $m.$start output_checksum)" "$sum"
            case $m in phase.*)
                same "$what, $m $start: makespan" "$(field r $m.$start makespan_cycles)" \
                    "$("$bpsim" schedule show r/$m.$start.bps --json >shown && scalar shown makespan)" ;;
            esac
            lower=$(metric r $m $start lower_bound)
            [ "$lower" -le "$(metric r $m $start makespan)" ] || fail "$what, $m $start: the lower bound is above the makespan"
        done
    done
}
healthy() { simulate h "$@" "${both[@]}"; sum=$(field h phase.list.cold output_checksum); }
# busy DIR UNIT: cycles in which it had anything to do, in all runs.
busy() { awk -F, -v u="$2" '$2 == u && $3 != "no_work" { n += $4 } END { print n + 0 }' "$1/idle.csv"; }
row() { sed -n 's/^'"$1"'  *[^0-9]*\([0-9]*\) .*/\1/p' table; }

case $name in
dead_units_do_nothing_on_both_machines)
    healthy "$tiny2"
    [ "$(busy h chip1.unit2)" -gt 0 ] || fail "unit 2 has nothing to do anyway"
    agree "dead units" "$tiny2" --set 'server.dead_units=[chip0.unit0, chip1.unit2, chip1.unit3]'
    for unit in chip0.unit0 chip1.unit2 chip1.unit3; do same "$unit has something to do" "$(busy r $unit)" 0; done
    exits 0 check "$tiny2" "${both[@]}" --set 'server.dead_units=[chip0.unit0, chip1.unit2, chip1.unit3]'
    cp out table
    same "units in the budget" "$(row units)" 8
    same "dead units in the budget" "$(row units.dead)" 3
    # All but one of a chip.
    agree "one unit left" "$tiny2" --set 'server.dead_units=[chip0.unit0, chip0.unit1, chip0.unit3]'
    ;;
numbers_do_not_depend_on_where_tasks_run)
    # Generic tasks are cut alike: the same tasks, the same numbers.
    healthy "$random"
    for s in 'server.dead_units=[chip0.unit1, chip1.unit0]' 'server.slow_chips=[chip1 x 1.5]' 'machines.phase.slack_permille=100'; do
        agree "$s" "$random" --set "$s"
        for m in $runs; do
            same "$s, $m: numeric checksum" "$(field r $m.cold numeric_checksum)" "$(field h $m.cold numeric_checksum)"
            same "$s, $m: macs" "$(field r $m.cold macs_executed)" "$(field h $m.cold macs_executed)"
        done
    done
    ;;
slow_chips_compute_longer_by_their_factor)
    # Tasks of 1000 cycles: the phase machine to the cycle; an SM begins and ends a task with a few cycles that are not the task's.
    healthy "$random"
    agree "a slow chip" "$random" --set 'server.slow_chips=[chip0 x 1.25, chip1 x 2]'
    for m in $runs; do
        for chip in 0:5/4 1:2/1; do
            was=$(awk -F, -v m="$m.cold" -v u="^chip${chip%:*}" '$1 == m && $2 ~ u && $3 == "compute.useful" { n += $4 } END { print n }' h/idle.csv)
            is=$(awk -F, -v m="$m.cold" -v u="^chip${chip%:*}" '$1 == m && $2 ~ u && $3 == "compute.useful" { n += $4 } END { print n }' r/idle.csv)
            want=$((was * ${chip#*:}))
            case $m in
            phase.*) same "$m: cycles of chip ${chip%:*}" "$is" "$want" ;;
            *) [ $((is - want)) -ge -60 ] && [ $((is - want)) -le 60 ] || fail "$m: $is cycles of chip ${chip%:*} instead of $want" ;;
            esac
        done
    done
    ;;
dead_links_carry_nothing_and_the_rest_goes_round)
    for fabric in ring fully-connected; do
        server=(--set server.chips=4 --set "server.fabric={ topology: $fabric, $link }" --set workload.parallel.tensor=4)
        ways="ring two-step one-shot tree"
        [ $fabric = ring ] || ways=ring
        for collective in $ways; do
            healthy "$tiny2" "${server[@]}" --set workload.parallel.collective=$collective
            agree "$fabric, $collective" "$tiny2" "${server[@]}" --set workload.parallel.collective=$collective --set 'server.dead_links=[chip1-chip2]'
            same "$fabric, $collective: bytes on the dead link" \
                "$(awk -F, '$2 == "chip1-chip2" || $2 == "chip2-chip1" { n += $10 } END { print n + 0 }' r/links.csv)" 0
        done
    done
    ;;
every_fabric_goes_round)
    for server in "4 { topology: torus2d, rows: 2, cols: 2, $link }:chip0-chip1" "8 { topology: torus2d, rows: 2, cols: 4, $link }:chip0-chip1" \
        "8 { topology: torus3d, $link }:chip0-chip1" "6 { topology: dragonfly, group: 2, $link }:chip0-chip1" \
        "4 { topology: switch, planes: 2, $link }:chip0-switch0" "8 { topology: ring, $link }:chip7-chip0"; do
        dead=${server##*:} fabric=${server%:*}
        machine=(--set "server.chips=${fabric%% *}" --set "server.fabric=${fabric#* }" --set workload.parallel.tensor=4 --start cold)
        simulate h "$tiny2" "${machine[@]}" --machine phase.list --machine dynamic
        simulate r "$tiny2" "${machine[@]}" --machine phase.list --machine dynamic --set "server.dead_links=[$dead]"
        for m in phase.list dynamic.gpu-today dynamic.gpu-persistent; do
            same "$server, $m: output checksum" "$(field r $m.cold output_checksum)" "$(field h $m.cold output_checksum)"
        done
        same "$server: bytes on the dead link" "$(awk -F, -v l="$dead" '$2 == l { n += $10 } END { print n + 0 }' r/links.csv)" 0
    done
    ;;
schedules_for_a_better_server_are_refused)
    exits 0 compile "$tiny2" --policy list --start cold -o healthy.bps
    exits 0 schedule verify healthy.bps
    exits 2 run "$tiny2" --schedule healthy.bps --set 'server.dead_units=[chip1.unit2]' --out r --quiet
    says 'healthy.bps: made for a server in which chip1.unit2 works$'
    exits 2 run "$tiny2" --schedule healthy.bps --no-verify --set 'server.dead_units=[chip1.unit2]' --out r --quiet
    exits 2 run "$tiny2" --schedule healthy.bps --set 'server.slow_chips=[chip1 x 1.5]' --out r --quiet
    says 'healthy.bps: made for other units: '
    # What leaves more out runs on a server that has more.
    exits 0 compile "$tiny2" --policy list --start cold --set 'server.dead_units=[chip1.unit2]' -o dead.bps
    exits 0 schedule verify dead.bps
    exits 0 run "$tiny2" --schedule dead.bps --out r --quiet
    same "unit 2 has something to do" "$(awk -F, '$2 == "chip1.unit2" && $3 ~ /compute/ { n += $4 } END { print n + 0 }' r/idle.csv)" 0
    four=(--set server.chips=4 --set "server.fabric={ topology: ring, $link }" --set workload.parallel.tensor=4)
    exits 0 compile "$tiny2" "${four[@]}" --policy list --start cold -o healthy.bps
    exits 2 run "$tiny2" "${four[@]}" --schedule healthy.bps --set 'server.dead_links=[chip1-chip2]' --out r --quiet
    says 'healthy.bps: made for a server in which chip1-chip2 works$'
    ;;
slack_takes_up_what_tasks_are_late)
    # Without slack a task that takes a cycle longer is a violation; with 10 % of it none of up to as much is, and the makespan is kept.
    one=(--machine phase.list --start cold)
    simulate r "$random" "${one[@]}"
    exits 5 run "$random" "${one[@]}" --inject 0:unit0:0:1 --out r --quiet
    says '^phase.list.cold: chip0.unit0: .*task [0-9]+ lasts until [0-9]+, planned was [0-9]+'
    slack=(--set machines.phase.slack_permille=100)
    simulate h "$random" "${one[@]}" "${slack[@]}" --cross-check
    late=()
    for unit in 0 1 2 3; do late+=(--inject 0:unit$unit:0:100 --inject 1:unit$unit:4000:100); done # tasks have 1000 cycles
    simulate r "$random" "${one[@]}" "${slack[@]}" "${late[@]}" --cross-check
    same "makespan of late tasks" "$(makespan r list cold)" "$(makespan h list cold)"
    # What is taken up is no slack any more: the engines did not issue.
    guard() { awk -F, '$3 == "control.guard" { n += $4 } END { print n }' "$1/idle.csv"; }
    issue() { awk -F, '$3 == "control.issue" { n += $4 } END { print n }' "$1/idle.csv"; }
    same "cycles of late tasks" "$(issue r)" 800
    same "slack that is left" "$(guard r)" $(($(guard h) - 800))
    exits 5 run "$random" "${one[@]}" "${slack[@]}" --inject 0:unit0:0:101 --out r --quiet
    exits 2 run "$random" "${one[@]}" --inject 0:unit9:0:1 --out r --quiet
    says '^--inject: there is no unit 9 of chip 0 that works$'
    exits 2 run "$random" "${one[@]}" --inject 0:unit1:0:1 --set 'server.dead_units=[chip0.unit1]' --out r --quiet
    ;;
skew_is_covered_by_the_guard_band)
    # Counters apart by up to 40 cycles: the guard band is as wide, and every run is its schedule.
    healthy "$tiny2"
    agree "skew" "$tiny2" --set 'machines.phase.skew_cycles=[40, 0]'
    agree "skew, the other way round" "$tiny2" --set 'machines.phase.skew_cycles=[3, 43]'
    # A schedule without the band is late where the chip that receives is not behind.
    exits 0 compile "$tiny2" --policy list --start cold -o s.bps
    exits 5 run "$tiny2" --schedule s.bps --no-verify --set 'machines.phase.skew_cycles=[40, 0]' --out r --quiet
    ;;
order_does_not_matter)
    four=(--set server.chips=4 --set "server.fabric={ topology: ring, $link }" --set workload.parallel.tensor=4)
    all=("${four[@]}" --set 'server.dead_links=[chip0-chip3]' --set 'server.dead_units=[chip2.unit1]' --set 'server.slow_chips=[chip1 x 1.3]'
        --set machines.phase.slack_permille=70)
    simulate h "$tiny2" "${all[@]}"
    simulate r "$tiny2" "${all[@]}" --debug-shuffle 7
    for file in summary.csv idle.csv links.csv; do cmp h/$file r/$file || fail "$file differs"; done
    ;;
degraded_example_runs)
    simulate r "$source/configs/run/degraded.yaml" --start cold
    same "runs" "$(grep -c '^    "[a-z.-]*cold": {' r/results.json)" 5
    same "bytes on the dead link" "$(awk -F, '$2 == "chip1-chip2" || $2 == "chip2-chip1" { n += $10 } END { print n + 0 }' r/links.csv)" 0
    same "chip0.unit5 has something to do" "$(busy r chip0.unit5)" 0
    # Several attempts at one recipe, of which the first ends 3 % after the last: what is taken over is not given up for it.
    [ "$(makespan r list cold)" -le "$(makespan r barrier cold)" ] || fail "list takes longer than barrier"
    [ "$(makespan r barrier cold)" -le "$(makespan r levels cold)" ] || fail "barrier takes longer than levels"
    ;;
*) fail "no such case" ;;
esac
