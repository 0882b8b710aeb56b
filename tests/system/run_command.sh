#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run_command.sh BPSIM CONFIG CASE - `bpsim run`, `compile` and `trace` as a user calls them. A case is a claim.
set -eu
bpsim=$(realpath "$1") config=$(realpath "$2") name=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
fail() { echo "$name: $1"; [ ! -s log ] || head -40 log; exit 1; }

# exits CODE ARGS...: the command ends with this exit code; what it says is in log, what it prints in out.
exits() {
    local want=$1 code=0
    shift
    "$bpsim" "$@" >out 2>log || code=$?
    [ "$code" -eq "$want" ] || fail "bpsim $* exits with $code instead of $want"
}
says() { grep -q -- "$1" log || fail "does not say \"$1\""; }
# Nothing but results stands in a folder.
clean() { [ -z "$(find . -name '*.tmp' -o -name '.bpsim*')" ] || fail "temporary files are left: $(find . -name '*.tmp')"; }

case $name in
same_folder_twice)
    exits 0 run "$config" --out a --jobs 1
    exits 0 run "$config" --out b --jobs 4 --quiet
    diff -r a b >log || fail "folders differ"
    [ "$(ls a | tr '\n' ' ')" = "config.yaml conflicts.csv idle.csv links.csv phases.csv results.json slots.csv summary.csv " ] || fail "folder holds $(ls a)"
    clean
    ;;
effective_configuration_runs_again)
    exits 0 run "$config" --out a --machine 'phase.l*' --start steady --set run.seed=7
    exits 0 run a/config.yaml --out b
    diff -r a b >log || fail "folders differ"
    ;;
a_configuration_is_never_overwritten)
    exits 0 run "$config" --out a --start cold
    exits 0 run a/config.yaml --out a
    exits 2 run a/config.yaml --out a --set run.seed=9
    says 'would overwrite it'
    ;;
json_is_results_json)
    exits 0 run "$config" --out a --json
    cmp out a/results.json || fail "stdout is not results.json"
    ;;
quiet_says_nothing)
    exits 0 run "$config" --out a --quiet
    [ ! -s out ] && [ ! -s log ] || fail "it said something"
    ;;
table_fits_100_columns)
    COLUMNS=100 exits 0 run "$config" --out a
    awk 'length > 100 { exit 1 }' out || fail "a line is longer than 100 columns"
    grep -q 'useful utilisation' out || fail "no table"
    ;;
unwritable_places_fail_at_the_start)
    exits 1 run "$config" --out /dev/null/results
    exits 1 run "$config" --out a --vcd /dev/null/wave.vcd
    [ ! -e a/results.json ] || fail "it ran first"
    exits 1 compile "$config" -o /dev/null/x.bps
    exits 1 trace record "$config" -o /dev/null/x.trace.gz
    ;;
bad_input_exits_2)
    exits 2 run no-such-file.yaml
    exits 2 run "$config" --set chip.unit.rows=3
    says 'did you mean'
    exits 2 run "$config" --machine dynamic.gpu-today
    exits 2 run "$config" --policy fastest
    exits 2 run "$config" --no-verify
    exits 2 run "$config" --inject 0:0:1:1
    exits 2 run
    exits 2 rnu
    says 'did you mean run'
    ;;
schedules_are_for_phase_machines)
    both=(--set "machines={phase: {policy: [levels, barrier, list]}, dynamic: {preset: [gpu-today, gpu-persistent]}}")
    exits 0 compile "$config" "${both[@]}" --policy list --start cold -o s.bps
    exits 0 run "$config" "${both[@]}" --schedule s.bps --out a
    ! grep -qE '"dynamic\.|dynamic:' a/results.json a/config.yaml || fail "the dynamic machines run too"
    exits 2 compile "$config" --set "machines={dynamic: {preset: gpu-today}}"
    says 'machines.phase.policy: names no policy'
    exits 2 trace record "$config" "${both[@]}" --machine dynamic.gpu-today -o t.trace.gz
    says 'has no schedule; trace record is for phase machines'
    exits 2 run "$config" "${both[@]}" --inject 0:1:500:20
    says '--inject: is for phase machines'
    exits 0 run "$config" "${both[@]}" --machine phase --start cold --out b
    exits 0 run "$config" --start cold --out c
    diff -r b c >log || fail "dynamic machines that are not run leave traces"
    ;;
