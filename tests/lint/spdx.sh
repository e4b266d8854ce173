#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# spdx.sh root: the licence is named in the first two lines of every source, script and build file.
set -eu
root=$1
cd "$root"
bad=0
count=0
list=$(find CMakeLists.txt bootstrap .ci cmake include lib examples tools tests bench bindings docs -type f \
    \( -name '*.[ch]' -o -name '*.def' -o -name '*.cc' -o -name '*.in' -o -name '*.cmake' -o -name CMakeLists.txt -o -name '*.sh' \
    -o -name '*.py' -o -path bootstrap -o -path '.ci/*' -o -path 'tools/*' \) 2>/dev/null | LC_ALL=C sort)
for file in $list; do
    case $file in
    *.pc.in | *.md | *.json) continue ;;
    esac
    count=$((count + 1))
    if ! sed -n 1,2p "$file" | grep -q 'SPDX-License-Identifier: Apache-2\.0'; then
        echo "$file:1: no SPDX line"
        bad=1
    fi
    case $file in
    *.c | *.h | *.def)
        [ "$(sed 1q "$file")" = "/* SPDX-License-Identifier: Apache-2.0 */" ] || {
            echo "$file:1: the first line must be the SPDX comment"
            bad=1
        }
        ;;
    esac
done
[ "$count" -gt 0 ] || { echo "no files found under $root"; exit 1; }
[ $bad = 0 ] && echo "$count files name their licence"
exit $bad
