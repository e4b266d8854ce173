# SPDX-License-Identifier: Apache-2.0
# The one list of warnings, and the floating-point rule that our own code is always compiled with.
include_guard(GLOBAL)
include(CheckCCompilerFlag)

# Only gcc knows these.
set(DENOISE_GCC_WARNINGS)
foreach(flag -Wtrampolines -Wbidi-chars=any)
  string(MAKE_C_IDENTIFIER "DENOISE_HAVE${flag}" name)
  check_c_compiler_flag("${flag}" ${name})
  if(${name})
    list(APPEND DENOISE_GCC_WARNINGS ${flag})
  endif()
endforeach()

# The names of this project's whole numbers are constants of enumerations without a name, which C takes for int; newer clangs find
# fault with each of them that meets a double.
set(DENOISE_CLANG_WARNINGS)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  check_c_compiler_flag(-Wenum-float-conversion DENOISE_HAVE_Wenum_float_conversion)
  if(DENOISE_HAVE_Wenum_float_conversion)
    set(DENOISE_CLANG_WARNINGS -Wno-enum-float-conversion)
  endif()
endif()

# Neither for us nor through the builder's own flags: other numbers would come out, and linked with them the library would change
# the floating-point mode of the program that loads it.
string(TOUPPER "${CMAKE_BUILD_TYPE}" config)
set(given "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${config}} ${CMAKE_SHARED_LINKER_FLAGS}")
if(given MATCHES "(^| )(-Ofast|-ffast-math|-funsafe-math-optimizations|-fassociative-math|-freciprocal-math|-ffinite-math-only)( |$)")
  message(FATAL_ERROR "${CMAKE_MATCH_2} would change what libdenoise computes; take it out of the compiler's flags")
endif()

# denoise_warnings(target [NO_CONVERSION]): for tests and examples -Wconversion is left out, and formats may be handed on.
function(denoise_warnings target)
  cmake_parse_arguments(arg "NO_CONVERSION" "" "" ${ARGN})
  set(flags -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wvla -Wformat=2
            -Wimplicit-fallthrough ${DENOISE_GCC_WARNINGS})
  # A call that these name goes wrong: an error everywhere.
  list(APPEND flags -Werror=format-security -Werror=implicit -Werror=incompatible-pointer-types -Werror=int-conversion)
  if(arg_NO_CONVERSION)
    list(APPEND flags -Wno-format-nonliteral)
  else()
    list(APPEND flags -Wconversion -Wsign-conversion ${DENOISE_CLANG_WARNINGS})
  endif()
  if(DENOISE_WERROR)
    list(APPEND flags -Werror)
  endif()
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    # A product and a sum are only fused where the code says fma(): the same bits from every compiler and CPU.
    target_compile_options(${target} PRIVATE ${flags} -ffp-contract=off ${DENOISE_FLOAT_FLAGS})
  endif()
endfunction()
