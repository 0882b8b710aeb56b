#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rules of the house that a machine can check: licence line, unique file names, C outside *_sc files,
# no left-overs, size of files, no machine paths.
set -eu
cd "$1"
bad=0
say() { echo "$1"; bad=1; }
sources() { git ls-files -co --exclude-standard "$@"; }
# Files that are there, of those that git knows; one awk for all of them, not processes for each.
here() { sources "$@" | while read -r f; do [ ! -f "$f" ] || echo "$f"; done; }
unlicensed=$(here 'hw/*.[ch]' 'sim/*.[ch]' 'hw/*.cpp' 'sim/*.cpp' 'tests/*.[ch]' 'tests/*.cpp' 'tests/*.sh' '*CMakeLists.txt' |
    xargs awk 'FNR <= 3 && /SPDX-License-Identifier: Apache-2.0/ { said[FILENAME] } END { for (i = 1; i < ARGC; i++) if (!(ARGV[i] in said)) print ARGV[i] }')
[ -z "$unlicensed" ] || say "no SPDX line: $unlicensed"
for f in $(sources 'hw/*.cpp' 'sim/*.cpp'); do
    case $f in *_sc.cpp) ;; *) say "$f: C++ only in files ending _sc.h and _sc.cpp" ;; esac
done
twice=$(sources 'hw/*.[ch]' 'sim/*.[ch]' 'hw/*.cpp' 'sim/*.cpp' | sed 's|.*/||' | sort | uniq -d)
[ -z "$twice" ] || say "file names used twice: $twice"
long=$(here 'hw/*.[ch]' 'sim/*.[ch]' 'hw/*.cpp' 'sim/*.cpp' 'tests/*.[ch]' 'tests/*.cpp' |
    xargs awk '{ lines[FILENAME]++ } /over 600 lines because/ { reason[FILENAME] } END { for (f in lines) if (lines[f] > 600 && !(f in reason)) print f ": " lines[f] " lines, and no reason written there" }')
[ -z "$long" ] || say "$long"
left=$(git grep -nIE --untracked '\b(TODO|FIXME|XXX|HACK)\b' -- hw sim || true)
[ -z "$left" ] || say "left over: $left"
paths=$(git grep -nIE --untracked '/(home|root)/[a-z]' -- . ':!tests/lint' || true)
[ -z "$paths" ] || say "paths of one machine: $paths"
exit $bad
