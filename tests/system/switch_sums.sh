#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# switch_sums.sh BPSIM CASE EDIT SOURCE - an all-reduce in a switch: what is on its lines, and that nothing but the way of the sums differs from other
# ways. EDIT is the program made of edit_schedule.c. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 edit=$(realpath "$3") config=$(realpath "$4/configs/run/switch-reduce.yaml")
leaves=$(realpath "$4/configs/run/switch-leaves.yaml")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
one=(--machine phase.list --start cold)
small=(--set workload.sequence=16 --set workload.d_model=192 --set workload.heads=4 --set workload.d_ff=256)
small8=(--set workload.sequence=16 --set workload.d_model=192 --set workload.heads=8 --set workload.d_ff=512)

order_does_not_matter() { # CONFIG OPTIONS...
    simulate r "$@" "${one[@]}"
    for option in "--debug-shuffle 7" --debug-no-sleep --cross-check; do
        # shellcheck disable=SC2086
        simulate other "$@" "${one[@]}" $option
        for file in links.csv conflicts.csv idle.csv; do cmp -s r/$file other/$file || fail "$option: other $file"; done
    done
}
# Of transfers that end or begin in switches, each 31st: verifier and machine both notice.
none_may_be_missing() { # CONFIG OPTIONS...
    local t transfers
    exits 0 compile "$@" --policy list --start cold --out s.bps
    "$bpsim" schedule show s.bps --slots '*switch*' --csv >slots.csv
    transfers=$(awk -F, 'NR > 1 && ($1 ~ /adder/ || $1 ~ /^chip/) { print $4 }' slots.csv | sort -nu | awk 'NR % 31 == 1')
    [ -n "$transfers" ] || fail "nothing is added"
    for t in $transfers; do
        "$edit" s.bps t.bps drop "$t"
        exits 2 schedule verify t.bps
        exits 5 run "$@" --schedule t.bps --no-verify --out r --quiet
        rm -rf r
    done
}
# What chip 1 sends to switch SWITCH (numbered behind the chips) comes 400 cycles late: the sum cannot be made in its slot, or all wait.
late() { # SWITCH CONFIG OPTIONS...
    local switch=$1 slot
    shift
    simulate r "$@" "${one[@]}"
    slot=$(($(makespan r list cold) / 3))
    exits 5 run "$@" "${one[@]}" --inject "1:$switch:$slot:400" --out halt --quiet
    says "a partial is not whole when the adders need it"
    simulate stall "$@" "${one[@]}" --inject "1:$switch:$slot:400" --set machines.phase.on_violation=stall
    [ "$(makespan stall list cold)" -gt "$(makespan r list cold)" ] || fail "stalls cost nothing"
    same "output checksum" "$(field stall phase.list.cold output_checksum)" "$(field r phase.list.cold output_checksum)"
}

