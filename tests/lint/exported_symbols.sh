#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exported_symbols.sh libdenoise.so header ...: the library exports each function that the headers declare, those of the
# released versions included (tests/install/headers-*), and nothing else.
set -eu
library=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The name of a declaration is the last word before its first parenthesis.
cat "$@" | awk '
/^DENOISE_API/ { collecting = 1; text = "" }
collecting {
    text = text " " $0
    if (text ~ /\(/) {
        sub(/\(.*/, "", text)
        n = split(text, words, /[ *]+/)
        print words[n]
        collecting = 0
    }
}' | LC_ALL=C sort -u >"$scratch/declared"
nm -D -P --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $1); print $1 }' | LC_ALL=C sort -u >"$scratch/exported"
if ! cmp -s "$scratch/declared" "$scratch/exported"; then
    LC_ALL=C comm -23 "$scratch/declared" "$scratch/exported" | sed 's/^/declared, not exported: /'
    LC_ALL=C comm -13 "$scratch/declared" "$scratch/exported" | sed 's/^/exported, not declared: /'
    exit 1
fi
[ -s "$scratch/declared" ] || { echo "no declarations found"; exit 1; }
echo "$(wc -l <"$scratch/exported") functions, declared and exported alike"
