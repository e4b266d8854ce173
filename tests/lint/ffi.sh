#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ffi.sh include-dirs cc: what a foreign-function interface sees of the headers, after the preprocessor: no variadic function, no
# bit-field, no inline body, no struct by value (parameter, result or field), no type whose size differs between machines, no
# enum as a type. include-dirs: folders separated by colons; the first has denoise/denoise.h.
set -eu
folders=$1
shift

flags=
old_ifs=$IFS
IFS=:
for folder in $folders; do flags="$flags -I$folder"; done
IFS=$old_ifs
# shellcheck disable=SC2086 # a list of flags; the compiler may be several words
printf '#include <denoise/denoise.h>\n#include <denoise/ext.h>\n' | "$@" -std=c11 -E $flags -x c - | awk '
# Line markers tell which lines are ours.
/^# [0-9]+ "/ { ours = ($3 ~ /\/denoise\/[a-z_]+\.h"$/); next }
ours { text = text " " $0 }
END {
    gsub(/__attribute__ *\(\([^()]*(\([^()]*\))?\)\)/, " ", text)
    gsub(/extern "C" *\{/, " ", text)
    gsub(/[ \t]+/, " ", text)
    # Names of structs, from typedefs and definitions.
    rest = text
    while (match(rest, /struct denoise_[a-z_0-9]+/)) {
        structs[substr(rest, RSTART + 7, RLENGTH - 7)] = 1
        rest = substr(rest, RSTART + RLENGTH)
    }
    # Words and signs, one by one.
    n = 0
    rest = text
    while (match(rest, /[A-Za-z_][A-Za-z_0-9]*|[0-9][0-9A-Za-z.+]*|\.\.\.|"[^"]*"|[^ \t]/)) {
        token[++n] = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
    }
    for (i = 1; i <= n; i++) {
        t = token[i]
        place = ""
        for (j = i - 4; j <= i + 4; j++) if (j >= 1 && j <= n) place = place " " token[j]
        if (t == "...") complain("variadic", place)
        if (t == "inline" || t == "__inline" || t == "__inline__" || (t == ")" && token[i + 1] == "{")) complain("function body", place)
        if (t == ":" && token[i + 1] ~ /^[0-9]/) complain("bit-field", place)
        if (t ~ /^(long|short|int|unsigned|signed|_Bool|bool|union|va_list|FILE|wchar_t|_Complex|_Atomic)$/) complain("type " t, place)
        if (t == "enum" && token[i + 1] != "{") complain("enum as a type", place)
        if (t in structs && token[i - 1] != "struct") {
            next_token = token[i + 1]
            if (next_token == "const") next_token = token[i + 2]
            if (next_token != "*" && next_token != ";") complain("struct by value", place)
            if (next_token == ";" && token[i - 1] != "}" && !(token[i - 2] == "struct")) complain("struct by value", place)
        }
        if (t ~ /^denoise_/ && token[i + 1] == "(") functions++
    }
    if (functions == 0) { print "no functions found: is the header empty?"; exit 1 }
    if (bad) exit 1
    printf "%d functions: 0 variadic, 0 bit-fields, 0 bodies, 0 structs by value\n", functions
}
function complain(what, place) { printf "%s near:%s\n", what, place; bad++ }
'