both=(--set 'machines.dynamic.preset=[gpu-today, gpu-persistent]' --set machines.phase.policy=list)
dynamic=(--set 'machines.dynamic.preset=[gpu-today, gpu-persistent]' --start cold)
# runs_of KEY: its values in folder r, one line per run; the same in all runs, of which there are N.
runs_of() { sed -n 's/^      "'"$1"'": "\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p' r/results.json; }
agree() { # N WHAT KEYS...
    local n=$1 what=$2
    shift 2
    for key in "$@"; do
        same "$what: runs with $key" "$(runs_of "$key" | wc -l)" "$n"
        same "$what: values of $key" "$(runs_of "$key" | sort -u | wc -l)" 1
    done
}
# With the same tiles both machines add the same partials in the same order: the last bits are the same too.
same_sums() { # CONFIG SIZES... -- OPTIONS OF EACH RUN, one word each
    local args=()
    while [ "$1" != -- ]; do
        args+=("$1")
        shift
    done
    shift
    for option in "$@"; do
        # shellcheck disable=SC2086
        simulate r "${args[@]}" "${both[@]}" --set run.tiling=common --start cold $option
        agree 3 "$option" output_checksum numeric_checksum work_hash tasks_hash
        [ "$(event r dynamic.gpu-today.cold switch_sums)" -gt 0 ] || fail "$option: nothing is added"
    done
}

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
order_does_not_matter) order_does_not_matter "$config" "${small[@]}" ;;
late_partials) late 4 "$config" "${small[@]}" ;;
no_partial_and_no_sum_may_be_missing) none_may_be_missing "$config" "${small[@]}" ;;
both_machines_have_the_adders)
    exits 0 check "$config" --set machines.dynamic.preset=gpu-today --set machines.phase.policy=list --set workload.parallel.collective=ring
    grep -qE "^chip_link.adders +192 +192$" out || fail "not the same adders"
    # Of a switch that cannot, and where there is none, both say so.
    for refused in server.fabric.adders=0 server.fabric.topology=ring; do
        exits 2 check "$config" "${both[@]}" --set $refused
        says "switch-reduce.yaml:[0-9:]* workload.parallel.collective: in-switch needs switches"
    done
    # 2,321 packets of 160 B fill two latencies and 64 cycles. So many lines are gathered, with a place of 128 B behind each of four lines,
    # and so many stores are under way, with one in the switch; 32 B of each tell for whom.
    exits 0 check "$config" --set machines.dynamic.preset=gpu-today --set machines.phase.policy=list
    grep -qE "^chip_link.adder_buffers, B .* 73,728 +1,633,984$" out || fail "not the buffers by hand"
    exits 0 check "$config" --dot
    grep -q '"switch0" .*adds 192 B/clk of each chip' out || fail "the drawing does not mark the switch"
    ;;
leaves_carry_partials_up_and_spines_sums_down)
    # The same two sums of eight chips on two leaves: each chip sends its partials up, each leaf its sums, half of them to each spine. All chips want
    # the first sum, so both leaves do; of the second each chip its own rows, each leaf those of its chips.
    simulate r "$leaves" --machine phase.list --start steady --set run.tiling=common
    awk -F, '$6 == "data" && ($2 ~ /switch/) {
            spine = $3 ~ /switch[23]/ || $4 ~ /switch[23]/
            up = 2 * 98304 * 4; down = 98304 * 2 + 98304 / 8 * 2
            if (spine) { up /= 2; down = (98304 * 2 + 98304 / 2 * 2) / 2 }
            want = $5 == "adder" || $3 ~ /^chip/ || (spine && $4 ~ /switch[23]/) ? up : down
            if ($7 != want || $8 + $9 + $10 != 0 || $11 != $12) print
            n++
        } END { if (n != 28) print n " rows" }' r/links.csv >log # 8 lines each way of chips, 4 of leaves, 4 switches
    [ ! -s log ] || fail "other bytes than by hand"
    ;;
sums_over_leaves_are_those_of_other_ways)
    # Whatever leaves, spines and planes there are; the last bits of numbers depend on who adds what first, so on the leaf alone.
    for way in in-switch ring one-shot; do
        simulate $way "$leaves" "${small8[@]}" "${one[@]}" --set workload.parallel.collective=$way
        for key in output_checksum work_hash macs_executed; do
            same "$way: $key" "$(field $way phase.list.cold $key)" "$(field in-switch phase.list.cold $key)"
        done
    done
    [ "$(makespan in-switch list cold)" -lt "$(makespan ring list cold)" ] || fail "no faster than a ring"
    for shape in 4,1,1 4,3,2 4,2,3 2,2,1 2,1,2; do
        IFS=, read -r leaf spines planes <<<"$shape"
        simulate shape "$leaves" "${small8[@]}" "${one[@]}" --set server.fabric.leaf="$leaf" --set server.fabric.spines="$spines" \
            --set server.fabric.planes="$planes"
        same "$shape: output_checksum" "$(field shape phase.list.cold output_checksum)" "$(field ring phase.list.cold output_checksum)"
        [ "$leaf" -ne 4 ] || same "$shape: numeric_checksum" "$(field shape phase.list.cold numeric_checksum)" "$(field in-switch phase.list.cold numeric_checksum)"
    done
    ;;
