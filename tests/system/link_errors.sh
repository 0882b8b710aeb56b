#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# link_errors.sh BPSIM CASE SOURCE - chip links with codes and bit errors, on both machines. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 source=$(realpath "$3")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
lossy=$source/configs/run/lossy-links.yaml
plain=(--set server.fabric.link.bit_error_rate=0)

chip_links() { awk -F, -v n="$2" '$1 ~ n && $5 == "chip"' "$1/links.csv"; }        # DIR RUNS
retry_of() { chip_links "$1" "$2" | awk -F, '{ sum += $10 } END { print sum + 0 }'; } # DIR RUNS
checksums() { sed -n 's/^      "output_checksum": "\(.*\)",$/\1/p' "$1/results.json" | sort -u; }

case $name in
a_code_is_a_slower_and_longer_link)
    # 34 GB/s by kp4 are 32, 33 by kr4 are 32, 128 by pcie6 are 121; encoder and decoder are latency. So every row of every
    # machine is that of a plain link of that rate and latency, whose cycles are worked out in closed_forms.sh and
    # dynamic_causes.sh.
    for row in "kp4 34 32" "kr4 33 32" "pcie6 128 121"; do
        read -r code raw net <<<"$row"
        link() { echo "server.fabric.link={bandwidth: $1 GB/s, latency: $2 ns${3:-}}"; }
        simulate code "$source/configs/run/tiny-dynamic.yaml" --set "$(link "$raw" 60 ", fec: $code, fec_latency: 40 ns")"
        simulate link "$source/configs/run/tiny-dynamic.yaml" --set "$(link "$net" 100)"
        for f in summary idle links phases conflicts; do
            cmp code/$f.csv link/$f.csv >log || fail "$code: $f.csv"
        done
    done
    # What the code takes by itself: 100 ns of 10 + 100.
    simulate code "$source/configs/run/tiny-dynamic.yaml" --set "$(link 34 10 ", fec: kp4")"
    simulate link "$source/configs/run/tiny-dynamic.yaml" --set "$(link 32 110)"
    cmp code/idle.csv link/idle.csv >log || fail "kp4's own latency"
    ;;
links_bound_the_work_at_the_rate_of_their_code)
    # So slow that the lower bound is what must cross: 17/16 of it with kp4.
    at() {
        exits 0 compile "$source/configs/run/tiny-dynamic.yaml" --json \
            --set "server.fabric.link={bandwidth: $1 MB/s, latency: 10 ns, fec: $2}"
        scalar out lower_bound
    }
    without=$(at 160 none) with=$(at 160 kp4) faster=$(at 170 kp4)
    same "160 MB/s beside 170 MB/s less a seventeenth" "$faster" "$without"
    [ $((with * 16)) -gt $((without * 17 - 32)) ] && [ $((with * 16)) -lt $((without * 17 + 32)) ] ||
        fail "bound of $with cycles with kp4, $without without"
    ;;
errors_that_do_not_happen_cost_nothing)
    # Everything that errors need is there (numbers, acknowledgements, buffers); the loss is 1e-31.
    simulate some "$lossy" --set server.fabric.link.bit_error_rate=1e-18 --set machines.phase.on_violation=halt
    simulate none "$lossy" "${plain[@]}"
    for f in summary idle links phases; do
        cmp some/$f.csv none/$f.csv >log || fail "$f.csv"
    done
    ;;
lost_packets_and_bursts_are_sent_again)
    simulate r "$lossy"
    simulate none "$lossy" "${plain[@]}"
    same "output checksums" "$(checksums r)" "$(checksums none)"
    same "different output checksums" "$(checksums r | wc -l)" 1
    same "bytes sent again without errors" "$(retry_of none .)" 0
    for run in $(cut -d, -f1 r/links.csv | sort -u | grep '\.'); do
        [ "$(retry_of r "^$run\$")" -gt 0 ] || fail "$run: nothing is sent again"
        grep -q "^$run,chip[01].links,lost,[1-9]" r/conflicts.csv || fail "$run: nothing is lost"
        same "$run: payload, but for polls and atomics" "$(chip_links r "^$run\$" | awk -F, '$6 == "data" { n += $7 } END { print n }')" \
            "$(chip_links none "^$run\$" | awk -F, '$6 == "data" { n += $7 } END { print n }')"
    done
    chip_links r . | awk -F, '$7 + $8 + $9 + $10 != $11 || $11 != $12' >log
    [ ! -s log ] || fail "rows that break the law of links"
    ;;
