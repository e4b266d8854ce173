# SPDX-License-Identifier: Apache-2.0
# The BLAS of the engine cblas. Linked, it must be there. Lazy, nothing of it is needed to build: what is found only says which
# name is tried first at run time (CBLAS_SONAME), and a BLAS that the caller asked for must still exist.
include_guard(GLOBAL)
include(CheckIncludeFile)

check_include_file(dlfcn.h DENOISE_HAVE_DLFCN)
if(DENOISE_CBLAS STREQUAL "lazy" AND NOT DENOISE_HAVE_DLFCN)
  message(FATAL_ERROR "there is no dlopen() here; configure with DENOISE_CBLAS=linked or DENOISE_CBLAS=off")
endif()

# The name by which the loader knows a library: its SONAME in the system's folders, else its path.
function(denoise_soname result library)
  get_filename_component(folder "${library}" DIRECTORY)
  get_filename_component(name "${library}" NAME)
  set(${result} "${library}" PARENT_SCOPE)
  if(NOT folder IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES OR NOT CMAKE_READELF)
    return()
  endif()
  execute_process(COMMAND "${CMAKE_READELF}" -d "${library}" OUTPUT_VARIABLE dynamic ERROR_QUIET)
  if(dynamic MATCHES "\\(SONAME\\)[^[]*\\[([^]]+)\\]")
    set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
  endif()
endfunction()

set(CBLAS_SONAME "")
set(DENOISE_CBLAS_SUMMARY "${DENOISE_CBLAS}")
if(DENOISE_CBLAS STREQUAL "linked" OR (DENOISE_CBLAS STREQUAL "lazy" AND NOT DENOISE_BLAS STREQUAL "auto"))
  find_package(CBLAS REQUIRED)
elseif(DENOISE_CBLAS STREQUAL "lazy")
  find_package(CBLAS QUIET)
endif()
if(DENOISE_CBLAS STREQUAL "linked")
  string(APPEND DENOISE_CBLAS_SUMMARY ", ${CBLAS_VENDOR} (${CBLAS_LIBRARIES})")
elseif(CBLAS_FOUND AND DENOISE_CBLAS STREQUAL "lazy")
  list(GET CBLAS_LIBRARIES 0 library)
  denoise_soname(CBLAS_SONAME "${library}")
  string(APPEND DENOISE_CBLAS_SUMMARY ", ${CBLAS_SONAME} first")
endif()
