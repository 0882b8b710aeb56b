#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# laws.sh BPSIM CASE CONFIG... [-- OPTIONS of each run] - what must hold in the files of every run, found again from the files alone: sums, conservation,
# headers, and that the machine did what the compiler said. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2
configs=() options=()
shift 2
while [ $# -gt 0 ] && [ "$1" != -- ]; do configs+=("$(realpath "$1")"); shift; done
[ $# -eq 0 ] || options=("${@:2}")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"
causes="compute.useful compute.padding memory.l1 memory.l2 memory.dram network.noc network.link coherence control.issue
control.launch control.dispatch control.toggle control.guard imbalance dependency no_work"

runs_of() { sed -n 's/^    "\('"${1:-[a-z]*}"'\.[a-z-]*\.[a-z]*\)": {$/\1/p' r/results.json; } # [KIND]
# Each awk program below prints what is wrong; nothing printed is good.
silent() { # silent WHAT FILE-WITH-FINDINGS
    [ ! -s "$2" ] || { mv "$2" log; fail "$config: $1"; }
}

headers_are_the_contract() {
    same "$config: summary.csv" "$(head -n 1 r/summary.csv)" 'machine,start,metric,value,unit'
    same "$config: idle.csv" "$(head -n 1 r/idle.csv)" 'machine,unit,cause,cycles'
    same "$config: links.csv" "$(head -n 1 r/links.csv)" \
        'machine,link,from,to,type,class,payload,header,padding,retry,entered,left,busy_cycles,peak_queue'
    same "$config: phases.csv" "$(head -n 1 r/phases.csv)" 'machine,phase,start_cycle,length_cycles,units_on,tasks,transfers'
    same "$config: conflicts.csv" "$(head -n 1 r/conflicts.csv)" 'machine,place,kind,count'
    [ ! -e r/power.csv ] || fail "$config: power.csv without an energy model"
    local n f key
    for f in r/*.csv; do
        awk -F, 'NR == 1 { n = NF } NF != n { print FILENAME ": line " NR ": " $0 } /["\r]/ { print FILENAME ": line " NR }' "$f" >bad
        silent "lines that do not fit the header" bad
    done
    for key in schema_version name bpsim_version config_hash warnings silicon machines; do
        same "$config: top key $key" "$(grep -c "^  \"$key\": " r/results.json)" 1
    done
    n=$(runs_of | wc -l)
    same "$config: runs with a policy" "$(grep -c '^      "policy": ' r/results.json)" "$(runs_of phase | wc -l)"
    same "$config: runs with a preset" "$(grep -c '^      "preset": ' r/results.json)" "$(runs_of dynamic | wc -l)"
    for key in kind start makespan_cycles clock_hz period_fs time_ns macs_executed macs_padded work_hash tasks_hash output_checksum \
        numeric_checksum lower_bound schedule_bound gap against_dynamic states on_cycles links injected delivered replicated byte_hops conflicts events \
        energy_pj phases interrupted; do
        same "$config: runs with key $key" "$(grep -c "^      \"$key\": " r/results.json)" "$n"
    done
    same "$config: checksums of 16 hex digits" "$(grep -cE '^      "(output|numeric)_checksum": "[0-9a-f]{16}",$' r/results.json)" $((2 * n))
    same "$config: hashes of 64 hex digits" "$(grep -cE '^      "(work|tasks)_hash": "[0-9a-f]{64}",$' r/results.json)" $((2 * n))
}

causes_sum_to_the_makespan() {
    awk -F, -v causes="$causes" '
        BEGIN { n = split(causes, order, /[ \n]+/) }
        FILENAME ~ /summary/ && $3 == "makespan" { span[$1 "." $2] = $4 }
        FILENAME ~ /summary/ && $3 ~ /^idle\./ { total[$1 "." $2, substr($3, 6)] = $4; totals++ }
        FILENAME ~ /idle/ && FNR > 1 {
            if ($3 != order[(FNR - 2) % n + 1]) print "line " FNR ": " $3 " out of order"
            sum[$1 "," $2] += $4; count[$1 "," $2]++; by[$1, $3] += $4
        }
        END {
            for (u in sum) { split(u, p, ","); units++
                if (sum[u] != span[p[1]] || count[u] != n) print u ": " count[u] " causes, sum " sum[u] ", makespan " span[p[1]] }
            for (k in total) if (total[k] != by[k]) print "idle." k ": " total[k] ", units say " by[k]
            if (!units || totals != n * length(span)) print totals " totals, " units " units"
        }' r/summary.csv r/idle.csv >bad
    silent "causes" bad
    # results.json says the same as idle.csv, unit by unit.
    awk '/^    "(phase|dynamic)\./ { run = $1; gsub(/[":]/, "", run) } /^        "chip[0-9]+\.unit[0-9]+": \{"compute/ {
            unit = $1; gsub(/[":]/, "", unit); line = $0; sub(/^[^{]*\{/, "", line); sub(/\}.*/, "", line)
            n = split(line, p, ", "); for (i = 1; i <= n; i++) { gsub(/"/, "", p[i]); split(p[i], q, ": "); print run "," unit "," q[1] "," q[2] } }' \
        r/results.json >states
    tail -n +2 r/idle.csv | cmp - states >log || fail "$config: results.json and idle.csv differ"
}

# A row says by itself which boxes it joins: on one server with several chips no name is another chip's, too.
links_join_boxes_of_the_server() {
    awk -F, '
        function chip(box) { sub(/\..*/, "", box); return box }
        FNR > 1 {
            box = $5 == "adder" ? "^switch[0-9]+$" : $5 == "chip" ? "^(chip|switch)[0-9]+$" : $5 == "noc" ? "^chip[0-9]+[.](r[0-9]+|ctl|units)$" : "^chip[0-9]+[.](unit|r|port|hbm|l2_)[0-9]+$"
            if ($3 !~ box || $4 !~ box) print $1 " " $2 ": from " $3 " to " $4
            else if ($5 == "adder" && ($3 != $4 || $3 ".adder" != $2)) print $1 " " $2 ": from " $3 " to " $4
            else if ($5 != "chip" && (chip($3) != chip($2) || chip($4) != chip($2))) print $1 " " $2 ": from " $3 " to " $4 ", another chip"
            else if ($5 == "chip" && $3 "-" $4 != $2) print $1 " " $2 ": from " $3 " to " $4
            twin = $5 == "noc" && match($2, /_[0-9]+$/) ? substr($2, RSTART + 1) : 0 # parallel links are numbered
            ends[$1, $3, $4, twin] = ends[$1, $3, $4, twin] == "" || ends[$1, $3, $4, twin] == $2 ? $2 : "two"
            if (ends[$1, $3, $4, twin] == "two" || (twin > 0 && ends[$1, $3, $4, twin - 1] == "")) print $1 " " $2 ": the ends of another link"
            n++
        }
        END { if (!n) print "no link" }' r/links.csv >bad
    silent "ends of links" bad
}

links_keep_their_law() {
    local flit units
    local empty=0 # work whose edges carry no bytes: a dynamic machine sends nothing but counters
    ! grep -q '"output_checksum": "0000000000000000"' r/results.json || empty=1
    flit=$(field_of_config flit) units=$(($(silicon noc.units) / $(silicon chips)))
    awk -F, -v flit="$flit" -v units="$units" -v empty=$empty '
        FILENAME ~ /summary/ && $3 == "makespan" { span[$1 "." $2] = $4 }
        FILENAME ~ /summary/ && $3 ~ /^link_bytes\./ { said[$1 "." $2, substr($3, 12)] = $4 }
        FILENAME ~ /results/ && /^    "(phase|dynamic)\./ { run = $1; gsub(/[":{ ]/, "", run) }
        FILENAME ~ /results/ && /^      "(injected|delivered|replicated|in_flight|byte_hops)"/ { key = $1; v = $1; gsub(/[": 0-9]/, "", key); gsub(/[^0-9]/, "", v); json[run, key] = v }
        FILENAME ~ /links/ && FNR > 1 {
            where = $1 " " $2 " " $6
            if ($7 + $8 + $9 + $10 != $11) print where ": parts do not sum to what entered"
            if ($12 > $11 || ($11 != $12 && json[$1, "in_flight"] == 0)) print where ": " $11 " entered, " $12 " left"
            if ($13 > span[$1]) print where ": busy in " $13 " of " span[$1] " cycles"
            if ($5 == "noc" || $5 == "chip") { class[$1, $6] += $11; hops[$1] += $11 }
            up = $3 ~ /^chip/ || substr($3, 7) + 0 < substr($4, 7) + 0 # leaves have lower numbers than spines
            if ($5 == "chip" && $4 ~ /^switch/ && up && $6 == "data" && $11 > 0) lines[$1, $4]++ # those of chips without a part of the work are empty
            if ($5 == "adder") { taken[$1, $3] += $7; adds[$1] = 1; if ($11 > 0 && $13 == 0) print where ": adds in no time" }
            if ($1 ~ /^dynamic/) { # SMs and slices are the sources and the ends, and switches that add; what ports pass on is on its way
                if ($5 == "adder") injected[$1] += $7
                if ($2 ~ /\.local\.[us][0-9]+-/) injected[$1] += $7
                if ($2 ~ /\.local\.r[0-9]+-[us][0-9]+$/) delivered[$1] += $7
                next # what follows is about slots
            }
            broadcast = $2 ~ /broadcast$/
            if (!broadcast && $11 % flit) print where ": " $11 " B are no whole flits"
            if ($5 == "chip" && $3 ~ /^switch/) down[$1] += $7
            if (!broadcast && ($5 == "noc" || $5 == "local") && $11 != flit * $13) print where ": " $11 " B in " $13 " cycles"
            if (!broadcast && $9 >= $11 && $11 > 0) print where ": nothing but padding"
            if ($5 == "local" && $3 ~ /(unit|hbm)[0-9]+$/) injected[$1] += $7
            if ($5 == "local" && $4 ~ /(unit|hbm)[0-9]+$/) delivered[$1] += $7
            if (broadcast) { injected[$1] += $7; delivered[$1] += $7 * units }
        }
        END {
            for (r in span) { n++
                if (json[r, "injected"] + json[r, "replicated"] != json[r, "delivered"] + json[r, "in_flight"]) print r ": network law"
                if (hops[r] + 0 != json[r, "byte_hops"]) print r ": byte_hops " json[r, "byte_hops"] ", links say " hops[r]
                if (json[r, "injected"] == 0 && !(empty && r ~ /^dynamic/)) print r ": nothing was injected"
                # Sums are made in switches: no more of them than what goes down, and of each line a partial for each.
                for (k in taken) if (index(k, r SUBSEP) == 1) delivered[r] += taken[k] * lines[k]
                sums = json[r, "injected"] - injected[r]
                if (adds[r] && sums > 0 && sums <= down[r]) injected[r] += sums
                if (injected[r] + 0 != json[r, "injected"]) print r ": injected " json[r, "injected"] ", links say " injected[r] + 0
                if (delivered[r] + 0 != json[r, "delivered"]) print r ": delivered " json[r, "delivered"] ", links say " delivered[r] + 0
            }
            for (k in said) if (said[k] != class[k] + 0) print "link_bytes." k ": " said[k] ", links say " class[k] + 0
            if (!n) print "no run"
        }' r/summary.csv r/results.json r/links.csv >bad
    silent "links" bad
}

# Each line that an SM loads or stores, and each read that a slice takes, is accounted for once.
caches_account_for_every_access() {
    local run k
    for run in $(runs_of dynamic); do
        for k in loads stores l1_hits l1_misses l1_merges l1_throughs l2_reads l2_hits l2_misses l2_merges; do
            local "$k=$(event r "$run" $k)"
        done
        # shellcheck disable=SC2154
        same "$config: $run: lines asked of the L1s" $((l1_hits + l1_misses + l1_merges + l1_throughs)) $((loads + stores))
        # shellcheck disable=SC2154
        same "$config: $run: reads of the L2" $((l2_hits + l2_misses + l2_merges)) "$l2_reads"
    done
}

phases_tile_the_run() {
    awk -F, '
        FILENAME ~ /summary/ && $3 == "makespan" { span[$1 "." $2] = $4 }
        FILENAME ~ /results/ && /^    "(phase|dynamic)\./ { run = $1; gsub(/[":{ ]/, "", run) }
        FILENAME ~ /results/ && /^      "phases"/ { v = $1; gsub(/[^0-9]/, "", v); count[run] = v }
        FILENAME ~ /results/ && /^      "on_cycles"/ { for (i = 1; i <= NF; i++) { v = $i; sub(/.*: /, "", v); gsub(/[^0-9]/, "", v); on[run] += v } }
        FILENAME ~ /results/ && /^        "tasks": / { v = $1; gsub(/[^0-9]/, "", v); tasks[run] = v }
        FILENAME ~ /phases/ && FNR > 1 {
            if ($2 != seen[$1] + 0 || $3 != end[$1] + 0) print $1 ": phase " $2 " at " $3 ", the one before ends at " end[$1] + 0
            seen[$1]++; end[$1] = $3 + $4; lit[$1] += $4 * $5; begun[$1] += $6
        }
        END { for (r in span) { n++
                if (r ~ /^dynamic/ && (count[r] != 0 || seen[r])) print r ": a dynamic machine with phases"
                if (r ~ /^dynamic/) continue
                if (end[r] != span[r]) print r ": phases end at " end[r] ", makespan " span[r]
                if (seen[r] != count[r]) print r ": " seen[r] " phases, results say " count[r]
                if (lit[r] != on[r]) print r ": bits are 1 in " on[r] " unit-cycles, phases say " lit[r]
                if (begun[r] != tasks[r]) print r ": " begun[r] " tasks begin in phases, " tasks[r] " ran" }
            if (!n) print "no run" }' r/summary.csv r/results.json r/phases.csv >bad
    silent "phases" bad
}

figures_follow_from_each_other() {
    local run toggle macs_per_cycle
    toggle=$(field_of_config toggle_cycles) macs_per_cycle=$(($(silicon macs) / $(silicon noc.units)))
    for run in $(runs_of); do
        local m=${run%.*} s=${run##*.} span bound
        span=$(metric r "$m" "$s" makespan) bound=$(metric r "$m" "$s" lower_bound)
        same "$config: $run: makespan" "$span" "$(field r "$run" makespan_cycles)"
        [ "$span" -ge "$bound" ] || fail "$config: $run: makespan $span is below the bound $bound"
        awk -v span="$span" -v bound="$bound" -v units="$(silicon noc.units)" -v mpc="$macs_per_cycle" -v macs="$(field r "$run" macs_executed)" \
            -v period="$(field r "$run" period_fs)" -v u="$(metric r "$m" "$s" utilisation)" -v gap="$(metric r "$m" "$s" gap)" \
            -v t="$(metric r "$m" "$s" time)" -v j="$(field r "$run" time_ns)" '
            function off(a, b) { return a == b ? 0 : (a > b ? a - b : b - a) / (a > b ? a : b) }
            BEGIN { bad = off(u, macs / (units * mpc * span)) > 1e-12 || off(1 + gap, span / bound) > 1e-12 ||
                    off(t, span * period / 1e6) > 1e-12 || t != j; exit bad }' || fail "$config: $run: utilisation, gap or time"
        [ "$(field r "$run" macs_padded)" -ge "$(field r "$run" macs_executed)" ] || fail "$config: $run: padding"
        [ "${run%%.*}" = phase ] || continue
        same "$config: $run: toggling" "$(metric r "$m" "$s" idle.control.toggle)" $((toggle * $(event r "$run" tasks)))
    done
}

# What the compiler promised, by policy and start, is what the machine does, to the cycle.
makespan_is_the_schedule() {
    local run p s sums
    for run in $(runs_of phase); do
        p=${run#phase.} s=${p#*.} p=${p%.*}
        exits 0 compile "$config" --policy "$p" --start "$s" --json
        same "$config: $run: makespan" "$(makespan r "$p" "$s")" "$(scalar out makespan)"
        sums=$(event r "$run" switch_sums) # none without adders
        same "$config: $run: tasks" $(($(event r "$run" tasks) + ${sums:-0})) "$(scalar out tasks)"
        same "$config: $run: tasks_hash" "$(field r "$run" tasks_hash)" "$(scalar out tasks_hash)"
        same "$config: $run: lower bound" "$(metric r "phase.$p" "$s" lower_bound)" "$(scalar out lower_bound)"
    done
    for p in levels barrier list; do
        [ "$(makespan r $p steady)" -le "$(makespan r $p cold)" ] || fail "$config: $p: steady is slower than cold"
    done
}

same_work_everywhere() {
    local n
    n=$(runs_of phase | wc -l)
    [ "$n" -eq 6 ] || fail "$config: $n runs"
    for key in output_checksum work_hash macs_executed; do
        same "$config: values of $key" "$(grep "^      \"$key\": " r/results.json | sort -u | wc -l)" 1
    done
    # Policies choose between three tilings (large, fine, columns); with one of them sums are made in one order. A dynamic machine may have its own,
    # and adds in the order of arrival.
    for run in $(runs_of phase); do echo "$(field r "$run" tasks_hash) $(field r "$run" numeric_checksum)"; done | sort -u >tilings
    n=$(cut -d ' ' -f 1 tilings | sort -u | wc -l)
    [ "$n" -le 3 ] || fail "$config: $n tilings"
    same "$config: values of numeric_checksum" "$(wc -l <tilings)" "$n"
    # Edges of the STG file carry no bytes, so there is nothing to sum; everything else has outputs.
    local none=0
    ! grep -q '"output_checksum": "0000000000000000"' r/results.json || none=1
    same "$config: a checksum of nothing" $none "$([ "$(basename "$config")" = stg.yaml ] && echo 1 || echo 0)"
    same "$config: MACs" "$(field r "$(runs_of | head -n 1)" macs_executed)" "$(macs_of_graph)"
}

# ---- figures of the server and the work ----
silicon() { # value of a row of the budget, the same for all machines; noc.units: units of the server
    local item=$1
    [ "$item" != noc.units ] || item=units
    sed -n 's/^    {"item": "'"$item"'", .*"values": {"[^"]*": \([0-9]*\).*/\1/p' r/results.json
}
field_of_config() { sed -n 's/^ *'"$1"': \([0-9]*\).*/\1/p' r/config.yaml; }
# By hand for the configurations of this repository (docs/model/work.md says how each number comes about).
macs_of_graph() {
    case $(basename "$config" .yaml) in
    tiny | tiny2 | switch4) echo $((2 * (16 * 64 * 192 + 4 * 2 * 16 * 16 * 16 + 16 * 64 * 64 + 2 * 16 * 64 * 256))) ;;
    quickstart | full4 | noc-* | ring8 | big | degraded | switch-reduce | switch-leaves) # qkv, scores and values of 12 heads, projection, up and down
        echo $((128 * 768 * 2304 + 12 * 2 * 128 * 128 * 64 + 128 * 768 * 768 + 2 * 128 * 768 * 3072)) ;;
    cnn) # 3 x 3 windows on 32 x 32, pooled, on 16 x 16, pooled, then 8 x 8 x 32 to 10
        echo $((1024 * 32 * 27 + 1024 * 32 * 288 + 2 * 256 * 32 * 288 + 10 * 2048)) ;;
    mlp) echo $((64 * (784 * 512 + 512 * 512 + 512 * 10))) ;;
    pipeline) echo $((8 * 4 * (64 * 64 * 192 + 4 * 2 * 64 * 64 * 16 + 64 * 64 * 64 + 2 * 64 * 64 * 256))) ;;
    random | stg | plain) echo 0 ;;
    *) fail "no MACs known for $config" ;;
    esac
}

for config in "${configs[@]}"; do
    simulate r "$config" "${options[@]}"
    both="headers_are_the_contract causes_sum_to_the_makespan links_join_boxes_of_the_server links_keep_their_law phases_tile_the_run figures_follow_from_each_other
        same_work_everywhere"
    case $name in
    all) cases="$both makespan_is_the_schedule" ;;
    both_machines)
        [ "$(runs_of dynamic | wc -l)" -ge 4 ] || fail "no dynamic machine"
        cases="$both caches_account_for_every_access"
        ;;
    *) cases=$name ;;
    esac
    for c in $cases; do "$c"; done
done
