#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# include_direction.sh root: a file of lib/X may include only what the table in lib/README.md allows. That table is read here,
# so the page cannot drift from the rule. Public headers count as the folder that implements them. Also: one file alone
# names the functions of the BLAS.
set -eu
root=$1

find "$root/lib" -name '*.[ch]' | LC_ALL=C sort | awk -v root="$root" -v table="$root/lib/README.md" '
function owner(header) {
    if (header in owners) return owners[header]
    return header
}
function complain(text) { printf "%s:%d: %s\n", short, line, text; bad++ }
BEGIN {
    # Rows of the table: | `folder/` | `a` `b` ... | what it holds |
    while ((getline row < table) > 0) {
        if (row !~ /^\| `[a-z]+\/` \|/) continue
        split(row, cell, "|")
        gsub(/[` \/]/, "", cell[2])
        known[cell[2]] = 1
        allowed[cell[2], cell[2]] = 1
        gsub(/[`,]/, " ", cell[3])
        n = split(cell[3], names, " ")
        for (i = 1; i <= n; i++) allowed[cell[2], names[i]] = 1
    }
    n = split("export status memory log random params version runtime", names, " ")
    for (i = 1; i <= n; i++) owners[names[i]] = "core"
    n = split("layer loss metric optimizer schedule constraint", names, " ")
    for (i = 1; i <= n; i++) owners[names[i]] = names[i] (names[i] == "loss" ? "es" : "s")
    n = split("model sequential graph", names, " ")
    for (i = 1; i <= n; i++) owners[names[i]] = "models"
    owners["spatial"] = "layers"
    owners["limits"] = "files"
    owners["dataset"] = "files" # denoise_idx_load() lies there
    owners["trainer"] = owners["callback"] = "train"
}
{
    file = $0
    short = substr(file, length(root) + 2)
    folder = short
    sub(/^lib\//, "", folder)
    files++
    if (folder !~ /\//) next # registries.c, the one place that knows all
    sub(/\/.*/, "", folder)
    if (!(folder in known)) { line = 1; complain("folder " folder " has no row in lib/README.md"); next }
    line = 0
    while ((getline text < file) > 0) {
        line++
        if (text ~ /cblas_[sd]g/ && text !~ /^[ \t]*\/?\*/ || text ~ /<cblas\.h>/) {
            if (blas != "" && blas != short) complain("second file that reaches for the BLAS; the other is " blas)
            blas = short
        }
        if (text !~ /^[ \t]*#[ \t]*include[ \t]*[<"]/) continue
        name = text
        sub(/^[^<"]*[<"]/, "", name)
        sub(/[>"].*/, "", name)
        if (name ~ /^denoise\//) {
            sub(/^denoise\//, "", name)
            sub(/\.h$/, "", name)
            if (name == "denoise") complain("includes the umbrella header; include what is used")
            else if (!((folder, owner(name)) in allowed)) complain(folder " may not include denoise/" name ".h (of " owner(name) ")")
        } else if (text ~ /"/) {
            target = name
            if (target ~ /\.def$/ && target !~ /\//) continue
            if (target !~ /\//) { complain("write \"" folder "/" name "\""); continue }
            sub(/\/.*/, "", target)
            if (!((folder, target) in allowed)) complain(folder " may not include " name)
        }
    }
    close(file)
}
END {
    if (files == 0) { print "no sources found under " root "/lib"; exit 1 }
    if (bad) exit 1
    print files " files keep the include direction"
}'
