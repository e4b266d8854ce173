# SPDX-License-Identifier: Apache-2.0
# Builds for 64-bit Arm on another Linux machine, and runs the tests there under qemu's user mode. On Debian:
#   dpkg --add-architecture arm64 && apt update && apt install gcc-aarch64-linux-gnu qemu-user libc6-dev:arm64 \
#       zlib1g-dev:arm64 libpng-dev:arm64 libjansson-dev:arm64 libblas-dev:arm64 libcmocka-dev:arm64
#   cmake --preset aarch64 && cmake --build --preset aarch64 && ctest --preset aarch64
# The preset leaves test_threads out: qemu 7.2 fails on its own when a process with threads forks.
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
  # Debian's libraries of arm64 lie beside those of the machine itself; elsewhere qemu wants -L and the folder of lib/.
  set(CMAKE_CROSSCOMPILING_EMULATOR ${DENOISE_QEMU_AARCH64})
endif()
