# SPDX-License-Identifier: Apache-2.0
# What the promise of the same bits needs from compiler and C library: floats that are computed as floats, and a fused
# multiply-add that is rounded once. docs/portability.md says where which of it is missing.
include_guard(GLOBAL)
include(CheckCSourceCompiles)
include(CheckCSourceRuns)

# A compiler may compute floats in double, as gcc's -std=c11 does on s390x; -fexcess-precision=fast forbids it there. The old unit
# of 32-bit x86 always does.
set(DENOISE_FLOAT_FLAGS)
if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
  set(source "#include <float.h>\n#if FLT_EVAL_METHOD != 0\n#error\n#endif\nint main(void) { return 0; }")
  set(CMAKE_REQUIRED_FLAGS -std=c11)
  check_c_source_compiles("${source}" DENOISE_FLOATS_ARE_FLOATS)
  if(NOT DENOISE_FLOATS_ARE_FLOATS)
    set(CMAKE_REQUIRED_FLAGS "-std=c11 -fexcess-precision=fast")
    check_c_source_compiles("${source}" DENOISE_FLOATS_ARE_FLOATS_WHEN_FAST)
    if(NOT DENOISE_FLOATS_ARE_FLOATS_WHEN_FAST)
      message(FATAL_ERROR "the compiler computes floats in a wider type (FLT_EVAL_METHOD is not 0), which gives other numbers; "
                          "for 32-bit x86 configure with -DCMAKE_C_FLAGS=\"-msse2 -mfpmath=sse\"")
    endif()
    set(DENOISE_FLOAT_FLAGS -fexcess-precision=fast)
  endif()
  unset(CMAKE_REQUIRED_FLAGS)
endif()

# AUTO asks the C library's fmaf() where a program of the target can be run here, and else knows those that are wrong. Where
# the compiler turns fmaf() into an instruction the library's does not matter.
denoise_tristate(DENOISE_OWN_FMAF "Use libdenoise's own fmaf() where the CPU's instructions are not used")
set(DENOISE_USES_OWN_FMAF ${DENOISE_OWN_FMAF})
if(DENOISE_OWN_FMAF STREQUAL "AUTO")
  set(DENOISE_USES_OWN_FMAF OFF)
  check_c_source_compiles("#ifndef __FP_FAST_FMAF\n#error\n#endif\nint main(void) { return 0; }" DENOISE_HAVE_FMAF_INSTRUCTION)
  if(NOT DENOISE_HAVE_FMAF_INSTRUCTION)
    if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
      if(MINGW OR EMSCRIPTEN)
        set(DENOISE_USES_OWN_FMAF ON)
      endif()
    else()
      set(CMAKE_REQUIRED_LIBRARIES m)
      file(READ "${CMAKE_CURRENT_LIST_DIR}/probe_fmaf.c" source)
      check_c_source_runs("${source}" DENOISE_FMAF_IS_RIGHT)
      unset(CMAKE_REQUIRED_LIBRARIES)
      if(NOT DENOISE_FMAF_IS_RIGHT)
        set(DENOISE_USES_OWN_FMAF ON)
      endif()
    endif()
  endif()
endif()
