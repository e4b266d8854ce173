#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# static_symbols.sh libdenoise.a: calls that a library must not make (ending the process, printing, global random numbers,
# locale, signals, unbounded strings), memory that does not come through core/memory.c, and names that could clash.
set -eu
nm -A -P "$1" | awk '
# archive[object]: name type ...
{
    object = $1
    sub(/.*\[/, "", object)
    sub(/\]:.*/, "", object)
    name = $2
    kind = $3
    sub(/@.*/, "", name)
    objects[object] = 1
}
BEGIN {
    n = split("abort exit _exit _Exit quick_exit atexit __assert_fail siglongjmp printf vprintf puts putchar perror stdout stderr " \
              "__printf_chk __vprintf_chk sprintf vsprintf __sprintf_chk __vsprintf_chk strcpy __strcpy_chk strcat __strcat_chk " \
              "strtok gets rand srand random srandom drand48 srand48 setlocale signal sigaction raise kill system popen fork " \
              "setenv putenv unsetenv tmpnam mktemp asctime ctime gmtime localtime strerror", names, " ")
    for (i = 1; i <= n; i++) forbidden[names[i]] = 1
    n = split("malloc calloc realloc free aligned_alloc posix_memalign reallocarray strdup strndup asprintf vasprintf", names, " ")
    for (i = 1; i <= n; i++) allocation[names[i]] = 1
}
kind == "U" && name == "longjmp" { jumps[object] = 1 }
kind == "U" && name ~ /^_?setjmp$/ { returns[object] = 1 }
kind == "U" && (name in forbidden) { printf "%s: calls %s\n", object, name; bad++ }
kind == "U" && (name in allocation) && object != "memory.c.o" { printf "%s: calls %s; use core/memory.h\n", object, name; bad++ }
kind ~ /^[TDBRCVW]$/ && name !~ /^denoise_/ && name !~ /^(_|__(asan|odr|ubsan|gcov|tsan))/ { printf "%s: defines %s without the prefix\n", object, name; bad++ }
END {
    for (object in objects) count++
    # libpng wants it so; but a jump never leaves its file.
    for (object in jumps) if (!(object in returns)) { printf "%s: calls longjmp without setjmp\n", object; bad++ }
    if (count == 0) { print "no objects found"; exit 1 }
    if (bad) exit 1
    print count " objects call nothing that is forbidden"
}'
