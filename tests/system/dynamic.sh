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
networks_of_a_chip)
    # Every network, one chip and two, with just the virtual channels without which it could deadlock, and short ones; with one less it is refused.
    for config in tiny tiny2; do
        for protocol in vi mesi; do
            for network in crossbar mesh torus ring flattened_butterfly fat_tree partitioned_crossbar; do
                needed=$([ $protocol = vi ] && echo 2 || echo 3)
                [ $config = tiny ] || [ $network = crossbar ] || needed=$((2 * needed))
                [ $network != torus ] && [ $network != ring ] || needed=$((2 * needed))
                machine=(--set machines.dynamic.protocol=$protocol --set machines.dynamic.topology=$network)
                [ $network != fat_tree ] || machine+=(--set chip.noc.concentration=2)
                agree "$config, $network, $protocol" "$source/configs/run/$config.yaml" "${machine[@]}" --set chip.noc.router.vcs=$needed \
                    --set chip.noc.router.depth=2
                exits 2 check "$source/configs/run/$config.yaml" "${both[@]}" "${machine[@]}" --set chip.noc.router.vcs=$((needed - 1))
                says "^--set: chip.noc.router.vcs: $((needed - 1)) is less than machine dynamic.gpu-today needs on a $network: .*allowed: $needed\.\.32"
            done
        done
    done
    ;;
routes_of_a_chip)
    # Detours and routes by credits, two chips, with just the virtual channels without which they could deadlock, and short ones; one less is refused.
    for routes in "valiant mesh 2" "valiant torus 4" "valiant ring 4" "valiant flattened_butterfly 2" "adaptive mesh 1" "adaptive torus 4" "adaptive ring 2" \
        "adaptive flattened_butterfly 2" "adaptive fat_tree 1"; do
        read -r key network classes <<<"$routes"
        for protocol in vi mesi; do
            needed=$((2 * classes * ($([ $protocol = vi ] && echo 2 || echo 3))))
            machine=(--set "machines.dynamic={ preset: gpu-persistent, protocol: $protocol, topology: $network }" --set machines.phase.policy=list
                --set "chip.noc.router.$key=true" --set chip.noc.router.depth=2)
            [ $network != fat_tree ] || machine+=(--set chip.noc.concentration=2)
            simulate r "$source/configs/run/tiny2.yaml" "${machine[@]}" --set chip.noc.router.vcs=$needed --start steady
            one_of output_checksum 2 "$routes, $protocol" >sum
            exits 2 check "$source/configs/run/tiny2.yaml" "${machine[@]}" --set chip.noc.router.vcs=$((needed - 1))
            says "^--set: chip.noc.router.vcs: $((needed - 1)) is less than machine dynamic.gpu-persistent needs on a $network: .*allowed: $needed\.\.32"
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
fabrics_of_two_and_more_dimensions)
    # Ways with several turns, datelines in every dimension, groups, switches: both machines end with the same sums on all of them.
    for fabric in "8 torus2d" "16 torus2d" "8 torus3d" "6 dragonfly" "12 dragonfly" "4 switch" "8 switch, leaf: 4, planes: 2"; do
        agree "$fabric" "$source/configs/run/tiny.yaml" --start steady --start cold --set workload.parallel.tensor=4 --set "server.chips=${fabric%% *}" \
            --set "server.fabric={ topology: ${fabric#* }, link: { bandwidth: 64 GB/s, latency: 20 ns } }"
        sum=${sum:-$(cat output_checksum)}
        same "$fabric: output checksum" "$(cat output_checksum)" "$sum"
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
    # In the midst of the measured repeat, the only one of a cold run: of what there is by then all laws hold (bpsim checks
    # them and aborts otherwise: what entered a link has left it or is on it), and causes sum. How long a run takes
    # to get there is the host's business: a try that comes too early is made again, later. Eight units with 16 causes each.
    set -m
    for signal in INT:130 TERM:143; do
        measured=0
        for pause in 0.4 0.8 1.6 3 6 12; do
            rm -rf stopped
            "$bpsim" run "$source/configs/run/tiny2.yaml" --machine dynamic "${both[@]}" --set workload.layers=500 --set machines.dynamic.topology=mesh \
                --set chip.noc.router.vcs=6 --start cold --jobs 2 --out stopped --progress=none >out 2>log &
            pid=$!
            for _ in $(seq 500); do [ -d stopped ] && break; sleep 0.01; done
            sleep $pause
            kill -"${signal%:*}" $pid || true # it has failed, and the exit code says so
            code=0
            wait $pid || code=$?
            same "exit code after SIG${signal%:*}" $code "${signal#*:}"
            ! grep -q 'rule broken' log || fail "a run stopped in its midst breaks a law"
            grep -q '^  "interrupted": true,$' stopped/results.json || fail "results are not marked"
            measured=$(awk -F, '$3 == "makespan" && $4 > 0 { n++ } END { print n + 0 }' stopped/summary.csv)
            [ "$measured" -eq 0 ] || break
        done
        [ "$measured" -gt 0 ] || fail "no run had begun"
        awk -F, 'FILENAME ~ /summary/ && $3 == "makespan" { span[$1 "." $2] = $4; runs++ }
            FILENAME ~ /idle/ && FNR > 1 { sum[$1 "," $2] += $4; units++ }
            FILENAME ~ /links/ && FNR > 1 { if ($12 > $11) print $1, $2, $6, $11 " entered, " $12 " left"; entered[$1] += $11 }
            END { for (u in sum) { split(u, p, ","); if (sum[u] != span[p[1]]) print u, sum[u], span[p[1]] }
                if (!runs || units != 8 * 16 * runs) print units + 0 " rows of units in " runs + 0 " runs"
                for (r in span) if (span[r] > 20000 && !entered[r]) print r ": " span[r] " cycles and nothing on a link" }' \
            stopped/summary.csv stopped/idle.csv stopped/links.csv >log
        [ ! -s log ] || fail "causes of a part do not sum to its cycles, or links do not keep their law"
    done
    ;;
