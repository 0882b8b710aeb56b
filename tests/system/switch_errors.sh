#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# switch_errors.sh BPSIM CASE SOURCE - lines of switches with bit errors, on both machines. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 source=$(realpath "$3")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
plain=(--set server.fabric.link.bit_error_rate=0)
both=(--set 'machines.dynamic.preset=[gpu-today, gpu-persistent]' --set 'machines.phase={policy: list, on_violation: stall}')

# What is common to the servers: each is its configuration and options.
servers=(switches one leaves)
server() {
    local lossy=(--set server.fabric.link.fec=pcie6 --set "server.fabric.link.bit_error_rate=1e-4" "${both[@]}")
    case $1 in
    switches) options=("$source/configs/run/lossy-switches.yaml") ;;
    one) options=("$source/configs/run/switch-reduce.yaml" "${lossy[@]}" --set workload.sequence=16 --set workload.d_model=192 --set workload.heads=4
        --set workload.d_ff=256) ;;
    leaves) options=("$source/configs/run/switch-leaves.yaml" "${lossy[@]}" --set workload.sequence=16 --set workload.d_model=192 --set workload.heads=8
        --set workload.d_ff=512) ;;
    esac
}
runs() { cut -d, -f1 "$1/links.csv" | sort -u | grep '\.'; }
checksums() { sed -n 's/^      "output_checksum": "\(.*\)",$/\1/p' "$1/results.json" | sort -u; }
# lost DIR PLACE: bursts or packets lost on its lines out; of one run.
lost() { awk -F, -v p="$2.links" '$2 == p && $3 == "lost" { print $4 }' "$1/conflicts.csv"; }
# retry DIR LINK: bytes of it that are no payload; of one run.
retry() { awk -F, -v l="$2" '$2 == l { n += $10 } END { print n + 0 }' "$1/links.csv"; }

# One burst of 320 B, a transfer, over lines of 37 B per cycle, 20 cycles long; into a switch 7 more.
L=$(((320 + 36) / 37)) down=20 up=27
one_burst() { # CHIPS EDGES...: from task 1 to the others
    local chips=$1 i times=(1)
    shift
    for ((i = 1; i < chips; i++)); do times+=(1); done
    stg work.stg "${times[@]}" -- "$@"
    config work 2 2 2 "{ kind: stg, file: work.stg, task_cycles: 100, edge_bytes: 320 B }" \
        "$chips { topology: switch, switch_latency: 6.5 ns, link: { bandwidth: 37 GB/s, latency: 20 ns, bit_error_rate: 1e-4 } }" >c.yaml
    simulate p c.yaml --machine phase.list --start steady "${plain[@]}"
    before=$(makespan p list steady)
}
with_seed() { simulate r c.yaml --machine phase.list --start steady --on-violation stall --set "run.seed=$1"; }

case $name in
errors_that_do_not_happen_cost_nothing)
    # Everything that errors need is there; the loss is 1e-31.
    for s in "${servers[@]}"; do
        server "$s"
        simulate some "${options[@]}" --set server.fabric.link.bit_error_rate=1e-18
        simulate none "${options[@]}" "${plain[@]}"
        for f in summary idle links phases slots; do
            cmp some/$f.csv none/$f.csv >log || fail "$s: $f.csv"
        done
    done
    ;;
a_lost_burst_costs_its_line_and_the_way_of_the_word)
    # From chip 0 over the switch to chip 1. Each loss on the line up costs the burst and two latencies of that line, each on the line down
    # two of that one. What is lost on the line up goes down, too, nullified.
    one_burst 2 1-2
    ups=0 downs=0
    for seed in $(seq 3 12); do
        with_seed "$seed"
        u=$(lost r chip0) d=$(lost r switch0)
        same "seed $seed: makespan" "$(makespan r list steady)" $((before + u * (L + 2 * up) + d * (L + 2 * down)))
        same "seed $seed: again up" "$(retry r chip0-switch0)" $((320 * u))
        same "seed $seed: no payload down" "$(retry r switch0-chip1)" $((320 * (u + d)))
        ups=$((ups + u)) downs=$((downs + d))
    done
    [ $ups -gt 1 ] && [ $downs -gt 1 ] || fail "$ups losses up, $downs down"
    ;;
a_line_that_loses_a_copy_repeats_it_alone)
    # A burst that the switch copies to three chips. With one loss, on a line down, the others carry what they carry without.
    one_burst 4 1-2 1-3 1-4
    seen=0
    for seed in $(seq 1 40); do
        with_seed "$seed"
        [ "$(lost r chip0)$(lost r switch0)" = 01 ] || continue
        seen=$((seen + 1))
        same "seed $seed: makespan" "$(makespan r list steady)" $((before + L + 2 * down))
        again=$(for c in 1 2 3; do retry r switch0-chip$c; done | sort -n | xargs)
        same "seed $seed: again" "$again" "0 0 320"
        for c in 1 2 3; do
            same "seed $seed: payload to chip $c" "$(awk -F, -v l=switch0-chip$c '$2 == l { n += $7 } END { print n }' r/links.csv)" 320
        done
    done
    [ $seen -gt 1 ] || fail "one loss down with $seen seeds"
    ;;
