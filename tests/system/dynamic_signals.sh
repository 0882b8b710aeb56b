#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dynamic_signals.sh BPSIM CASE SOURCE - the waveform of the dynamic machine says what the results say. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 source=$(realpath "$3")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
four=(--set server.chips=4 --set 'server.fabric={ topology: ring, link: { bandwidth: 64 GB/s, latency: 20 ns } }')

one_run() { # one_run FUNCTION CONFIG MACHINE START ARGS...: with a waveform in w.vcd, its results in r
    local function=$1 config=$source/configs/run/$2.yaml machine=$3 start=$4
    shift 4
    run=dynamic.$machine.$start
    options=("$config" --set 'machines.dynamic.preset=[gpu-today, gpu-persistent]' --machine "dynamic.$machine" --start "$start" "$@")
    simulate r "${options[@]}" --vcd w.vcd
    period=$(field r $run period_fs)
    durations w.vcd "$period" >held
    "$function"
}
each_run() {
    one_run "$1" tiny2 gpu-today cold
    one_run "$1" tiny2 gpu-persistent steady --set machines.dynamic.protocol=mesi
    one_run "$1" tiny gpu-today steady "${four[@]}"
    one_run "$1" random gpu-persistent cold "${four[@]}" --set machines.dynamic.protocol=mesi --set machines.dynamic.topology=mesh --set chip.noc.router.vcs=6
    one_run "$1" switch-reduce gpu-persistent cold --set workload.sequence=16 --set workload.d_model=192 --set workload.heads=4 --set workload.d_ff=256
}
# cycles VARIABLE VALUE: cycles in which variables of this name had this value, over all scopes.
cycles() { awk -v v="$1" -v n="$2" '{ split($1, s, "."); if (s[length(s)] == v && $2 == n) sum += $3 } END { printf "%.0f\n", sum }' held; }

