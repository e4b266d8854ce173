# SPDX-License-Identifier: Apache-2.0
# Installation, the CMake package (also usable from the build tree) and the pkg-config file. Both can be moved.
include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/denoise")
install(DIRECTORY include/denoise TYPE INCLUDE COMPONENT development FILES_MATCHING PATTERN "*.h")
install(FILES "${PROJECT_BINARY_DIR}/include/denoise/export.h" "${PROJECT_BINARY_DIR}/include/denoise/version.h"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/denoise" COMPONENT development)

# One export file per library: whoever has only the shared one need not have what the static one needs.
foreach(kind shared static)
  string(TOUPPER ${kind} upper)
  if(DENOISE_BUILD_${upper})
    install(TARGETS denoise_${kind} EXPORT denoise-${kind}
            ARCHIVE COMPONENT development
            LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
            INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    install(EXPORT denoise-${kind} NAMESPACE denoise:: FILE denoise-${kind}.cmake DESTINATION "${package_dir}" COMPONENT development)
    export(EXPORT denoise-${kind} NAMESPACE denoise:: FILE "${PROJECT_BINARY_DIR}/denoise-${kind}.cmake")
  endif()
endforeach()

configure_package_config_file(cmake/denoiseConfig.cmake.in "${PROJECT_BINARY_DIR}/denoiseConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/denoiseConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
configure_file(cmake/FindCBLAS.cmake "${PROJECT_BINARY_DIR}/FindCBLAS.cmake" COPYONLY)
install(FILES "${PROJECT_BINARY_DIR}/denoiseConfig.cmake" "${PROJECT_BINARY_DIR}/denoiseConfigVersion.cmake" cmake/FindCBLAS.cmake
        DESTINATION "${package_dir}" COMPONENT development)

# pkg-config: Requires.private names a module only if it exists here, for a missing one breaks even `--cflags`. The BLAS is
# always given by its library: on Debian blas.pc comes and goes with the alternative that is chosen.
set(DENOISE_PC_REQUIRES "")
set(DENOISE_PC_LIBS "")
function(denoise_pc_library library)
  get_filename_component(folder "${library}" DIRECTORY)
  get_filename_component(name "${library}" NAME)
  if(name MATCHES "^lib(.+)\\.so$")
    set(flag "-l${CMAKE_MATCH_1}")
    if(NOT folder IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES)
      set(flag "-L${folder} ${flag}")
    endif()
  else()
    set(flag "${library}")
  endif()
  set(DENOISE_PC_LIBS "${DENOISE_PC_LIBS} ${flag}" PARENT_SCOPE)
endfunction()
foreach(row "zlib|${ZLIB_LIBRARIES}" "libpng|${PNG_LIBRARIES}" "jansson|${JANSSON_LINK_LIBRARIES}")
  string(REPLACE "|" ";" row "${row}")
  list(POP_FRONT row module)
  pkg_check_modules(DENOISE_PC_${module} QUIET ${module})
  if(DENOISE_PC_${module}_FOUND)
    string(APPEND DENOISE_PC_REQUIRES " ${module}")
  else()
    foreach(library IN LISTS row)
      denoise_pc_library("${library}")
    endforeach()
  endif()
endforeach()
foreach(library IN LISTS CBLAS_LIBRARIES)
  denoise_pc_library("${library}")
endforeach()
foreach(library IN LISTS CMAKE_DL_LIBS)
  string(APPEND DENOISE_PC_LIBS " -l${library}")
endforeach()
string(STRIP "${DENOISE_PC_REQUIRES}" DENOISE_PC_REQUIRES)
string(STRIP "${DENOISE_PC_LIBS}" DENOISE_PC_LIBS)

string(APPEND DENOISE_PC_LIBS " -pthread -lm")
# Where there is only the static library, everybody links what it needs.
set(DENOISE_PC_PRIVATE ".private")
set(DENOISE_PC_LIBS "\nLibs.private: ${DENOISE_PC_LIBS}")
set(DENOISE_PC_CFLAGS "\nCflags.private: -DDENOISE_STATIC_DEFINE")
if(NOT DENOISE_BUILD_SHARED)
  set(DENOISE_PC_PRIVATE "")
  string(REPLACE "\nLibs.private:" "" DENOISE_PC_LIBS "${DENOISE_PC_LIBS}")
  string(REPLACE "\nCflags.private:" "" DENOISE_PC_CFLAGS "${DENOISE_PC_CFLAGS}")
endif()
file(RELATIVE_PATH DENOISE_PC_UP "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" DENOISE_PC_UP "${DENOISE_PC_UP}")
foreach(folder LIBDIR INCLUDEDIR)
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
    set(DENOISE_PC_${folder} "${CMAKE_INSTALL_${folder}}")
  else()
    set(DENOISE_PC_${folder} "\${prefix}/${CMAKE_INSTALL_${folder}}")
  endif()
endforeach()
configure_file(cmake/denoise.pc.in "${PROJECT_BINARY_DIR}/denoise.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/denoise.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
