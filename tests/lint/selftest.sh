#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# selftest.sh cc: each rule of this folder is broken once, in a small tree made for it, and must be reported.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cc=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

# expect "text" script argument ...: the script fails and says so.
expect() {
    wanted=$1 script=$2
    shift 2
    if output=$(sh "$here/$script.sh" "$@" 2>&1); then
        echo "$script did not fail (\"$wanted\")"
        failures=1
    elif ! printf '%s\n' "$output" | grep -qF "$wanted"; then
        echo "$script did not say \"$wanted\" but:"
        printf '%s\n' "$output"
        failures=1
    fi
}
# put path: standard input into that file of the tree, after the licence line.
put() {
    mkdir -p "$tree/$(dirname "$1")"
    { echo '/* SPDX-License-Identifier: Apache-2.0 */'; cat; } >"$tree/$1"
}
reset() {
    rm -rf "$tree"
    mkdir -p "$tree/lib" "$tree/include/denoise"
    cp "$here/../../lib/README.md" "$tree/lib"
}

reset
echo '#include "models/graph.h"' | put lib/layers/dense.c
expect 'lib/layers/dense.c:2: layers may not include models/graph.h' include_direction "$tree"
echo '#include <denoise/trainer.h>' | put lib/layers/dense.c
expect 'layers may not include denoise/trainer.h (of train)' include_direction "$tree"
echo '#include "layer.h"' | put lib/layers/dense.c
expect 'write "layers/layer.h"' include_direction "$tree"
echo '#include <cblas.h>' | put lib/kernels/a.c
echo '/* cblas_sgemm in words' | put lib/kernels/b.c
echo 'f = dlsym(handle, "cblas_sgemm");' | put lib/kernels/c.c
expect 'second file that reaches for the BLAS' include_direction "$tree"
echo 'int x;' | put lib/other/a.c
expect 'folder other has no row' include_direction "$tree"

reset
{ printf 'static void f(void)\n{\n'; yes '    g();' | sed 79q; printf '}\n'; } | put lib/core/a.c
expect 'lib/core/a.c:3: function of 81 lines' sizes "$tree"
yes 'int x;' | sed 800q | put lib/core/a.c
printf 'void f(void)\n{\n}\n' | put lib/core/b.c
expect 'lib/core/a.c: 801 lines' sizes "$tree"
yes 'int x;' | sed 400q | put lib/core/b.c
printf 'void f(void)\n{\n}\n' | put lib/core/c.h
expect 'median file of lib is over 350' sizes "$tree"
{ printf 'void f(void)\n{\n'; yes '    g();' | sed 20q; printf '}\n'; } | put lib/core/c.h
expect 'median function of lib is over 15' sizes "$tree"

reset
echo 'int x;' >"$tree/lib/a.c"
expect 'lib/a.c:1: no SPDX line' spdx "$tree"

reset
put include/denoise/version.h.in </dev/null
printf 'DENOISE_API int f(void);\n' | put include/denoise/a.h
expect 'no documentation comment directly above' public_headers "$tree"
printf '/** Text. */\nDENOISE_API int f(void);\n' | put include/denoise/a.h
expect 'does not say since when' public_headers "$tree"
printf '/** Text. Since 0.1. */\n\nDENOISE_API int f(void);\n' | put include/denoise/a.h
expect 'no documentation comment directly above' public_headers "$tree"
printf '#include <stdio.h>\n' | put include/denoise/a.h
expect 'only <stdint.h>, <stddef.h>' public_headers "$tree"
printf '#define DENOISE_MAX(a, b) a\n' | put include/denoise/a.h
expect 'a macro with arguments' public_headers "$tree"
printf 'typedef struct denoise_x_options {\n' | put include/denoise/a.h
expect 'no DENOISE_X_OPTIONS_INIT' public_headers "$tree"
printf '#define DENOISE_X_OPTIONS_INIT 0\n' | put include/denoise/a.h
expect 'no denoise_x_options_init()' public_headers "$tree"

# header "declaration" "complaint"
header() {
    reset
    printf '#include <stdint.h>\ntypedef struct denoise_t { int64_t a; } denoise_t;\nvoid denoise_f(void);\n%s\n' "$1" |
        put include/denoise/denoise.h
    expect "$2" ffi "$tree/include" "$cc"
}
header 'void denoise_g(const char *text, ...);' 'variadic'
header 'struct denoise_u { int32_t a : 3; };' 'bit-field'
header 'static inline int32_t denoise_g(void) { return 1; }' 'function body'
header 'void denoise_g(denoise_t t);' 'struct by value'
header 'denoise_t denoise_g(void);' 'struct by value'
header 'typedef struct denoise_u { int64_t a; denoise_t t; } denoise_u;' 'struct by value'
header 'long denoise_g(void);' 'type long'
header 'enum denoise_e { A }; void denoise_g(enum denoise_e e);' 'enum as a type'

