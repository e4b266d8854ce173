# SPDX-License-Identifier: Apache-2.0
# DENOISE_HARDENING: what the compiler and the linker can do so that a mistake in the library ends in an error instead of being
# used. Each flag is probed. Instrumented builds go without: they see more where nothing is filled, checked or cut short first.
#
# What is left out, and why:
#   -Wl,-z,nodlopen     the library is loaded by name from Python, Java and the like.
#   -fexceptions        taken for lib/train and lib/callbacks alone, denoise_unwinding() below: only they call the caller's hooks,
#                       and the tables for all of the library are 73 KB of 600.
#   -fstack-protector-strong
#                       not for lib/kernels' vector and tile objects: their arrays are of fixed size, indexed by loops over
#                       lanes, and what they are called with was checked before.
#   -ftrivial-auto-var-init=zero
#                       not there either: it clears sums that the next line sets, in the innermost loops.
#   -Wl,-z,noseparate-code, -ffast-math, -Ofast
#                       never: read-only data would be executable; numbers would change, and the loader's floating-point mode.
include_guard(GLOBAL)
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckLinkerFlag)

# Has an array to guard and a copy to check, so that what these need must link: a C library may have neither.
set(DENOISE_HARDEN_PROGRAM "#include <stdio.h>\n#include <string.h>
int main(int argc, char **argv) { char text[64]; strcpy(text, argv[0]); sprintf(text + 8, \"%d\", argc); return text[argc]; }")

# The flags of a list that the compiler (C) or the linker (LINK) has, in `result`. A C flag may be several words.
function(denoise_probe result how)
  set(have)
  foreach(flag IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "DENOISE_HAVE${flag}" name)
    if(how STREQUAL "LINK")
      set(CMAKE_REQUIRED_FLAGS -Werror)
      check_linker_flag(C "${flag}" ${name})
    else()
      set(CMAKE_REQUIRED_FLAGS "-Werror ${flag}") # clang takes what is for another CPU, and warns
      check_c_source_compiles("${DENOISE_HARDEN_PROGRAM}" ${name})
    endif()
    if(${name})
      list(APPEND have "${flag}")
    endif()
  endforeach()
  set(${result} ${have} PARENT_SCOPE)
endfunction()

set(DENOISE_HARDEN_C)
set(DENOISE_HARDEN_CHECKS)
set(DENOISE_HARDEN_LINK)
set(DENOISE_UNWIND_C)
if(DENOISE_HARDENING AND NOT DENOISE_SANITIZE AND NOT DENOISE_COVERAGE AND CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
  # -mbranch-protection is to 64-bit Arm what -fcf-protection is to x86.
  denoise_probe(DENOISE_HARDEN_C C -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard
                -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing -fstrict-flex-arrays=3)
  denoise_probe(DENOISE_HARDEN_CHECKS C -fstack-protector-strong -ftrivial-auto-var-init=zero -fzero-init-padding-bits=all)
  denoise_probe(DENOISE_UNWIND_C C -fexceptions)
  denoise_probe(DENOISE_HARDEN_LINK LINK "-Wl,-z,relro" "-Wl,-z,now" "-Wl,-z,noexecstack" "-Wl,-z,separate-code" "-Wl,--as-needed")
  # It needs optimisation. A packager's own level goes first and would be told twice.
  denoise_probe(fortify C "-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
  if(fortify)
    set(optimised $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
    list(APPEND DENOISE_HARDEN_C $<${optimised}:-U_FORTIFY_SOURCE> $<${optimised}:-D_FORTIFY_SOURCE=3>)
  endif()
endif()

# What tests/lint/hardening.sh must find in the library.
set(DENOISE_HARDENING_PARTS)
foreach(row "-fstack-protector-strong canaries" "-fcf-protection=full control_flow" "-mbranch-protection=standard control_flow"
            "-Wl,-z,relro relro" "-Wl,-z,now now" "-Wl,-z,noexecstack noexecstack" "-fexceptions unwinding")
  string(REPLACE " " ";" row "${row}")
  list(POP_FRONT row flag part)
  if(flag IN_LIST DENOISE_HARDEN_C OR flag IN_LIST DENOISE_HARDEN_CHECKS OR flag IN_LIST DENOISE_HARDEN_LINK OR flag IN_LIST DENOISE_UNWIND_C)
    string(APPEND DENOISE_HARDENING_PARTS " ${part}")
  endif()
endforeach()
if(fortify AND CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$")
  string(APPEND DENOISE_HARDENING_PARTS " fortify")
endif()

# The library's pointers to itself as a bit map, a thirtieth of their size: that pays for what the flags above cost. A C library
# from before 2.36 cannot load it, so it is taken only where the one that is built with can; DENOISE_PACK_RELOCATIONS=OFF is for
# who builds here and runs on an older system.
if(DENOISE_PACK_RELOCATIONS)
  set(CMAKE_REQUIRED_LINK_OPTIONS "-Wl,-z,pack-relative-relocs,--fatal-warnings")
  check_c_source_compiles("#include <features.h>
#if !defined(__GLIBC__) || !__GLIBC_PREREQ(2, 36)
#error
#endif
int main(void) { return 0; }" DENOISE_HAVE_PACKED_RELOCATIONS
    FAIL_REGEX "pack-relative-relocs") # said where the format of the CPU has none of them, and nothing fails
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  if(DENOISE_HAVE_PACKED_RELOCATIONS)
    list(APPEND DENOISE_HARDEN_LINK "-Wl,-z,pack-relative-relocs")
  endif()
endif()

# denoise_harden(target [INNERMOST]): INNERMOST is for loops that may not pay for stack protector and clearing.
function(denoise_harden target)
  cmake_parse_arguments(arg "INNERMOST" "" "" ${ARGN})
  target_compile_options(${target} PRIVATE ${DENOISE_HARDEN_C})
  if(NOT arg_INNERMOST)
    target_compile_options(${target} PRIVATE ${DENOISE_HARDEN_CHECKS})
  endif()
endfunction()

# denoise_source_options(file.c flag ...): flags for one file of the calling folder.
function(denoise_source_options file)
  set_property(SOURCE "${CMAKE_CURRENT_SOURCE_DIR}/${file}" DIRECTORY "${PROJECT_SOURCE_DIR}/lib" APPEND PROPERTY COMPILE_OPTIONS ${ARGN})
endfunction()

# denoise_unwinding(file.c ...): files between the caller and a hook of the caller. An exception of C++ that leaves a hook goes
# through them to who called; without their tables it would end the program.
function(denoise_unwinding)
  foreach(file IN LISTS ARGN)
    denoise_source_options(${file} ${DENOISE_UNWIND_C})
  endforeach()
endfunction()
