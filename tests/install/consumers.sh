#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# consumers.sh case: one way of using libdenoise from outside. Environment: WORK SOURCE BUILD CMAKE CC CXX PKG_CONFIG GENERATOR
# LIBDIR CBLAS, set by CMakeLists.txt.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix="$WORK/moved/denoise"
fail() { echo "$*"; exit 1; }

# project name option ...: configures, builds and runs consumer/ with the given options.
project() {
    folder=$WORK/$1
    shift
    rm -rf "$folder"
    "$CMAKE" -S "$here/consumer" -B "$folder" -G "$GENERATOR" "-DCMAKE_C_COMPILER=$CC" "$@"
    "$CMAKE" --build "$folder" --parallel 2
    "$folder/consumer"
}
# links program shared|static: how it uses libdenoise.
links() {
    needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    case $2 in
    shared) echo "$needed" | grep -qx 'libdenoise\.so\.0' || fail "$1 does not use libdenoise.so.0 but: $needed" ;;
    static)
        echo "$needed" | grep -q '^libdenoise' && fail "$1 should not need libdenoise: $needed"
        "$1" >/dev/null
        ;;
    esac
}

case $1 in
prepare)
    rm -rf "$WORK"
    mkdir -p "$WORK/moved"
    "$CMAKE" --install "$BUILD" --prefix "$WORK/first" >/dev/null
    # Whatever remembers where it was installed breaks now.
    mv "$WORK/first" "$prefix"
    [ ! -e "$prefix/include/denoise/version.h.in" ] || fail "version.h.in was installed"
    for file in include/denoise/denoise.h include/denoise/export.h include/denoise/version.h "$LIBDIR/libdenoise.a" \
        "$LIBDIR/libdenoise.so" "$LIBDIR/libdenoise.so.0" "$LIBDIR/pkgconfig/denoise.pc" \
        "$LIBDIR/cmake/denoise/denoiseConfig.cmake"; do
        [ -e "$prefix/$file" ] || fail "$file was not installed"
    done
    if [ "$CBLAS" != linked ]; then
        # A BLAS is loaded when it is used, so nobody has to have or link one.
        readelf -d "$prefix/$LIBDIR/libdenoise.so" | grep -i 'NEEDED.*bla[si]' && fail "the library needs a BLAS"
        grep -rniE 'cblas|libblas|openblas|lblas' "$prefix/$LIBDIR/cmake/denoise" "$prefix/$LIBDIR/pkgconfig" &&
            fail "the packages name a BLAS"
    fi
    if grep -rlF -e "$SOURCE" -e "$WORK/first" -e "$BUILD" "$prefix/$LIBDIR/cmake" "$prefix/$LIBDIR/pkgconfig" "$prefix/include"; then
        fail "these files name a folder of the build"
    fi
    ;;
find_shared)
    project find_shared "-DCMAKE_PREFIX_PATH=$prefix" -DUSE=denoise::shared
    links "$WORK/find_shared/consumer" shared
    ;;
find_static)
    project find_static "-DCMAKE_PREFIX_PATH=$prefix" -DUSE=denoise::static -DCOMPONENTS=static
    links "$WORK/find_static/consumer" static
    ;;
find_default)
    project find_default "-DCMAKE_PREFIX_PATH=$prefix"
    links "$WORK/find_default/consumer" shared
    ;;
find_follows)
    project find_follows "-DCMAKE_PREFIX_PATH=$prefix" -DBUILD_SHARED_LIBS=OFF
    links "$WORK/find_follows/consumer" static
    project find_follows "-DCMAKE_PREFIX_PATH=$prefix" -DBUILD_SHARED_LIBS=OFF -DDENOISE_DEFAULT=shared
    links "$WORK/find_follows/consumer" shared
    ;;
