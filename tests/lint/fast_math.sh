#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fast_math.sh root compile_commands.json: nothing that is built, and no source, lets the compiler change what numbers come out,
# or the loader the floating-point mode.
set -eu
root=$1 commands=$2
cd "$root"
flags='-Ofast|-ffast-math|-funsafe-math-optimizations|-fassociative-math|-freciprocal-math|-ffinite-math-only|-fno-signed-zeros|-frounding-math|-ffp-contract=(on|fast)|-mdaz-ftz'
sources='(optimize|target)[^;]*fast-math|FP_CONTRACT +ON|reassociate\(on\)|float_control|_MM_SET_(FLUSH|DENORMALS)_ZERO_MODE'
bad=0

# The files that speak of the flags in order to refuse them.
files=$(find CMakeLists.txt CMakePresets.json bootstrap .ci cmake lib include examples tools tests bench bindings -type f 2>/dev/null |
    grep -vE '/(fixtures|corpus)/|^(tests/lint/(fast_math|selftest|hardening)\.sh|cmake/Denoise(Warnings|Hardening)\.cmake)$' | LC_ALL=C sort)
# shellcheck disable=SC2086 # a list of names
if grep -nE -e "(^|[^a-z-])($flags)([^a-z-]|$)|$sources" $files; then bad=1; fi
count=$(printf '%s\n' "$files" | grep -c .)
[ "$count" -gt 0 ] || { echo "no files found under $root"; exit 1; }

if [ -f "$commands" ]; then
    if grep -nE -e "[ \"]($flags)[ \"]" "$commands"; then bad=1; fi
    grep -c '"command"' "$commands" | sed 's/$/ commands/'
else
    echo "left out: the commands of the build, $commands is not there"
fi
[ $bad = 0 ] && echo "$count files keep the rules of arithmetic"
exit $bad
