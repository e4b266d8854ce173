#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_fetch_mnist.sh fetch-mnist loopback_server: the script against servers on the loopback address. Most cases use a copy
# of the script with the sums of four small files; with DENOISE_DATA_DIR the script itself fetches the real ones from there.
set -eu
script=$1
server=$2
command -v curl >/dev/null 2>&1 || {
    echo "skipped: curl is missing"
    exit 77
}
no_proxy=127.0.0.1
export no_proxy

work=$(mktemp -d)
pids=
# shellcheck disable=SC2086 # a list
trap '[ -z "$pids" ] || kill $pids 2>/dev/null || true; rm -rf "$work"' EXIT
failed=0
fail() {
    echo "FAILED: $*"
    sed 's/^/    /' "$work/log" 2>/dev/null || true
    failed=1
}

# serve NAME FOLDER|--silent: starts a server; $NAME is its address.
serve() {
    "$server" "$2" >"$work/port" &
    pids="$pids $!"
    last=$!
    tries=0
    while [ ! -s "$work/port" ] && [ $tries -lt 100 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    eval "$1=http://127.0.0.1:$(cat "$work/port")"
    : >"$work/port"
}

names='t10k-labels-idx1-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte train-images-idx3-ubyte'
mkdir "$work/good" "$work/bad" "$work/part"
cp "$script" "$work/small"
for name in $names; do
    echo "content of $name" >"$work/plain"
    sum=$(sha256sum <"$work/plain" | cut -d ' ' -f 1)
    sed "s/^$name .*/$name $(wc -c <"$work/plain") $sum/" "$work/small" >"$work/next"
    mv "$work/next" "$work/small"
    gzip -c <"$work/plain" >"$work/good/$name.gz"
    echo "something else" | gzip -c >"$work/bad/$name.gz"
done
chmod +x "$work/small"
cp "$work/good/t10k-labels-idx1-ubyte.gz" "$work/part"
serve good "$work/good"
serve bad "$work/bad"
serve part "$work/part"
serve silent --silent

# run STATUS MIRRORS: into $work/out; the time that it took is in $seconds.
run() {
    expected=$1
    shift
    begin=$(date +%s)
    status=0
    DENOISE_MNIST_MIRRORS="$*" "$work/small" "$work/out" >"$work/log" 2>&1 || status=$?
    seconds=$(($(date +%s) - begin))
    [ $status -eq "$expected" ] || fail "$case: status $status, expected $expected"
    [ -z "$(find "$work" -name '.fetch-mnist*')" ] || fail "$case: a temporary file is left"
}
says() { grep -q "$1" "$work/log" || fail "$case: does not say \"$1\""; }
complete() {
    for name in $names; do
        cmp -s "$work/out/$name.gz" "$work/good/$name.gz" || fail "$case: $name.gz is not right"
    done
}

case=fetch
run 0 "$good"
complete
[ "$(ls -A "$work/out" | wc -l)" -eq 4 ] || fail "$case: not four files"
umask 022
rm "$work/out/t10k-labels-idx1-ubyte.gz"
run 0 "$good"
case $(ls -l "$work/out/t10k-labels-idx1-ubyte.gz") in -rw-r--r--*) ;; *) fail "$case: mode is not the umask's" ;; esac

case="kept without a network"
run 0 http://127.0.0.1:1
complete
case="plain files are kept"
gzip -d "$work/out/train-images-idx3-ubyte.gz"
run 0 http://127.0.0.1:1
gzip "$work/out/train-images-idx3-ubyte"

case="a damaged file is fetched again"
echo junk >"$work/out/train-images-idx3-ubyte.gz"
run 0 "$good/"
complete
case="a damaged file stays when nothing better is there"
echo junk >"$work/out/train-images-idx3-ubyte.gz"
run 1 "$bad"
says "wrong SHA-256"
says "no mirror has train-images-idx3-ubyte.gz"
[ "$(cat "$work/out/train-images-idx3-ubyte.gz")" = junk ] || fail "$case: it was replaced"

case="the next mirror"
rm -r "$work/out"
run 0 "http://127.0.0.1:1 $bad $part $good"
complete
case="a mirror that lacks files"
rm -r "$work/out"
run 1 "$part"
says "could not be read"
[ -f "$work/out/t10k-labels-idx1-ubyte.gz" ] || fail "$case: what it has is not kept"

case="nobody listens"
rm -r "$work/out"
run 1 "http://127.0.0.1:1 http://127.0.0.1:2"
says "no mirror answers"
[ $seconds -lt 10 ] || fail "$case: took $seconds s"
case="nobody answers"
run 1 "$silent $silent"
says "no mirror answers"
[ $seconds -lt 11 ] || fail "$case: took $seconds s"

case="other schemes"
run 1 "file://$work/good"
says "no mirror answers"

case="a folder that cannot be made"
rm -rf "$work/out"
echo file >"$work/out"
run 1 "$good"
says "cannot make"
rm "$work/out"

case="no curl"
mkdir "$work/path"
for tool in sh cut date gzip head mkdir mktemp mv rm sed sha256sum chmod; do
    ln -s "$(command -v $tool)" "$work/path/$tool"
done
status=0
PATH="$work/path" "$work/small" "$work/out" >"$work/log" 2>&1 || status=$?
[ $status -eq 1 ] || fail "$case: status $status"
says "needs curl"

case="the cache folder"
status=0
XDG_CACHE_HOME=$work/cache DENOISE_MNIST_MIRRORS=$good "$work/small" >"$work/log" 2>&1 || status=$?
[ $status -eq 0 ] && [ -f "$work/cache/denoise/mnist/train-images-idx3-ubyte.gz" ] || fail "$case: status $status"
status=0
XDG_CACHE_HOME=relative HOME=$work/home DENOISE_MNIST_MIRRORS=$good "$work/small" >"$work/log" 2>&1 || status=$?
[ $status -eq 0 ] && [ -f "$work/home/.cache/denoise/mnist/train-images-idx3-ubyte.gz" ] || fail "$case: status $status (HOME)"
case="wrong use"
status=0
"$work/small" a b >"$work/log" 2>&1 || status=$?
[ $status -eq 2 ] || fail "$case: status $status"
"$work/small" --help | grep -q "^fetch-mnist \[folder\]" || fail "$case: no help"

case="the real files"
if [ -f "${DENOISE_DATA_DIR:-}/train-images-idx3-ubyte.gz" ]; then
    serve real "$DENOISE_DATA_DIR"
    status=0
    DENOISE_MNIST_MIRRORS=$real "$script" "$work/real" >"$work/log" 2>&1 || status=$?
    [ $status -eq 0 ] || fail "$case: status $status"
    for name in $names; do
        cmp -s "$work/real/$name.gz" "$DENOISE_DATA_DIR/$name.gz" || fail "$case: $name.gz differs"
    done
else
    echo "not run: $case (DENOISE_DATA_DIR is not set)"
fi
exit $failed
