#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# slots.sh BPSIM CASE SOURCE - slot tables of links, as they are planned and as they are used. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2 source=$(realpath "$3")
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"

case $name in
used_as_planned)
    # On every network: slots that the schedule reserves are those in which the run's links are busy, the flit-by-flit
    # walk agrees, and the run ends when the schedule does.
    for noc in mesh torus ring crossbar flattened_butterfly partitioned_crossbar "fat_tree, concentration: 2" "mesh, concentration: 2"; do
        set=(--set "chip.noc={ topology: $noc }")
        exits 0 compile "$source/configs/run/tiny2.yaml" "${set[@]}" --policy list --start steady --json -o s.bps
        planned=$(scalar out makespan)
        exits 0 schedule verify s.bps
        exits 0 schedule show s.bps --links '*' --csv
        awk -F, '$2 != "chip" && NR > 1 { print $1, $4, $5 }' out | sort >planned.slots
        simulate r "$source/configs/run/tiny2.yaml" "${set[@]}" --schedule s.bps --cross-check
        same "$noc: makespan" "$(makespan r list steady)" "$planned"
        awk -F, '$3 != "chip" && $2 !~ /broadcast$/ && NR > 1 { print $2, $5, $6 }' r/slots.csv | sort >used.slots
        [ "$(wc -l <used.slots)" -gt 10 ] || fail "$noc: hardly any link"
        diff planned.slots used.slots >log || fail "$noc: other slots are used than planned"
        awk '$2 + $3 != p { exit 1 }' p="$planned" used.slots || fail "$noc: slots are not the makespan"
    done
    ;;
tables_are_the_bursts)
    # The slot tables as CSV are the bursts of the JSON, link by link in order of time, and no two share a slot.
    exits 0 compile "$source/configs/run/tiny2.yaml" --policy list --start cold -o s.bps
    exits 0 schedule show s.bps --json
    sed -n 's/^ *{"id": \([0-9]*\), "hop": \([0-9]*\), "link": "\([^"]*\)", "start": \([0-9]*\), "end": \([0-9]*\), .*"bytes": \([0-9]*\), "class": "\([a-z]*\)".*/\3,\4,\5,\1,\2,\6,\7/p' out |
        sort >bursts
    exits 0 schedule show s.bps --slots '*' --csv
    awk -F, -v OFS=, 'NR > 1 { print $1, $2, $3, $4, $5, $8, $9 }' out | sort >tables
    [ "$(wc -l <bursts)" -gt 100 ] || fail "hardly any burst"
    diff bursts tables >log || fail "other reservations than bursts"
    awk -F, 'NR > 1 && $1 == link && $2 < free && $1 ~ /noc|local/ { print; bad = 1 } { link = $1; free = $3 } END { exit bad }' out >log ||
        fail "two bursts in a slot"
    ;;
wrong_options_exit_2)
    exits 0 compile "$source/configs/run/tiny.yaml" --policy list --start cold -o s.bps
    for wrong in "show s.bps --csv" "show s.bps --links x --slots x" "show s.bps --links x --json" "verify s.bps --slots x"; do
        # shellcheck disable=SC2086
        exits 2 schedule $wrong
    done
    ;;
*) fail "no such case" ;;
esac