budget_stands_side_by_side)
    exits 0 check "$config" --set machines.phase.policy="[levels, barrier, list]" --set "machines.dynamic={preset: [gpu-today, gpu-persistent]}"
    grep -q '^ *and barrier  *and gpu-persistent$' out || fail "machines with one budget do not share a column"
    grep -q '^warp_schedulers   <> differs' out || fail "no mark at a row that differs"
    ! grep -q '^sram, B   <> differs' out || fail "the machines have different SRAM"
    exits 0 check "$config" --set "machines={phase: {policy: list}, dynamic: {preset: gpu-today}}" --json
    grep -q '"item": "sram.l2_data".*"phase.list": 0, "dynamic.gpu-today": [1-9][0-9]*}, "equal": false' out || fail "no row of the L2"
    exits 3 check "$config" --set "machines.dynamic={preset: gpu-today, l2: {mshrs: 4096, mshr_targets: 64}}"
    says '^chip0.l2: '
    exits 3 run "$config" --set "machines.dynamic={preset: gpu-today, l2: {mshrs: 4096, mshr_targets: 64}}" --out d
    [ ! -e d ] || fail "it ran first"
    ;;
interrupted_run_is_marked)
    # Long enough to be interrupted: minutes, with no box asleep; one process at a time, under way when its waveform has been
    # open for a while.
    set -m # else the shell starts it with SIGINT ignored
    "$bpsim" run "$config" --out a --jobs 1 --start steady --set run.repeats=1000 --set "run.launch=1 ms" --debug-no-sleep --vcd wave.vcd >out 2>log &
    pid=$!
    for _ in $(seq 500); do
        [ -z "$(find . -name 'wave*.tmp')" ] || break
        sleep 0.01
    done
    sleep 0.5
    kill -INT $pid
    code=0
    wait $pid || code=$?
    [ "$code" -eq 130 ] || fail "exits with $code instead of 130"
    grep -q '^  "interrupted": true,$' a/results.json || fail "results are not marked"
    grep -q '^      "gap": null,$' a/results.json || fail "a part of a run has a gap to a bound of the whole"
    ! grep -E 'above it .*-[0-9]' out || fail "a part of a run is below a bound of the whole"
    clean
    ;;
killed_process_is_named_and_cleaned_up)
    "$bpsim" run "$config" --out a --jobs 1 --machine phase.list --start steady --set run.repeats=1000 --debug-no-sleep --vcd wave.vcd >out 2>log &
    pid=$!
    for _ in $(seq 500); do
        [ -z "$(find . -name 'wave.vcd.*.tmp')" ] || break
        sleep 0.01
    done
    # grep goes on where a process that it looks at ends meanwhile.
    child=$(grep -l "^PPid:[[:space:]]*$pid\$" /proc/[0-9]*/status 2>/dev/null | head -n 1 | cut -d / -f 3) || true
    [ -n "$child" ] || fail "no child process"
    kill -KILL "$child"
    code=0
    wait $pid || code=$?
    [ "$code" -eq 137 ] || fail "exits with $code instead of 137"
    says 'phase.list.steady failed with exit code 137'
    clean
    ;;
schedule_runs_as_compiled)
    exits 0 compile "$config" --policy list --start cold -o s.bps --json
    makespan=$(sed -n 's/^  "makespan": \([0-9]*\),/\1/p' out)
    exits 0 run "$config" --schedule s.bps --out a
    exits 0 run "$config" --machine phase.list --start cold --out b --keep-schedules
    cmp s.bps b/phase.list.cold.bps || fail "schedules differ"
    diff a/results.json b/results.json >log || fail "results differ"
    grep -q "\"makespan_cycles\": $makespan," a/results.json || fail "the run does not take $makespan cycles"
    exits 2 run "$config" --schedule s.bps --set run.seed=3 --machine phase.list
    exits 2 run "$config" --schedule "$config"
    ;;
