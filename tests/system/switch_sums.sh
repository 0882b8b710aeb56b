#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# switch_sums.sh BPSIM CASE EDIT SOURCE - an all-reduce in a switch: what is on its lines, and that nothing but the way of the sums differs from other
# ways. EDIT is the program made of edit_schedule.c. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 edit=$(realpath "$3") config=$(realpath "$4/configs/run/switch-reduce.yaml")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
one=(--machine phase.list --start cold)
small=(--set workload.sequence=16 --set workload.d_model=192 --set workload.heads=4 --set workload.d_ff=256)

case $name in
each_line_carries_partials_up_and_sums_down)
    # Two sums of 128 x 768 elements: all chips want the first one, of the second each its own rows. fp32 up, fp16 down;
    # adders take each partial once. Tasks of one size: with smaller ones a sum may find no room on other chips and follow
    # later from its home.
    simulate r "$config" --machine phase.list --start steady --set run.tiling=common
    awk -F, '$6 == "data" && ($2 ~ /switch/) {
            want = $2 ~ /^chip/ ? 2 * 98304 * 4 : $5 == "adder" ? 2 * 98304 * 4 : 98304 * 2 + 98304 / 4 * 2
            if ($7 != want || $8 + $9 + $10 != 0 || $11 != $12) print
            n++
        } END { if (n != 9) print n " rows" }' r/links.csv >log # 4 lines each way, the adders
    [ ! -s log ] || fail "other bytes than by hand"
    # 48 adders take 192 B a cycle of each partial.
    same "busy cycles of the adders" "$(awk -F, '$5 == "adder" && $6 == "data" { print $13 }' r/links.csv | sort -u)" 4096
    ;;
sums_are_those_of_other_ways)
    for way in in-switch ring one-shot; do
        simulate $way "$config" "${small[@]}" "${one[@]}" --set workload.parallel.collective=$way
        for key in output_checksum work_hash macs_executed; do
            same "$way: $key" "$(field $way phase.list.cold $key)" "$(field in-switch phase.list.cold $key)"
        done
    done
    [ "$(makespan in-switch list cold)" -lt "$(makespan ring list cold)" ] || fail "no faster than a ring"
    simulate planes "$config" "${small[@]}" "${one[@]}" --set server.fabric.planes=2
    same "two planes: output_checksum" "$(field planes phase.list.cold output_checksum)" "$(field ring phase.list.cold output_checksum)"
    ;;
order_does_not_matter)
    simulate r "$config" "${small[@]}" "${one[@]}"
    for option in "--debug-shuffle 7" --debug-no-sleep --cross-check; do
        # shellcheck disable=SC2086
        simulate other "$config" "${small[@]}" "${one[@]}" $option
        for file in links.csv conflicts.csv idle.csv; do cmp -s r/$file other/$file || fail "$option: other $file"; done
    done
    ;;
late_partials)
    # What chip 1 sends comes 400 cycles late: the sum cannot be made in its slot, or all wait.
    simulate r "$config" "${small[@]}" "${one[@]}"
    slot=$(($(makespan r list cold) / 3))
    exits 5 run "$config" "${small[@]}" "${one[@]}" --inject 1:4:$slot:400 --out halt --quiet
    says "a partial is not whole when the adders need it"
    simulate stall "$config" "${small[@]}" "${one[@]}" --inject 1:4:$slot:400 --set machines.phase.on_violation=stall
    [ "$(makespan stall list cold)" -gt "$(makespan r list cold)" ] || fail "stalls cost nothing"
    same "output checksum" "$(field stall phase.list.cold output_checksum)" "$(field r phase.list.cold output_checksum)"
    ;;
no_partial_and_no_sum_may_be_missing)
    # Every transfer that ends or begins in the switch, some at a time: verifier and machine both notice.
    exits 0 compile "$config" "${small[@]}" --policy list --start cold --out s.bps
    "$bpsim" schedule show s.bps --slots '*switch0*' --csv >slots.csv
    transfers=$(awk -F, 'NR > 1 && ($1 ~ /adder/ || $1 ~ /^chip/) { print $4 }' slots.csv | sort -nu | awk 'NR % 31 == 1')
    [ -n "$transfers" ] || fail "nothing is added"
    for t in $transfers; do
        "$edit" s.bps t.bps drop "$t"
        exits 2 schedule verify t.bps
        exits 5 run "$config" "${small[@]}" --schedule t.bps --no-verify --out r --quiet
        rm -rf r
    done
    ;;
both_machines_have_the_adders)
    exits 0 check "$config" --set machines.dynamic.preset=gpu-today --set machines.phase.policy=list --set workload.parallel.collective=ring
    grep -qE "^chip_link.adders +192 +192$" out || fail "not the same adders"
    exits 2 check "$config" --set machines.dynamic.preset=gpu-today
    says "switch-reduce.yaml:[0-9:]* workload.parallel.collective: in-switch is not known to machine dynamic.gpu-today"
    exits 0 check "$config" --dot
    grep -q '"switch0" .*adds 192 B/clk of each chip' out || fail "the drawing does not mark the switch"
    ;;
*) fail "no such case" ;;
esac
