#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# spill.sh BPSIM CASE [EDIT] - works whose activations do not fit into SRAM: what is wanted last is written to HBM and read
# again, as the schedule says and with the same results as in a larger SRAM. EDIT is the program made of edit_schedule.c.
# A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 edit=${3:-}
[ -z "$edit" ] || edit=$(realpath "$edit")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"

# hourglass: each of eight tasks on the way down is read by the next one and by its opposite on the way up.
hourglass() {
    local i edges=()
    for i in 1 2 3 4 5 6 7; do edges+=("$i-$((i + 1))" "$((8 + i))-$((9 + i))" "$((8 - i))-$((9 + i))"); done
    # shellcheck disable=SC2046
    stg hourglass.stg $(printf '10 %.0s' $(seq 16)) -- 8-9 "${edges[@]}"
    config hourglass 1 1 2 "{ kind: stg, file: hourglass.stg, task_cycles: $1, edge_bytes: 50 KiB }" >c.yaml
}
small=(--set 'chip.units.sram=320 KiB')
large=(--set 'chip.units.sram=2 MiB')

# compiles CONFIG POLICY START ARGS...: to s.bps; false where a tensor does not fit.
compiles() {
    local config=$1 code=0
    shift
    "$bpsim" compile "$config" --policy "$1" --start "$2" -o s.bps --json "${@:3}" >out 2>log || code=$?
    [ $code -eq 0 ] || [ $code -eq 3 ] || fail "bpsim compile exits with $code"
    [ $code -eq 0 ] || says 'chip[0-9]+\.unit[0-9]+: sram: (tensor [tn][0-9]+ \([0-9]+ bytes of it\) does|the schedule.s entries do) not fit'
    return $code
}

# runs_as_compiled CONFIG POLICY START ARGS...: s.bps takes the cycles it says and ends with the outputs of folder large/.
runs_as_compiled() {
    local n=phase.$2.$3 want
    want=$(scalar out makespan)
    simulate r "$1" --schedule s.bps "${@:4}"
    same "$n: makespan" "$(field r "$n" makespan_cycles)" "$want"
    same "$n: output checksum" "$(field r "$n" output_checksum)" "$(field large "$n" output_checksum)"
    same "$n: numeric checksum" "$(field r "$n" numeric_checksum)" "$(field large "$n" numeric_checksum)"
}

case $name in
spilled_schedule_runs_as_compiled)
    hourglass 100
    exits 0 run c.yaml --machine phase "${large[@]}" --out large --quiet
    for policy in levels barrier list; do
        for start in cold steady; do
            compiles c.yaml $policy $start "${large[@]}" || fail "does not fit a large SRAM"
            same "$policy: spilled from a large SRAM" "$(scalar out spilled_bytes)" 0
            compiles c.yaml $policy $start "${small[@]}" || fail "does not fit"
            spilled=$(scalar out spilled_bytes) back=$(scalar out read_back_bytes)
            [ "$spilled" -ge $((2 * 51200)) ] && [ "$back" -ge "$spilled" ] || fail "$policy: spills $spilled, reads $back"
            exits 0 schedule verify s.bps
            compiles c.yaml $policy $start "${small[@]}"
            runs_as_compiled c.yaml $policy $start "${small[@]}"
            # All that enters the memory's ports is what is spilled and the output; all that leaves, what is read back.
            from=$(awk -F, '$5 == "local" && $6 == "data" && $3 ~ /hbm/ { n += $7 } END { print n }' r/links.csv)
            into=$(awk -F, '$5 == "local" && $6 == "data" && $4 ~ /hbm/ { n += $7 } END { print n }' r/links.csv)
            same "$policy: bytes out of memory" "$from" "$back"
            same "$policy: bytes into memory" "$into" $((spilled + 51200))
            exits 0 schedule show s.bps
            grep -q "^spilled  *$spilled B in .* transfers to memory, $back B in .* back$" out || fail "show does not tell"
        done
    done
    ;;
