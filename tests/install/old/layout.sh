#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# layout.sh cc old-include new-include ...: in each struct that the released headers have, today's headers have the same fields at the
# same places, and what was appended begins behind all of the old struct, its padding included: a caller's old struct has no such
# bytes.
set -eu
compiler=$1 old=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# program header-folder: a program that prints "struct field offset size-of-field" and "struct . 0 size" for each public struct.
program() {
    echo '#include <denoise/denoise.h>'
    echo '#include <stdio.h>'
    echo 'int main(void) {'
    find "$1/denoise" -name "*.h" ! -name ext.h | LC_ALL=C sort | xargs cat | awk '
        /^typedef struct denoise_[a-z_0-9]+ \{/ { name = $3; text = ""; next }
        name != "" && /^\}/ {
            gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ", text)
            n = split(text, fields, ";")
            for (i = 1; i <= n; i++) {
                field = fields[i]
                if (match(field, /\(\*[a-z_0-9]+\)/)) field = substr(field, RSTART + 2, RLENGTH - 3)
                sub(/\[.*/, "", field)
                if (match(field, /[a-z_0-9]+[ \t]*$/) == 0) continue
                field = substr(field, RSTART)
                gsub(/[ \t]/, "", field)
                printf "    printf(\"%s %s %%zu %%zu\\n\", offsetof(%s, %s), sizeof(((%s *)0)->%s));\n", name, field, name, field, name, field
            }
            printf "    printf(\"%s . 0 %%zu\\n\", sizeof(%s));\n", name, name
            name = ""
            next
        }
        name != "" { text = text " " $0 }'
    echo '    return 0; }'
}

program "$old" >"$scratch/old.c"
"$compiler" -std=c11 "-I$old" "$scratch/old.c" -o "$scratch/old"
includes=
for folder in "$@"; do includes="$includes -I$folder"; done
program "$1" >"$scratch/new.c"
# shellcheck disable=SC2086 # a list of flags
"$compiler" -std=c11 $includes "$scratch/new.c" -o "$scratch/new"
"$scratch/old" >"$scratch/old.txt"
"$scratch/new" >"$scratch/new.txt"
awk '
    FNR == NR { old[$1 " " $2] = $3 " " $4; if ($2 == ".") { size[$1] = $4; structs++ } else fields++; next }
    { new[$1 " " $2] = $3 " " $4; if ($2 != "." && !(($1 " " $2) in old) && ($1 in size) && $3 < size[$1])
        { print $1 "." $2 " lies at " $3 ", inside the " size[$1] " bytes of the old struct"; bad++ } }
    END {
        for (key in old) {
            if (key ~ / \.$/) { split(key, part, " "); split(new[key], now, " ")
                if (!(key in new) || now[2] + 0 < size[part[1]]) { print part[1] " is gone or shorter"; bad++ }
                if (!((part[1] " struct_size") in old) && now[2] + 0 != size[part[1]])
                    { print part[1] " has no struct_size and another size: arrays of it are read at other places"; bad++ } }
            else if (new[key] != old[key]) { print key ": was at and of " old[key] ", is " (key in new ? new[key] : "gone"); bad++ }
        }
        if (structs < 20 || fields < 100) { print "only " structs + 0 " structs and " fields + 0 " fields were found"; bad++ }
        if (bad) exit 1
        print structs " structs with " fields " fields lie as they did"
    }' "$scratch/old.txt" "$scratch/new.txt"
