#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# checksums.sh BPSIM SOURCE - checksums and hashes of whole runs, computed again from docs/formats/checksums.md and
# docs/formats/work.md alone, in the 64-bit arithmetic of the shell.
set -eu
bpsim=$(realpath "$1") name=checksums
# shellcheck source=tests/system/lib.sh
. "$(realpath "$2")/tests/system/lib.sh"

mix64() {
    local x=$(($1 + 0x9e3779b97f4a7c15 * ($2 + 1)))
    x=$(((x ^ (x >> 30 & 0x3ffffffff)) * 0xbf58476d1ce4e5b9))
    x=$(((x ^ (x >> 27 & 0x1fffffffff)) * 0x94d049bb133111eb))
    echo $((x ^ (x >> 31 & 0x1ffffffff)))
}
fold() { # fold OP C...: c of an op's tensor from those of its operands
    local c=$1
    shift
    for operand; do c=$(mix64 "$c" "$operand"); done
    echo "$c"
}
hex() { printf '%016x' "$1"; }
# Bits of the float n / 2^24, n < 2^25, rounded to nearest, ties to even.
float_bits() {
    local n=$1 e=0
    if ((n > 1 << 24 && (n & 1))); then n=$((n & 2 ? n + 1 : n - 1)); fi
    while ((n >> (e + 1) > 0)); do e=$((e + 1)); done
    local m=$((e <= 23 ? n << (23 - e) : n >> (e - 23)))
    echo $(((e - 24 + 127) << 23 | (m & 0x7fffff)))
}
draw() { echo $((($(mix64 "$(mix64 "$1" "$2")" "$3") >> 40 & 0xffffff) + 1)); } # SEED OP STEP -> n of n / 2^24

# The published values of mix64 and of floats.
same "mix64(0, 0)" "$(hex "$(mix64 0 0)")" e220a8397b1dcdaf
same "mix64(0, 1)" "$(hex "$(mix64 0 1)")" 6e789e6aa1b965f4
same "mix64(1, 0)" "$(hex "$(mix64 1 0)")" 910a2dec89025cc1
same "mix64(0x0123456789abcdef, 42)" "$(hex "$(mix64 0x0123456789abcdef 42)")" 537a638df1af2be9
same "1.0" "$(float_bits $((1 << 24)))" $((0x3f800000))
same "0.5" "$(float_bits $((1 << 23)))" $((0x3f000000))
same "1.5" "$(float_bits $((3 << 23)))" $((0x3fc00000))

# A diamond of generic ops: op v is task v + 1; operands in the order of the file. Outputs: the last op's 320 bytes.
stg diamond.stg 1 1 1 1 -- 1-2 1-3 2-4 3-4
config diamond 2 2 2 "{ kind: stg, file: diamond.stg, task_cycles: 50, edge_bytes: 320 B }" >c.yaml
simulate r c.yaml
c0=$(fold 0) c1=$(fold 1 "$(fold 0)") c2=$(fold 2 "$(fold 0)")
want=$(hex $((320 * $(fold 3 "$c1" "$c2"))))
[ "$c0" = 0 ] || fail "c of an op without operands is its id"
for p in levels barrier list; do
    for s in cold steady; do same "phase.$p.$s: output checksum of the diamond" "$(field r phase.$p.$s output_checksum)" "$want"; done
done

# Two layers: tensors x 0, sum 1, weight 2, relu 3, output 4 (8 x 8 elements of 2 bytes), weight 5; ops matmul 0, relu 1,
# matmul 2. One task each. K of the first is 128: two steps of 64; of the second 8: one step.
config perceptron 1 1 1 "{ kind: mlp, layers: 2, inputs: 128, hidden: 8, outputs: 8, batch: 8 }" >c.yaml
for seed in 1 7; do
    simulate r c.yaml --set run.seed=$seed
    same "tasks" "$(event r phase.list.cold tasks)" 3
    sum=$(fold 0 "$(mix64 0 0)" "$(mix64 2 0)")
    c=$(fold 2 "$(fold 1 "$sum")" "$(mix64 5 0)")
    first=$(float_bits $(($(draw $seed 0 0) + $(draw $seed 0 1))))
    second=$(float_bits "$(draw $seed 2 0)")
    numbers=$(hex $(($(mix64 0 "$first") + $(mix64 2 "$second"))))
    for p in levels barrier list; do
        for s in cold steady; do
            same "phase.$p.$s: output checksum" "$(field r phase.$p.$s output_checksum)" "$(hex $((128 * c)))"
            same "phase.$p.$s: numeric checksum, seed $seed" "$(field r phase.$p.$s numeric_checksum)" "$numbers"
        done
    done
