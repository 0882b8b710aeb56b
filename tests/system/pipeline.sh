#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pipeline.sh BPSIM CASE - stages and micro-batches on both machines. A case is a claim.
#
# Numbers of `config` in lib.sh: a cycle is 1 ns, the launch takes L = 100.
set -eu
bpsim=$(realpath "$1") name=$2
root=$(dirname -- "$(dirname -- "$(dirname -- "$(realpath "$0")")")")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
L=100
ring="{ topology: ring, link: { bandwidth: 64 GB/s, latency: 20 ns } }"
both=(--set "machines.phase.policy=[levels, barrier, list]" --set "machines.dynamic.preset=[gpu-today, gpu-persistent]")

# A layer is a head, then its FFN: 2 tasks of c cycles one after the other, nothing but a dependence between them.
plain() { # plain CHIPS MICRO-BATCHES CYCLES
    config plain 1 1 1 "{ kind: transformer, shape: plain, layers: $1, heads: 1, batch: $2, task_cycles: $3, edge_bytes: 0 B,
        parallel: { tensor: 1, pipeline: $1, micro_batches: $2 } }" "$1 $ring"
}
runs() { sed -n 's/^    "\([a-z]*\.[a-z-]*\.[a-z]*\)": {$/\1/p' r/results.json; }
# all KEY: the one value that all runs have.
all() {
    local values
    values=$(for run in $(runs); do field r "$run" "$1"; done | sort -u)
    same "values of $1" "$(wc -l <<<"$values")" 1 >&2
    echo "$values"
}
tiny() { # tiny DIR ARGS...: four layers on four chips, all machines, both starts
    local out=$1
    shift
    cat >tiny.yaml <<END
include: $root/configs/run/pipeline.yaml
workload: { sequence: 16, d_ff: 64, batch: 4 }
END
    simulate "$out" tiny.yaml "$@"
}

case $name in
balanced_stages_take_m_plus_p_minus_1_times_a_stage)
    # Exactly, whatever the policy: a stage is two tasks of toggle + c, nothing travels.
    for pair in "2 1" "2 3" "3 4" "4 1" "4 2" "4 8"; do
        p=${pair% *} m=${pair#* } c=300
        plain "$p" "$m" $c >c.yaml
        for toggle in 0 3; do
            simulate r c.yaml --start steady --set machines.phase.toggle_cycles=$toggle
            for policy in levels barrier list; do
                same "$policy: $p stages, $m micro-batches" "$(makespan r $policy steady)" $((L + (m + p - 1) * 2 * (toggle + c)))
            done
        done
    done
    ;;
one_micro_batch_overlaps_nothing)
    # The whole batch is one: a stage begins when the one before has done all of it level by level.
    plain 4 4 300 >c.yaml
    simulate r c.yaml --machine phase.levels --start steady --set workload.parallel.micro_batches=1 --set machines.phase.toggle_cycles=0
    same "levels" "$(makespan r levels steady)" $((L + 4 * 4 * 2 * 300))
    ;;
