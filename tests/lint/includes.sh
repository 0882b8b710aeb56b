#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who may include whom: the table of docs/architecture.md between the markers, one "folder: folders" per
# line. Every project include of a folder must be in its line (its own folder always is). One awk for all files: a
# process for each include takes minutes on a slow machine.
set -eu
cd "$1"
table=$(sed -n '/<!-- include-rules -->/,/<!-- end -->/p' docs/architecture.md | grep -E '^[a-z_/]+:' || true)
[ -n "$table" ] || { echo "docs/architecture.md: no table of include rules"; exit 1; }
git ls-files -co --exclude-standard 'hw/*.[ch]' 'hw/*.cpp' 'sim/*.[ch]' 'sim/*.cpp' | while read -r f; do [ ! -f "$f" ] || echo "$f"; done |
    xargs awk -v table="$table" '
        function folder_of(path) { sub(/\/[^\/]*$/, "", path); return path }
        function says(text) { print text; bad = 1 }
        BEGIN {
            n = split(table, lines, "\n")
            for (i = 1; i <= n; i++) {
                folder = lines[i]
                sub(/:.*/, "", folder)
                allowed[folder] = lines[i] " "
                sub(/^[^:]*:/, "", allowed[folder])
            }
        }
        FNR == 1 {
            folder = folder_of(FILENAME)
            if (!(folder in allowed))
                says(FILENAME ": folder " folder " has no line in the table")
        }
        folder in allowed && match($0, /^#[ ]*include "[^"]+"/) {
            include = $0
            sub(/^#[ ]*include "/, "", include)
            sub(/".*/, "", include)
            target = include ~ /\// ? folder_of(include) : "."
            if (target != folder && !index(allowed[folder], " " target " "))
                says(FILENAME ": includes " include "; " folder " may include only" allowed[folder])
        }
        END { exit bad }'
