#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dynamic.sh BPSIM CASE SOURCE - the dynamic machine as a whole beside the phase machine. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 source=$(realpath "$3")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
both=(--set 'machines.dynamic.preset=[gpu-today, gpu-persistent]' --set 'machines.phase.policy=[levels, barrier, list]')
four=(--set server.chips=4 --set 'server.fabric={ topology: ring, link: { bandwidth: 64 GB/s, latency: 20 ns } }')
full=(--set server.chips=4 --set 'server.fabric={ topology: fully-connected, link: { bandwidth: 64 GB/s, latency: 20 ns } }')

# all_of KEY: its values, one line per run.
all_of() { sed -n 's/^      "'"$1"'": "\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p' r/results.json; }
# one_of KEY N WHAT: the value that all N runs share.
one_of() {
    local values
    values=$(all_of "$1")
    same "$3: runs with $1" "$(wc -l <<<"$values")" "$2"
    same "$3: values of $1" "$(sort -u <<<"$values" | wc -l)" 1
    head -n 1 <<<"$values"
}
# Both machines, cold and steady, do the same work to the same result; bpsim itself checks all laws and sums.
agree() { # agree WHAT ARGS...
    local what=$1
    shift
    simulate r "$@" "${both[@]}" --machine phase.list --machine dynamic
    for key in output_checksum work_hash macs_executed; do one_of $key 6 "$what" >"$key"; done
    [ "$(cat output_checksum)" != 0000000000000000 ] || fail "$what: no outputs"
}

case $name in
tensor_parallel)
    sum=
    for degree in 1 2 4; do
        for collective in ring one-shot; do
            for fabric in four full; do
                machine=("${four[@]}")
                [ $fabric = four ] || machine=("${full[@]}")
                agree "tensor $degree, $collective, $fabric" "$source/configs/run/tiny.yaml" "${machine[@]}" --start steady --start cold \
                    --set workload.parallel.tensor=$degree --set workload.parallel.collective=$collective
                sum=${sum:-$(cat output_checksum)}
                same "tensor $degree: output checksum" "$(cat output_checksum)" "$sum"
            done
        done
    done
    ;;
chips_and_fabrics)
    # Rings and full fabrics of 2 to 5 chips: datelines, ports, ways of two lengths.
    for chips in 2 3 4 5; do
        for fabric in ring fully-connected; do
            for protocol in vi mesi; do
                agree "$chips chips, $fabric, $protocol" "$source/configs/run/random.yaml" --set server.chips=$chips --set machines.dynamic.protocol=$protocol \
                    --set "server.fabric={ topology: $fabric, link: { bandwidth: 50 GB/s, latency: 35 ns } }"
            done
        done
    done
    ;;
tiling_common_is_one_tiling)
    # `common`: every machine cuts the work alike, so even the numbers agree where one chip adds up.
    simulate r "$source/configs/run/tiny.yaml" "${both[@]}" --set run.tiling=common
    one_of tasks_hash 10 common >/dev/null
    one_of numeric_checksum 10 common >/dev/null
    ;;
refresh_and_seed_change_no_result)
    # The seed sets the phase of refreshes: cycles may differ, the work not.
    for seed in 1 2 3; do
        agree "seed $seed" "$source/configs/run/tiny2.yaml" --set run.seed=$seed
        [ -z "${sum:-}" ] || same "output checksum" "$(cat output_checksum)" "$sum"
        sum=$(cat output_checksum)
    done
    ;;
interrupted_run_is_marked)
    set -m
    for signal in INT:130 TERM:143; do
        rm -rf stopped
        "$bpsim" run "$source/configs/run/tiny2.yaml" --machine dynamic "${both[@]}" --set run.repeats=1000 --start steady --jobs 2 --out stopped \
            --progress=none >out 2>log &
        pid=$!
        for _ in $(seq 500); do [ -d stopped ] && break; sleep 0.01; done
        sleep 0.4
        kill -"${signal%:*}" $pid
        code=0
        wait $pid || code=$?
        same "exit code after SIG${signal%:*}" $code "${signal#*:}"
        grep -q '^  "interrupted": true,$' stopped/results.json || fail "results are not marked"
        awk -F, 'FILENAME ~ /summary/ && $3 == "makespan" { span[$1 "." $2] = $4 }
            FILENAME ~ /idle/ && FNR > 1 { sum[$1 "," $2] += $4 }
            END { for (u in sum) { split(u, p, ","); if (sum[u] != span[p[1]]) print u, sum[u], span[p[1]] } }' stopped/summary.csv stopped/idle.csv >log
        [ ! -s log ] || fail "causes of a part do not sum to its cycles"
    done
    ;;
killed_child_is_named)
    "$bpsim" run "$source/configs/run/tiny2.yaml" --machine dynamic.gpu-today "${both[@]}" --set run.repeats=1000 --start steady --jobs 1 --out stopped \
        --progress=none >out 2>log &
    pid=$!
    child=
    for _ in $(seq 500); do
        # grep goes on where a process that it looks at ends meanwhile.
        child=$(grep -l "^PPid:[[:space:]]*$pid\$" /proc/[0-9]*/status 2>/dev/null | head -n 1 | cut -d / -f 3) || true
        [ -z "$child" ] || break
        sleep 0.01
    done
    [ -n "$child" ] || fail "no child process"
    kill -KILL "$child"
    code=0
    wait $pid || code=$?
    same "exit code" $code 137
    says 'dynamic.gpu-today.steady failed with exit code 137'
    ;;
*) fail "no such case" ;;
esac
