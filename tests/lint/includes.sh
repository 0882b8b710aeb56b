#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who may include whom: the table of docs/architecture.md between the markers, one "folder: folders" per
# line. Every project include of a folder must be in its line (its own folder always is).
set -eu
cd "$1"
table=$(sed -n '/<!-- include-rules -->/,/<!-- end -->/p' docs/architecture.md | grep -E '^[a-z_/]+:' || true)
[ -n "$table" ] || { echo "docs/architecture.md: no table of include rules"; exit 1; }
bad=0
while IFS= read -r file; do
    folder=$(dirname "$file")
    line=$(grep -E "^$folder:" <<<"$table" || true)
    [ -n "$line" ] || { echo "$file: folder $folder has no line in the table"; bad=1; continue; }
    while IFS= read -r include; do
        [ -n "$include" ] || continue
        target=$(dirname "$include")
        [ "$target" = "$folder" ] && continue
        grep -qE "[: ]$target( |$)" <<<"$line" || { echo "$file: includes $include; $folder may include only${line#*:}"; bad=1; }
    done < <(sed -nE 's/^#[ ]*include "([^"]+)".*/\1/p' "$file")
done < <(git ls-files -co --exclude-standard 'hw/*.[ch]' 'hw/*.cpp' 'sim/*.[ch]' 'sim/*.cpp')
exit $bad
