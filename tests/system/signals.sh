#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# signals.sh BPSIM CASE CONFIG - the waveform says what the results say, for every policy, cold and steady. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 config=$(realpath "$3")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"

each_run() { # each_run FUNCTION: with a waveform of each run in w.vcd, its results in r, run, policy and start set
    for policy in levels barrier list; do
        for start in cold steady; do
            run=phase.$policy.$start
            simulate r "$config" --machine phase.$policy --start $start --vcd w.vcd
            period=$(field r $run period_fs)
            durations w.vcd "$period" >held
            "$1"
        done
    done
}
bits_are_on_cycles() {
    awk '$1 ~ /\.bit$/ { sub(/\.bit$/, "", $1); units[$1] = 1; if ($2 == 1) on[$1] = $3 } END { for (u in units) print u, on[u] + 0 }' held | sort >waveform
    grep '"on_cycles"' r/results.json | sed 's/.*{\(.*\)}.*/\1/; s/"//g; s/://g; s/, /\n/g' | sort >results
    agree "cycles in which a bit is 1"
}
states_are_the_causes() {
    sed -n 's/^\$comment codes of state: \(.*\) \$end$/\1/p' w.vcd | tr ' ' '\n' | tr '=' ' ' >codes
    awk 'NR == FNR { cause[$1] = $2; next } $1 ~ /\.state$/ { sub(/\.state$/, "", $1); print $1 "," cause[$2] "," $3 }' codes held | sort >waveform
    awk -F, 'NR > 1 && $4 > 0 { print $2 "," $3 "," $4 }' r/idle.csv | sort >results
    agree "cycles of each cause"
}
phase_index_is_phases_csv() {
    # Each change of the index of chip 0 with its cycle; phases of equal start share one change.
    awk -v p="$period" '$1 == "$scope" { s = $3 } $1 == "$var" && $5 == "phase" && s == "ctl" && !id { id = $4 }
        function decimal(s,    i, v) { v = 0; for (i = 1; i <= length(s); i++) v = 2 * v + substr(s, i, 1); return v }
        /^#/ { t = substr($1, 2) } /^b/ && $2 == id { printf "%d %.0f\n", decimal(substr($1, 2)), t / p }' w.vcd >waveform
    awk -F, 'NR > 1 { print $2, $3 }' r/phases.csv >results
    agree "phases"
}
links_are_busy_cycles() {
    # Names of links are those of the results; chip links stand in the scope `links`.
    awk '$1 ~ /(noc|local|links)\.[^.]*-[^.]*$/ && $1 !~ /_class$/ { sub(/^links\./, "", $1); links[$1] = 1; if ($2 == 1) busy[$1] = $3 }
        END { for (l in links) print l, busy[l] + 0 }' held | sort >waveform
    awk -F, 'NR > 1 && $2 !~ /broadcast$/ { busy[$2] += $13 } END { for (l in busy) print l, busy[l] }' r/links.csv | sort >results
    agree "cycles in which a link is busy"
}
case $name in
gtkwave_gives_back_every_change)
    command -v vcd2fst >/dev/null && command -v fst2vcd >/dev/null || exit 77
    ;;
bits_are_on_cycles | states_are_the_causes | phase_index_is_phases_csv | links_are_busy_cycles) ;;
*) fail "no such case" ;;
esac
each_run "$name"
