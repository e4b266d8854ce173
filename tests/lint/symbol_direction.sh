#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# symbol_direction.sh root objects: what include_direction.sh cannot see, because a function may be declared in one folder
# and defined in another. Read are the object files below `objects` (the build's folder lib).
# - A file of lib/X may use only symbols that are defined in a folder which the table of lib/README.md allows. The files of lib/
#   itself know all folders, and all may use them.
# - Files of one folder do not use each other in a circle.
set -eu
root=$1 objects=$2

find "$objects" -name '*.c.o' | LC_ALL=C sort | xargs nm -A -P | awk -v root="$root" -v objects="$objects" '
# path: name type ... -> the source below lib; empty for an object that is older than the removal of its source.
function source_of(object,    file, line) {
    if (object in sources) return sources[object]
    file = substr(object, length(objects) + 2)
    sub(/\.o$/, "", file)
    sub(/CMakeFiles\/[^\/]*\.dir\//, "", file)
    if ((getline line < (root "/lib/" file)) <= 0) file = ""
    return sources[object] = file
}
function folder_of(file) {
    if (file !~ /\//) return ""
    sub(/\/.*/, "", file)
    return file
}
function name_of(file) {
    sub(/.*\//, "", file)
    return file
}
BEGIN {
    # Rows of the table: | `folder/` | `a` `b` ... | what it holds |
    while ((getline row < (root "/lib/README.md")) > 0) {
        if (row !~ /^\| `[a-z]+\/` \|/) continue
        split(row, cell, "|")
        gsub(/[` \/]/, "", cell[2])
        may[cell[2], cell[2]] = 1
        gsub(/[`,]/, " ", cell[3])
        n = split(cell[3], names, " ")
        for (i = 1; i <= n; i++) may[cell[2], names[i]] = 1
    }
}
{
    object = $1
    sub(/:$/, "", object)
    source = source_of(object)
    if (source == "") next
    if (!(source in files)) { files[source] = ++file_count; file_name[file_count] = source }
    if ($2 !~ /^denoise_/) next
    if ($3 == "U") users[$2] = users[$2] " " source
    else if ($3 ~ /^[TDBRCVW]$/) home[$2] = source
}
END {
    if (file_count == 0) { print "no objects found"; exit 1 }
    for (symbol in users) {
        if (!(symbol in home)) { printf "%s is used and defined nowhere\n", symbol; bad++; continue }
        target = home[symbol]
        n = split(users[symbol], from, " ")
        for (i = 1; i <= n; i++) {
            a = folder_of(from[i])
            b = folder_of(target)
            if (a == b && from[i] != target) reach[from[i], target] = 1
            if (a == "" || b == "" || (a, b) in may) continue
            printf "lib/%s: %s may not use %s (of lib/%s)\n", from[i], a, symbol, target
            bad++
        }
    }
    # Reach through others of the folder (Warshall).
    for (k = 1; k <= file_count; k++)
        for (i = 1; i <= file_count; i++) {
            if (!((file_name[i], file_name[k]) in reach)) continue
            for (j = 1; j <= file_count; j++)
                if ((file_name[k], file_name[j]) in reach) reach[file_name[i], file_name[j]] = 1
        }
    for (i = 1; i <= file_count; i++) {
        if (file_name[i] in seen || !((file_name[i], file_name[i]) in reach)) continue
        text = ""
        for (j = 1; j <= file_count; j++) {
            if (!((file_name[i], file_name[j]) in reach) || !((file_name[j], file_name[i]) in reach)) continue
            seen[file_name[j]] = 1
            text = text " " name_of(file_name[j])
        }
        printf "lib/%s: these files use each other in a circle:%s\n", folder_of(file_name[i]), text
        bad++
    }
    if (bad) exit 1
    print file_count " sources keep the direction of lib/README.md, and none use each other in a circle"
}'
