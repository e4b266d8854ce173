# SPDX-License-Identifier: Apache-2.0
#[[
Finds a BLAS with the C interface and its header.

What the caller says is obeyed or it is an error: DENOISE_BLAS (generic, flexiblas, openblas, blis or the path of a library),
BLA_VENDOR (Generic, FlexiBLAS, OpenBLAS, FLAME, or any other name that CMake's FindBLAS knows) and CBLAS_ROOT (a prefix to
look in); CBLAS_INCLUDE_DIR may name the folder of the header. Without a word from the caller the vendor-neutral libblas comes first, because on Debian and its kin it is the name
that the administrator switches between OpenBLAS, BLIS and the reference (update-alternatives); then FlexiBLAS (the same idea
on Fedora), OpenBLAS, BLIS. A candidate counts only if a program that calls cblas_sgemm links: many a libblas has no C
interface. The test never names the enumeration types of the header, which differ between the implementations.

Sets CBLAS_FOUND, CBLAS_VENDOR, CBLAS_LIBRARIES, CBLAS_INCLUDE_DIRS and the target CBLAS::CBLAS.
]]
include(CheckCSourceCompiles)
include(FindPackageHandleStandardArgs)

# Header and library of one candidate; suffixes are the folders that hold its own cblas.h.
function(_cblas_try vendor libraries)
  string(MAKE_C_IDENTIFIER "${vendor}_${libraries}" key)
  find_path(CBLAS_${key}_INCLUDE_DIR cblas.h HINTS "${CBLAS_INCLUDE_DIR}" "${_cblas_root}/include" PATH_SUFFIXES ${ARGN})
  mark_as_advanced(CBLAS_${key}_INCLUDE_DIR)
  if(NOT CBLAS_${key}_INCLUDE_DIR)
    return()
  endif()
  set(CMAKE_REQUIRED_INCLUDES "${CBLAS_${key}_INCLUDE_DIR}")
  set(CMAKE_REQUIRED_LIBRARIES ${libraries} m)
  set(CMAKE_REQUIRED_QUIET ON)
  check_c_source_compiles(
    "#include <cblas.h>
int main(void)
{
    float a[4] = {1, 2, 3, 4}, c[4] = {0, 0, 0, 0};
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, 2, 2, 2, 1.0f, a, 2, a, 2, 0.0f, c, 2);
    return c[0] != 5.0f;
}"
    CBLAS_${key}_LINKS)
  if(CBLAS_${key}_LINKS)
    set(CBLAS_VENDOR "${vendor}" PARENT_SCOPE)
    set(CBLAS_LIBRARIES "${libraries}" PARENT_SCOPE)
    set(CBLAS_INCLUDE_DIRS "${CBLAS_${key}_INCLUDE_DIR}" PARENT_SCOPE)
  endif()
endfunction()

set(_cblas_names_generic blas)
set(_cblas_suffixes_generic "")
set(_cblas_names_flexiblas flexiblas)
set(_cblas_suffixes_flexiblas flexiblas)
set(_cblas_names_openblas openblas openblasp openblaso)
set(_cblas_suffixes_openblas openblas openblas-pthread)
set(_cblas_names_blis blis blis-mt)
set(_cblas_suffixes_blis blis)

set(CBLAS_VENDOR "")
set(CBLAS_LIBRARIES "")
set(CBLAS_INCLUDE_DIRS "")
set(_cblas_root "${CBLAS_ROOT}")
if(NOT _cblas_root)
  set(_cblas_root "$ENV{CBLAS_ROOT}")
endif()
set(_cblas_only_there)
if(_cblas_root)
  set(_cblas_only_there PATHS "${_cblas_root}" PATH_SUFFIXES lib lib64 "lib/${CMAKE_LIBRARY_ARCHITECTURE}" NO_DEFAULT_PATH)
endif()
set(_cblas_candidates generic flexiblas openblas blis)
set(_cblas_wish "${DENOISE_BLAS}")
if(_cblas_wish STREQUAL "auto")
  set(_cblas_wish "")
endif()
if(NOT _cblas_wish AND BLA_VENDOR AND NOT BLA_VENDOR STREQUAL "All")
  string(TOLOWER "${BLA_VENDOR}" _cblas_wish)
  string(REPLACE "flame" "blis" _cblas_wish "${_cblas_wish}")
endif()

if(IS_ABSOLUTE "${_cblas_wish}")
  get_filename_component(_cblas_folder "${_cblas_wish}" DIRECTORY)
  list(APPEND CMAKE_INCLUDE_PATH "${_cblas_folder}/../include")
  _cblas_try(custom "${_cblas_wish}" openblas blis flexiblas)
elseif(_cblas_wish AND NOT _cblas_wish IN_LIST _cblas_candidates)
  # A name of FindBLAS; DENOISE_BLAS knows only those above.
  if(NOT DENOISE_BLAS OR DENOISE_BLAS STREQUAL "auto")
    find_package(BLAS QUIET)
  endif()
  if(BLAS_FOUND)
    _cblas_try("${_cblas_wish}" "${BLAS_LIBRARIES}" cblas)
  endif()
else()
  if(_cblas_wish)
    set(_cblas_candidates ${_cblas_wish})
  endif()
  foreach(_cblas_candidate IN LISTS _cblas_candidates)
    find_library(CBLAS_${_cblas_candidate}_LIBRARY NAMES ${_cblas_names_${_cblas_candidate}} ${_cblas_only_there})
    mark_as_advanced(CBLAS_${_cblas_candidate}_LIBRARY)
    if(CBLAS_${_cblas_candidate}_LIBRARY AND NOT CBLAS_LIBRARIES)
      _cblas_try(${_cblas_candidate} "${CBLAS_${_cblas_candidate}_LIBRARY}" ${_cblas_suffixes_${_cblas_candidate}})
    endif()
  endforeach()
endif()

list(JOIN _cblas_candidates ", " _cblas_reason)
set(_cblas_reason "no library with cblas_sgemm and its cblas.h (looked for: ${_cblas_reason})")
if(_cblas_root)
  string(APPEND _cblas_reason " in ${_cblas_root}")
endif()
if(_cblas_wish)
  set(_cblas_reason "\"${_cblas_wish}\" was asked for, but no such library with cblas_sgemm and cblas.h was found")
endif()
find_package_handle_standard_args(
  CBLAS REQUIRED_VARS CBLAS_LIBRARIES CBLAS_INCLUDE_DIRS REASON_FAILURE_MESSAGE "${_cblas_reason}")

if(CBLAS_FOUND AND NOT TARGET CBLAS::CBLAS)
  add_library(CBLAS::CBLAS INTERFACE IMPORTED)
  set_target_properties(CBLAS::CBLAS PROPERTIES INTERFACE_LINK_LIBRARIES "${CBLAS_LIBRARIES}"
                                                INTERFACE_INCLUDE_DIRECTORIES "${CBLAS_INCLUDE_DIRS}")
endif()
