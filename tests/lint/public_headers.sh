#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# public_headers.sh root build: rules of the public headers as they are written. Each DENOISE_API declaration has a
# documentation comment directly above that says since when; only <stdint.h> and <stddef.h> besides our own; no macro with
# arguments but the X-macro list, what export.h generates and the _init() that is short for an _init_sized(); each struct of
# options has _INIT and _init_sized().
set -eu
root=$1
cd "$root"

awk '
function complain(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; bad++ }
FNR == 1 { comment = ""; closed = 0; inside = 0; files++ }
/^#[ \t]*include/ {
    if ($0 !~ /<(stdint|stddef)\.h>|<denoise\/[a-z_]+\.h>/) complain("only <stdint.h>, <stddef.h> and <denoise/...> may be included")
}
/^#[ \t]*define[ \t]+[A-Za-z_0-9]+\(/ {
    if ($0 !~ /DENOISE_STATUS_(LIST|X)\(|denoise_[a-z_0-9]+_init\(/) complain("a macro with arguments cannot be called from other languages")
}
/^#[ \t]*define[ \t]+DENOISE_[A-Z_0-9]+_OPTIONS_INIT/ {
    name = $2
    sub(/_INIT.*/, "", name)
    inits[tolower(name)] = FILENAME
}
/^typedef struct denoise_[a-z_0-9]+_options \{/ { options[$3] = FILENAME }
/DENOISE_API void denoise_[a-z_0-9]+_options_init_sized\(/ {
    name = $0
    sub(/.*DENOISE_API void /, "", name)
    sub(/_init_sized\(.*/, "", name)
    functions[name] = 1
}
{
    if ($0 ~ /^\/\*\*/) { inside = 1; comment = "" }
    if (inside) {
        text = $0
        sub(/^[ \t]*\*?/, "", text)
        comment = comment " " text
        if ($0 ~ /\*\/[ \t]*$/) { inside = 0; closed = FNR }
        next
    }
    if ($0 ~ /^DENOISE_API/) {
        declarations++
        if (closed != FNR - 1) complain("no documentation comment directly above: " $0)
        else if (comment !~ /Since[ ]+0\.[0-9]+/) complain("the comment above does not say since when: " $0)
    } else if ($0 ~ /DENOISE_API/ && $0 !~ /^[ \t]*#|\*/) complain("DENOISE_API must begin its line")
}
END {
    for (name in options) {
        if (!(name in inits)) { printf "%s: no %s_INIT\n", options[name], toupper(name); bad++ }
    }
    for (name in inits) if (!(name in functions)) { printf "%s: no %s_init_sized()\n", inits[name], name; bad++ }
    if (declarations == 0) { print "no declarations found"; exit 1 }
    if (bad) exit 1
    printf "%d public functions in %d headers, all documented\n", declarations, files
}' include/denoise/*.h include/denoise/*.h.in