# pack "code"
pack() {
    rm -f "$tree/a.a"
    printf '%s\n' "$1" >"$tree/a.c"
    # shellcheck disable=SC2086 # the compiler may be several words
    $cc -std=c11 -O1 -c "$tree/a.c" -o "$tree/a.c.o"
    (cd "$tree" && ar rc a.a a.c.o)
}
# archive "code" "complaint"
archive() {
    pack "$1"
    expect "$2" static_symbols "$tree/a.a"
}
archive '#include <stdlib.h>
void denoise_f(void) { abort(); }' 'a.c.o: calls abort'
archive '#include <stdio.h>
void denoise_f(void) { fprintf(stderr, "%d", 1); }' 'a.c.o: calls stderr'
archive '#include <stdlib.h>
void *denoise_f(void) { return malloc(3); }' 'a.c.o: calls malloc'
archive '#include <setjmp.h>
void denoise_f(jmp_buf b) { longjmp(b, 1); }' 'a.c.o: calls longjmp without setjmp'
archive 'int counter = 1;' 'a.c.o: defines counter without the prefix'

printf 'FILE_CALL(open)\n' >"$tree/calls.def"
pack '#include <stdio.h>
void *denoise_f(void) { return fopen("a", "w"); }'
expect 'a.c.o calls fopen, which is not among' file_calls "$tree/a.a" "$tree/calls.def"
expect 'a.c.o calls fopen, which has no row' file_calls "$tree/a.a" "$tree/calls.def"
pack 'int denoise_f(void) { return 1; }'
expect 'no file calls found' file_calls "$tree/a.a" "$tree/calls.def"

printf 'int denoise_f(void) { return 1; }\nint denoise_h(void) { return 1; }\n' >"$tree/b.c"
$cc -shared -fPIC "$tree/b.c" -o "$tree/b.so"
printf 'DENOISE_API int denoise_f(void);\nDENOISE_API int denoise_g(void);\n' >"$tree/b.h"
expect 'declared, not exported: denoise_g' exported_symbols "$tree/b.so" "$tree/b.h"
expect 'exported, not declared: denoise_h' exported_symbols "$tree/b.so" "$tree/b.h"

# shared "complaint" "part" flag ...: a library built so, whose part must be reported.
shared() {
    wanted=$1 part=$2
    shift 2
    printf 'int denoise_f(void) { return 1; }\n' >"$tree/c.c"
    # shellcheck disable=SC2086 # the compiler may be several words
    if $cc -shared -fPIC "$@" "$tree/c.c" -o "$tree/c.so" 2>/dev/null; then
        expect "$wanted" hardening "$tree/c.so" "" "$part"
    else
        echo "left out: hardening of a library built with $*"
    fi
}
if command -v readelf >/dev/null && command -v objdump >/dev/null; then
    shared 'no relro' relro -Wl,-z,norelro
    shared 'no -z now' now -Wl,-z,lazy
    shared 'executable stack' noexecstack -Wl,-z,execstack
    shared 'checks its stack' canaries -fno-stack-protector
    shared 'no call is fortified' fortify -U_FORTIFY_SOURCE
    shared 'without a landing place' control_flow -fcf-protection=none
    shared 'says where to look for libraries' none -Wl,-rpath,/opt
    shared 'cannot be loaded by name' none -Wl,-z,nodlopen
    cat >"$tree/d.c" <<'C'
static int set_fast_math(void) { return 1; }
int denoise_f(void);
int denoise_f(void) { return set_fast_math(); }
C
    $cc -shared -fPIC -O0 "$tree/d.c" -o "$tree/d.so"
    expect 'fast-math' hardening "$tree/d.so" "" ""
    $cc -shared -fPIC "$tree/c.c" -o "$tree/c.so"
    expect 'denoise_last_error' hardening "$tree/c.so" "$cc" ""
fi

reset
printf 'target_compile_options(x PRIVATE %s)\n' '-ffast-math' >"$tree/CMakeLists.txt"
expect 'CMakeLists.txt:1:' fast_math "$tree" "$tree/none"
reset
printf '#pragma STDC FP_CONTRACT ON\n' | put lib/core/a.c
expect 'lib/core/a.c:2:' fast_math "$tree" "$tree/none"
echo 'int x;' | put lib/core/a.c
echo '  "command": "cc -O2 -ffp-contract=fast -c a.c",' >"$tree/commands.json"
expect '1:  "command"' fast_math "$tree" "$tree/commands.json"

[ $failures = 0 ] && echo "every rule can fail"
exit $failures