stages_overlap_on_dynamic_machines_too)
    # Long tasks: what launches and signals take is little beside them. The kernels of a chip stand in the order of the micro-batches, each chip
    # has its own. In a persistent kernel the next micro-batch's task may share the lanes with the one that goes first: a stage's first
    # one ends so much later, but in the last stage.
    c=200000
    for pair in "2 4" "4 4"; do
        p=${pair% *} m=${pair#* }
        plain "$p" "$m" $c >c.yaml
        simulate r c.yaml --machine 'dynamic.*' --start steady --set "machines.dynamic.preset=[gpu-today, gpu-persistent]"
        for preset in gpu-today gpu-persistent; do
            span=$(metric r dynamic.$preset steady makespan) ideal=$(((m + p - 1) * 2 * c))
            [ "$span" -ge $ideal ] || fail "$preset: $span cycles are less than the $ideal of the stages"
            [ "$span" -le $((ideal + ideal / 20 + (${#preset} > 9 ? (p - 1) * c : 0))) ] || fail "$preset: $span cycles, the stages take $ideal"
        done
    done
    ;;
results_do_not_depend_on_stages_and_micro_batches)
    # Nor on the machine.
    output=''
    for shape in "1 1 1" "4 1 1" "2 2 1" "1 4 1" "1 4 2" "1 4 4" "2 2 4" "1 1 4"; do
        read -r t p m <<<"$shape"
        tiny r --set workload.parallel.tensor="$t" --set workload.parallel.pipeline="$p" --set workload.parallel.micro_batches="$m"
        v=$(all output_checksum)
        same "$shape: runs" "$(runs | wc -l)" 10
        same "$shape: output_checksum" "$v" "${output:=$v}"
        all work_hash >/dev/null
    done
    ;;
numbers_do_not_depend_on_stages_and_micro_batches)
    # A unit a chip with room for all weights: an operation is one task, whatever runs beside it, so even additions have one order.
    numeric=''
    for shape in "1 1" "1 4" "4 1" "4 2" "4 4"; do
        read -r p m <<<"$shape"
        config one 1 1 1 "{ kind: transformer, preset: tiny, layers: 4, batch: 4, d_ff: 64, parallel: { tensor: 1, pipeline: $p, micro_batches: $m } }" "4 $ring" >c.yaml
        simulate r c.yaml --set "chip.units.sram=8 MiB" --set run.tiling=common "${both[@]}"
        v=$(all numeric_checksum)
        same "$shape: numeric_checksum" "$v" "${numeric:=$v}"
    done
    ;;
memory_gives_weights_once_for_all_micro_batches)
    # A cold dynamic machine reads weights and inputs, each once, however many micro-batches go through a stage: 64 B a read.
    for m in 2 4; do
        tiny r --machine dynamic.gpu-today --start cold --set workload.parallel.micro_batches=$m
        bytes=$((4 * 2 * 64 * (3 * 64 + 64 + 64 + 64) + 4 * 16 * 64 * 2))
        same "$m micro-batches: reads of 64 B" "$(event r dynamic.gpu-today.cold dram_rd)" $((bytes / 64))
    done
    ;;
every_kind_of_work_goes_through_stages)
    for work in "kind: transformer, preset: tiny, batch: 2" "kind: cnn, preset: cnn-small, image: 8, batch: 2" \
        "kind: cnn, preset: lenet-5, batch: 2" "kind: mlp, layers: 3, inputs: 64, hidden: 64, outputs: 10, batch: 8" \
        "kind: transformer, shape: plain, layers: 4, heads: 2, batch: 2" "kind: cnn, shape: plain, layers: 4, branches: 2, batch: 2"; do
        config work 2 2 2 "{ $work, parallel: { tensor: 1, pipeline: 2, micro_batches: 2 } }" "2 $ring" >c.yaml
        simulate r c.yaml "${both[@]}" --cross-check
        all work_hash >/dev/null
        all output_checksum >/dev/null
    done
    for work in "kind: random, nodes: 40, edge_prob: 0.1" "kind: stg, file: w.stg, edge_bytes: 512 B"; do
        stg w.stg 3 1 4 1 5 -- 1-3 2-3 3-4 3-5
        config work 2 2 2 "{ $work, parallel: { tensor: 1, pipeline: 2 } }" "2 $ring" >c.yaml
        simulate r c.yaml "${both[@]}" --cross-check
        all work_hash >/dev/null
        all output_checksum >/dev/null
    done
    ;;
auto_names_its_choice_and_runs_again_to_the_same_bytes)
    # What was tried is told; the effective configuration has the numbers, which give the same files; all machines got them.
    cat >auto.yaml <<END
include: $root/configs/run/pipeline.yaml
workload: { layers: 4, sequence: 16, batch: 8, parallel: { tensor: null, pipeline: null, micro_batches: null, choose: auto } }
END
    exits 0 run auto.yaml --out r --progress none
    grep -E '^parallel: auto: tensor [0-9]+, pipeline [0-9]+, micro_batches [0-9]+: about [0-9]+ cycles' log >tried || fail "does not tell what was tried"
    [ "$(wc -l <tried)" -ge 6 ] || fail "tried $(wc -l <tried)"
    same "taken" "$(grep -c ', taken$' tried)" 1
    best=$(sed 's/.*about \([0-9]*\) cycles.*/\1/' tried | sort -n | head -n 1)
    grep -q "about $best cycles, taken" tried || fail "the least estimate, $best, is not taken"
    all work_hash >/dev/null
    read -r t p m < <(sed -n 's/.*tensor \([0-9]*\), pipeline \([0-9]*\), micro_batches \([0-9]*\): .*taken$/\1 \2 \3/p' tried)
    grep -q "^    tensor: $t\$" r/config.yaml && grep -q "^    pipeline: $p\$" r/config.yaml && grep -q "^    micro_batches: $m\$" r/config.yaml ||
        fail "the effective configuration does not name tensor $t, pipeline $p, micro_batches $m"
    exits 0 run r/config.yaml --out again --quiet
    diff -r r again >log || fail "the effective configuration gives other files"
    # The same by hand, and by the short form.
    exits 0 check auto.yaml --effective
    cp out effective
    cmp effective r/config.yaml >log || fail "check says another configuration"
    exits 0 check "$root/configs/run/pipeline.yaml" --set workload.sequence=16 --set workload.parallel=auto --effective
    grep -q "^    pipeline: $p\$" out || fail "parallel: auto is not the same as choose: auto"
    exits 2 check "$root/configs/run/pipeline.yaml" --set workload.parallel.choose=auto
    says 'pipeline\.yaml:[0-9]+:[0-9]+: workload\.parallel\.pipeline: nothing reads this key here; it is read when workload\.parallel\.choose = given'
    exits 2 check "$root/configs/run/pipeline.yaml" --set workload.parallel=some
    says 'workload\.parallel: is not a map; allowed: a map with choose, tensor, pipeline, micro_batches, collective; or auto'
    ;;
what_cannot_be_a_pipeline_is_refused_with_its_place)
    refuse() { # refuse CODE REGEX WORK
        config bad 2 2 2 "{ $3 }" "4 $ring" >c.yaml
        exits "$1" run c.yaml --out r --quiet
        says "$2"
    }
    tiny="kind: transformer, preset: tiny, layers: 4, batch: 6"
    at='c\.yaml:[0-9]+:[0-9]+: workload\.parallel\.'
    refuse 2 "${at}pipeline: 3 stages of 1 chips are not the chips of the server; allowed: tensor x pipeline = 4" "$tiny, parallel: { tensor: 1, pipeline: 3 }"
    refuse 2 "${at}pipeline: 3 stages of 1 chips are not" "$tiny, parallel: { pipeline: 3 }"
    refuse 2 "${at}pipeline: 5 is more than the chips of the server; allowed: 1\.\.4" "$tiny, parallel: { tensor: 1, pipeline: 5 }"
    refuse 2 "${at}pipeline: 0 is outside 1\.\.256" "$tiny, parallel: { pipeline: 0 }"
    refuse 2 "${at}micro_batches: 0 is outside 1\.\.65536" "$tiny, parallel: { micro_batches: 0 }"
    refuse 2 "${at}micro_batches: 4 cannot share a batch of 6 alike; allowed: a divisor of workload\.batch" "$tiny, parallel: { tensor: 1, pipeline: 4, micro_batches: 4 }"
    refuse 2 "${at}micro_batches: 2: work of kind random has no batch" "kind: random, nodes: 9, edge_prob: 0.5, parallel: { tensor: 2, pipeline: 2, micro_batches: 2 }"
    refuse 2 "${at}pipeline: 4 stages are more than the 2 layers of the work; allowed: 1\.\.2" "kind: transformer, preset: tiny, parallel: { tensor: 1, pipeline: 4 }"
    stg w.stg 3 1 4 -- 1-2 2-3
    refuse 2 "${at}pipeline: 4 stages are more than the 3 operations of the work; allowed: 1\.\.3" "kind: stg, file: w.stg, parallel: { tensor: 1, pipeline: 4 }"
    ;;
*)
    fail "no such case"
    ;;
esac
