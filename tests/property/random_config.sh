#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# random_config.sh SEED FOLDER - a small random server with random work: config.yaml in FOLDER, and graph.stg where the work is a
# task graph from a file. The same seed gives the same text.
# Numbers are hashes of (seed, how many were drawn before): the finaliser of MurmurHash3, so no tool of the host decides.
set -eu
seed=$1
cd "$2"
drawn=0
draw() { # draw BOUND -> sets r to 0..BOUND-1
    local h=$(((seed * 2654435761 + ++drawn * 2246822519) & 0xffffffff))
    h=$(((h ^ h >> 16) * 2246822507 & 0xffffffff))
    h=$(((h ^ h >> 13) * 3266489909 & 0xffffffff))
    r=$(((h ^ h >> 16) % $1))
}
pick() { # pick WORDS... -> sets w
    draw $#
    shift "$r"
    w=$1
}

# stg_file N PERCENT: N tasks; each pair is joined with this probability, towards the later one.
stg_file() {
    local n=$1 i j preds
    {
        echo "$n"
        echo "0 0 0"
        for i in $(seq "$n"); do
            preds=
            for j in $(seq $((i - 1))); do
                draw 100
                [ "$r" -ge "$2" ] || preds+=" $j"
            done
            [ -n "$preds" ] || preds=" 0"
            draw 9
            echo "$i $r $(wc -w <<<"$preds")$preds"
        done
        echo "$((n + 1)) 0 $n $(seq -s ' ' "$n")"
    } >graph.stg
}

exec >config.yaml
pick 1 2 3 4 4 6 8; chips=$w
pick 1 2 3 4; rows=$w
pick 1 2 3 4; cols=$w
pick mesh torus ring crossbar flattened_butterfly fat_tree partitioned_crossbar; noc=$w
units=$((rows * cols)) concentration=1
case $noc in
    fat_tree) # a power of two or three levels, else all units at one router
        case $units in 1) noc=crossbar ;; 4 | 8 | 16) concentration=2 ;; 9) concentration=3 ;; *) concentration=$units ;; esac ;;
    partitioned_crossbar) [ "$units" -gt 1 ] || noc=crossbar ;;
    crossbar) ;;
    *) pick 1 2; [ $((cols % w)) -gt 0 ] || concentration=$w ;;
esac
pick 32 64 128; flit=$w
pick 1 2 4 8; channels=$w
pick hbm2e "hbm2e 512" "hbm2 320" "hbm3 512"; read -r timing tenths <<<"$w" # GB/s of a channel; the first: auto
bandwidth=auto
[ -z "$tenths" ] || bandwidth="$((channels * tenths / 10)).$((channels * tenths % 10)) GB/s"
pick "16 8 8" "8 8 4" "4 4 4"; read -r m n k <<<"$w"
pick 128 256 512; sram=$w
pick 0 1 3; toggle=$w
echo "version: 1"
echo "name: random-$1"
echo "server:"
echo "  chips: $chips"
if [ "$chips" -gt 1 ]; then
    case $chips in
        4) pick ring fully-connected torus2d dragonfly "switch, planes: 2" "switch, leaf: 2" ;;
        6) pick ring torus2d dragonfly "switch, leaf: 3, spines: 2" ;;
        8) pick "torus2d, rows: 4" torus2d torus3d dragonfly ;;
        *) pick ring fully-connected switch ;;
    esac
    fabric=$w
    pick 37 100 300; gbs=$w
    pick 20 150 500; ns=$w
    echo "  fabric: { topology: $fabric, link: { bandwidth: $gbs GB/s, latency: $ns ns } }"
fi
echo "chip:"
echo "  clock: 1.755 GHz"
echo "  units: { rows: $rows, cols: $cols, macs_per_cycle: $((m * n * k)), engine: { m: $m, n: $n, k: $k }, vector_lanes: 64, sram: $sram KiB, sram_read: 256 B, sram_write: 128 B }"
echo "  noc: { topology: $noc, concentration: $concentration, flit: $flit B }"
echo "  memory: { channels: $channels, bandwidth: $bandwidth, timing: $timing, staging: 4 KiB }"
echo "machines:"
echo "  phase: { policy: [levels, barrier, list], toggle_cycles: $toggle, compile: { max_burst: 1 KiB } }"
draw "$((chips < 4 ? chips : 4))"; tensor=$((r + 1))
pick random random transformer mlp cnn stg; kind=$w
case $kind in
    random)
        draw 48; nodes=$((r + 2))
        pick 0.02 0.08 0.2 0.5; p=$w
        pick 10 100 1000; cycles=$w
        pick 64 1000 5000; bytes=$w
        echo "workload: { kind: random, nodes: $nodes, edge_prob: $p, seed: $1, task_cycles: $cycles, edge_bytes: $bytes B }" ;;
    transformer)
        pick 2 3 4; heads=$w
        [ "$tensor" -le "$heads" ] || tensor=$heads
        pick 8 16; per=$w
        pick 5 16 33; seq=$w
        draw 100; ff=$((heads * per + r))
        echo "workload: { kind: transformer, layers: 1, heads: $heads, d_model: $((heads * per)), d_ff: $ff, sequence: $seq, dtype: fp16, parallel: { tensor: $tensor } }" ;;
    mlp)
        pick 1 2 3; layers=$w
        draw 120; inputs=$((r + 9))
        draw 150; hidden=$((r + 11))
        pick 1 7 32; batch=$w
        [ "$tensor" -le "$hidden" ] || tensor=1
        echo "workload: { kind: mlp, layers: $layers, inputs: $inputs, hidden: $hidden, outputs: 10, batch: $batch, dtype: fp16, parallel: { tensor: $tensor } }" ;;
    cnn)
        pick 2 3 4; layers=$w
        pick 1 2; branches=$w
        pick 3 5 6; image=$w
        pick 1 3; kernel=$w
        draw 8; maps=$((r + 2))
        pick 1 2; batch=$w
        echo "workload: { kind: cnn, layers: $layers, branches: $branches, image: $image, in_channels: 3, channels: $maps, kernel: $kernel, classes: 10, batch: $batch, dtype: fp16 }" ;;
    stg)
        draw 30; nodes=$((r + 2))
        pick 3 10 30; percent=$w
        pick 1 20 200; cycles=$w
        pick 0 64 1000 5000; bytes=$w
        stg_file "$nodes" "$percent"
        echo "workload: { kind: stg, file: graph.stg, task_cycles: $cycles, edge_bytes: $bytes B }" ;;
esac
pick best best common; tiling=$w
echo "run: { start: [cold, steady], repeats: 3, launch: 100 ns, tiling: $tiling, seed: $1 }"
