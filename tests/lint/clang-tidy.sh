#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over hw/ and sim/, with the compile commands of the build: SOURCE BUILD [NODES]. The static analyzer, which
# takes nearly all of the time, looks at so many states of a function at most (its own limit is 225,000).
set -eu
cd "$1"
command -v clang-tidy >/dev/null || exit 77
[ -f "$2/compile_commands.json" ] || exit 77
nodes=()
for word in ${3:+-analyzer-config "max-nodes=$3"}; do
    nodes+=(--extra-arg=-Xclang "--extra-arg=$word")
done
git ls-files 'hw/*.c' 'sim/*.c' 'hw/*.cpp' 'sim/*.cpp' |
    xargs -P "$(nproc)" -n 4 clang-tidy --quiet --extra-arg=-Wno-ignored-optimization-argument "${nodes[@]}" -p "$2" 2>/dev/null
