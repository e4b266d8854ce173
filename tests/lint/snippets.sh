#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# snippets.sh root build cc: each program (a C block with main) in README.md and docs compiles without a warning; each file that
# extending.md shows compiles like the library's own; each relative link in them leads somewhere.
set -eu
root=$1 build=$2 cc=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bad=0
count=0
flags="-std=c11 -Wall -Wextra -Wno-misleading-indentation -Werror -D_POSIX_C_SOURCE=200809L -I$root/include -I$build/include"

for page in "$root"/README.md "$root"/SECURITY.md "$root"/lib/README.md "$root"/tests/README.md "$root"/docs/*.md "$root"/docs/decisions/*.md; do
    name=${page#"$root"/}
    rm -f "$scratch"/block*
    awk -v out="$scratch/block" '
        /^ *```c$/ { inside = 1; n++; next }
        /^ *```$/ { inside = 0 }
        inside { print > (out n ".c") }' "$page"
    for block in "$scratch"/block*.c; do
        [ -e "$block" ] || continue
        include=
        if grep -q 'denoise__' "$block"; then
            include=-I$root/lib
        elif ! grep -q 'int main(void)' "$block"; then
            continue
        fi
        count=$((count + 1))
        # shellcheck disable=SC2086 # lists of flags
        $cc $flags $include -c "$block" -o "$scratch/object.o" || {
            echo "$name: a program does not compile"
            bad=1
        }
    done
    for link in $(sed 's/`[^`]*`//g' "$page" | grep -o '](\([^)]*\))' | sed 's/^](//; s/)$//; s/#.*//'); do
        case $link in
        http://* | https://*) continue ;;
        esac
        [ -e "$(dirname "$page")/$link" ] || {
            echo "$name: the link $link leads nowhere"
            bad=1
        }
    done
done
[ $count -gt 0 ] || { echo "no programs found"; exit 1; }
[ $bad = 0 ] && echo "$count programs of the documentation compile"
exit $bad
