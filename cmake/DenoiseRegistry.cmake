# SPDX-License-Identifier: Apache-2.0
# Sources of the library, folder by folder, and registries: a `.def` file with rows DENOISE_KIND(kind, file) names the
# kinds for C and, here, the source files that hold them.
include_guard(GLOBAL)
include(CheckCCompilerFlag)

# As small as it gets: -Oz is new in gcc 12.
check_c_compiler_flag(-Oz DENOISE_HAVE_Oz)
set(DENOISE_SMALL -Os)
if(DENOISE_HAVE_Oz)
  set(DENOISE_SMALL -Oz)
endif()

# denoise_sources(file.c ...): sources of the folder that calls it.
function(denoise_sources)
  foreach(file IN LISTS ARGN)
    set_property(GLOBAL APPEND PROPERTY DENOISE_SOURCES "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  endforeach()
endfunction()

# denoise_registry(kinds.def): the files of all rows; a new row makes CMake configure again.
function(denoise_registry def)
  set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${def}")
  file(STRINGS "${CMAKE_CURRENT_SOURCE_DIR}/${def}" rows REGEX "^DENOISE_KIND\\(")
  set(files)
  foreach(row IN LISTS rows)
    if(NOT row MATCHES "^DENOISE_KIND\\([a-z0-9_]+, ([a-z0-9_]+)\\)$")
      message(FATAL_ERROR "${def}: a row must read DENOISE_KIND(kind, file): ${row}")
    endif()
    list(APPEND files "${CMAKE_MATCH_1}.c")
  endforeach()
  list(REMOVE_DUPLICATES files)
  denoise_sources(${files})
endfunction()

# denoise_hot_sources(file.c ...): files with long loops over numbers, which -O3 makes fast.
function(denoise_hot_sources)
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    list(TRANSFORM ARGN PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
    set_property(SOURCE ${ARGN} DIRECTORY "${PROJECT_SOURCE_DIR}/lib" APPEND PROPERTY COMPILE_OPTIONS "$<$<CONFIG:Release>:-O3>")
  endif()
endfunction()

# denoise_object_library(name file.c ... [INNERMOST] [OPTIONS flag ...] [DEFINITIONS D=x ...]): objects compiled as all of the
# library is, plus flags of their own (an instruction set, say); they become part of both libraries. The same file may be compiled
# several times under several names. INNERMOST: see denoise_harden().
function(denoise_object_library name)
  cmake_parse_arguments(arg "INNERMOST" "" "OPTIONS;DEFINITIONS" ${ARGN})
  add_library(${name} OBJECT ${arg_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  denoise_warnings(${name})
  if(arg_INNERMOST)
    denoise_harden(${name} INNERMOST)
  else()
    denoise_harden(${name})
  endif()
  target_link_libraries(${name} PRIVATE denoise_inside)
  # Speed is made in lib/kernels, which asks for -O3 itself, and in the files of denoise_hot_sources(); elsewhere it would only
  # make the library larger, and so would tables for unwinding a stack through it.
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:${DENOISE_SMALL}> $<$<CONFIG:Release>:-fno-asynchronous-unwind-tables>)
  endif()
  target_compile_options(${name} PRIVATE ${arg_OPTIONS})
  target_compile_definitions(${name} PRIVATE ${arg_DEFINITIONS})
  set_property(GLOBAL APPEND PROPERTY DENOISE_OBJECT_LIBRARIES ${name})
endfunction()
