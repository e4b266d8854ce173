# SPDX-License-Identifier: Apache-2.0
# Builds for 64-bit Arm on another Linux machine, and runs the tests there under qemu's user mode. On Debian:
#   dpkg --add-architecture arm64 && apt update && apt install gcc-aarch64-linux-gnu qemu-user \
#       libc6-dev:arm64 zlib1g-dev:arm64 libpng-dev:arm64 libjansson-dev:arm64 libcmocka-dev:arm64
#   cmake -S . -B build/aarch64 --toolchain cmake/toolchain-aarch64.cmake -DDENOISE_TESTS=ON && cmake --build build/aarch64
#   ctest --test-dir build/aarch64 -L unit
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(triplet aarch64-linux-gnu)
set(CMAKE_C_COMPILER ${triplet}-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
set(CMAKE_FIND_ROOT_PATH /usr/${triplet} /)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ENV{PKG_CONFIG_LIBDIR} "/usr/lib/${triplet}/pkgconfig:/usr/share/pkgconfig")
find_program(DENOISE_QEMU_AARCH64 NAMES qemu-aarch64 qemu-aarch64-static)
if(DENOISE_QEMU_AARCH64)
  # Debian's arm64 libraries lie in /; where they do not, -L names the folder that holds lib/.
  set(CMAKE_CROSSCOMPILING_EMULATOR ${DENOISE_QEMU_AARCH64})
endif()
