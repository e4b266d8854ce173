#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh language standard compiler source-include build-include: each public header alone (and twice) compiles without
# a warning, and each DENOISE_*_INIT initializes its struct. Standard "everything" is C++11 with all warnings that clang has,
# but those that the list below names.
set -eu
language=$1 standard=$2 compiler=$3 source_include=$4 build_include=$5
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
flags="-std=$standard -Wall -Wextra -Wshadow -Wundef -Werror -fsyntax-only"
case $standard in
everything)
    # structs end with what alignment leaves over; C++98 has no comma behind the last enumerator of a list made by a macro
    flags="-std=c++11 -Weverything -Wno-padded -Wno-c++98-compat -Wno-c++98-compat-pedantic -Werror -fsyntax-only"
    ;;
c++98) flags="$flags -Wno-long-long" ;; # without -pedantic: the X-macro leaves a comma at the end of an enumeration
c++*) flags="$flags -pedantic" ;;
*) flags="$flags -pedantic -Wstrict-prototypes -Wmissing-prototypes" ;;
esac

# compile label: standard input is the program.
failed=0
compile() {
    cat >"$scratch/try"
    # shellcheck disable=SC2086 # a list of flags
    if ! "$compiler" $flags "-I$source_include" "-I$build_include" -x "$language" "$scratch/try"; then
        echo "failed: $1 as $standard"
        failed=1
    fi
}

count=0
for header in "$source_include"/denoise/*.h "$build_include"/denoise/*.h; do
    name=${header##*/}
    printf '#include <denoise/%s>\n#include <denoise/%s>\nextern int not_empty;\n' "$name" "$name" | compile "$name"
    count=$((count + 1))
done

{
    echo '#include <denoise/denoise.h>'
    echo '#include <denoise/ext.h>'
    echo 'int initialized(void);'
    echo 'int initialized(void) {'
    echo '    int64_t sum = 0;'
    # denoise_x_init_sized(denoise_type *...) goes with DENOISE_X_INIT.
    cat "$source_include"/denoise/*.h | sed -n 's/^DENOISE_API void \(denoise_[a-z_0-9]*\)_init_sized(\(denoise_[a-z_0-9]*\) \*.*/\1 \2/p' |
        while read -r name type; do
            macro=$(printf '%s_INIT' "$name" | tr '[:lower:]' '[:upper:]')
            echo "    { $type value = $macro; int64_t size = sizeof value; sum += value.struct_size == size; ${name}_init(&value); }"
        done
    # What is registered has no function for its defaults.
    sed -n 's/^typedef struct \(denoise_ext_[a-z_0-9]*\) {.*/\1/p' "$source_include"/denoise/ext.h |
        while read -r type; do
            macro=$(printf '%s_INIT' "$type" | tr '[:lower:]' '[:upper:]')
            grep -q "#define $macro" "$source_include"/denoise/ext.h || continue
            echo "    { $type value = $macro; int64_t size = sizeof value; sum += value.struct_size == size; }"
        done
    echo '    return sum > 0;'
    echo '}'
} >"$scratch/init"
grep -q '_INIT' "$scratch/init" || { echo "no _INIT macro found"; exit 1; }
compile "the _INIT macros" <"$scratch/init"
[ $failed = 0 ] && echo "$count headers compile alone as $standard"
exit $failed