stages_on_leaves_add_by_themselves)
    # Two stages of four chips: each has a leaf for its sums. What comes up to spines is no partial, so nothing is added there.
    simulate r "$leaves" "${small8[@]}" "${one[@]}" --set workload.layers=2 --set workload.parallel.tensor=4 --set workload.parallel.pipeline=2
    same "bytes added by leaves and spines" "$(awk -F, '$5 == "adder" && $6 == "data" { printf "%d ", ($7 > 0) }' r/links.csv)" "1 1 0 0 "
    # Five chips: one of them alone on its leaf.
    simulate r "$leaves" "${small8[@]}" "${one[@]}" --set workload.parallel.tensor=5
    same "sums of a leaf, of that of one chip and of both" "$(awk -F, '$5 == "adder" && $6 == "data" { n[$2] = $7 } END {
        print n["switch0.adder"] == n["switch1.adder"], n["switch2.adder"] + n["switch3.adder"] == n["switch0.adder"] }' r/links.csv)" "1 1"
    same "output checksum" "$(field r phase.list.cold output_checksum)" "$(simulate one "$leaves" "${small8[@]}" "${one[@]}" --set workload.parallel.tensor=1 \
        --set workload.parallel.collective=auto && field one phase.list.cold output_checksum)"
    ;;
a_sum_has_one_spine)
    # Sums of leaves that go to the other spine of theirs: the verifier refuses them, and no machine is built that adds one sum in two switches.
    exits 0 compile "$leaves" "${small8[@]}" --policy list --start cold --out s.bps
    "$bpsim" schedule show s.bps --slots 'switch0-switch*' --csv >slots.csv
    transfers=$(awk -F, 'NR > 1 { print $4 }' slots.csv | sort -nu | awk 'NR % 31 == 1')
    diverted=0
    for t in $transfers; do
        "$edit" s.bps t.bps divert "$t" 2>log || continue # a whole sum, on its way to another leaf
        diverted=$((diverted + 1))
        exits 2 schedule verify t.bps
        grep -q sum-missing out log || fail "sum-missing is not what the verifier says"
        exits 2 run "$leaves" "${small8[@]}" --schedule t.bps --no-verify --out r --quiet
        says "task [0-9]* is added in two switches"
    done
    [ $diverted -gt 1 ] || fail "nothing was diverted"
    ;;
leaves_in_any_order) order_does_not_matter "$leaves" "${small8[@]}" ;;
late_partials_of_a_leaf) late 8 "$leaves" "${small8[@]}" ;;
no_partial_and_no_sum_of_leaves_may_be_missing) none_may_be_missing "$leaves" "${small8[@]}" ;;
auto_is_as_fast_as_any_way)
    # On one switch it is faster than all: the first sum in the switch, the second, of which each chip needs its rows, by shares. Chips
    # then come to their own rows last, in another order each: homes of sums must have room for those who read them first.
    steady() { exits 0 compile "$@" --policy list --start steady --json && sed -n 's/^  "makespan": \([0-9]*\),$/\1/p' out; }
    for server in "$config" "$leaves"; do
        took=$(steady "$server" --set workload.parallel.collective=auto)
        for way in in-switch two-step; do
            other=$(steady "$server" --set workload.parallel.collective=$way)
            [ "$took" -le "$other" ] || fail "$took cycles, $way $other"
        done
        [ "$server" = "$leaves" ] || [ "$took" -lt $((other * 97 / 100)) ] || fail "$took cycles are no faster than $other"
    done
    ;;
