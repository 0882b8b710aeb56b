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
"$bpsim" check configs/run/tiny.yaml --dot | grep -q '^digraph' || say "--dot: no digraph"
"$bpsim" check configs/run/tiny.yaml --set chip.units.rows=0 >"$tmp/out" 2>"$tmp/err"
[ $? -eq 2 ] || say "--set: exit code"
grep -q '^--set: chip.units.rows: 0 is outside 1..128$' "$tmp/err" || say "--set: $(cat "$tmp/err")"

"$bpsim" describe --markdown | cmp - docs/config.md || say "docs/config.md is not what describe --markdown prints"
"$bpsim" describe chip.noc | grep -q 'width of a network link' || say "describe chip.noc"
"$bpsim" describe chip.nco >/dev/null 2>&1
[ $? -eq 2 ] || say "describe of an unknown block: exit code"
exit $bad
