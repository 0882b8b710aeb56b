#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# random_machines.sh BPSIM FIRST LAST [PROTOCOL...] - random work on random servers (random_config.sh), on the phase machine and on
# dynamic machines with random parameters, both presets, cold and steady; links with and without codes, bit errors, and ways by third chips; routes of chips fixed, with detours or by credits.
#
# What must hold each time: no stale read, no deadlock, every law (bpsim checks them and aborts otherwise), all work done, nothing
# below the lower bound, the output checksum of the phase machine, and the same bytes awake and in another order. A server too small for its work may be refused (exit 3),
# but only with the name of what does not fit, and not often.
set -eu
bpsim=$1
here=$(cd -- "$(dirname -- "$0")" && pwd)
first=$2 last=$3
shift 3
protocols=("$@")
[ $# -gt 0 ] || protocols=(vi mesi)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
ran=0 refused=0 third=0
fail() { echo "seed $seed: $1"; cat "$dir/config.yaml"; echo "${sets[*]}"; head -n 40 "$dir/log"; exit 1; }

drawn=0
pick() { # pick WORDS... -> sets w; as in random_config.sh, another stream
    local h=$(((seed * 2246822519 + ++drawn * 2654435761) & 0xffffffff))
    h=$(((h ^ h >> 16) * 2246822507 & 0xffffffff))
    h=$(((h ^ h >> 13) * 3266489909 & 0xffffffff))
    shift $(((h ^ h >> 16) % $#))
    w=$1
}
# set_to KEY WORDS...: one of the words for a key of machines.dynamic.
set_to() {
    local key=$1
    shift
    pick "$@"
    sets+=(--set "machines.dynamic.$key=$w")
}

for seed in $(seq "$first" "$last"); do
    drawn=0 sets=(--set 'machines.dynamic.preset=[gpu-today, gpu-persistent]' --set machines.phase.policy=list)
    set_to protocol "${protocols[@]}"
    "$here/random_config.sh" "$seed" "$dir"
    pick crossbar mesh torus ring flattened_butterfly partitioned_crossbar "$(sed -nE 's/.*noc: \{ topology: ([a-z_]+).*/\1/p' "$dir/config.yaml")"
    [ "$w" != partitioned_crossbar ] || ! grep -q 'rows: 1, cols: 1,' "$dir/config.yaml" || w=crossbar
    sets+=(--set "machines.dynamic.topology=$w")
    pick 12 16
    sets+=(--set "chip.noc.router.vcs=$w") # mesi on a torus of several chips needs twelve
    set_to kernel_launch '0 s' '50 ns' '500 ns'
    set_to cta_rate 1 2
    set_to cta_start 0 7 300
    set_to dram_queue 2 16 64
    set_to link_queue auto 1 5
    set_to sm.scheduler lrr gto gty
    set_to sm.subcores 1 2 4
    set_to sm.warps_per_cta 1 4 8
    set_to sm.cta_slots 1 2 4
    set_to sm.stages 2 3 4
    set_to sm.max_writes 4 256
    set_to sm.poll_interval 1 30 100
    set_to l1.mshrs 4 32 256
    set_to l1.mshr_targets 1 8
    set_to l2.mshrs 1 8 128
    set_to l2.mshr_targets 1 8
    set_to l2.queue 2 64
    set_to l2.latency 1 20 140
    if grep -q 'fabric: {' "$dir/config.yaml"; then # bursts are up to 4 KiB: some must come through
        pick 'none 0' 'none 1e-6' 'none 2e-6' 'kr4 2e-4' 'kp4 0' 'kp4 1e-3' 'pcie6 4e-5' 'pcie6 2e-4'
        sets+=(--set "server.fabric.link.fec=${w% *}" --set "server.fabric.link.bit_error_rate=${w#* }"
            --set machines.phase.on_violation=stall)
        [ "${w#* }" = 0 ] || set_to link_replay auto '256 B' '8 KiB'
        pick minimal valiant adaptive
        ways=(--set "server.fabric.routing=$w")
        [ "$w" != adaptive ] || ways+=(--set server.fabric.link_cost="$((seed % 3 * 500)) B")
        if [ "$w" != minimal ] && "$bpsim" check "$dir/config.yaml" "${sets[@]}" "${ways[@]}" >/dev/null 2>&1; then # there are third chips
            sets+=("${ways[@]}")
            third=$((third + 1))
        fi
    fi
    pick fixed fixed valiant adaptive
    ways=(--set "chip.noc.router.$w=true")
    if [ "$w" != fixed ] && "$bpsim" check "$dir/config.yaml" "${sets[@]}" "${ways[@]}" >/dev/null 2>&1; then # the network has them, and channels
        sets+=("${ways[@]}")
    fi
    rm -rf "$dir/out"
    code=0
    timeout 100 "$bpsim" run "$dir/config.yaml" "${sets[@]}" --machine phase.list --machine dynamic --out "$dir/out" --jobs 1 --progress=none \
        >"$dir/log" 2>&1 || code=$?
    if [ "$code" -eq 3 ]; then
        grep -qE 'sram|staging|l2|shared|registers' "$dir/log" || fail "refused without saying what does not fit"
        refused=$((refused + 1))
        continue
    fi
    [ "$code" -eq 0 ] || fail "exit $code"
    for key in output_checksum work_hash macs_executed; do
        [ "$(grep -c "\"$key\"" "$dir/out/results.json")" -eq 6 ] || fail "not six runs"
        [ "$(grep -o "\"$key\": [^,]*" "$dir/out/results.json" | sort -u | wc -l)" -eq 1 ] || fail "$key differs"
    done
    awk -F, '$3 == "makespan" { m[$1 $2] = $4 } $3 == "lower_bound" { b[$1 $2] = $4 }
             END { for (k in m) if (m[k] + 0 < b[k] + 0 || m[k] == 0) { print k, m[k], b[k]; exit 1 } }' "$dir/out/summary.csv" ||
        fail "below the lower bound"
    # Awake in every cycle and in another order: the same bytes.
    "$bpsim" run "$dir/config.yaml" "${sets[@]}" --machine phase.list --machine dynamic --out "$dir/again" --jobs 1 --progress=none \
        --debug-no-sleep --debug-shuffle "$seed" >"$dir/log" 2>&1 || fail "fails when it does not sleep"
    diff -r "$dir/out" "$dir/again" >"$dir/log" || fail "sleeping or order makes a difference"
    rm -rf "$dir/again"
    ran=$((ran + 1))
done
echo "$ran servers ran, $refused refused; $third with ways by third chips"
[ "$third" -ge $(((last - first + 1) / 10)) ] || { echo "too few with ways by third chips"; exit 1; }
[ "$ran" -ge $((3 * refused)) ] || { echo "too many servers refused"; exit 1; }
