#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/bench/run.sh [BUILD_DIR] - the simulator's own speed and memory, as a table. One command, about two minutes.
#
# CPU is user + system of one process tree with one policy and one start (compile and verify included), the best of
# three runs; ratios (VCD) compare runs of this same call. Nothing is asserted: machines differ and are shared.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd)
build=${1:-$root/build/release}
bpsim=$build/bpsim
measure=$build/tests/bench/measure
[ -x "$bpsim" ] && [ -x "$measure" ] || { echo "no build in $build; run ./bpsim build"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

best() { # best COMMAND... -> sets cpu, rss: least CPU seconds of three runs, and its memory
    cpu= rss=
    local i c r w
    for i in 1 2 3; do
        "$measure" "$@" >"$dir/stdout" 2>"$dir/stderr" 3>"$dir/figures" || { cat "$dir/stderr"; exit 1; }
        read -r c r w <"$dir/figures"
        if [ -z "$cpu" ] || awk "BEGIN { exit !($c < $cpu) }"; then cpu=$c rss=$r; fi
    done
}
row() { printf '%-44s %12s %-10s %s\n' "$1" "$2" "$3" "${4:-}"; }
per() { awk "BEGIN { if ($2 > 0) printf \"%.1f\", $1 / $2; else print \"-\" }"; }

row "what" "figure" "unit" "budget"
row "processor" "$(nproc)" "cores" "shared with others: compare ratios, not seconds"
for server in quickstart big; do
    config=$root/configs/run/$server.yaml
    limit=1.5
    [ "$server" = quickstart ] || limit=5
    for policy in levels barrier list; do
        for start in cold steady; do
            best "$bpsim" run "$config" --machine "phase.$policy" --start "$start" --jobs 1 --out "$dir/out" --progress=none
            row "$server phase.$policy.$start" "$cpu" "s CPU" "<= $limit"
            row "$server phase.$policy.$start memory" "$((rss / 1024))" "MiB" "$([ "$server" = quickstart ] && echo '<= 300')"
        done
    done
    best "$bpsim" compile "$config" --policy list --start cold -o "$dir/list.bps"
    row "$server compile list.cold (with lowering)" "$cpu" "s CPU"
    best "$bpsim" schedule verify "$dir/list.bps"
    row "$server read and verify list.cold" "$cpu" "s CPU"
done

# Per task and per burst-hop: the same schedule run once and, steady, with 30 repeats; the difference is pure simulation.
config=$root/configs/run/quickstart.yaml
run_repeats() { best "$bpsim" run "$config" --machine phase.list --start steady --set "run.repeats=$1" --jobs 1 --out "$dir/out" --progress=none; }
run_repeats 2; few=$cpu
run_repeats 42; many=$cpu
"$bpsim" compile "$config" --policy list --start steady -o "$dir/steady.bps" >/dev/null 2>&1
"$bpsim" schedule show "$dir/steady.bps" --program 1 --json >"$dir/show.json"
tasks=$(grep -c '"unit": .*"start"' "$dir/show.json" || true)
hops=$(grep -c '"link"' "$dir/show.json" || true)
cycles=$(awk -F, '$3 == "makespan" { print $4 }' "$dir/out/summary.csv")
ns=$(awk "BEGIN { printf \"%d\", ($many - $few) * 1e9 / 40 }")
row "simulation of one repeat" "$(per "$ns" 1000000)" "ms"
row "  per task, all of it" "$(per "$ns" "$tasks")" "ns" "<= 1000 without hops"
row "  per burst-hop, all of it" "$(per "$ns" "$hops")" "ns" "<= 60 without tasks and DRAM"
row "  per simulated cycle" "$(per "$ns" "$cycles")" "ns"

# Waveforms: ratio of CPU with and without, same call.
best "$bpsim" run "$config" --machine phase.list --start cold --jobs 1 --out "$dir/out" --progress=none; plain=$cpu
best "$bpsim" run "$config" --machine phase.list --start cold --jobs 1 --out "$dir/out" --progress=none --vcd "$dir/w.vcd" --vcd-scope 'chip*.unit*' --vcd-scope 'chip*.ctl*'
row "VCD, unit and phase signals" "$(awk "BEGIN { printf \"%.2f\", $cpu / $plain }")" "x" "<= 1.5"
best "$bpsim" run "$config" --machine phase.list --start cold --jobs 1 --out "$dir/out" --progress=none --vcd "$dir/w.vcd"
row "VCD, all signals" "$(awk "BEGIN { printf \"%.2f\", $cpu / $plain }")" "x" "<= 3"
row "VCD, size" "$(($(stat -c %s "$dir/w.vcd") / 1024))" "KiB"