phase_machine_without_progress_says_who_waits)
    # What enters the link from chip 0 to chip 1 comes after more cycles than any schedule has: the receiver's port waits for
    # it and holds the counters of both chips.
    exits 4 run "$source/configs/run/tiny2.yaml" --policy list --start cold --inject 0:1:0:1000000000 --on-violation stall --out stuck --quiet
    says '^phase.list.cold: chip1.ctl: slot [0-9]+ of [0-9]+, phase [0-9]+, the counter is held$'
    says '^phase.list.cold: chip1.ctl: holds slot [0-9]+ for link port [0-9]+$'
    says '^phase.list.cold: chip0.ctl: holds slot [0-9]+ for a neighbour$'
    says '^phase.list.cold: chip1.from_chip0: slot [0-9]+: waits to inject transfer [0-9]+, .* it has not come$'
    says 'phase.list.cold failed with exit code 4'
    ;;
dynamic_machine_without_progress_says_who_waits)
    # One word of one signal is never sent: its counter stays one too low, and the tasks that wait for it poll for ever.
    for preset in gpu-today gpu-persistent; do
        for protocol in vi mesi; do
            run=dynamic.$preset.cold
            exits 4 run "$source/configs/run/tiny2.yaml" "${both[@]}" --set machines.dynamic.protocol=$protocol --machine dynamic.$preset --start cold \
                --debug-lose-signal --out stuck --quiet
            says "^$run: --debug-lose-signal: task [0-9]+ of chip [0-9]+ does not add to counter word [0-9]+ of chip [0-9]+\$"
            word=$(sed -n 's/.*: --debug-lose-signal: .* counter word \([0-9]*\) of chip .*/\1/p' log)
            chip=$(sed -n 's/.*: --debug-lose-signal: .* of chip \([0-9]*\)$/\1/p' log)
            task=$(sed -n 's/.*: --debug-lose-signal: task \([0-9]*\) of .*/\1/p' log)
            says "^$run: chip$chip.unit[0-9]+: .*task [0-9]+ .*waits for .* in counter word $word of its chip"
            says "^$run: chip$chip.unit[0-9]+: counter word $word: ([0-9]+) of [0-9]+ signals have come; outstanding: of task $task \(ended, not sent\)\$"
            says "^$run: chip$chip.dispatch: .*running"
            says "$run failed with exit code 4"
        done
    done
    # Where nothing waits for a signal none can be lost.
    exits 2 run "$source/configs/run/tiny2.yaml" --policy list --start cold --debug-lose-signal --out stuck --quiet
    says 'is for dynamic machines'
    ;;
