#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# every_function.sh root: every public function is called by a test. What comments and texts say does not count.
set -eu
cd "$1"

find tests -name '*.c' -o -name '*.cpp' | sort | xargs cat include/denoise/*.h include/denoise/*.h.in | awk '
/^DENOISE_API / {
    name = $0
    sub(/\(.*/, "", name)
    sub(/.*[ *]/, "", name)
    declared[name] = 1
    count++
    next
}
{
    gsub(/"([^"\\]|\\.)*"/, "")
    gsub(/\/\*.*\*\//, "")
    if ($0 ~ /^[ \t]*(\/?\*)/) next
    while (match($0, /denoise_[a-z0-9_]+\(/)) {
        called[substr($0, RSTART, RLENGTH - 1)] = 1
        $0 = substr($0, RSTART + RLENGTH)
    }
}
END {
    for (name in declared) {
        if (!(name in called)) { print name " is called by no test"; missing++ }
    }
    if (count < 100) { print "only " count + 0 " public functions found"; missing++ }
    exit missing > 0
}'
