#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# same_work.sh BPSIM CASE CONFIG [OPTIONS OF EACH RUN...] - what does not depend on the machine stays the same when the machine changes: the output
# checksum on every network, fabric, degree of tensor parallelism, policy, start and seed. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 config=$(realpath "$3")
always=("${@:4}")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"

all_of() { sed -n 's/^      "'"$1"'": "\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p' r/results.json; }
one_of() { # the value that all six runs share
    local values
    values=$(all_of "$1")
    same "runs with $1" "$(wc -l <<<"$values")" 6
    same "$2: values of $1" "$(sort -u <<<"$values" | wc -l)" 1
    head -n 1 <<<"$values"
}
# stays KEY ARGS... -- : runs, and compares what all runs share with the first server's.
declare -A first=()
stays() {
    local key v what=$1
    shift
    simulate r "$config" "${always[@]}" "$@"
    for key in output_checksum macs_executed; do
        v=$(one_of $key "$what")
        [ -n "${first[$key]:-}" ] || first[$key]=$v
        same "$what: $key" "$v" "${first[$key]}"
    done
}
four=(--set server.chips=4 --set 'server.fabric={ topology: ring, link: { bandwidth: 64 GB/s, latency: 20 ns } }')

case $name in
networks_of_a_chip)
    for noc in mesh torus ring crossbar flattened_butterfly partitioned_crossbar; do stays $noc --set chip.noc.topology=$noc; done
    stays fat_tree --set chip.noc.topology=fat_tree --set chip.noc.concentration=2
    stays "two units at a router" --set chip.noc.topology=mesh --set chip.noc.concentration=2
    ;;
fabrics_and_chips)
    stays "1 chip" --set server.chips=1 --set server.fabric=null
    for chips in 2 3 4; do
        for fabric in ring fully-connected; do
            stays "$chips chips, $fabric" --set server.chips=$chips \
                --set "server.fabric={ topology: $fabric, link: { bandwidth: 50 GB/s, latency: 35 ns } }"
        done
    done
    for fabric in "4 torus2d" "6 torus2d" "8 torus3d" "6 dragonfly" "8 dragonfly, group: 2" "3 switch" "6 switch, leaf: 2, planes: 2"; do
        stays "$fabric" --set "server.chips=${fabric%% *}" \
            --set "server.fabric={ topology: ${fabric#* }, link: { bandwidth: 50 GB/s, latency: 35 ns } }"
    done
    ;;
tensor_parallel)
    for degree in 1 2 4; do
        for collective in ring one-shot two-step tree; do
            stays "tensor $degree, $collective" "${four[@]}" --set workload.parallel.tensor=$degree --set workload.parallel.collective=$collective
        done
    done
    ;;
sizes_of_units)
    stays "as it is"
    stays "other engine" --set 'chip.units={ rows: 2, cols: 3, engine: { m: 4, n: 16, k: 2 }, vector_lanes: 8, sram: 512 KiB }'
    stays "other flits" --set chip.noc.flit='32 B'
    stays "slow clock" --set 'chip.clock=300 MHz' --set chip.memory.timing=hbm3 # several bursts per cycle
    stays "other memory" --set chip.memory.timing=hbm3 --set chip.memory.channels=3
    ;;
seed_changes_numbers_only)
    # The seed draws the numbers that are added; time, traffic and identities do not depend on it.
    stays "seed 1" --set run.seed=1 --set run.tiling=common
    n=$(one_of numeric_checksum "seed 1")
    mv r one
    stays "seed 2" --set run.seed=2 --set run.tiling=common
    [ "$n" != "$(one_of numeric_checksum "seed 2")" ] || fail "another seed gives the same numbers"
    for f in summary idle links phases conflicts; do
        cmp "one/$f.csv" "r/$f.csv" || fail "$f.csv depends on the seed"
    done
    ;;
numbers_depend_on_the_tiling_only)
    # One tiling: the sums are made in the same order on every network, whatever the policy and the start.
    for noc in mesh ring crossbar; do
        stays $noc "${four[@]}" --set chip.noc.topology=$noc --set run.tiling=common
        n=$(one_of numeric_checksum $noc) t=$(one_of tasks_hash $noc)
        [ -n "${hash:-}" ] || hash=$t numbers=$n
        same "$noc: tasks_hash" "$t" "$hash"
        same "$noc: numeric_checksum" "$n" "$numbers"
    done
    ;;
*) fail "no such case" ;;
esac
