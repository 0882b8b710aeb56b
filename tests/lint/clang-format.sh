#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every source is laid out as .clang-format says.
set -eu
cd "$1"
command -v clang-format >/dev/null || exit 77
git ls-files -co --exclude-standard '*.c' '*.h' '*.cpp' | while read -r f; do [ -f "$f" ] && echo "$f"; done |
    xargs clang-format --dry-run --Werror
