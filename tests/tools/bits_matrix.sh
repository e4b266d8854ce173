#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The golden bits (tests/golden/test_golden_bits.c) with each compiler, level of optimization and instruction set:
#   tests/tools/bits_matrix.sh FOLDER [COMPILER ...]        FOLDER is made, for the builds; default: gcc clang
# Each compiler at -O1, -O2 and -O3, each on all sets of instructions of this CPU; then 64-bit Arm under qemu where its compiler
# is installed. With DENOISE_DATA_DIR, MNIST too. Ends with 1 when a hash is another, 2 when something does not build.
set -u
[ $# -ge 1 ] || { sed -n '3,7s/^# //p' "$0" >&2; exit 2; }
source=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1" || exit 2
folder=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- gcc clang
failed=0
sets=portable
grep -qs 'avx2' /proc/cpuinfo && sets="$sets avx2"
grep -qs 'avx512dq' /proc/cpuinfo && sets="$sets avx512"

# build NAME options...
build() {
  name=$1
  shift
  cmake -S "$source" -B "$folder/$name" -DDENOISE_TESTS=ON -DDENOISE_EXAMPLES=OFF "$@" >"$folder/$name.log" 2>&1 &&
    cmake --build "$folder/$name" --target test_golden_bits --parallel "${JOBS:-2}" >>"$folder/$name.log" 2>&1
}

# check NAME instructions [runner]
check() {
  if DENOISE_ISA=$2 ${3:-} "$folder/$1/tests/golden/test_golden_bits" >"$folder/run.log" 2>&1; then
    echo "$1 $2: same"
  else
    echo "$1 $2: other bits"
    grep ERROR "$folder/run.log"
    failed=1
  fi
}

for compiler in "$@"; do
  command -v "$compiler" >/dev/null || { echo "$compiler: not installed"; continue; }
  for level in 1 2 3; do
    name=$compiler-O$level
    # Debug, where no file asks for a level of its own
    build "$name" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER="$compiler" -DCMAKE_C_FLAGS_DEBUG="-O$level" || { echo "$name: see $folder/$name.log"; exit 2; }
    for isa in $sets; do
      check "$name" "$isa"
    done
  done
done
if command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64 >/dev/null; then
  build aarch64 -DCMAKE_BUILD_TYPE=Release -DCMAKE_TOOLCHAIN_FILE="$source/cmake/toolchain-aarch64.cmake" || { echo "aarch64: see $folder/aarch64.log"; exit 2; }
  DENOISE_DATA_DIR= && unset DENOISE_DATA_DIR # too much for an emulator
  check aarch64 neon qemu-aarch64
  check aarch64 portable qemu-aarch64
fi
exit $failed
