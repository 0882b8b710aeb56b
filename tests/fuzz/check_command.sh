#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `bpsim check` and `bpsim describe` as a user calls them: exit codes, what goes to stdout and what to stderr.
#   check_command.sh BPSIM SOURCE-FOLDER
set -u
bpsim=$1
cd "$2" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
say() { echo "$1"; bad=1; }

for f in configs/run/*.yaml; do
    "$bpsim" check "$f" >"$tmp/out" 2>"$tmp/err" || say "$f: exit code $?, $(head -n 1 "$tmp/err")"
    grep -q 'silicon budget' "$tmp/out" || say "$f: no silicon budget"
    [ -s "$tmp/err" ] && say "$f: $(head -n 1 "$tmp/err")"
    "$bpsim" check "$f" --effective --out "$tmp/one.yaml" || say "$f: --effective fails"
    "$bpsim" check "$tmp/one.yaml" --effective --out "$tmp/two.yaml" || say "$f: the effective file is refused"
    cmp "$tmp/one.yaml" "$tmp/two.yaml" || say "$f: the effective file does not read back to itself"
done

for f in tests/fuzz/config/*.yaml; do
    "$bpsim" check "$f" >"$tmp/out" 2>"$tmp/err"
    code=$?
    [ $code -eq 2 ] || say "$f: exit code $code"
    [ -s "$tmp/out" ] && say "$f: something on stdout"
    [ -s "$tmp/err" ] || say "$f: nothing on stderr"
done

"$bpsim" check tests/fuzz/config/many-at-once.yaml --json >"$tmp/out" 2>"$tmp/err"
[ $? -eq 2 ] || say "--json: exit code"
grep -q '"ok": false' "$tmp/out" || say "--json: not ok is not said"
[ "$(grep -c '"line"' "$tmp/out")" -eq "$(wc -l <"$tmp/err")" ] || say "--json: not as many errors as on stderr"
"$bpsim" check configs/run/tiny.yaml --json >"$tmp/out" || say "--json: exit code of a right file"
grep -q '"errors": \[\]' "$tmp/out" || say "--json: errors of a right file"

# Graphviz takes every drawing as it is, without a word, and draws an edge for each one written.
drawing() { # NAME EDGES CONFIG WHAT OPTIONS
    local name=$1 edges=$2 config=$3 what=$4
    shift 4
    "$bpsim" check "$config" "--dot$what" "$@" >"$tmp/a.gv" 2>"$tmp/err" || say "$name: $(head -n 1 "$tmp/err")"
    grep -q '^digraph' "$tmp/a.gv" || say "$name: no digraph"
    [ "$(grep -c ' -> ' "$tmp/a.gv")" -eq "$edges" ] || say "$name: $(grep -c ' -> ' "$tmp/a.gv") edges, not $edges"
    command -v dot >/dev/null || return 0
    dot -Tsvg "$tmp/a.gv" >"$tmp/a.svg" 2>"$tmp/err" || say "$name: dot refuses it"
    [ -s "$tmp/err" ] && say "$name: dot says $(head -n 1 "$tmp/err")"
    [ "$(grep -c 'class="edge"' "$tmp/a.svg")" -eq "$edges" ] || say "$name: not all edges are drawn"
}
eight=(--set server.chips=8 --set workload.parallel.tensor=1)
quick=configs/run/quickstart.yaml
drawing ring 8 $quick '' "${eight[@]}" --set server.fabric.topology=ring
drawing full 28 $quick '' "${eight[@]}" --set server.fabric.topology=fully-connected
drawing torus2d 12 $quick '' "${eight[@]}" --set server.fabric.topology=torus2d
drawing torus3d 12 $quick =server "${eight[@]}" --set server.fabric.topology=torus3d
drawing switch 8 $quick '' "${eight[@]}" --set server.fabric.topology=switch
drawing leaves 16 $quick '' "${eight[@]}" --set server.fabric.topology=switch --set server.fabric.leaf=4
drawing dragonfly 16 $quick '' "${eight[@]}" --set server.fabric.topology=dragonfly --set server.fabric.group=4 --set server.fabric.global_links=1
ends=$((16 + 16 + 4)) # units, channels, ports
for row in mesh:24:1 torus:32:1 ring:16:1 crossbar:0:1 partitioned_crossbar:4:1 flattened_butterfly:48:1 fat_tree:48:2 mesh:4:4; do
    IFS=: read -r topology links arity <<<"$row"
    drawing "chip of a $topology" $((ends + links)) $quick =chip --set "chip.noc.topology=$topology" --set "chip.noc.concentration=$arity"
done
drawing all $((4 * (ends + 24) + 4)) $quick =all
drawing 'one chip' "$("$bpsim" check configs/run/tiny.yaml --dot=chip | grep -c ' -> ')" configs/run/tiny.yaml ''
drawing dynamic $ends $quick =dynamic
drawing 'dynamic torus' $((ends + 32)) $quick =dynamic --set machines.dynamic.topology=torus --set chip.noc.router.vcs=8
for row in mesh8:112:64 torus8:128:64 mesh16:480:256 flatfly64:48:64; do
    IFS=: read -r name links nodes <<<"$row"
    drawing "$name" $((links + nodes)) configs/noc/$name.yaml ''
done
for what in chip9:'there is no chip9; allowed: chip0..chip3' chipx:'there is no drawing chipx' :'there is no drawing'; do
    "$bpsim" check $quick "--dot=${what%%:*}" >"$tmp/out" 2>"$tmp/err"
    [ $? -eq 2 ] || say "--dot=${what%%:*}: exit code"
    [ -s "$tmp/out" ] && say "--dot=${what%%:*}: something on stdout"
    grep -q -- "${what#*:}" "$tmp/err" || say "--dot=${what%%:*}: $(cat "$tmp/err")"
done
"$bpsim" check configs/run/plain.yaml --dot=dynamic --set machines.dynamic=null >"$tmp/out" 2>"$tmp/err"
[ $? -eq 2 ] && grep -q 'there is no dynamic machine' "$tmp/err" || say "--dot=dynamic without one: $(cat "$tmp/err")"

# What bpsim noc takes is checked as what it is.
for f in configs/noc/*.yaml; do
    "$bpsim" check "$f" >"$tmp/out" 2>"$tmp/err" || say "$f: exit code $?, $(head -n 1 "$tmp/err")"
    grep -q 'right, as the network of a chip alone' "$tmp/out" || say "$f: $(head -n 1 "$tmp/out")"
    "$bpsim" check "$f" --json | grep -q '"checked": "network"' || say "$f: --json does not say what was checked"
    "$bpsim" check "$f" --effective --out "$tmp/one.yaml" || say "$f: --effective fails"
    "$bpsim" check "$tmp/one.yaml" --effective --out "$tmp/two.yaml" || say "$f: the effective file is refused"
    cmp "$tmp/one.yaml" "$tmp/two.yaml" || say "$f: the effective file does not read back to itself"
    for what in server all dynamic chip1; do
        "$bpsim" check "$f" --dot=$what >"$tmp/out" 2>"$tmp/err"
        [ $? -eq 2 ] && [ ! -s "$tmp/out" ] || say "$f: --dot=$what is not refused"
    done
done
# Everything wrong with it in one go, as bpsim noc says it.
printf 'version: 1\nchip:\n  units: { rows: 8, cols: 8 }\n  noc: { topology: torus, dept: 3, concentration: 3, router: { vcs: 1 } }\n' >"$tmp/net.yaml"
for command in check 'noc --rate 0.1'; do
    # shellcheck disable=SC2086
    "$bpsim" $command "$tmp/net.yaml" >"$tmp/out" 2>"$tmp/err"
    [ $? -eq 2 ] || say "$command of a wrong network: exit code"
    [ "$(sed 's/.*net.yaml:\([^ ]* [^ ]*\) .*/\1/' "$tmp/err" | tr '\n' ' ')" = \
        '4:27: chip.noc.dept: 4:51: chip.noc.concentration: 4:69: chip.noc.router.vcs: ' ] || say "$command of a wrong network: $(cat "$tmp/err")"
done
# A server whose parts are missing is none.
for more in chip.memory.channels=16 server.chips=2 run.seed=1 workload.kind=mlp machines.phase.policy=list; do
    "$bpsim" check configs/noc/mesh8.yaml --set $more >"$tmp/out" 2>"$tmp/err"
    [ $? -eq 2 ] && grep -q 'is missing' "$tmp/err" || say "mesh8 with $more: $(cat "$tmp/out" "$tmp/err")"
done
"$bpsim" check configs/run/tiny.yaml --set chip.units.rows=0 >"$tmp/out" 2>"$tmp/err"
[ $? -eq 2 ] || say "--set: exit code"
grep -q '^--set: chip.units.rows: 0 is outside 1..128$' "$tmp/err" || say "--set: $(cat "$tmp/err")"

"$bpsim" describe --markdown | cmp - docs/config.md || say "docs/config.md is not what describe --markdown prints"
"$bpsim" describe chip.noc | grep -q 'width of a network link' || say "describe chip.noc"
"$bpsim" describe chip.nco >/dev/null 2>&1
[ $? -eq 2 ] || say "describe of an unknown block: exit code"
exit $bad
