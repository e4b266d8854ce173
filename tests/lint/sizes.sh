#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sizes.sh root: no C file over 800 lines, no function over 80; medians of lib at most 350 and 15. A function is measured
# from the brace in the first column that opens it to the one that closes it, as clang-format lays the code out.
set -eu
root=$1
folders=
for folder in include lib examples tools tests bench; do
    [ ! -d "$root/$folder" ] || folders="$folders $root/$folder"
done

# shellcheck disable=SC2086 # a list of folders
find $folders -name '*.[ch]' | LC_ALL=C sort | awk -v root="$root" '
function median(values, count,    i, j, v) {
    for (i = 2; i <= count; i++) {
        v = values[i]
        for (j = i - 1; j > 0 && values[j] > v; j--) values[j + 1] = values[j]
        values[j + 1] = v
    }
    return values[int((count + 1) / 2)]
}
{
    file = $0
    short = substr(file, length(root) + 2)
    line = 0; opened = 0
    while ((getline text < file) > 0) {
        line++
        if (text == "{") opened = line
        else if (text == "}" && opened) {
            size = line - opened + 1
            if (size > 80) { printf "%s:%d: function of %d lines, at most 80\n", short, opened, size; bad++ }
            if (short ~ /^lib\//) function_sizes[++functions] = size
            opened = 0
        }
    }
    close(file)
    if (line > 800) { printf "%s: %d lines, at most 800\n", short, line; bad++ }
    if (short ~ /^lib\/.*\.c$/) file_sizes[++files] = line
}
END {
    if (files == 0 || functions == 0) { print "no sources found under " root "/lib"; exit 1 }
    file_median = median(file_sizes, files)
    function_median = median(function_sizes, functions)
    printf "lib: %d files, median %d lines; %d functions, median %d lines\n", files, file_median, functions, function_median
    if (file_median > 350) { print "the median file of lib is over 350 lines"; bad++ }
    if (function_median > 15) { print "the median function of lib is over 15 lines"; bad++ }
    exit bad > 0
}'