trace_replays_to_the_same)
    exits 0 trace record "$config" -o t.trace.gz --machine phase.barrier --start steady --json
    mv out recorded
    exits 0 trace replay t.trace.gz --json
    cmp recorded out || fail "the replay is not the same"
    exits 0 run "$config" --machine phase.barrier --start steady --out a
    makespan=$(sed -n 's/^  "makespan": \([0-9]*\),/\1/p' recorded)
    grep -q "\"makespan_cycles\": $makespan," a/results.json || fail "the run does not take $makespan cycles"
    head -c 3000 t.trace.gz >cut.trace.gz
    exits 2 trace replay cut.trace.gz
    says 'cut.trace.gz:[0-9]*:1: '
    ;;
committed_traces_replay)
    n=0
    for f in "$(dirname "$config")"/../../traces/*.trace.gz; do
        exits 0 trace replay "$f"
        n=$((n + 1))
    done
    [ "$n" -ge 2 ] || fail "$n traces"
    ;;
bits_in_the_waveform_are_on_cycles)
    exits 0 run "$config" --machine phase.list --start cold --out a --vcd w.vcd.gz --vcd-scope '*.bit'
    period=$(sed -n 's/.*"period_fs": \([0-9]*\),/\1/p' a/results.json)
    # Cycles in which each bit is 1, from the waveform; then on_cycles, from the results.
    zcat w.vcd.gz | awk -v p="$period" '
        $1 == "$scope" { scope[++n] = $3 } $1 == "$upscope" { n-- }
        $1 == "$var" { s = scope[1]; for (i = 2; i <= n; i++) s = s "." scope[i]; unit[$4] = s; on[$4] = 0 }
        /^#/ { t = substr($1, 2) }
        /^[01]/ { id = substr($1, 2); v = substr($1, 1, 1); if (was[id] == 1) on[id] += t - since[id]; was[id] = v; since[id] = t }
        END { for (id in unit) printf "\"%s\": %d\n", unit[id], int(on[id] / p + 0.5) }' | sort >waveform
    grep '"on_cycles"' a/results.json | sed 's/.*{\(.*\)}.*/\1/' | tr ',' '\n' | sed 's/^ *//' | sort >results
    diff waveform results >log || fail "they differ"
    [ -s results ] || fail "no unit"
    ;;
waveform_window_and_table)
    exits 0 run "$config" --machine phase.list --out a --vcd w.vcd --vcd-window 5000:6000
    for start in cold steady; do
        [ -s w.phase.list.$start.vcd ] && [ -s w.phase.list.$start.gtkw ] || fail "no waveform of $start"
    done
    exits 2 run "$config" --machine phase.list --out a --vcd w.vcd --vcd-scope nowhere
    says 'no signal matches'
    clean
    ;;
gtkwave_reads_the_waveform)
    command -v vcd2fst >/dev/null && command -v fst2vcd >/dev/null || exit 77
    exits 0 run "$config" --machine phase.levels --start cold --out a --vcd w.vcd
    vcd2fst w.vcd w.fst >log && fst2vcd w.fst >back.vcd || fail "gtkwave's tools refuse it"
    # Every change as "time name value", whatever the identifiers are.
    for f in w back; do
        awk '$1 == "$scope" { scope[++n] = $3 } $1 == "$upscope" { n-- }
             $1 == "$var" { s = scope[1]; for (i = 2; i <= n; i++) s = s "." scope[i]; name[$4] = s "." $5 }
             /^#/ { t = substr($1, 2) }
             /^[01]/ { print t, name[substr($1, 2)], substr($1, 1, 1) }
             /^b/ { v = substr($1, 2); sub(/^0+/, "", v); print t, name[$2], v == "" ? 0 : v }' $f.vcd | sort >$f.changes
    done
    [ "$(wc -l <w.changes)" -gt 100 ] || fail "hardly any change"
    diff w.changes back.changes >log || fail "changes differ"
    ;;
*) fail "no such case" ;;
esac
