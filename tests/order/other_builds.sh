#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# other_builds.sh PRESET SOURCE BPSIM CONFIG[@MACHINES]... - results and schedules are the same bytes when the program is built
# without optimisation (debug), or with less of it and the sanitizers (asan), which also move every address. Fails on any
# sanitizer report.
set -eu
preset=$1 source=$2 bpsim=$3
shift 3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
(cd "$source" && cmake --preset "$preset" && ninja -C "build/$preset" bpsim) >"$dir/log" 2>&1 || { tail -40 "$dir/log"; exit 1; }
for each in "$@"; do
    config=${each%@*} machines="*"
    [ "$config" = "$each" ] || machines=${each#*@}
    for build in release "$preset"; do
        program=$source/build/$build/bpsim
        [ "$build" != release ] || program=$bpsim
        rm -rf "$dir/$build"
        "$program" run "$config" --machine "$machines" --out "$dir/$build" --progress=none >/dev/null 2>"$dir/log" || { echo "$config: $build"; tail -40 "$dir/log"; exit 1; }
        for policy in list "search --iterations 4"; do
            # shellcheck disable=SC2086 # options
            "$program" compile "$config" --policy $policy --start steady -o "$dir/$build/${policy%% *}.bps" >/dev/null 2>"$dir/log" || { tail -40 "$dir/log"; exit 1; }
        done
        diff -r "$dir/release" "$dir/$build" || { echo "$config: $build differs from release"; exit 1; }
    done
    echo "$config: release and $preset give the same bytes"
done
