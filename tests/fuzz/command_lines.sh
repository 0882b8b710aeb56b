#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Wrong command lines, and right ones at the edge: the exit code is the one of docs/index.md, a failure is told on
# stderr and leaves nothing on stdout, JSON is all there is on stdout, nothing breaks a rule of the model.
#   command_lines.sh BPSIM SOURCE-FOLDER
set -u
bpsim=$1
cd "$2" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
say() { echo "bpsim $1: $2"; bad=1; }
tiny=configs/run/tiny.yaml
printf 'not a schedule' >"$tmp/text"
head -c 100 /dev/zero >"$tmp/zeros"

try() { # try CODE ARGUMENTS...
    local want=$1 code=0
    shift
    timeout 60 "$bpsim" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || code=$?
    [ "$code" -eq "$want" ] || say "$*" "exit code $code instead of $want: $(head -n 1 "$tmp/err")"
    [ "$code" -eq 0 ] || [ -s "$tmp/err" ] || say "$*" "failed without a word"
    if [ "$code" -ne 0 ] && [[ " $* " != *" --json "* ]]; then
        [ -s "$tmp/out" ] && say "$*" "failed, but something is on stdout"
    fi
    grep -qE 'runtime error|rule broken|Sanitizer' "$tmp/err" && say "$*" "$(head -n 1 "$tmp/err")"
    return 0
}
json() { # the same, and stdout is one JSON value
    try "$@"
    python3 -m json.tool "$tmp/out" >/dev/null 2>&1 || say "${*:2}" "stdout is not JSON"
}

try 2
try 2 ''
try 2 nonsense
try 2 --nonsense
try 0 --version
for command in run check describe graph steps compile schedule trace; do
    try 0 $command --help
    [ -s "$tmp/err" ] && say "$command --help" "something on stderr"
    for wrong in --hlep --help=3 --= -Z $'--\xff' --json=1; do
        try 2 $command "$wrong"
    done
    try 2 $command a b c d
done

for command in check compile run; do
    for file in '' /dev/null /nonexistent/x "$tmp" "$tmp/zeros" /dev/zero $'\xff\xfe'; do
        try 2 $command "$file"
    done
    for set in '' = a =b chip. ..=3 chip.units.rows= chip.units.rows=-1 chip.clock=1 include=x 'chip.units.rows=[1' name=..; do
        try 2 $command $tiny --set "$set"
    done
done
for out in /dev/full /nonexistent/d/x "$tmp" '' $tiny/x; do
    try 1 check $tiny --out "$out"
    try 1 check $tiny --effective --out "$out"
    try 1 compile $tiny --out "$out"
done
json 0 check $tiny --json
json 2 check /nonexistent --json
json 2 check $'\xff' --json
try 2 check $tiny --json --dot
try 3 check $tiny --set 'chip.clock=1 MHz'

# What turns out wrong when machine and work are made has its place in the file too.
placed() { # placed CODE PLACE ARGUMENTS...
    local place=$2
    set -- "$1" "${@:3}"
    try "$@"
    grep -q "^$place: " "$tmp/err" || say "${*:2}" "not at $place: $(head -n 1 "$tmp/err")"
}
sed 's/1 GHz/1 MHz/' >"$tmp/slow.yaml" <<'YAML'
version: 1
chip:
  clock: 1 GHz
  units: { rows: 2, cols: 2 }
  memory: { channels: 2, timing: hbm2 }
workload: { kind: mlp, layers: 2, inputs: 1000000, hidden: 500000, outputs: 1 }
YAML
sed 's/1 MHz/1 GHz/' "$tmp/slow.yaml" >"$tmp/many.yaml"
placed 3 "$tmp/slow.yaml:5:11: chip.memory" check "$tmp/slow.yaml"
placed 3 "$tmp/slow.yaml:5:11: chip.memory" compile "$tmp/slow.yaml"
placed 3 "$tmp/many.yaml:6:11: workload" compile "$tmp/many.yaml"
placed 2 "$tmp/many.yaml:6:[0-9]*: workload" compile "$tmp/many.yaml" --set workload.inputs=1048576 --set workload.hidden=1048576

json 0 describe --json
json 0 describe --schema
json 0 describe chip.noc.flit --json
try 2 describe chip. noc
try 2 describe --json --markdown
try 2 describe --schema chip

for wrong in '--nodes 0' '--nodes -1' '--nodes 1e3' '--nodes 99999999999999999999' '--edge-prob 2' '--edge-prob nan' \
    '--edge-prob -0.1' '--seed x' '--heads 3' '--nodes' '--edges --dot' '--edges --json' '--tasks --dot'; do
    # shellcheck disable=SC2086
    try 2 graph random $wrong
done
for wrong in '--heads 7' '--heads 0' '--layers 1000000000' '--sequence 0' '--preset x' '--preset lenet-5'; do
    # shellcheck disable=SC2086
    try 2 graph transformer $wrong
