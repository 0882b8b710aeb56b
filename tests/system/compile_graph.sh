#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# compile_graph.sh BPSIM CASE - bpsim compile of a task graph on identical units. A case is a claim.
set -eu
bpsim=$(realpath "$1") name=$2
# shellcheck source=tests/system/lib.sh
. "$(dirname -- "$(realpath "$0")")/lib.sh"

cat >forks.dot <<'END'
digraph "two forks" {   // a starts two chains; c is far from a
    a [Weight=2]; b [Weight=4]
    "c, or so" [Weight=3, label="x"]; d
        [label=y,
         Weight=1];
    a -> b [Weight=1]; a -> "c, or so" [Weight=9]; b -> d [Weight=1]; "c, or so" -> d [Weight=0]
}
END
cat >fan.stg <<'END'
        6
        0  0  0
        1  3  1  0
        2  3  1  0
        3  2  1  0
        4  2  1  0
        5  2  1  0
        6  1  2  1  2
        7  0  4  3  4  5  6
# comment
END
# layers N WIDTH SEED DELAY: a digraph of N tasks in layers.
layers() {
    awk -v n="$1" -v w="$2" -v s="$3" -v d="$4" 'BEGIN {
        print "digraph {"
        for (i = 0; i < n; i++) { s = (s * 16807) % 2147483647; printf "t%d [Weight=%d]\n", i, 1 + s % 19 }
        for (i = w; i < n; i++) for (k = 0; k < w; k++) {
            s = (s * 16807) % 2147483647
            if (s % 3 == 0) printf "t%d -> t%d [Weight=%d]\n", i - i % w - w + k, i, s % (d + 1)
        }
        print "}" }'
}
# verify GRAPH.csv FILE.dot: every edge and unit of the schedule, by its own reading of a digraph of one statement per line.
verify() {
    awk -F, -v dot="$2" '
        NR > 1 { unit[$2] = $1; start[$2] = $3; end[$2] = $4; if ($1 == p && $3 < e) bad = 1; p = $1; e = $4 }
        END {
            while ((getline line <dot) > 0) if (split(line, w, /[ =\]]+/) && w[2] == "->") {
                wait = unit[w[1]] == unit[w[3]] ? 0 : w[5]; edges++
                if (start[w[3]] < end[w[1]] + wait) bad = 1
            } else if (w[2] == "[Weight" && end[w[1]] - start[w[1]] != w[3]) bad = 1
            exit bad || !edges }' "$1" || fail "the schedule breaks a rule"
}
figures() { for key in "$@"; do printf '%s ' "$(scalar out "$key")"; done; }

case $name in
figures_of_small_graphs)
    exits 0 compile fan.stg --units 2 --json
    same figures "$(figures makespan lower_bound gap policy proven tasks transfers)" "7 7 0.0 list true 6 0 "
    exits 0 compile forks.dot --units 2 --json
    same figures "$(figures makespan lower_bound schedule_gap proven tasks phases)" "8 7 0.0 true 4 5 "
    exits 0 compile forks.dot --units 1 --policy search --json
    same figures "$(figures makespan lower_bound policy transfers)" "10 10 search 0 "
    [ "$(scalar out tasks_hash | wc -c)" -eq 65 ] || fail "tasks_hash is no SHA-256"
    exits 0 compile forks.dot --units 2
    grep -q "makespan .* 8 (optimal)" out || fail "the text does not say so"
    ;;
schedule_file_is_a_schedule)
    exits 0 compile forks.dot --units 2 --out forks.csv
    # The delay after a is 1 to b, 9 to c; units may be the other way round.
    same schedule "$(cut -d, -f2- forks.csv | sort | paste -sd' ')" '"c, or so",2,5 a,0,2 b,3,7 d,7,8 task,start,finish'
    layers 60 6 7 30 >l.dot
    for options in "--policy list" "--policy search --iterations 60"; do
        for units in 1 2 3 7 60 1000; do
            # shellcheck disable=SC2086
            exits 0 compile l.dot --units $units $options --out l.csv --json
            verify l.csv l.dot
            same "makespan of the file" "$(awk -F, 'NR > 1 && $4 > m { m = $4 } END { print m }' l.csv)" "$(scalar out makespan)"
            same tasks "$(awk 'END { print NR - 1 }' l.csv)" 60
        done
    done
    ;;
