# SPDX-License-Identifier: Apache-2.0
# Builds for 32-bit x86 on 64-bit x86, where the tests run too. The compiler is Debian's gcc-i686-linux-gnu with
# libc6-dev-i386-cross; zlib, libpng, jansson and CMocka of i386 are the system's (dpkg --add-architecture i386), or lie unpacked in
# a folder that DENOISE_I386_ROOT, a variable of the environment, names:
#   apt download zlib1g:i386 zlib1g-dev:i386 libpng16-16:i386 libpng-dev:i386 libjansson4:i386 libjansson-dev:i386 \
#       libcmocka0:i386 libcmocka-dev:i386 && for deb in *.deb; do dpkg -x "$deb" folder; done
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(triplet i686-linux-gnu)
set(CMAKE_C_COMPILER ${triplet}-gcc)
set(folder i386-linux-gnu)
set(CMAKE_LIBRARY_ARCHITECTURE ${folder})
set(root "$ENV{DENOISE_I386_ROOT}")
set(CMAKE_FIND_ROOT_PATH /usr/${triplet})
if(root)
  list(PREPEND CMAKE_FIND_ROOT_PATH "${root}")
  set(ENV{PKG_CONFIG_SYSROOT_DIR} "${root}")
  set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,${root}/usr/lib/${folder}:${root}/lib/${folder}")
  set(CMAKE_SHARED_LINKER_FLAGS_INIT "${CMAKE_EXE_LINKER_FLAGS_INIT}")
else()
  list(APPEND CMAKE_FIND_ROOT_PATH /)
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ENV{PKG_CONFIG_LIBDIR} "${root}/usr/lib/${folder}/pkgconfig:${root}/usr/share/pkgconfig")
# SSE2 for floating point, so that numbers are rounded as everywhere else; the x87's are not.
set(CMAKE_C_FLAGS_INIT "-msse2 -mfpmath=sse -mstackrealign")