done

# work_hash: the canonical text, written by hand.
cat >text <<'END'
bpsim-work 1
tensors 6
tensor 0 input 8 128 2 0
tensor 1 activation 8 8 2 0
tensor 2 weight 128 8 2 0
tensor 3 activation 8 8 2 0
tensor 4 activation 8 8 2 1
tensor 5 weight 8 8 2 0
ops 3
op 0 matmul 8 8 128 64 0 1
split columns 0 1 0
operand 0 0 128 a
operand 2 0 8 b
op 1 relu 8 8 0 64 0 3
split columns 0 1 0
operand 1 0 8 element
op 2 matmul 8 8 8 0 0 4
split k 0 1 0
operand 3 0 8 a
operand 5 0 8 b
parallel 1
END
same "work_hash" "$(field r phase.list.cold work_hash)" "$(sha256sum text | cut -c1-64)"
# config_hash: of the effective configuration, byte for byte.
same "config_hash" "$(scalar r/results.json config_hash)" "$(sha256sum r/config.yaml | cut -c1-64)"

# Sums over leaves: K of the second layer is 1,024, so each of four chips holds four steps. Each chip wants its two rows: four sums, of two leaves
# (or of one switch, in chip order). The first layer has a task per chip, of one step.
add() { # N M: n / 2^24 + m / 2^24, rounded to 24 bits, ties to even; -> sum
    local n=$(($1 + $2)) e=0
    while ((n >> (e + 1) > 0)); do e=$((e + 1)); done
    if ((e > 23)); then
        local shift=$((e - 23)) rest
        rest=$((n & ((1 << shift) - 1)))
        n=$((n >> shift))
        if ((2 * rest > 1 << shift || (2 * rest == 1 << shift && (n & 1)))); then n=$((n + 1)); fi
        n=$((n << shift))
    fi
    echo "$n"
}
cat >leaves.yaml <<'END'
version: 1
server: { chips: 4, fabric: { topology: switch, leaf: 2, spines: 2, adders: 8, link: { bandwidth: 100 GB/s, latency: 100 ns } } }
chip: { clock: 1 GHz, units: { rows: 1, cols: 1, sram: 1 MiB }, memory: { channels: 1, timing: hbm2 } }
workload: { kind: mlp, layers: 2, inputs: 64, hidden: 1024, outputs: 8, batch: 8, parallel: { tensor: 4, collective: in-switch } }
run: { launch: 100 ns }
END
differs=0
for seed in 1 2 3 4 5 6; do
    p=()
    for chip in 0 1 2 3; do
        n=0
        for step in 0 1 2 3; do n=$(add "$n" "$(draw $seed 2 $((4 * chip + step)))"); done
        p+=("$n")
    done
    leaves=$(add "$(add "${p[0]}" "${p[1]}")" "$(add "${p[2]}" "${p[3]}")")
    chips=$(add "$(add "$(add "${p[0]}" "${p[1]}")" "${p[2]}")" "${p[3]}")
    [ "$leaves" = "$chips" ] || differs=$((differs + 1))
    for leaf in 2 4; do
        simulate r leaves.yaml --machine phase.list --start steady --set run.seed=$seed --set server.fabric.leaf=$leaf \
            --set server.fabric.spines="$([ $leaf = 2 ] && echo 2 || echo auto)"
        same "tasks of units" "$(event r phase.list.steady tasks)" 12
        same "sums in switches" "$(event r phase.list.steady switch_sums)" $((leaf == 2 ? 12 : 4))
        sum=$([ $leaf = 2 ] && echo "$leaves" || echo "$chips")
        same "leaf $leaf: numeric checksum, seed $seed" "$(field r phase.list.steady numeric_checksum)" \
            "$(hex $((4 * $(mix64 0 "$(float_bits "$(draw $seed 0 0)")") + 4 * $(mix64 3 "$(float_bits "$sum")"))))"
    done
done
[ $differs -gt 0 ] || fail "the order of additions is not seen in any of six seeds"