a_stronger_code_leaves_nothing)
    # 2e-4: kp4 cannot correct one frame of 640 B in 10^13.
    simulate r "$lossy" --set server.fabric.link.fec=kp4 --set machines.phase.on_violation=halt
    same "bytes sent again" "$(retry_of r .)" 0
    ;;
a_lost_burst_is_a_violation)
    exits 5 run "$lossy" --machine phase --set machines.phase.on_violation=halt --out r --quiet
    says '^phase\.barrier\.cold: chip[01]\.from_chip[01]: cycle [0-9]+: transfer [0-9]+: has bit errors in [1-9] frames? of the link that cannot be corrected'
    ;;
links_that_lose_everything_end_the_run)
    # 1e-2 without a code: 3 flits of 4 are lost, so hardly a packet of 10 flits, and no burst, ever comes.
    exits 4 run "$lossy" --machine dynamic.gpu-today --start cold --out r --quiet \
        --set server.fabric.link.fec=none --set server.fabric.link.bit_error_rate=0.01
    says 'chip[01]\.fabric: cycle [0-9]+: link chip[01]-chip[01]: [0-9]+ packets from number [0-9]+ on are not acknowledged; [0-9]+ were sent again'
    exits 4 run "$lossy" --machine phase.list --start cold --out r --quiet \
        --set server.fabric.link.fec=none --set server.fabric.link.bit_error_rate=0.01
    says 'chip[01]-chip[01]: cycle [0-9]+: [0-9]+ bursts were lost, the first goes again in cycle [0-9]+'
    ;;
errors_follow_the_seed)
    for seed in 1 2; do simulate r$seed "$lossy" --set run.seed=$seed; done
    same "output checksums" "$(checksums r1)" "$(checksums r2)"
    for kind in phase dynamic; do
        [ "$(retry_of r1 "^$kind")" != "$(retry_of r2 "^$kind")" ] || fail "$kind: as many bytes again with either seed"
    done
    ;;
waveforms_show_what_is_sent_again)
    # A bit per link; cycles in which it is 1 are the bytes at 60.5 B per cycle, each packet rounded up by at most a cycle.
    for run in phase.list dynamic.gpu-today; do
        simulate r "$lossy" --machine $run --start cold --vcd w.vcd --vcd-scope links
        grep -q 'chip0-chip1_retry_class' w.vcd || fail "$run: no class of what is sent again"
        durations w.vcd 1000000 | sed -n 's/^links\.chip\([01]\)-chip[01]_retry 1 /\1 /p' | sort >shown
        for from in 0 1; do
            bytes=$(awk -F, -v f=chip$from '$5 == "chip" && $3 == f { n += $10 } END { print n + 0 }' r/links.csv)
            cycles=$(awk -v f=$from '$1 == f { print $2 }' shown)
            least=$((bytes * 2 / 121 / 2)) most=$((bytes * 2 / 121 + bytes / 32 + 1))
            [ "${cycles:-0}" -ge "$least" ] && [ "${cycles:-0}" -le "$most" ] || fail "$run: $bytes B again of chip $from in ${cycles:-0} cycles"
        done
        [ -s shown ] || fail "$run: nothing is shown"
        simulate r "$lossy" "${plain[@]}" --machine $run --start cold --vcd w.vcd --vcd-scope links
        ! grep -q '_retry' w.vcd || fail "$run: a variable for what cannot be"
    done
    ;;
*) fail "no such case" ;;
esac
