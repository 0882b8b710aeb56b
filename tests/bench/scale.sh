#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/bench/scale.sh [BUILD_DIR [TASKS...]] - how compiling and verifying grow with the number of tasks, as the table of
# docs/model/compiler.md: policy list, random graphs of 3 edges per node, on 16 chips of 64 units; with 4 KiB on edges to
# the 2,000 tasks before, then, up to 100,000 tasks, with 64 B and with 4 KiB on edges from anywhere: over all chips.
#
# CPU is user + system, the best of RUNS (1) runs; memory is the peak of the process. It fails when what must hold on any
# host does not: a task costs at most twice (with edges from anywhere, where entries are streamed above 10,000, three
# times) what one costs in the graph of 10,000 to compile (which is made by four recipes,
# from 20,001 on by one) and to verify, 100,000 tasks take less than 2 GiB, and progress is told on stderr.
set -eu
root=$(cd -- "$(dirname -- "$0")/../.." && pwd)
build=${1:-$root/build/release}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- 1000 10000 100000 300000
bpsim=$build/bpsim
measure=$build/tests/bench/measure
[ -x "$bpsim" ] && [ -x "$measure" ] || { echo "no build in $build; run ./bpsim build"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

graph() { # graph N SPAN: a Standard Task Graph of N tasks, each but the first ones after three of the SPAN before it
    awk -v n="$1" -v most="$2" 'BEGIN { seed = 12345; print n; print "0 0 0"
        for (i = 1; i <= n; i++) {
            if (i <= 64) { print i, 1, 1, 0; continue }
            line = ""; span = i - 1 < most ? i - 1 : most; part = int(span / 3)
            for (k = 0; k < 3; k++) { seed = (seed * 1103515245 + 12345) % 2147483648
                line = line " " i - 1 - k * part - int(seed / (most > 2000 ? 256 : 65536)) % part }
            print i, 1 + i % 4, 3 line }
        printf "%d 0 1 %d\n", n + 1, n }'
}
config() { # config FILE BYTES: the server and the work
    cat <<YAML
version: 1
name: scale
server:
  chips: 16
  fabric: { topology: ring, link: { bandwidth: 300 GB/s, latency: 500 ns } }
chip: { include: $root/configs/server/chip64.yaml }
workload: { kind: stg, file: $1, task_cycles: 1000, edge_bytes: $2 }
YAML
}
best() { # best COMMAND... -> sets cpu (seconds), rss (KiB)
    cpu= rss=
    local i c r w
    for i in $(seq "${RUNS:-1}"); do
        "$measure" "$@" >"$dir/stdout" 2>"$dir/stderr" 3>"$dir/figures" || { cat "$dir/stderr"; exit 1; }
        read -r c r w <"$dir/figures"
        if [ -z "$cpu" ] || awk "BEGIN { exit !($c < $cpu) }"; then cpu=$c rss=$r; fi
    done
}

table() { # table SPAN BYTES TASKS...
    local span=$1 bytes=$2 reference= compile memory per verified most=2
    [ "$span" -le 2000 ] || most=3 # from about 20,000 tasks on entries are streamed: a third more hops and segments
    shift 2
    echo
    echo "| tasks, $bytes, edges from $([ "$span" -gt 2000 ] && echo anywhere || echo "$span before") | compile, s | us per task | memory, MiB | verify, s | memory, MiB |"
    echo "| ---: | ---: | ---: | ---: | ---: | ---: |"
    for n in "$@"; do
        graph "$n" "$span" >"$dir/$n.stg"
        config "$dir/$n.stg" "$bytes" >"$dir/$n.yaml"
        best "$bpsim" compile "$dir/$n.yaml" --policy list --start cold -o "$dir/$n.bps" --progress=plain
        compile=$cpu memory=$rss
        cp "$dir/stderr" "$dir/progress"
        best "$bpsim" schedule verify "$dir/$n.bps"
        per=$(awk "BEGIN { printf \"%.1f\", $compile * 1e6 / $n }")
        printf '| %d | %.2f | %s | %d | %.2f | %d |\n' "$n" "$compile" "$per" $((memory / 1024)) "$cpu" $((rss / 1024))
        rm "$dir/$n.bps" "$dir/$n.stg"
        [ "$n" -ne 10000 ] || reference=$per verified=$cpu
        if [ "$n" -gt 10000 ] && [ -n "$reference" ]; then
            awk "BEGIN { exit !($per > $most * $reference || $cpu / $n > $most * $verified / 10000) }" &&
                { echo "$n tasks: a task takes more than $most times what it takes in 10000"; failed=1; }
            [ $((memory / 1024)) -lt 2048 ] && [ $((rss / 1024)) -lt 2048 ] ||
                { echo "$n tasks: more than 2 GiB"; failed=1; }
            # A line every two seconds: none is due where a recipe takes less.
            grep -q '^compile .* %' "$dir/progress" || awk "BEGIN { exit !($compile < 6) }" ||
                { echo "$n tasks: no progress on stderr"; failed=1; }
        fi
    done
}

failed=0 far=
for n in "$@"; do
    [ "$n" -gt 100000 ] || far="$far $n"
done
table 2000 "4 KiB" "$@"
for bytes in "64 B" "4 KiB"; do
    # shellcheck disable=SC2086
    table 1000000 "$bytes" $far
done
exit $failed
