#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# files.sh BPSIM CASE CONFIG... - what lies in the folder after a run that went well, failed, or was stopped. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2
configs=()
for f in "${@:3}"; do configs+=("$(realpath "$f")"); done
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
config=${configs[0]}
whole="config.yaml conflicts.csv idle.csv links.csv phases.csv results.json slots.csv summary.csv"
no_leftovers() {
    [ -z "$(find . -name '*.tmp*' -o -name '.bpsim*')" ] || fail "left over: $(find . -name '*.tmp*' -o -name '.bpsim*')"
}

case $name in
same_bytes_twice_and_from_the_effective_configuration)
    for config in "${configs[@]}"; do
        simulate a "$config" --jobs 1
        simulate b "$config" --jobs 6
        diff -r a b >log || fail "$config: two runs differ"
        # In another place, from the folder alone.
        mkdir -p elsewhere
        mv b elsewhere/from
        simulate c elsewhere/from/config.yaml
        diff -r a c >log || fail "$config: the effective configuration gives something else"
        rm -rf a elsewhere c
    done
    no_leftovers
    ;;
stopped_at_any_moment)
    # Enough repeats to be in the middle of something at each of these moments. What was complete is as in a whole run.
    simulate r "$config" --start cold
    set -m # else the shell starts it with SIGINT ignored
    for signal in INT:130 TERM:143; do
        for delay in 0.002 0.03 0.1 0.25; do
            rm -rf stopped
            "$bpsim" run "$config" --start cold --start steady --set run.repeats=1000 --jobs 2 --out stopped --vcd w.vcd >out 2>log &
            pid=$!
            # Signals count from the moment on in which the folder is there: before, nothing can be partial.
            for _ in $(seq 500); do [ -d stopped ] && break; sleep 0.01; done
            sleep $delay
            kill -"${signal%:*}" $pid
            code=0
            wait $pid || code=$?
            same "exit code after SIG${signal%:*}" $code "${signal#*:}"
            same "files" "$(ls stopped | tr '\n' ' ')" "$whole "
            grep -q '^  "interrupted": true,$' stopped/results.json || fail "results are not marked"
            no_leftovers
            awk -F, 'FILENAME ~ /summary/ && $3 == "makespan" { span[$1 "." $2] = $4 }
                FILENAME ~ /idle/ && FNR > 1 { sum[$1 "," $2] += $4 }
                END { for (u in sum) { split(u, p, ","); if (sum[u] != span[p[1]]) print u, sum[u], span[p[1]] } }' \
                stopped/summary.csv stopped/idle.csv >log
            [ ! -s log ] || fail "causes of a part do not sum to its cycles"
            for p in levels barrier list; do
                n=phase.$p.cold
                grep -q "^    \"$n\": {" stopped/results.json && [ "$(field stopped $n interrupted)" = false ] || continue
                same "$n: makespan" "$(field stopped $n makespan_cycles)" "$(field r $n makespan_cycles)"
                same "$n: output checksum" "$(field stopped $n output_checksum)" "$(field r $n output_checksum)"
            done
        done
    done
    ;;
failed_child_is_named_with_its_message)
    # Too little SRAM: each child says which tensor does not fit, exit 3; what all say alike is said once.
    exits 3 run "$config" --set 'chip.units.sram=64 KiB' --out r --quiet
    for p in levels barrier list; do
        for s in cold steady; do says "^phase.$p.$s: (.*sram: .*tensor [a-z0-9.]+ |the same as phase\.)"; done
    done
    same "runs listed as failed" "$(grep -c '"exit_code": 3' r/results.json)" 6
    same "files" "$(ls r | tr '\n' ' ')" "$whole "
    no_leftovers
    ;;
stg_file_travels_with_the_results)
    stg work.stg 3 1 2 -- 1-2 1-3
    config copy 2 2 2 "{ kind: stg, file: work.stg, task_cycles: 100 }" >c.yaml
    simulate a c.yaml
    cmp work.stg a/work.stg || fail "the folder holds another work file"
    mv a kept
    rm work.stg c.yaml
    simulate b kept/config.yaml
    diff -r kept b >log || fail "the folder alone gives something else"
    # The hash in the effective configuration guards the work.
    sed -i 's/^1 3 /1 4 /' kept/work.stg
    exits 2 run kept/config.yaml --out c --quiet
    says 'kept/config.yaml:[0-9]+:[0-9]+: workload.file_sha256: '
    ;;
folder_that_cannot_be_written)
    # At once and with the reason, before anything is simulated; a file of that name is not touched.
    echo mine >taken
    exits 1 run "$config" --out taken --quiet
    says '^taken: '
    same "the file" "$(cat taken)" mine
    exits 1 run "$config" --out taken/below --quiet
    [ "$(id -u)" -ne 0 ] || exit 0 # root may write everywhere
    mkdir locked
    chmod 500 locked
    exits 1 run "$config" --out locked/r --quiet
    exits 1 run "$config" --out locked --quiet
    ;;
*) fail "no such case" ;;
esac
