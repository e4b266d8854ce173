# SPDX-License-Identifier: Apache-2.0
# DENOISE_FUZZ: instruments everything below this directory for libFuzzer; tests/fuzz then builds a fuzz_<target> per target.
# Sanitizers come with DENOISE_SANITIZE as always.
include_guard(GLOBAL)

option(DENOISE_FUZZ "Build the libFuzzer programs (needs clang and DENOISE_TESTS)" OFF)
if(DENOISE_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "DENOISE_FUZZ needs clang, the compiler is ${CMAKE_C_COMPILER_ID}")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
