#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# random_config.sh SEED - prints a small random server with random work; the same seed gives the same text.
# Numbers are hashes of (seed, how many were drawn before): the finaliser of MurmurHash3, so no tool of the host decides.
set -eu
seed=$1
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

pick 1 2 3 4; chips=$w
pick 1 2 3 4; rows=$w
pick 1 2 3 4; cols=$w
pick mesh torus ring crossbar; noc=$w
pick 32 64 128; flit=$w
pick 1 2 4 8; channels=$w
bandwidth=$((channels * 512))
pick "16 8 8" "8 8 4" "4 4 4"; read -r m n k <<<"$w"
pick 128 256 512; sram=$w
pick 0 1 3; toggle=$w
echo "version: 1"
echo "name: random-$1"
echo "server:"
echo "  chips: $chips"
if [ "$chips" -gt 1 ]; then
    pick ring fully-connected; fabric=$w
    pick 37 100 300; gbs=$w
    pick 20 150 500; ns=$w
    echo "  fabric: { topology: $fabric, link: { bandwidth: $gbs GB/s, latency: $ns ns } }"
fi
echo "chip:"
echo "  clock: 1.755 GHz"
echo "  units: { rows: $rows, cols: $cols, macs_per_cycle: $((m * n * k)), engine: { m: $m, n: $n, k: $k }, vector_lanes: 64, sram: $sram KiB, sram_read: 256 B, sram_write: 128 B }"
echo "  noc: { topology: $noc, flit: $flit B }"
echo "  memory: { channels: $channels, bandwidth: $((bandwidth / 10)).$((bandwidth % 10)) GB/s, timing: hbm2e, staging: 4 KiB }"
echo "machines:"
echo "  phase: { policy: [levels, barrier, list], toggle_cycles: $toggle, compile: { max_burst: 1 KiB } }"
draw "$chips"; tensor=$((r + 1))
pick random random transformer mlp; kind=$w
case $kind in
    random)
        draw 60; nodes=$((r + 2))
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
esac
echo "run: { start: [cold, steady], repeats: 3, launch: 100 ns, seed: $1 }"
