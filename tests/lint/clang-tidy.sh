#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over hw/ and sim/, with the compile commands of the build.
set -eu
cd "$1"
command -v clang-tidy >/dev/null || exit 77
[ -f "$2/compile_commands.json" ] || exit 77
git ls-files 'hw/*.c' 'sim/*.c' 'hw/*.cpp' 'sim/*.cpp' |
    xargs -P "$(nproc)" -n 4 clang-tidy --quiet --extra-arg=-Wno-ignored-optimization-argument -p "$2" 2>/dev/null
