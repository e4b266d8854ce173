#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests_by_name.sh root: lib/a/b.c is tested by tests/unit/a/test_b.c, lib/core/platform/<system>/b.c by
# tests/unit/core/platform/test_platform_b.c, or a row of the table in tests/README.md says by what:
# | `lib/a/b.c` | `tests/unit/a/test_c.c` ... |, where a source may have a `*`. Rows without a source, or with a test that does not
# exist, are errors.
set -eu
root=$1
cd "$root"
rows=$(sed -n 's/^| `\(lib\/[^`]*\)` | \(.*\) |$/\1|\2/p' tests/README.md)
bad=0
count=0

# is_listed source: a row's pattern fits.
is_listed() {
    printf '%s\n' "$rows" | while IFS='|' read -r pattern tests; do
        # shellcheck disable=SC2254 # a pattern
        case $1 in $pattern) echo yes && break ;; esac
    done | grep -q yes
}

for source in lib/*.c lib/*/*.c lib/*/*/*.c lib/*/*/*/*.c; do
    [ -e "$source" ] || continue
    count=$((count + 1))
    name=${source#lib/}
    case $name in
    core/platform/*) test=tests/unit/core/platform/test_platform_${name##*/} ;;
    */*) test=tests/unit/${name%/*}/test_${name##*/} ;;
    *) test=tests/unit/core/test_$name ;;
    esac
    [ -e "$test" ] || is_listed "$source" || {
        echo "$source: there is no $test, and no row of tests/README.md for it"
        bad=1
    }
done
printf '%s\n' "$rows" >"${TMPDIR:-/tmp}/tests_by_name.$$"
trap 'rm -f "${TMPDIR:-/tmp}/tests_by_name.$$"' EXIT
while IFS='|' read -r pattern tests; do
    [ -n "$pattern" ] || continue
    # shellcheck disable=SC2086 # a pattern
    [ -n "$(ls $pattern 2>/dev/null)" ] || {
        echo "tests/README.md: there is no $pattern; remove its row"
        bad=1
    }
    for test in $(printf '%s\n' "$tests" | tr -d '`,'); do
        [ -e "$test" ] || {
            echo "tests/README.md: there is no $test, which $pattern names"
            bad=1
        }
    done
done <"${TMPDIR:-/tmp}/tests_by_name.$$"
[ $count -gt 0 ] || { echo "no sources found under $root/lib"; exit 1; }
[ $bad = 0 ] && echo "the tests of $count sources are found by name or by tests/README.md"
exit $bad
