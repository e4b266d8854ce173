# SPDX-License-Identifier: Apache-2.0
# The one list of warnings, and the floating-point rule that our own code is always compiled with.
include_guard(GLOBAL)

# denoise_warnings(target [NO_CONVERSION]): for tests and examples -Wconversion is left out.
function(denoise_warnings target)
  cmake_parse_arguments(arg "NO_CONVERSION" "" "" ${ARGN})
  set(flags -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wvla)
  if(NOT arg_NO_CONVERSION)
    list(APPEND flags -Wconversion)
  endif()
  if(DENOISE_WERROR)
    list(APPEND flags -Werror)
  endif()
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    # A product and a sum are only fused where the code says fma(): the same bits from every compiler and CPU.
    target_compile_options(${target} PRIVATE ${flags} -ffp-contract=off)
  endif()
endfunction()