losses_change_no_result)
    for s in "${servers[@]}"; do
        server "$s"
        simulate r "${options[@]}"
        simulate none "${options[@]}" "${plain[@]}"
        same "$s: output checksums" "$(checksums r)" "$(checksums none)"
        same "$s: different output checksums" "$(checksums r | wc -l)" 1
        for run in $(runs r); do
            for from in chip switch; do
                awk -F, -v r="$run" -v from="^$from" '$1 == r && $3 ~ from && $5 == "chip" { n += $10 } END { exit n == 0 }' r/links.csv ||
                    fail "$s: $run: no line out of a $from carries anything again"
                awk -F, -v r="$run" -v from="^$from[0-9]*.links" '$1 == r && $2 ~ from && $3 == "lost" { n += $4 } END { exit n == 0 }' r/conflicts.csv ||
                    fail "$s: $run: nothing is lost on lines out of a $from"
            done
            same "$s: $run: numeric checksum" "$(field r "$run" numeric_checksum)" "$(field none "$run" numeric_checksum)"
            same "$s: $run: sums" "$(event r "$run" switch_sums)" "$(event none "$run" switch_sums)"
        done
        # Of each line of the phase machine payload and padding are those without errors; what is more is in `retry`.
        for d in r none; do awk -F, '$1 ~ /^phase/ { print $1, $2, $6, $7, $9 }' $d/links.csv >$d.payload; done
        cmp r.payload none.payload >log || fail "$s: other payload"
        awk -F, '$5 == "chip" && ($7 + $8 + $9 + $10 != $11 || $11 != $12)' r/links.csv >log
        [ ! -s log ] || fail "$s: rows that break the law of links"
    done
    ;;
order_and_sleep_change_nothing)
    for s in "${servers[@]}"; do
        server "$s"
        simulate r "${options[@]}" --start cold
        for option in "--debug-shuffle 7" --debug-no-sleep --cross-check; do
            # shellcheck disable=SC2086
            simulate other "${options[@]}" --start cold $option
            diff -r r other >log || fail "$s: $option makes a difference"
        done
    done
    ;;
a_lost_burst_is_a_violation_where_it_is_needed)
    # A receiver's slot; the adders' slot.
    server switches
    exits 5 run "${options[@]}" --machine phase --on-violation halt --out r --quiet
    says '^phase\.barrier\.cold: chip[0-3]\.from_switch[0-9]: cycle [0-9]+: transfer [0-9]+: has bit errors in [1-9][0-9]* frames? of the link that cannot be corrected'
    server one
    for seed in $(seq 1 12); do # until the first one that is lost is a partial
        exits 5 run "${options[@]}" --machine phase --start cold --on-violation halt --out r --quiet --set "run.seed=$seed"
        ! grep -q added log || break
    done
    says '^phase\.list\.cold: switch0: cycle [0-9]+: transfer [0-9]+: is to be added and has bit errors in [1-9][0-9]* frames? that cannot be corrected'
    ;;
lines_that_lose_everything_end_the_run)
    server one
    exits 4 run "${options[@]}" --start cold --machine phase --out r --quiet --set server.fabric.link.fec=none --set server.fabric.link.bit_error_rate=0.01
    says 'chip[0-3]-switch0: cycle [0-9]+: [0-9]+ bursts were lost, the first goes again in cycle [0-9]+'
    exits 4 run "${options[@]}" --start cold --machine dynamic.gpu-today --out r --quiet --set server.fabric.link.fec=none \
        --set server.fabric.link.bit_error_rate=0.01
    says 'chip[0-3]\.fabric: cycle [0-9]+: link chip[0-3]-switch0: [0-9]+ packets from number [0-9]+ on are not acknowledged; [0-9]+ were sent again'
    ;;
a_watchdog_names_the_sums_that_wait)
    # One partial of chip 1 that does not come.
    server one
    simulate r "${options[@]}" "${plain[@]}" --start cold --machine phase
    exits 4 run "${options[@]}" "${plain[@]}" --start cold --machine phase --inject "1:4:$(($(makespan r list cold) * 2 / 3)):9000000" --out r --quiet
    says 'switch0: cycle [0-9]+: [1-9][0-9]* sums wait for partials; the first, of op [0-9]+, has [123] of 4'
    ;;
waveforms_show_what_is_sent_again)
    # A bit per line; cycles in which it is 1 are the bytes at 60.5 B per cycle, each burst or packet rounded up by at most a cycle.
    server switches
    for run in phase.list dynamic.gpu-today; do
        simulate r "${options[@]}" --machine $run --start cold --vcd w.vcd --vcd-scope links
        durations w.vcd 1000000 | sed -n 's/^links\.\(switch[0-9]*-[a-z0-9]*\)_retry 1 /\1 /p' | sort >shown
        awk -F, '$5 == "chip" && $3 ~ /^switch/ && $10 > 0 { n[$2] += $10 } END { for (l in n) print l, n[l] }' r/links.csv | sort >again
        [ -s again ] || fail "$run: nothing is sent again"
        same "$run: lines" "$(cut -d ' ' -f 1 shown)" "$(cut -d ' ' -f 1 again)"
        join shown again | awk '{ least = $3 * 2 / 121 / 2; most = $3 * 2 / 121 + $3 / 32 + 1; if ($2 < least || $2 > most) print }' >log
        [ ! -s log ] || fail "$run: cycles, bytes"
        simulate r "${options[@]}" "${plain[@]}" --machine $run --start cold --vcd w.vcd --vcd-scope links
        ! grep -q '_retry' w.vcd || fail "$run: a variable for what cannot be"
    done
    ;;
*) fail "no such case" ;;
esac
