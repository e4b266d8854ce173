# SPDX-License-Identifier: Apache-2.0
# Builds for s390x, whose numbers begin with their greatest byte, and runs the tests under qemu's user mode. The compiler is Debian's
# gcc-s390x-linux-gnu; the libraries lie unpacked in the folder that DENOISE_S390X_ROOT, a variable of the environment, names:
#   tests/targets/sysroot s390x folder && DENOISE_S390X_ROOT=$PWD/folder cmake --preset s390x && cmake --build --preset s390x &&
#       ctest --preset s390x
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(triplet s390x-linux-gnu)
set(CMAKE_C_COMPILER ${triplet}-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
set(root "$ENV{DENOISE_S390X_ROOT}")
set(CMAKE_FIND_ROOT_PATH "${root}" /usr/${triplet})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${root}")
set(ENV{PKG_CONFIG_LIBDIR} "${root}/usr/lib/${triplet}/pkgconfig:${root}/usr/share/pkgconfig")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,${root}/usr/lib/${triplet}:${root}/lib/${triplet}")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "${CMAKE_EXE_LINKER_FLAGS_INIT}")
find_program(DENOISE_QEMU_S390X NAMES qemu-s390x qemu-s390x-static)
if(DENOISE_QEMU_S390X)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${DENOISE_QEMU_S390X} -L "${root}" -E "LD_LIBRARY_PATH=${root}/usr/lib/${triplet}:${root}/lib/${triplet}")
endif()
