#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# golden.sh BPSIM CONFIG MACHINES EXPECTED [--update] - summary.csv of a run of these machines, byte for byte. A change of these figures is a
# change of results: it needs its reason in the commit and a line in CHANGELOG.md. --update writes the file anew.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$1" run "$2" --machine "$3" --out "$dir/out" --progress=none >/dev/null 2>"$dir/log" || { cat "$dir/log"; exit 1; }
if [ "${5:-}" = --update ]; then
    cp "$dir/out/summary.csv" "$4"
    exit 0
fi
diff "$4" "$dir/out/summary.csv" >"$dir/diff" || { echo "results of $2 changed (< expected, > now):"; head -40 "$dir/diff"; exit 1; }
