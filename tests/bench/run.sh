#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/bench/run.sh [BUILD_DIR] - the simulator's own speed and memory, as a table. One command, about five minutes.
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

# Pure simulation: the same steady schedule with 2 and with 42 repeats; the difference is 40 repeats of the machine alone.
repeat_ns() { # repeat_ns CONFIG -> sets ns: nanoseconds of one repeat
    local few
    best "$bpsim" run "$1" --machine phase.list --start steady --set run.repeats=2 --jobs 1 --out "$dir/out" --progress=none
    few=$cpu
    best "$bpsim" run "$1" --machine phase.list --start steady --set run.repeats=42 --jobs 1 --out "$dir/out" --progress=none
    ns=$(awk "BEGIN { printf \"%d\", ($cpu - $few) * 1e9 / 40 }")
}
count() { # count CONFIG -> sets tasks, hops of the steady program
    "$bpsim" compile "$1" --policy list --start steady -o "$dir/steady.bps" >/dev/null 2>&1
    "$bpsim" schedule show "$dir/steady.bps" --program 1 --json >"$dir/show.json"
    tasks=$(grep -c '"unit": .*"start"' "$dir/show.json" || true)
    hops=$(grep -c '"link"' "$dir/show.json" || true)
}
config=$root/configs/run/quickstart.yaml
repeat_ns "$config"; count "$config"
cycles=$(awk -F, '$3 == "makespan" { print $4 }' "$dir/out/summary.csv")
row "quickstart, simulation of one repeat" "$(per "$ns" 1000000)" "ms"
row "  divided by simulated cycles" "$(per "$ns" "$cycles")" "ns"
row "  divided by burst-hops (tasks, DRAM included)" "$(per "$ns" "$hops")" "ns"

# A line of 16 units, 60 layers of 16 tasks that read two tasks of the layer before: first nothing moves (the tasks
# alone), then each edge carries 4 KiB; the difference is the bursts.
awk 'BEGIN { n = 960; print n; print "0 0 0"
    for (i = 1; i <= n; i++) { if (i <= 16) { print i, 3, 1, 0; continue }
        a = i - 16; b = a - (a - 1) % 16 + (a + 7) % 16; print i, 3, 2, a, b }
    printf "%d 0 16", n + 1; for (i = n - 15; i <= n; i++) printf " %d", i; print "" }' >"$dir/layers.stg"
cat >"$dir/line.yaml" <<YAML
version: 1
name: line
chip:
  clock: 1 GHz
  units: { rows: 1, cols: 16 }
  noc: { topology: mesh, flit: 128 B }
  memory: { channels: 1, bandwidth: 51.2 GB/s, timing: hbm2e }
workload: { kind: stg, file: layers.stg, task_cycles: 1000, edge_bytes: 0 B }
run: { start: steady, repeats: 2 }
YAML
sed 's/edge_bytes: 0 B/edge_bytes: 4 KiB/' "$dir/line.yaml" >"$dir/line4k.yaml"
repeat_ns "$dir/line.yaml"; count "$dir/line.yaml"; quiet=$ns
row "line of 16, per task (nothing moves)" "$(per "$quiet" "$tasks")" "ns" "<= 1000"
repeat_ns "$dir/line4k.yaml"; count "$dir/line4k.yaml"
row "line of 16, per burst-hop ($hops hops)" "$(per "$((ns - quiet))" "$hops")" "ns" "<= 60"

config=$root/configs/run/quickstart.yaml
# Waveforms: ratio of CPU with and without, same call.
best "$bpsim" run "$config" --machine phase.list --start cold --jobs 1 --out "$dir/out" --progress=none; plain=$cpu
best "$bpsim" run "$config" --machine phase.list --start cold --jobs 1 --out "$dir/out" --progress=none --vcd "$dir/w.vcd" --vcd-scope 'chip*.unit*' --vcd-scope 'chip*.ctl*'
row "VCD, unit and phase signals" "$(awk "BEGIN { printf \"%.2f\", $cpu / $plain }")" "x" "<= 1.5"
best "$bpsim" run "$config" --machine phase.list --start cold --jobs 1 --out "$dir/out" --progress=none --vcd "$dir/w.vcd"
row "VCD, all signals" "$(awk "BEGIN { printf \"%.2f\", $cpu / $plain }")" "x" "<= 3"
best "$bpsim" run "$config" --machine dynamic.gpu-today --start cold --jobs 1 --out "$dir/out" --progress=none; plain=$cpu
best "$bpsim" run "$config" --machine dynamic.gpu-today --start cold --jobs 1 --out "$dir/out" --progress=none --vcd "$dir/d.vcd" --vcd-scope 'chip*.unit*' --vcd-scope 'chip*.dispatch'
row "VCD, SMs and dispatcher of gpu-today" "$(awk "BEGIN { printf \"%.2f\", $cpu / $plain }")" "x" "<= 1.5"
best "$bpsim" run "$config" --machine dynamic.gpu-today --start cold --jobs 1 --out "$dir/out" --progress=none --vcd "$dir/d.vcd"
row "VCD, all signals of gpu-today" "$(awk "BEGIN { printf \"%.2f\", $cpu / $plain }")" "x" "<= 3"
row "VCD, size" "$(($(stat -c %s "$dir/w.vcd") / 1024))" "KiB"