spills_in_any_order)
    # What a run of a spilled schedule gives is the same in any order of evaluation, asleep or awake.
    hourglass 100
    for policy in levels list; do
        compiles c.yaml $policy steady "${small[@]}" || fail "does not fit"
        run=(run c.yaml --schedule s.bps "${small[@]}" --quiet --out)
        exits 0 "${run[@]}" a
        for option in --debug-no-sleep '--debug-shuffle 5'; do
            # shellcheck disable=SC2086
            exits 0 "${run[@]}" b $option
            diff -r a b >log || fail "$policy: $option makes a difference"
        done
    done
    ;;
spills_cost_nothing_beside_longer_work)
    # Memory has the time of four tasks to take a chunk and give it back.
    hourglass 400
    compiles c.yaml list steady "${large[@]}" || fail "does not fit a large SRAM"
    plain=$(scalar out makespan)
    compiles c.yaml list steady "${small[@]}" || fail "does not fit"
    [ "$(scalar out spilled_bytes)" -gt 0 ] || fail "nothing is spilled"
    same "makespan" "$(scalar out makespan)" "$plain"
    ;;
task_that_is_too_large_exits_3)
    # Three chunks at once are more than there is: no spill helps.
    hourglass 100
    for policy in levels barrier list; do
        exits 3 run c.yaml --machine phase.$policy --set 'chip.units.sram=176 KiB' --out r --quiet
        says 'chip0\.unit0: sram: tensor t[0-9]+ \(51200 bytes of it\) does not fit: [0-9]+ of 180224 bytes are in use'
    done
    ;;
dropped_spill)
    # Each 20th write and read of a spill: the verifier refuses a schedule without it, and so does the machine.
    hourglass 100
    compiles c.yaml list cold "${small[@]}" || fail "does not fit"
    "$bpsim" schedule show s.bps --json |
        sed -n 's/^ *{"id": \([0-9]*\), "hop": 0, "link": "\([^"]*\)".*"chunk": [0-9]*,.*/\1 \2/p' >ids
    [ "$(wc -l <ids)" -ge 400 ] || fail "hardly any transfer"
    while read -r i _; do
        "$edit" s.bps x.bps drop "$i" >log || fail "edit"
        exits 2 schedule verify x.bps
        says '^x.bps: (dram-data|input-missing|output-missing): '
        code=0
        "$bpsim" run c.yaml --schedule x.bps --no-verify "${small[@]}" --out r --quiet >out 2>log || code=$?
        [ $code -eq 5 ] || { [ $code -eq 2 ] && grep -q 'which nobody writes there' log; } || fail "transfer $i: exits with $code"
    done < <(awk 'NR % 20 == 0' ids)
    ;;
less_and_less_room)
    # Random graphs: a schedule that runs to the cycle, or an error that names what does not fit.
    spilled=0
    for seed in 1 4; do
        for fabric in "" "2 { topology: ring, link: { bandwidth: 37 GB/s, latency: 20 ns } }"; do
            config random 1 2 2 "{ kind: random, nodes: 40, edge_prob: 0.06, seed: $seed, task_cycles: 500, edge_bytes: 20 KiB }" \
                "$fabric" >c.yaml
            exits 0 run c.yaml --machine phase --set 'chip.units.sram=4 MiB' --out large --quiet
            for kib in 320 256 208 176; do
                for policy in levels barrier list; do
                    for start in cold steady; do
                        room=(--set "chip.units.sram=$kib KiB")
                        compiles c.yaml $policy $start "${room[@]}" || continue
                        spilled=$((spilled + ($(scalar out spilled_bytes) > 0)))
                        runs_as_compiled c.yaml $policy $start "${room[@]}"
                    done
                done
            done
        done
    done
    [ $spilled -ge 8 ] || fail "only $spilled schedules spill"
    ;;
*) fail "no such case" ;;
esac
