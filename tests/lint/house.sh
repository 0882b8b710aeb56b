#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rules of the house that a machine can check: licence line, unique file names, C outside *_sc files,
# no left-overs, size of files, no machine paths.
set -eu
cd "$1"
bad=0
say() { echo "$1"; bad=1; }
sources() { git ls-files -co --exclude-standard "$@"; }
for f in $(sources 'hw/*.[ch]' 'sim/*.[ch]' 'hw/*.cpp' 'sim/*.cpp' 'tests/*.[ch]' 'tests/*.cpp' 'tests/*.sh' '*CMakeLists.txt'); do
    [ -f "$f" ] || continue
    head -n 3 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || say "$f: no SPDX line"
done
for f in $(sources 'hw/*.cpp' 'sim/*.cpp'); do
    case $f in *_sc.cpp) ;; *) say "$f: C++ only in files ending _sc.h and _sc.cpp" ;; esac
done
twice=$(sources 'hw/*.[ch]' 'sim/*.[ch]' 'hw/*.cpp' 'sim/*.cpp' | xargs -r -n1 basename | sort | uniq -d)
[ -z "$twice" ] || say "file names used twice: $twice"
for f in $(sources 'hw/*.[ch]' 'sim/*.[ch]' 'hw/*.cpp' 'sim/*.cpp' 'tests/*.[ch]' 'tests/*.cpp'); do
    [ -f "$f" ] || continue
    n=$(wc -l <"$f")
    [ "$n" -le 600 ] || grep -q 'over 600 lines because' "$f" || say "$f: $n lines, and no reason written there"
done
left=$(git grep -nIE --untracked '\b(TODO|FIXME|XXX|HACK)\b' -- hw sim || true)
[ -z "$left" ] || say "left over: $left"
paths=$(git grep -nIE --untracked '/(home|root)/[a-z]' -- . ':!tests/lint' || true)
[ -z "$paths" ] || say "paths of one machine: $paths"
exit $bad
