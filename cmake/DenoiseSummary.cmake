# SPDX-License-Identifier: Apache-2.0
# Prints what will be built and with what.
set(lines
    "libdenoise ${PROJECT_VERSION} (soversion ${DENOISE_SOVERSION}), ${CMAKE_BUILD_TYPE}"
    "  compiler          ${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}"
    "  shared library    ${DENOISE_BUILD_SHARED}"
    "  static library    ${DENOISE_BUILD_STATIC}"
    "  denoise::denoise  ${DENOISE_DEFAULT_KIND}"
    "  engine cblas      ${DENOISE_CBLAS_SUMMARY}"
    "  zlib              ${ZLIB_VERSION_STRING}"
    "  libpng            ${PNG_VERSION_STRING}")
foreach(part EXAMPLES TOOLS BENCH TESTS)
  string(TOLOWER ${part} name)
  string(SUBSTRING "${name}                  " 0 18 name)
  if(DENOISE_WHY_${part})
    list(APPEND lines "  ${name}${DENOISE_WANT_${part}} (${DENOISE_WHY_${part}})")
  else()
    list(APPEND lines "  ${name}${DENOISE_WANT_${part}}")
  endif()
endforeach()
list(APPEND lines "  install           ${DENOISE_INSTALL}")
if(DENOISE_SANITIZE OR DENOISE_COVERAGE OR DENOISE_WERROR)
  list(APPEND lines "  sanitize          ${DENOISE_SANITIZE} (coverage ${DENOISE_COVERAGE}, werror ${DENOISE_WERROR})")
endif()
if(PROJECT_IS_TOP_LEVEL)
  foreach(line IN LISTS lines)
    message(STATUS "${line}")
  endforeach()
endif()
