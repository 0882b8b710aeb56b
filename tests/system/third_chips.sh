#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# third_chips.sh BPSIM CASE SOURCE - packets that go by a third chip (server.fabric.routing). A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 source=$(realpath "$3")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
next=$source/configs/run/dragonfly.yaml
run=dynamic.gpu-persistent.steady

# server CHIPS TOPOLOGY-AND-ROUTING -> sets options
server() { options=(--set "server.chips=$1" --set "server.fabric={ topology: $2, link: { bandwidth: 64 GB/s, latency: 20 ns } }"); }
# budget ITEM: its value for the first machine that check prints.
budget() { sed -n "s/^$1 .* \([0-9,]*\)$/\1/p" out | tr -d ,; }

case $name in
work_ends_alike)
    # Values, outputs and laws (which bpsim checks) on every fabric that has third chips, both protocols, whatever is drawn.
    sum=
    for fabric in "12 dragonfly, group: 3" "5 ring" "8 torus3d" "5 fully-connected"; do
        for ways in valiant "adaptive, link_cost: 100 B"; do
            for protocol in vi mesi; do
                server "${fabric%% *}" "${fabric#* }, routing: $ways"
                simulate r "$source/configs/run/tiny.yaml" "${options[@]}" --set workload.parallel.tensor=4 --set "machines.dynamic={ preset: gpu-persistent, protocol: $protocol }" \
                    --set machines.phase.policy=list --start steady
                sum=${sum:-$(field r phase.list.steady output_checksum)}
                for machine in phase.list.steady $run; do same "$fabric, $ways: outputs of $machine" "$(field r $machine output_checksum)" "$sum"; done
                [ "$(event r $run by_third)" -gt 0 ] || fail "$fabric, $ways: no packet by a third chip"
            done
        done
    done
    ;;
a_dragonfly_carries_more_to_the_next_group)
    # 65,536 B for each of 16 units, in lines of 128 + 32 B, over one link of 32 B a cycle: 40,960 cycles on shortest ways.
    # By third groups there are three more links, of which each carries two thirds of that; both kinds of way together
    # could take 0.4 of it.
    simulate minimal "$next" --set server.fabric.routing=minimal
    simulate valiant "$next" --set server.fabric.routing=valiant
    simulate adaptive "$next"
    simulate eager "$next" --set 'server.fabric.link_cost=0 B'
    for ways in minimal valiant adaptive eager; do
        declare "$ways=$(metric $ways ${run%.*} steady makespan)"
        same "$ways: lower bound" "$(metric $ways ${run%.*} steady lower_bound)" "$(metric minimal ${run%.*} steady lower_bound)"
        same "$ways: outputs" "$(field $ways $run output_checksum)" "$(field minimal $run output_checksum)"
    done
    # shellcheck disable=SC2154
    [ "$minimal" -ge 40960 ] || fail "minimal: $minimal cycles"
    # shellcheck disable=SC2154
    [ $((100 * valiant)) -lt $((90 * minimal)) ] || fail "valiant: $valiant instead of less than 0.9 x $minimal"
    # shellcheck disable=SC2154
    [ $((100 * adaptive)) -lt $((75 * minimal)) ] || fail "adaptive: $adaptive instead of less than 0.75 x $minimal"
    # shellcheck disable=SC2154
    [ $((100 * eager)) -lt $((65 * minimal)) ] || fail "adaptive, link_cost 0: $eager instead of less than 0.65 x $minimal"
    # Every data packet of shortest ways crosses one link between groups, of Valiant's two.
    between() { awk -F, '$5 == "chip" && $6 == "data" { split($3, a, /chip/); split($4, b, /chip/); if (int(a[2] / 4) != int(b[2] / 4)) n += $7 } END { print n }' "$1/links.csv"; }
    same "payload between groups" "$(between valiant)" $((2 * $(between minimal)))
    same "payload between groups, by hand" "$(between minimal)" $((16 * 4 * 65536))
    ;;
a_link_too_dear_to_add_is_minimal)
    # Where a link more costs more than any queue the shortest way is always taken, in the same cycles.
    simulate minimal "$next" --set server.fabric.routing=minimal
    simulate dear "$next" --set 'server.fabric.link_cost=1 GiB'
    same "packets by third chips" "$(event dear $run by_third)" 0
    same makespan "$(metric dear ${run%.*} steady makespan)" "$(metric minimal ${run%.*} steady makespan)"
    diff minimal/links.csv dear/links.csv >log || fail "other bytes on links"
    ;;
the_seed_draws_other_ways)
    simulate one "$next" --set server.fabric.routing=valiant
    simulate again "$next" --set server.fabric.routing=valiant
    simulate other "$next" --set server.fabric.routing=valiant --set run.seed=2
    diff -r one again >log || fail "two runs differ"
    [ "$(field one $run makespan_cycles)" != "$(field other $run makespan_cycles)" ] || fail "the seed changes no way"
    same outputs "$(field other $run output_checksum)" "$(field one $run output_checksum)"
    ;;
buffers_are_in_the_budget)
    # Classes: of a dragonfly one more; elsewhere those of shortest ways twice.
    for fabric in "12 dragonfly 2 3" "8 ring 2 4" "3 ring 1 2" "16 torus2d 2 4" "5 fully-connected 1 2"; do
        read -r chips topology few many <<<"$fabric"
        for routing in minimal valiant adaptive; do
            server "$chips" "$topology, routing: $routing"
            exits 0 check "$source/configs/run/tiny.yaml" "${options[@]}" --set machines.phase=null --set machines.dynamic.preset=gpu-today
            if [ $routing = minimal ]; then
                place=$(($(budget "chip_link.queues, B") / few))
                same "$fabric: classes" "$(budget chip_link.classes)" ""
            else
                same "$fabric: classes" "$(budget chip_link.classes)" "$many"
                same "$fabric: queues" "$(budget 'chip_link.queues, B')" $((many * place))
            fi
        done
        exits 0 check "$source/configs/run/tiny.yaml" "${options[@]}" --set machines.dynamic.preset=gpu-today --effective
        grep -q 'routing: adaptive' out || fail "the effective configuration does not say how packets go"
    done
    ;;
*) fail "no such case" ;;
esac