find_version)
    # Before 1.0 another minor version is another interface.
    if project find_version "-DCMAKE_PREFIX_PATH=$prefix" -DWANTED=0.99 >"$WORK/find_version.log" 2>&1; then
        fail "version 0.99 was found"
    fi
    grep -q 'version: 0\.' "$WORK/find_version.log" || fail "not refused for its version: $(cat "$WORK/find_version.log")"
    ;;
build_tree)
    mkdir -p "$WORK-build_tree"
    WORK=$WORK-build_tree
    project shared "-Ddenoise_DIR=$BUILD"
    links "$WORK/shared/consumer" shared
    project static "-DCMAKE_PREFIX_PATH=$BUILD" -DUSE=denoise::static
    links "$WORK/static/consumer" static
    rm -rf "$WORK"
    ;;
subdirectory)
    mkdir -p "$WORK-subdirectory"
    WORK=$WORK-subdirectory
    # The parent joins its sources; ours have statics of the same names.
    project all "-DSUBDIRECTORY=$SOURCE" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_UNITY_BUILD=ON
    links "$WORK/all/consumer" shared
    # A guest builds the library and nothing else.
    for folder in tests examples tools bench; do
        [ ! -d "$WORK/all/denoise/$folder" ] || fail "as a sub-project it also builds $folder"
    done
    "$CMAKE" --install "$WORK/all" --prefix "$WORK/nothing" >/dev/null
    [ ! -e "$WORK/nothing/include" ] || fail "as a sub-project it installs itself"
    # The same tree once more with the static library; the objects are there already.
    "$CMAKE" -S "$here/consumer" -B "$WORK/all" -DUSE=denoise::static
    "$CMAKE" --build "$WORK/all" --parallel 2
    links "$WORK/all/consumer" static
    rm -rf "$WORK"
    ;;
pkg_config_shared)
    export PKG_CONFIG_PATH="$prefix/$LIBDIR/pkgconfig"
    "$PKG_CONFIG" --validate denoise
    # shellcheck disable=SC2046 # lists of flags
    "$CC" -std=c11 "$here/consumer/consumer.c" -o "$WORK/pc_shared" $("$PKG_CONFIG" --cflags --libs denoise) -lm \
        "-Wl,-rpath,$prefix/$LIBDIR"
    "$WORK/pc_shared"
    links "$WORK/pc_shared" shared
    ;;
pkg_config_static)
    # A tree with the static library alone, so that -ldenoise can mean nothing else.
    only="$WORK/static_only"
    rm -rf "$only"
    cp -R "$prefix" "$only"
    rm "$only/$LIBDIR"/libdenoise.so*
    export PKG_CONFIG_PATH="$only/$LIBDIR/pkgconfig"
    # shellcheck disable=SC2046 # lists of flags
    "$CC" -std=c11 "$here/consumer/consumer.c" -o "$WORK/pc_static" $("$PKG_CONFIG" --static --cflags --libs denoise)
    "$WORK/pc_static"
    links "$WORK/pc_static" static
    ;;
cxx)
    export PKG_CONFIG_PATH="$prefix/$LIBDIR/pkgconfig"
    # shellcheck disable=SC2046 # lists of flags
    "$CXX" -std=c++11 -Wall -Wextra -pedantic -Werror "$here/consumer/consumer.cc" -o "$WORK/cxx" \
        $("$PKG_CONFIG" --cflags --libs denoise) "-Wl,-rpath,$prefix/$LIBDIR"
    "$WORK/cxx"
    links "$WORK/cxx" shared
    ;;
old_program)
    # Compiled against the headers of a released version, run with this library.
    "$CC" -std=c11 -Wall -Wextra -pedantic -Werror "-I$here/headers-$2" "$here/old/program.c" -o "$WORK/old_$2" \
        "$prefix/$LIBDIR/libdenoise.so" -lm "-Wl,-rpath,$prefix/$LIBDIR"
    "$WORK/old_$2"
    links "$WORK/old_$2" shared
    ;;
*) fail "unknown case $1" ;;
esac
