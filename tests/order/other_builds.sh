#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# other_builds.sh SOURCE BPSIM CONFIG[@MACHINES]... - results and schedules are the same bytes when the program is built without
# optimisation and with the sanitizers (which also move every address). Fails on any sanitizer report.
set -eu
source=$1 bpsim=$2
shift 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for preset in debug asan; do
    (cd "$source" && cmake --preset $preset && ninja -C build/$preset bpsim) >"$dir/log" 2>&1 || { tail -40 "$dir/log"; exit 1; }
done
for each in "$@"; do
    config=${each%@*} machines="*"
    [ "$config" = "$each" ] || machines=${each#*@}
    for build in release debug asan; do
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
    echo "$config: release, debug and asan give the same bytes"
done