# The dynamic machine: SMs load a line of the sum from the switch and store it to all chips.
sms_ask_for_sums_and_store_them_to_all)
    # Each line up carries the same partials, and what its chip's quarter of the first sum takes to all; each line down the fp32 sums of
    # its chip's quarters, and the whole first sum. A request per line of a sum of who asks, one to each chip; likewise acknowledgements.
    simulate r "$config" --set machines.dynamic.preset=gpu-persistent --start cold --set run.tiling=common
    awk -F, '$2 ~ /switch/ && $6 != "sync" && $6 != "control" {
            n = 98304; up = $4 == "switch0" && $5 == "chip"
            data = $5 == "adder" ? 2 * n * 4 : up ? 2 * n * 4 + n / 4 * 2 : 2 * n + 2 * n
            head = $6 == "data" ? data / 128 : $6 == "request" ? 2 * n * 4 / 128 / (up ? 4 : 1) : n * 2 / 128 / (up ? 1 : 4)
            if ($5 == "adder") head = 0
            if ($6 == "data" ? $7 != data : $7 != 0) print
            if ($8 != 32 * head || $9 + $10 != 0 || $11 != $12) print
            rows++
        } END { if (rows != 8 * 3 + 1) print rows " rows" }' r/links.csv >log
    [ ! -s log ] || fail "other bytes than by hand"
    same "lines that are added" "$(event r dynamic.gpu-persistent.cold switch_sums)" $((2 * 98304 * 4 / 128))
    ;;
both_machines_have_the_same_sums)
    same_sums "$config" "${small[@]}" -- "" "--set machines.dynamic.protocol=mesi" "--set server.fabric.planes=2" "--set machines.dynamic.placement=phase" \
        "--set machines.dynamic.topology=mesh" "--set machines.dynamic.link_queue=1"
    ;;
both_machines_have_the_same_sums_of_leaves)
    same_sums "$leaves" "${small8[@]}" -- "" "--set machines.dynamic.protocol=mesi" "--set server.fabric.planes=2 --set server.fabric.spines=3" \
        "--set server.fabric.leaf=2" "--set workload.parallel.tensor=5" "--set machines.dynamic.link_queue=1" \
        "--set workload.layers=2 --set workload.parallel.tensor=4 --set workload.parallel.pipeline=2"
    ;;
sms_ask_spines_for_sums)
    # Of each of the two sums of eight chips a spine gets half: up the leaves' sums and what goes to all, down what who asks gets and what goes to all.
    simulate r "$leaves" --set machines.dynamic.preset=gpu-persistent --start cold --set run.tiling=common
    awk -F, '$6 == "data" && ($2 ~ /switch/) {
            n = 98304; spine = $3 ~ /switch[23]/ || $4 ~ /switch[23]/; up = $3 ~ /^chip/ || (spine && $4 ~ /switch[23]/)
            want = up ? 2 * n * 4 + n / 8 * 2 : 2 * n * 4 / 8 + n * 2
            if (spine) want = up ? (2 * n * 4 + n / 2 * 2) / 2 : (2 * n * 4 / 2 + n * 2) / 2
            if ($5 == "adder") want = $2 ~ /switch[23]/ ? n * 4 : 2 * n * 4
            if ($7 != want || $9 + $10 != 0 || $11 != $12) print
            rows++
        } END { if (rows != 28) print rows " rows" }' r/links.csv >log
    [ ! -s log ] || fail "other bytes than by hand"
    ;;
sms_in_any_order)
    for which in "$config ${small[*]}" "$leaves ${small8[*]}"; do
        # shellcheck disable=SC2086
        simulate r $which "${dynamic[@]}"
        for option in "--debug-shuffle 7" --debug-no-sleep --cross-check; do
            # shellcheck disable=SC2086
            simulate other $which "${dynamic[@]}" $option
            for file in links.csv conflicts.csv idle.csv; do cmp -s r/$file other/$file || fail "$option: other $file"; done
        done
    done
    ;;
*) fail "no such case" ;;
esac
