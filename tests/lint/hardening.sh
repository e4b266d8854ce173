#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hardening.sh libdenoise.so cc "part ...": what cmake/DenoiseHardening.cmake asks for is in the built library. The parts are those
# that compiler and linker have: relro now noexecstack canaries fortify control_flow unwinding. What must never be there is always
# looked for. cc "" (a cross build) leaves out loading it.
set -eu
library=$1 cc=$2 parts=" $3 "
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bad=0
checks=0

complain() {
    echo "$library: $*"
    bad=1
}
# has "name": whether that part is expected; else says that it is left out.
has() {
    case $parts in
    *" $1 "*) checks=$((checks + 1)) ;;
    *)
        echo "left out: $1, which this build has not"
        return 1
        ;;
    esac
}
readelf -dW "$library" >"$scratch/dynamic"
readelf -lW "$library" >"$scratch/segments"
readelf -sW "$library" >"$scratch/symbols"
flags() { grep -E '\((FLAGS|FLAGS_1|BIND_NOW|TEXTREL)\)' "$scratch/dynamic"; }

! has relro || grep -q GNU_RELRO "$scratch/segments" || complain "its tables of pointers stay writable (no relro)"
! has now || flags | grep -qw 'NOW\|BIND_NOW' || complain "functions are looked up late, so the tables stay writable (no -z now)"
! has noexecstack || grep GNU_STACK "$scratch/segments" | grep -qv 'RWE' || complain "asks for an executable stack"
! has canaries || grep -q 'UND __stack_chk_fail' "$scratch/symbols" || complain "no function checks its stack"
! has fortify || grep -E 'UND __[a-z]+_chk' "$scratch/symbols" | grep -qv stack_chk || complain "no call is fortified"
! has unwinding || readelf -SW "$library" | grep -q ' \.eh_frame ' || complain "no tables for unwinding"
if has control_flow; then
    # Any function of the interface may be called through a pointer. The start files of the system may lack the mark of the whole library; its own code must have landing places all the same.
    objdump -d --no-show-raw-insn "$library" >"$scratch/code"
    awk '
    /^[0-9a-f]+ <denoise_[a-z0-9][a-z0-9_]*>:/ { name = $2; next }
    name != "" { if ($0 !~ /endbr64|endbr32|bti|paciasp/) { print name, $0; bad++ } count++; name = "" }
    END { if (count == 0) { print "no functions found"; exit 1 } exit bad > 0 }' "$scratch/code" >"$scratch/unmarked" ||
        complain "functions without a landing place: $(head -n 3 "$scratch/unmarked")"
fi

! awk '$1 == "LOAD" && / RWE /' "$scratch/segments" | grep -q . || complain "has memory both writable and executable"
! flags | grep -qw TEXTREL || complain "its code must be written to when it is loaded (TEXTREL)"
! flags | grep -qw 'NOOPEN\|NODLOPEN' || complain "cannot be loaded by name (nodlopen)"
! grep -E '\((RPATH|RUNPATH)\)' "$scratch/dynamic" || complain "says where to look for libraries"
! grep -qw set_fast_math "$scratch/symbols" || complain "changes the floating-point mode when it is loaded (fast-math)"
checks=$((checks + 5))

if [ -n "$cc" ]; then
    cat >"$scratch/load.c" <<'C'
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    volatile double tiny = 1e-310;
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : 0;
    if (!library) return fprintf(stderr, "%s\n", dlerror()), 1;
    if (!dlsym(library, "denoise_last_error")) return fprintf(stderr, "%s\n", dlerror()), 1;
    if (tiny * 0.5 == 0) return fprintf(stderr, "loading it has changed the floating-point mode\n"), 1;
    return dlclose(library) != 0;
}
C
    # shellcheck disable=SC2086 # the compiler may be several words
    $cc "$scratch/load.c" -o "$scratch/load" -ldl
    "$scratch/load" "$library" 2>"$scratch/error" || complain "$(cat "$scratch/error")"
    checks=$((checks + 1))
else
    echo "left out: loading it, which another machine must do"
fi
[ $bad = 0 ] && echo "$checks properties hold"
exit $bad
