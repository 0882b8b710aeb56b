#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# page_names_real_tests.sh BUILD PAGE - every test that docs/validation.md names exists; every row of a table names one.
set -eu
build=$1 page=$2 bad=0
tests=$(ctest --test-dir "$build" -N | sed -n 's/^ *Test *#[0-9]*: //p')
named=$(awk -F'|' '/^\|/ { print $(NF - 1) }' "$page" | grep -oE '`[a-z]+\.[^`]*`' | tr -d '`' | sort -u)
[ "$(wc -l <<<"$named")" -ge 30 ] || { echo "hardly any test is named"; exit 1; }
for name in $named; do
    found=0
    while read -r t; do
        case $name in *. | *_) [[ $t == "$name"* ]] && found=1 ;; *) [ "$t" = "$name" ] && found=1 ;; esac
    done <<<"$tests"
    [ $found -eq 1 ] || { echo "$page names $name; there is no such test"; bad=1; }
done
awk -F'|' '/^\|/ && $(NF - 1) !~ /`|test|---/ { print FILENAME ":" FNR ": no test: " $0; bad = 1 } END { exit bad }' "$page" || bad=1
exit $bad
