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
expect 'no denoise_x_options_init_sized()' public_headers "$tree"

# table row: a tests/README.md with that row.
table() {
    mkdir -p "$tree/tests/unit/core"
    printf '| source | tested by |\n|---|---|\n%s\n' "$1" >"$tree/tests/README.md"
}
reset
table ''
expect 'no sources found' tests_by_name "$tree"
echo 'int x;' | put lib/core/a.c
expect 'lib/core/a.c: there is no tests/unit/core/test_a.c' tests_by_name "$tree"
table '| `lib/core/b.c` | `tests/unit/core/test_c.c` |'
echo 'int x;' | put tests/unit/core/test_a.c
expect 'there is no lib/core/b.c; remove its row' tests_by_name "$tree"
table '| `lib/core/*.c` | `tests/unit/core/test_c.c` |'
expect 'there is no tests/unit/core/test_c.c, which lib/core/*.c names' tests_by_name "$tree"

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

# objects path "code": an object as the build has it, beside the source that it was made from.
object() {
    mkdir -p "$tree/objects/CMakeFiles/denoise_objects.dir/$(dirname "$1")"
    printf '%s\n' "$2" | put "lib/$1"
    # shellcheck disable=SC2086 # the compiler may be several words
    $cc -std=c11 -c "$tree/lib/$1" -o "$tree/objects/CMakeFiles/denoise_objects.dir/$1.o"
}
reset
expect 'no objects found' symbol_direction "$tree" "$tree/lib"
object models/a.c 'int denoise__a(void); int denoise__a(void) { return 1; }'
object layers/b.c 'int denoise__a(void); int denoise__b(void); int denoise__b(void) { return denoise__a(); }'
expect 'lib/layers/b.c: layers may not use denoise__a (of lib/models/a.c)' symbol_direction "$tree" "$tree/objects"
rm "$tree/lib/models/a.c"
expect 'denoise__a is used and defined nowhere' symbol_direction "$tree" "$tree/objects"
reset
rm -rf "$tree/objects"
object core/a.c 'int denoise__a(void); int denoise__b(void); int denoise__a(void) { return denoise__b(); }'
object core/b.c 'int denoise__c(void); int denoise__b(void); int denoise__b(void) { return denoise__c(); }'
object core/c.c 'int denoise__a(void); int denoise__c(void); int denoise__c(void) { return denoise__a(); }'
expect 'lib/core: these files use each other in a circle: a.c b.c c.c' symbol_direction "$tree" "$tree/objects"

# system path "code" "complaint"
system() {
    reset
    printf '%s\n' "$2" | put "$1"
    expect "$3" platform "$tree"
}
system lib/files/a.c '#include <unistd.h>' 'lib/files/a.c:2: <unistd.h> is no header of ISO C11'
system lib/files/a.c '  # include <sys/stat.h>' '<sys/stat.h> is no header of ISO C11'
system lib/core/a.c '#include <immintrin.h>' 'belongs into lib/kernels'
system lib/core/a.c '#define X <unistd.h>
#include X' 'lib/core/a.c:3: an include that a macro names'
system lib/core/a.c '#include_next <stdio.h>' 'only plain #include'
system lib/core/a.c '#define _GNU_SOURCE' 'asks which system it is'
system lib/core/a.c '#if defined(__APPLE__)' 'asks which system it is'
system lib/core/a.c '#if defined(__x86_64__)' 'asks which CPU it is'
system lib/core/a.c 'int f(void) { __asm__("syscall"); return 0; }' 'own language'
system lib/core/a.c '#define PURE __attribute__((pure))' 'own language'
system lib/core/a.c '#include "core/platform/posix/types.h"' 'is one system'
system lib/core/platform/mutex.h '#include <pthread.h>' 'in a header that all systems share'
system lib/core/platform/posix/mutex.c '#include "core/memory.h"' 'stands alone and may not include core/memory.h'
reset
expect 'no sources found' platform "$tree"
rm -rf "$tree/objects"
object core/platform/posix/a.c 'int open(const char *path, int flags, ...); int denoise__a(void); int denoise__a(void) { return open("", 0); }'
expect 'no objects found' platform "$tree" "$tree/objects"
object core/b.c 'int denoise__a(void); int open(const char *path, int flags, ...);
int denoise__b(void);
int denoise__b(void) { return denoise__a() + open("", 0); }'
expect 'lib/core/b.c: uses open, which ISO C11 does not have' platform "$tree" "$tree/objects"
object core/b.c '#include <time.h>
long denoise__b(void);
long denoise__b(void) { return (long)time(NULL); }'
expect 'lib/core/b.c: uses time' platform "$tree" "$tree/objects"

printf 'FILE_CALL(open)\n' >"$tree/calls.def"
pack '#include <stdio.h>
void *denoise_f(void) { return fopen("a", "w"); }'
expect 'a.c.o calls fopen, which is not among' file_calls "$tree/a.a" "$tree/calls.def"
expect 'a.c.o calls fopen, which has no row' file_calls "$tree/a.a" "$tree/calls.def"
pack 'int denoise__file_create(void); int denoise_f(void) { return denoise__file_create(); }'
echo 'int denoise__file_create(void); int denoise__file_create(void) { return 1; }' >"$tree/file.c"
$cc -c "$tree/file.c" -o "$tree/file.c.o"
(cd "$tree" && ar rc a.a file.c.o)
expect 'a.c.o calls denoise__file_create, which is not among' file_calls "$tree/a.a" "$tree/calls.def"
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