# The dynamic machine: one child process per preset and start, as `run` starts them.
for preset in gpu-today gpu-persistent; do
    for start in cold steady; do
        best "$bpsim" run "$config" --machine "dynamic.$preset" --start "$start" --jobs 1 --out "$dir/out" --progress=none
        row "quickstart dynamic.$preset.$start" "$cpu" "s CPU" "<= 1.5"
        row "quickstart dynamic.$preset.$start memory" "$((rss / 1024))" "MiB" "<= 300"
    done
done

# Two repeats more of the same work: the machine alone. Counts are those of one repeat.
events() { awk -F'[:,]' -v want="$1" 'index($1, want) { n += $2 } END { print n + 0 }' "$dir/out/results.json"; }
dynamic_repeat() { # dynamic_repeat CONFIG OPTION... -> sets ns of a repeat, cycles, instructions, transactions
    local file=$1 few
    shift
    best "$bpsim" run "$file" "$@" --start steady --set run.repeats=2 --jobs 1 --out "$dir/out" --progress=none
    few=$cpu
    best "$bpsim" run "$file" "$@" --start steady --set run.repeats=4 --jobs 1 --out "$dir/out" --progress=none
    ns=$(awk "BEGIN { printf \"%d\", ($cpu - $few) * 1e9 / 2 }")
    cycles=$(awk -F, '$3 == "makespan" { print $4 }' "$dir/out/summary.csv")
    instructions=$(events '"instructions"')
    transactions=$(($(events '"loads"') + $(events '"stores"') + $(events '"atomics"') + $(events '"polls"')))
}
dynamic_repeat "$config" --machine dynamic.gpu-today --set workload.sequence=16
row "quickstart, 16 tokens, one repeat, per warp instruction" "$(per "$ns" "$instructions")" "ns" "all included"
row "  per transaction of an SM" "$(per "$ns" "$transactions")" "ns" "all included"

# Many busy SMs on one chip: a product that keeps all of them multiplying.
cat >"$dir/busy.yaml" <<YAML
version: 1
name: busy
chip:
  clock: 1.755 GHz
  units: { rows: 11, cols: 12, macs_per_cycle: 1024, engine: { m: 16, n: 8, k: 8 }, vector_lanes: 128, sram: 512 KiB, sram_read: 256 B, sram_write: 128 B }
  noc: { topology: mesh, flit: 128 B }
  memory: { channels: 16, bandwidth: 819.2 GB/s, timing: hbm2e }
machines: { dynamic: { preset: gpu-today } }
workload: { kind: mlp, batch: 512, inputs: 1024, hidden: 1024, outputs: 1024, layers: 2, dtype: fp16 }
YAML
dynamic_repeat "$dir/busy.yaml"
row "132 busy SMs, per warp instruction" "$(per "$ns" "$instructions")" "ns" "all included"
row "  per transaction" "$(per "$ns" "$transactions")" "ns" "all included"
row "  speed" "$(per "$((cycles * 1000000))" "$ns")" "kcycles/s" ">= 40 (1,056 SMs: 5)"
[ ! -x "$build/tests/bench/sm_cost" ] || row "a warp instruction without transactions" "$("$build/tests/bench/sm_cost")" "ns" "<= 60"

# A transaction alone: a line that misses in the L1 and hits in the L2. The cores by themselves, then the command with
# reading the trace and judging what was read: two lines per cycle, 16 bytes per cycle and SM, from 16 SMs in turn.
cores=$("$build/tests/bench/cache_cost" | awk '$1 == "miss" { print $2 }')
packet=$("$build/tests/bench/vc_network_bench" 20000 13 | sed -n 's/^crossbar 36 .*hop, *\([0-9.]*\) per packet.*/\1/p')
row "a line from the L2: L1, slice" "$cores" "ns"
row "  a packet through the crossbar, sources included" "$packet" "ns"
row "  both and two packets" "$(awk "BEGIN { printf \"%.1f\", $cores + 2 * $packet }")" "ns" "<= 400"
lines() { awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "%d u%d r %x 128\n", int(i / 2), int(i / 7) % 16, i % 8192 * 128 }'; }
lines 20000 >"$dir/few.mem"
lines 220000 >"$dir/many.mem"
best "$bpsim" mem "$config" --trace "$dir/few.mem" --json; few=$cpu
best "$bpsim" mem "$config" --trace "$dir/many.mem" --json
row "  of \`bpsim mem\`, all included" "$(awk "BEGIN { printf \"%.1f\", ($cpu - $few) * 1e9 / 200000 }")" "ns"