iterations_repeat_a_budget)
    layers 50 5 3 40 >l.dot
    exits 0 compile l.dot --units 3 --policy search --budget 0.3 --out a.csv --json
    cp out a.json
    exits 0 compile l.dot --units 3 --policy search --iterations "$(scalar out iterations)" --out b.csv --json
    cmp a.csv b.csv && cmp a.json out || fail "as many iterations give something else"
    # More never make it worse.
    exits 0 compile l.dot --units 3 --json
    [ "$(scalar a.json makespan)" -le "$(scalar out makespan)" ] || fail "search is worse than list"
    ;;
format_is_told_by_ending_or_content)
    for f in graph.stg graph graph.txt; do cp fan.stg "$f" && exits 0 compile "$f" --units 2 --json && same "$f" "$(scalar out makespan)" 7; done
    for f in graph.gv graph graph.txt; do cp forks.dot "$f" && exits 0 compile "$f" --units 2 --json && same "$f" "$(scalar out makespan)" 8; done
    cp fan.stg graph.dot
    exits 2 compile graph.dot --units 2
    says '^graph.dot:1:9: digraph is expected'
    ;;
empty_and_single_graphs)
    echo 'digraph { }' >g.dot
    exits 0 compile g.dot --units 4 --json --out g.csv
    same figures "$(figures makespan lower_bound gap proven tasks phases)" "0 0 0.0 true 0 0 "
    same file "$(cat g.csv)" unit,task,start,finish
    echo 'digraph { a [Weight=7] }' >g.dot
    exits 0 compile g.dot --units 4 --policy search --budget 5 --json
    same figures "$(figures makespan proven tasks phases)" "7 true 1 1 "
    ;;
bad_input_exits_2)
    no() { exits 2 compile "$@" && [ ! -s out ] || fail "prints something"; }
    no fan.stg --units 0 && says '--units: 0 is not'
    no fan.stg --units 1000001 && says '--units: 1000001 is not'
    no fan.stg --units -1
    no fan.stg --units 2 --policy levels && says 'policy is list or search'
    no fan.stg --units 2 --policy list --budget 1 && says 'belong to --policy search'
    no fan.stg --units 2 --iterations 5 && says 'belong to --policy search'
    no fan.stg --units 2 --policy search --budget 1 --iterations 5 && says 'exclude each other'
    for s in 0 -1 x nan inf 1e9; do no fan.stg --units 2 --policy search --budget "$s" && says "budget: '$s' is no"; done
    no fan.stg --units 2 --policy search --iterations 0
    no fan.stg --units 2 --set a=b && says 'for configurations'
    no fan.stg --units 2 --start cold && says 'for configurations'
    no fan.stg --units 2 --policy list --policy search && says 'one policy'
    no fan.stg --budget 1 && says 'fan.stg is a task graph: give --units'
    no && no fan.stg fan.stg --units 2
    printf 'digraph {\n a [Weight=1]; b [Weight=-1];\n}' >g.dot
    no g.dot --units 2 --out g.csv && says "^g.dot:2:26: the weight '-1' is negative" && [ ! -e g.csv ] || fail "writes a file"
    printf '3\n1 5 1 2\n2 5 1 1\n3 1 0\n' >g.stg
    no g.stg --units 2 && says "^g.stg:2:1: the edges make a cycle: '1' -> '2' -> '1'"
    head -n 4 fan.stg >g.stg && no g.stg --units 2
    head -c 200 forks.dot >g.dot && no g.dot --units 2 && says '^g.dot:[0-9]+:[0-9]+: the file ends'
    exits 2 compile none.dot --units 2
    exits 1 compile fan.stg --units 2 --out none/there.csv
    [ -z "$(find . -name '*.tmp*')" ] || fail "left over"
    ;;
interrupted_search_prints_its_best)
    layers 60 6 7 90 >l.dot
    interrupts 0.7 compile l.dot --units 4 --policy search --budget 60 --json --out l.csv
    same interrupted "$(scalar out interrupted)" true
    verify l.csv l.dot
    ;;
large_graphs_stay_fast)
    layers 10000 20 5 25 >l.dot
    exits 0 compile l.dot --units 64 --json
    exits 0 compile l.dot --units 7 --policy search --budget 0.5 --json
    ;;
*) fail "no such case" ;;
esac