states_are_the_causes() {
    # Padding is known per task, not per cycle: it is shown as compute.useful.
    durations w.vcd "$period" $(($(field r $run makespan_cycles) * period)) >held
    sed -n 's/^\$comment codes of state: \(.*\) \$end$/\1/p' w.vcd | tr ' ' '\n' | tr '=' ' ' >codes
    awk 'NR == FNR { cause[$1] = $2; next } $1 ~ /\.state$/ { sub(/\.state$/, "", $1); print $1 "," cause[$2] "," $3 }' codes held | sort >waveform
    awk -F, 'NR > 1 && $4 > 0 { sub(/padding/, "useful", $3); sum[$2 "," $3] += $4 } END { for (k in sum) print k "," sum[k] }' r/idle.csv | sort >results
    agree "cycles of each cause"
}
links_are_busy_cycles() {
    awk '$1 ~ /(noc|local|links)\.[^._]*-[^._]*$|\.adder$/ { sub(/^links\./, "", $1); links[$1] = 1; if ($2 == 1) busy[$1] = $3 }
        END { for (l in links) print l, busy[l] + 0 }' held | sort >waveform
    awk -F, 'NR > 1 { busy[$2] += $13 } END { for (l in busy) print l, busy[l] }' r/links.csv | sort >results
    agree "cycles in which a link is busy"
}
classes_are_those_of_the_link() {
    # Each class that links.csv has bytes of is shown on its link, and no other one.
    sed -n 's/^\$comment codes of class: \(.*\) \$end$/\1/p' w.vcd | tr ' ' '\n' | tr '=' ' ' >codes
    awk -F, 'NR > 1 && $13 > 0 { print $2, $6 }' r/links.csv | sort >results
    awk 'NR == FNR { class[$1] = $2; next }
        $1 == "$scope" { scope[++n] = $3 } $1 == "$upscope" { n-- }
        $1 == "$var" { s = scope[1]; for (i = 2; i <= n; i++) s = s "." scope[i]; sub(/\[.*/, "", $5); sub(/^links\.?/, "", s)
            if ($5 ~ /_class$/) { sub(/_class$/, "", $5); of[$4] = s (s == "" ? "" : ".") $5 } else if ($5 ~ /-|^adder$/) busy[$4] = s (s == "" ? "" : ".") $5 }
        /^#/ { flush() } /^b/ && ($2 in of) { v = 0; for (i = 2; i <= length($1); i++) v = 2 * v + substr($1, i, 1); now[of[$2]] = v; touched[of[$2]] = 1 }
        /^1/ && (substr($1, 2) in busy) { up[busy[substr($1, 2)]] = 1; touched[busy[substr($1, 2)]] = 1 }
        /^0/ && (substr($1, 2) in busy) { up[busy[substr($1, 2)]] = 0 }
        function flush(    l) { for (l in touched) if (up[l]) print l, class[now[l] + 0]; split("", touched) }
        END { flush() }' codes w.vcd | sort -u >waveform
    agree "classes of links"
}
memory_commands_are_counted() {
    for c in 'row_command 1 dram_act' 'column_command 1 dram_rd' 'column_command 2 dram_wr'; do
        # shellcheck disable=SC2086
        set -- $c
        same "$run: $3" "$(cycles "$1" "$2")" "$(event r $run "$3")"
    done
    [ "$(cycles row_command 1)" -gt 0 ] || fail "$run: no row was opened"
    ! grep -q '\.columns ' held || fail "$run: numbers of columns, though a cycle has one at most"
}
columns_of_a_cycle_are_counted() {
    # Where a cycle has several, their numbers add up.
    same "$run: columns" "$(awk '$1 ~ /\.columns$/ { sum += $2 * $3; if ($2 > 1) several = 1 } END { printf "%.0f\n", several ? sum : -1 }' held)" \
        "$(($(event r $run dram_rd) + $(event r $run dram_wr)))"
}
everything_is_back_where_it_was() {
    # At the end of a run no flit, request, miss or packet is left: levels end at 0, pulses too.
    awk '$1 == "$var" && $5 ~ /^(misses|requests|writes|reads|l1_misses|event|.*_queue|.*_(request|forward|response)(_far)?_vc[0-9]+|issue|l1_acquire)$/ { name[$4] = $5; v[$4] = "b0"; n++ }
        { id = $2 } /^[01]/ { id = substr($1, 2) } id in name { v[id] = $1 }
        END { if (n < 20) print n " variables"; for (i in name) if (v[i] !~ /^b?0/) print name[i], v[i] }' w.vcd >log
    [ ! -s log ] || fail "$run: not empty at the end"
}
vcs_hold_no_more_than_their_buffers() {
    # Flits by VC: each stays within its buffer, and more than one VC of a port is used.
    local depth
    depth=$(sed -n 's/^ *depth: \([0-9]*\).*/\1/p' r/config.yaml)
    awk -v depth="$depth" '$1 ~ /_vc[0-9]+$/ && $2 > 0 { if ($2 > depth) print $1 ": " $2 " flits in a buffer of " depth
            vc = $1; sub(/_[a-z_]*_vc/, " ", vc); if (!(vc in seen)) { seen[vc] = 1; split(vc, p, " "); vcs[p[1]]++ } }
        END { for (port in vcs) if (vcs[port] > 1) shared++; if (!shared) print "no port uses two VCs" }' held >log
    [ ! -s log ] || fail "$run: flits in buffers"
}
every_kind_of_signal_moves() {
    # A variable that stands still for a whole run would also end at 0. Not asked of it: queues that a work need not
    # fill (eject, requests, writes, source queues), and ways that its messages do not take.
    local seen kind
    seen=$(awk '$2 != 0 { n = split($1, s, "."); v = s[n]; gsub(/[0-9]+/, "N", v); print v }' held | sort -u)
    for kind in state issue warpN lN_misses lN_acquire event misses kernel row_command column_command bank uN-rN rN-uN \
        uN_request_vcN sN_response_vcN; do
        grep -qx -- "$kind\(\[.*\]\)\{0,1\}" <<<"$seen" || fail "$run: $kind never moves"
    done
    for kind in "miss l2_misses" "forward forwards" "invalidate invalidations" "atomic atomics"; do
        [ "$(event r $run "${kind#* }")" -eq 0 ] || [ "$(cycles event "$(code_of event "${kind% *}")")" -gt 0 ] || fail "$run: no slice shows ${kind% *}"
    done
    for kind in latency slice fence done; do
        awk -v n="$(code_of warp $kind)" '$1 ~ /\.warp[0-9]+$/ && $2 == n { found = 1 } END { exit !found }' held || fail "$run: no warp is in state $kind"
    done
}
code_of() { sed -n 's/^\$comment codes of '"$1"': \(.*\) \$end$/\1/p' w.vcd | tr ' ' '\n' | sed -n 's/^\([0-9]*\)='"$2"'$/\1/p'; }
order_and_sleep_do_not_show() {
    # Nor does looking: the results are those of a run without a waveform.
    cp w.vcd first.vcd
    mv r watched
    for more in "" "--vcd w.vcd --debug-no-sleep" "--vcd w.vcd --debug-shuffle 3" "--vcd w.vcd --debug-shuffle 4 --debug-no-sleep"; do
        # shellcheck disable=SC2086
        simulate r "${options[@]}" $more
        diff -r watched r >log || fail "$run: results differ: $more"
        cmp first.vcd w.vcd >log || fail "$run: waveforms differ: $more"
    done
    rm -rf watched
}
scopes_choose() {
    simulate r "$source/configs/run/tiny2.yaml" --set 'machines.dynamic.preset=[gpu-today]' --machine dynamic --start cold --vcd w.vcd --vcd-scope 'chip0.l2_1'
    same "variables of a slice" "$(awk '$1 == "$var" { print $5 }' w.vcd | sort | tr '\n' ' ')" "event misses requests writes "
    simulate r "$source/configs/run/tiny2.yaml" --set 'machines.dynamic.preset=[gpu-today]' --machine dynamic --start cold --vcd w.vcd --vcd-scope '*.warp?'
    [ "$(grep -c '^\$var' w.vcd)" -gt 0 ] && ! awk '$1 == "$var" { print $5 }' w.vcd | grep -qv '^warp[0-9]$' || fail "other variables than warps"
}

case $name in
gtkwave_gives_back_every_change) command -v vcd2fst >/dev/null && command -v fst2vcd >/dev/null || exit 77 ;;
scopes_choose)
    scopes_choose
    exit 0
    ;;
columns_of_a_cycle_are_counted)
    one_run $name tiny-dynamic gpu-persistent cold --set chip.clock='250 MHz'
    one_run $name tiny-dynamic gpu-today steady --set chip.clock='700 MHz' --set machines.dynamic.protocol=mesi
    exit 0
    ;;
states_are_the_causes | links_are_busy_cycles | classes_are_those_of_the_link | memory_commands_are_counted | everything_is_back_where_it_was | \
    vcs_hold_no_more_than_their_buffers | every_kind_of_signal_moves | order_and_sleep_do_not_show) ;;
*) fail "no such case" ;;
esac
each_run "$name"