what_does_not_fit_names_the_key_that_helps)
    tiny=("$source/configs/run/tiny.yaml" "${both[@]}" --machine dynamic.gpu-today --start cold --quiet --out r)
    # A thread takes 128 bytes of registers, an SM of this server has 64 KiB.
    for warps in 64 16; do
        exits 3 run "${tiny[@]}" --set machines.dynamic.sm.warps_per_cta=$warps
        says "the threads of a CTA take $((warps * 32 * 128)) bytes of registers .* fewer machines.dynamic.sm.warps_per_cta, or more machines.dynamic.sm.registers"
    done
    exits 3 run "${tiny[@]}" --set machines.dynamic.sm.warps_per_cta=8 --set 'machines.dynamic.sm.registers=32900 B'
    says 'the sums of a tile have 132 bytes of registers .* fewer machines.dynamic.sm.warps_per_cta, or more machines.dynamic.sm.registers'
    exits 0 run "${tiny[@]}" --set machines.dynamic.sm.warps_per_cta=2 --set 'machines.dynamic.sm.registers=32900 B'
    # Slices in flight take shared memory. Who does as he is told gets there, though each tile speaks for itself only.
    small=(--set 'machines.dynamic.sm.shared=5 KiB') stages=16 code=3
    while [ $code -eq 3 ]; do
        exits 3 run "${tiny[@]}" "${small[@]}" --set machines.dynamic.sm.stages=$stages
        says 'its slices take [0-9]+ each: machines\.dynamic\.sm\.stages of at most [0-9]+, or more machines\.dynamic\.sm\.shared$'
        fit=$(sed -n 's/.* of at most \([0-9]*\), or more.*/\1/p' log | head -n 1)
        [ "$fit" -ge 1 ] && [ "$fit" -lt $stages ] || fail "$stages stages are too many, $fit would fit"
        stages=$fit code=0
        "$bpsim" run "${tiny[@]}" "${small[@]}" --set machines.dynamic.sm.stages=$stages >out 2>log || code=$?
    done
    same "with $stages stages: exit code" $code 0
    exits 3 run "${tiny[@]}" "${small[@]}" --set machines.dynamic.sm.stages=$((stages + 1))
    exits 3 run "${tiny[@]}" --set 'machines.dynamic.sm.shared=1 KiB' --set machines.dynamic.sm.stages=2
    says 'its slices take [0-9]+ each: more machines.dynamic.sm.shared '
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
a_line_that_holds_too_much_is_refused)
    printf 'include: %s\nname: far\nserver: { chips: 4, fabric: { topology: ring, link: { bandwidth: 300 GB/s, latency: 1 ms } } }\n' \
        "$source/configs/run/tiny-dynamic.yaml" >far.yaml
    exits 3 check far.yaml
    says '^far.yaml:3:.*: server.fabric.link.latency: a line with buffers of [0-9]* packets has up to [0-9]* under way'
    exits 0 check far.yaml --set machines.dynamic.link_queue=1000
    exits 3 check far.yaml --set machines.dynamic.link_queue=1048576
    says '^--set: machines.dynamic.link_queue: a line with buffers of 1048576 packets'
    ;;
rules_of_the_phase_machine_hold_where_it_runs)
    # Links so fast that their staging buffers leave no SRAM; buffers as large as it. No dynamic machine has any.
    one=(--start cold --quiet --out r)
    for set in 'server.fabric.link.bandwidth=10 TB/s' 'chip.memory.staging=512 KiB' 'machines.phase.compile.max_burst=32 KiB'; do
        alone=(--set machines.phase.policy=none --set "$set")
        exits $([[ $set == server* ]] && echo 3 || echo 2) check "$source/configs/run/tiny-dynamic.yaml" --set "$set"
        says 'staging'
        case $set in *max_burst*) ;; *) exits 0 check "$source/configs/run/tiny-dynamic.yaml" "${alone[@]}" ;; esac
        # The options name one where the file does not.
        exits $([[ $set == server* ]] && echo 3 || echo 2) compile "$source/configs/run/tiny-dynamic.yaml" "${alone[@]}" --policy list --start cold
        says 'staging'
        for machine in 'phase.*' '*'; do
            exits $([[ $set == server* ]] && echo 3 || echo 2) run "$source/configs/run/tiny-dynamic.yaml" --set "$set" --machine "$machine" "${one[@]}"
            says 'staging'
        done
        exits 0 run "$source/configs/run/tiny-dynamic.yaml" --set "$set" --machine 'dynamic.gpu-today' "${one[@]}"
        exits 0 run r/config.yaml --start cold --quiet --out again
    done
    # The other rules are everybody's.
    exits 2 run "$source/configs/run/tiny-dynamic.yaml" --set 'chip.noc.flit=48 B' --machine 'dynamic.*' "${one[@]}"
    says 'no power of two'
    ;;
*) fail "no such case" ;;
esac
