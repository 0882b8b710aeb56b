#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bpsim steps and bpsim graph as a user calls them: files, figures, exit codes.
# usage: graph_commands.sh BPSIM SOURCE_DIR
set -u
bpsim=$1
source=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
say() { echo "$1"; failed=1; }

# The files of the study, byte for byte.
for seed in 1 42; do
    "$bpsim" steps random --nodes 120 --edge-prob 0.04 --seed $seed --csv "$scratch/a/$seed" >"$scratch/out" || say "steps --csv: exit $?"
    for file in results_steps.csv results_summary.csv table_results_bw.csv table_results_bw.tex; do
        cmp "$scratch/a/$seed/$file" "$source/tests/validation/seed_python/own_csv/n120_p0.04_s$seed.$file" || say "seed $seed: $file differs"
    done
done

holds() { grep -qF -- "$2" <<<"$1" || say "$3: no $2"; }
json=$("$bpsim" steps random --nodes 50 --edge-prob 0.05 --seed 42 --json)
holds "$json" '"next_random": 0.30958188741596093' 'steps random'
holds "$json" '193db6116ef0d483d470203b7de45148314fe3eff8b2648b70fb103575581ff7' 'steps random'
json=$("$bpsim" steps random --nodes 50 --edge-prob 0.05 --seed 42 --json --equal)
holds "$json" '"steps": [8, 8, 6, 8, 7, 6, 6, 1]' 'steps --equal'
json=$("$bpsim" steps transformer --layers 12 --heads 8 --seed 601 --json)
holds "$json" '"next_random": 0.7476398910044246' 'steps transformer'
json=$("$bpsim" steps cnn --layers 10 --branches 4 --seed 621 --json)
holds "$json" '1041632e4719112e69773301bc26777d9b9ce08a5a94ee429af847c204b470af' 'steps cnn'

# The sign of a seed changes nothing, however it is given.
three=$("$bpsim" steps random --seed 3 --json)
[ "$three" = "$("$bpsim" steps random --seed -3 --json)" ] || say "--seed -3 differs from --seed 3"
[ "$three" = "$("$bpsim" steps random --seed=-3 --json)" ] || say "--seed=-3 differs from --seed 3"

json=$("$bpsim" graph transformer --preset gpt2-small --layers 1 --sequence 128 --dtype fp16 --json)
holds "$json" '"macs": 931135488' 'graph transformer'
holds "$json" '"weight_bytes": 14155776' 'graph transformer'
json=$("$bpsim" graph stg --file "$source/tests/unit/graph/stg/plain.stg" --json)
holds "$json" '"critical_path": 11' 'graph stg'
[ "$json" = "$("$bpsim" graph stg "$source/tests/unit/graph/stg/plain.stg" --json)" ] || say "graph stg FILE differs from --file FILE"
[ "$("$bpsim" graph random --nodes 50 --edge-prob 0.05 --seed 42 --edges | sha256sum | cut -c1-64)" = \
    193db6116ef0d483d470203b7de45148314fe3eff8b2648b70fb103575581ff7 ] || say "graph --edges differs from the list of the steps"

# Wrong options: exit 2, a message on stderr that names the matter, nothing on stdout.
refused() {
    local text=$1 out code
    shift
    out=$("$bpsim" "$@" 2>"$scratch/err")
    code=$?
    [ $code = 2 ] && [ -z "$out" ] && grep -qF -- "$text" "$scratch/err" || say "$*: exit $code, $(cat "$scratch/err")"
}
refused '--nodes' steps random --nodes 0
refused 'did you mean --nodes?' steps random --nodse 5
refused 'did you mean random?' steps randm
refused '--edge-prob' steps random --edge-prob 1.5
refused '--heads' steps random --heads 3
refused '--max-parallel' steps random --max-parallel 0
refused '--seed' steps random --seed 1.5
refused 'did you mean gpt2-small?' graph transformer --preset gpt2-smal
refused '--nodes' graph transformer --nodes 5
refused '7 heads' graph transformer --heads 7
printf '3\n1 1 0\n2 1 1 3\n3 1 1 2\n' >"$scratch/cycle.stg"
refused 'cycle.stg:3:1: the graph has a cycle of 2 ops: t2 -> t3 -> t2' graph stg --file "$scratch/cycle.stg"
: >"$scratch/file"
"$bpsim" steps random --csv "$scratch/file/x" >/dev/null 2>&1 && say "a folder that cannot be made is no failure"
exit $failed
