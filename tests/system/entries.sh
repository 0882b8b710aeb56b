#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# entries.sh BPSIM CASE EDIT - schedules whose entries do not fit beside the data: they are read while the program runs.
set -eu
bpsim=$(realpath "$1") name=$2 edit=$(realpath "$3") source=$(realpath "$(dirname -- "$0")/../..")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"

# layers WIDTH LAYERS: tasks that read two of the layer before.
layers() {
    awk -v w="$1" -v n="$(($1 * $2))" 'BEGIN { print n; print "0 0 0"
        for (i = 1; i <= n; i++) { if (i <= w) { print i, 1, 1, 0; continue }
            a = i - w; b = a - (a - 1) % w + a % w; print i, 1, a == b ? 1 : 2, a == b ? a : a " " b }
        printf "%d 0 %d", n + 1, w; for (i = n - w + 1; i <= n; i++) printf " %d", i; print "" }' >layers.stg
}
config() { # config ROWS COLS SRAM TASK_CYCLES EDGE_BYTES
    cat >c.yaml <<YAML
version: 1
name: entries
chip:
  clock: 1 GHz
  units: { rows: $1, cols: $2, engine: { m: 8, n: 8, k: 4 }, vector_lanes: 32, sram: $3 }
  noc: { topology: mesh, flit: 64 B }
  memory: { channels: 2, timing: hbm2 }
workload: { kind: stg, file: layers.stg, task_cycles: $4, edge_bytes: $5 }
YAML
}
# segments FILE PROGRAM: records of entries that do not last for the whole program.
segments() {
    "$bpsim" schedule show "$1" --program "$2" --json | grep '"use": "schedule"' | grep -vc '"from": 0,' || true
}
# control DIR NAME: bytes of entries that come into units.
control() { awk -F, -v n="$2" '$1 == n && $4 ~ /unit/ && $6 == "control" { sum += $7 } END { print sum + 0 }' "$1/links.csv"; }

case $name in
streamed_tables_run_as_scheduled)
    layers 4 900
    config 2 2 64KiB 100 1KiB
    for policy in levels barrier list; do
        for start in cold steady; do
            run=phase.$policy.$start
            exits 0 compile c.yaml --policy $policy --start $start -o s.bps --json
            planned=$(sed -n 's/.*"makespan": \([0-9]*\).*/\1/p' out)
            exits 0 schedule verify s.bps
            n=$(segments s.bps "$([ $start = cold ] && echo 0 || echo 1)")
            [ "$n" -gt 40 ] || fail "$run: only $n segments"
            simulate small c.yaml --policy $policy --start $start --cross-check
            same "$run: makespan" "$(makespan small $policy $start)" "$planned"
            simulate large c.yaml --policy $policy --start $start --set chip.units.sram='1 MiB'
            same "$run: output_checksum" "$(field small "$run" output_checksum)" "$(field large "$run" output_checksum)"
            same "$run: numeric_checksum" "$(field small "$run" numeric_checksum)" "$(field large "$run" numeric_checksum)"
            # What is streamed is read in each repeat, as class control on links and from memory.
            [ "$start" = cold ] || [ "$(control small "$run")" -ge $((n * 1024)) ] || fail "$run: too few bytes of entries"
        done
    done
    ;;
sums_are_those_of_a_larger_sram)
    # A channel that is busy with weights all the time: segments are read before the work. The tasks are the same (one tiling).
    config=$source/configs/run/mlp.yaml
    run=phase.list.steady
    for kib in 208 224; do
        exits 0 compile "$config" --policy list --start steady --set chip.units.sram=${kib}KiB --set run.tiling=common -o s.bps --json
        planned=$(sed -n 's/.*"makespan": \([0-9]*\).*/\1/p' out)
        simulate r$kib "$config" --policy list --start steady --set chip.units.sram=${kib}KiB --set run.tiling=common --cross-check
        same "$run: makespan" "$(makespan r$kib list steady)" "$planned"
    done
    for key in tasks_hash output_checksum numeric_checksum; do
        same "$key" "$(field r208 $run $key)" "$(field r224 $run $key)"
    done
    ;;
bytes_do_not_depend_on_the_order_of_evaluation)
    layers 4 900
    config 2 2 64KiB 100 1KiB
    simulate plain c.yaml --policy list --start steady
    simulate shuffled c.yaml --policy list --start steady --debug-shuffle 3
    for f in results.json links.csv idle.csv phases.csv; do
        cmp plain/$f shuffled/$f >log || fail "$f differs"
    done
    ;;
dropped_segments_are_missed)
    layers 4 900
    config 2 2 64KiB 100 1KiB
    for start in cold steady; do
        exits 0 compile c.yaml --policy list --start $start -o s.bps
        "$bpsim" schedule show s.bps --program "$([ $start = cold ] && echo 0 || echo 1)" --json |
            sed -n 's/^ *{"id": \([0-9]*\),.*"class": "control".*/\1/p' | sort -nu | tail -n 40 | awk 'NR % 8 == 0' >ids
        [ "$(wc -l <ids)" -ge 4 ] || fail "hardly any segment"
        while read -r i; do
            "$edit" s.bps x.bps drop "$i" >log || fail "edit"
            exits 2 schedule verify x.bps
            says '^x.bps: schedule-missing: '
            exits 5 run c.yaml --schedule x.bps --no-verify --out r --quiet
            says 'unit[0-9]+: cycle [0-9]+: schedule entry [0-9]+ is in force and byte [0-9]+ of the table of entries is not here'
        done <ids
    done
    ;;
segment_taken_away_too_early_is_missed)
    # A later segment comes into the place of one that is in force.
    layers 4 900
    config 2 2 64KiB 100 1KiB
    exits 0 compile c.yaml --policy list --start steady -o s.bps
    "$edit" s.bps x.bps misplace 9 >log || fail "edit"
    exits 2 schedule verify x.bps
    says '^x.bps: sram-overlap: '
    exits 5 run c.yaml --schedule x.bps --no-verify --out r --quiet
    says 'unit[0-9]+: cycle [0-9]+: schedule entry [0-9]+ is in force and byte [0-9]+ of the table of entries is not here'
    ;;
more_than_memory_brings_is_refused)
    layers 32 4000
    config 4 8 64KiB 1 '0 B'
    exits 3 compile c.yaml --policy list --start steady --set chip.memory.channels=1 -o s.bps
    says "^c.yaml.*chip0.unit[0-9]+: sram: the schedule's entries do not fit: of [0-9]+ bytes, read through [0-9]+ of 65536 while it runs, those for cycle [0-9]+ come [0-9]+ cycles too late|^chip0.unit[0-9]+: sram: the schedule's entries do not fit: of [0-9]+ bytes"
    [ ! -e s.bps ] || fail "it leaves a file"
    ;;
*)
    fail "no such case"
    ;;
esac