done
for file in /dev/null /nonexistent "$tmp" "$tmp/zeros" "$tmp/text"; do
    try 2 graph stg "$file"
done
for source in 'random --nodes 1' 'random --nodes 9 --edge-prob 0' 'random --nodes 9 --edge-prob 1' \
    'mlp --layers 1 --inputs 1 --hidden 1 --outputs 1 --batch 1' \
    'transformer --layers 1 --heads 1 --d-model 1 --d-ff 1 --sequence 1' \
    'cnn --layers 1 --image 1 --kernel 1 --channels 1 --in-channels 1 --classes 1'; do
    # shellcheck disable=SC2086
    for view in '' --edges --dot --tasks; do
        try 0 graph $source $view
    done
    # shellcheck disable=SC2086
    json 0 graph $source --json
    # shellcheck disable=SC2086
    json 0 graph $source --tasks --json
done

for wrong in '--nodes 0' '--max-parallel 0' '--compute-energy nan' '--heads 2' '--seed 1.0' '--progress x'; do
    # shellcheck disable=SC2086
    try 2 steps random $wrong
done
try 1 steps random --csv /dev/null
try 1 steps random --csv /dev/null/x
json 0 steps random --nodes 1 --json
json 0 steps random --compute-energy -1e308 --idle-energy 1e308 --json

for wrong in '--rate 0' '--rate 1e-99' '--rate 2' '--rate 0x1p-2000' '--rate 0.1 --cycles 99999999999' '--rate 0.1 --warmup -1' '--sweep --rate 0.1' \
    '--rate 0.1 --packet-flits 0' '--rate 0.1 --repeat 0' '--rate 0.1 --set chip.noc.router.vcs=33' '--rate 0.1 --set chip.noc.concentration=7'; do
    # shellcheck disable=SC2086
    try 2 noc configs/noc/mesh8.yaml $wrong
done
json 0 noc configs/noc/mesh8.yaml --rate 1e-9 --cycles 1 --warmup 0 --json
json 0 noc configs/noc/mesh8.yaml --rate 1 --cycles 1 --warmup 0 --repeat 2 --packet-flits 128 --json
json 0 noc configs/noc/flatfly64.yaml --sweep --cycles 50 --warmup 0 --json

for file in /dev/null /nonexistent "$tmp" "$tmp/zeros" "$tmp/text" /dev/zero; do
    try 2 noc configs/noc/mesh8.yaml --rate 0.1 --traffic "$file"
    try 2 schedule show "$file"
    try 2 schedule verify "$file"
    json 2 schedule verify "$file" --json
    try 2 trace replay "$file"
    try 2 run $tiny --schedule "$file" --out "$tmp/results"
done
try 2 schedule frobnicate "$tmp/text"
try 2 trace record $tiny
try 2 trace replay x --out y

# Bursts so short that bringing entries takes more entries than they bring: refused at once, not counted for ever.
cat >"$tmp/endless.yaml" <<'YAML'
version: 1
name: endless
server: { chips: 8, fabric: { topology: fully-connected, link: { bandwidth: 2 TB/s, latency: 1 ns } } }
chip:
  clock: 1.755 GHz
  units: { rows: 5, cols: 3, engine: { m: 1, n: 1, k: 1 }, vector_lanes: 64, sram: 1024 KiB, sram_read: 16 B }
  noc: { topology: mesh, flit: 16 B, link_latency: 2, slot_router_latency: 0 }
  memory: { channels: 8, timing: hbm2, staging: 112 B }
machines: { phase: { policy: list, compile: { max_burst: 64 B, staging_slots: 1 } } }
workload: { kind: cnn, layers: 3, branches: 2, image: 5, in_channels: 1, channels: 16, kernel: 5, classes: 10, batch: 2, dtype: int8, parallel: { tensor: 3 } }
run: { start: steady, repeats: 2, launch: 1 ns }
YAML
try 3 compile "$tmp/endless.yaml"

# What cannot be printed is a failure.
for command in "--version" "describe" "check $tiny --json" "steps random --json" "graph random --json" "compile $tiny --json" "noc configs/noc/mesh8.yaml --rate 0.1 --cycles 9 --json"; do
    # shellcheck disable=SC2086
    "$bpsim" $command >/dev/full 2>"$tmp/err" && say "$command" "succeeds with nothing printed"
    # shellcheck disable=SC2086
    "$bpsim" $command >&- 2>"$tmp/err" && say "$command" "succeeds with stdout closed"
done
"$bpsim" compile $tiny --out "$tmp/a.bps" >/dev/null || say compile "fails"
"$bpsim" compile $tiny --out "$tmp/b.bps" >&- 2>/dev/null
cmp "$tmp/a.bps" "$tmp/b.bps" || say compile "stdout closed: what is printed goes into the file"

leftovers=$(find "$tmp" -name '*.tmp')
[ -z "$leftovers" ] || say '' "temporary files are left: $leftovers"
exit $bad
