#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# limit.sh BPSIM CASE SOURCE - where all that tells the two machines apart is taken away, they take equally long. A case is a claim.
#
# Launches of the work and of kernels and starts of CTAs are free, memory has no refresh and is four times as fast as the units' ports, latencies of
# network, caches and pipes are as small as they go, both machines have a crossbar of the same width, and each task runs on the same unit of both.
# The work is a matrix product in which a unit multiplies for much longer than its port moves lines (docs/validation.md, the limit).
set -eu
bpsim=$(realpath "$1") name=$2 source=$(realpath "$3")
# shellcheck source=tests/system/lib.sh
. "$source/tests/system/lib.sh"
cat >c.yaml <<'END_OF_CONFIG'
version: 1
name: limit
server: { chips: 1 }
chip:
  clock: 1 GHz
  units: { rows: 2, cols: 2, engine: { m: 16, n: 8, k: 8 }, vector_lanes: 128, sram: 8 MiB, sram_read: 1 KiB, sram_write: 512 B }
  noc: { topology: crossbar, flit: 128 B, router: { vcs: 8, depth: 32 } }
  memory: { channels: 40, timing: hbm2e, refresh: false }
machines:
  phase: { policy: list, toggle_cycles: 0 }
  dynamic:
    preset: [gpu-today, gpu-persistent]
    placement: phase
    topology: crossbar
    kernel_launch: 0 s
    cta_start: 0
    l1: { hit_latency: 1 }
    l2: { latency: 1 }
    sm: { mma_latency: 1, alu_latency: 1, shared_latency: 1, barrier_latency: 1, branch_latency: 1, lsu_interval: 1, poll_interval: 1 }
    router: { routing_delay: 0 }
workload: { kind: mlp, layers: 1, inputs: 1024, hidden: 8, outputs: 1024, batch: 1024, dtype: fp16 }
run: { launch: 0 s, start: steady }
END_OF_CONFIG

# product ROWS COLUMNS CONTRACTION ARGS...: a run of that product in folder r.
product() {
    local m=$1 n=$2 k=$3
    shift 3
    simulate r c.yaml --set workload.batch="$m" --set workload.outputs="$n" --set workload.inputs="$k" "$@"
}
# between WHAT MACHINE LEAST MOST: its makespan over the phase machine's.
between() {
    awk -v what="$1" -v d="$(metric r "$2" steady makespan)" -v p="$(metric r phase.list steady makespan)" -v least="$3" -v most="$4" \
        'BEGIN { printf "%s: %d cycles, the phase machine %d: %.3f\n", what, d, p, d / p; exit !(d / p >= least && d / p <= most) }' >log ||
        fail "not between $3 and $4: $(cat log)"
    cat log
}
within_3_percent() { # PRODUCT ARGS...
    product "$@"
    for preset in gpu-today gpu-persistent; do between "$* $preset" dynamic.$preset 0.97 1.03; done
}

# in_table TILING ROWS COLUMNS CONTRACTION: what was measured last is what stands in the table of docs/validation.md, to the digit.
in_table() {
    local row cells preset=0 column
    row=$(grep -F "| $2 x $3 x $4 |" "$source/docs/validation.md") || fail "docs/validation.md has no row of $2 x $3 x $4"
    IFS='|' read -ra cells <<<"$row"
    [ "$1" = best ] && column=2 || column=4
    for preset in gpu-today gpu-persistent; do
        ratio=$(awk -v d="$(metric r dynamic.$preset steady makespan)" -v p="$(metric r phase.list steady makespan)" 'BEGIN { printf "%.3f", d / p }')
        same "$2 x $3 x $4, $1, $preset, in the table of docs/validation.md" "${cells[column]// /}" "$ratio"
        column=$((column + 1))
    done
}

case $name in
machines_agree.*)
    # machines_agree.TILING.ROWSxCOLUMNSxCONTRACTION
    rest=${name#machines_agree.}
    IFS=x read -r m n k <<<"${rest#*.}"
    within_3_percent "$m" "$n" "$k" --set run.tiling="${rest%%.*}"
    in_table "${rest%%.*}" "$m" "$n" "$k"
    ;;
first_operands_come_unit_by_unit)
    # Outside, and why: with two tasks of 256 rows per unit the phase machine multiplies as long as the others, but the units' first operands are read
    # one unit's after the other's, so all but one unit begin late or end early.
    product 2048 512 2048 --set run.tiling=common
    in_table common 2048 512 2048
    for preset in gpu-today gpu-persistent; do between "operands that come late, $preset" dynamic.$preset 0.955 0.975; done
    awk -F, '{ sum[$1, $3] += $4 / 4 }
        END { p = "phase.list.steady"; d = "dynamic.gpu-today.steady"
            late = sum[p, "network.noc"] + sum[p, "memory.dram"] + sum[p, "no_work"]
            printf "%d cycles of a unit, %d multiplying\n", late, sum[p, "compute.useful"]
            close_by = sum[d, "compute.useful"] - sum[p, "compute.useful"]
            exit !(late > 0.035 * sum[p, "compute.useful"] && close_by < 100 && close_by > -100) }' r/idle.csv >log ||
        fail "it is not the phase machine's waiting for operands"
    ;;
same_placement)
    # Tasks of unequal length on two chips: each unit of both machines multiplies for as long, but for the part of a cycle that a CTA's share of a
    # warp is rounded up to; without the key it does not.
    run=("$source/configs/run/random.yaml" --set machines.phase.policy=list --set 'machines.dynamic.preset=[gpu-today, gpu-persistent]' --start steady)
    for placement in phase own; do
        simulate r "${run[@]}" --set machines.dynamic.placement=$placement
        awk -F, '$3 ~ /^compute/ { sum[$1, $2] += $4; unit[$2] }
            END { for (u in unit) { p = sum["phase.list.steady", u]
                split("gpu-today gpu-persistent", preset, " ")
                for (i in preset) { far = sum["dynamic." preset[i] ".steady", u] - p; if (far < -20 || far > 20) print u, preset[i], far } } }' r/idle.csv >log
        if [ $placement = phase ]; then
            [ ! -s log ] || fail "units that multiply for another time than on the phase machine"
        else
            [ -s log ] || fail "the dispatcher's own choice is the compiler's: nothing was compared"
        fi
    done
    ;;
a_contraction_that_is_cut)
    # Outside, and why: partial sums go through the L2, and under a graph the kernel that adds them begins when the last one is there. Half the SRAM
    # makes the common tiling cut the contraction of this product, the best one not.
    product 512 1024 2048 --set run.tiling=common --set chip.units.sram="4 MiB"
    between "cut contraction, gpu-today" dynamic.gpu-today 1.02 1.06
    between "cut contraction, gpu-persistent" dynamic.gpu-persistent 0.97 1.03
    within_3_percent 512 1024 2048 --set run.tiling=best --set chip.units.sram="4 MiB"
    ;;
*) fail "no such case" ;;
esac
