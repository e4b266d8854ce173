# SPDX-License-Identifier: Apache-2.0
include_guard(GLOBAL)

# denoise_example(name [TEST argument ...]): builds name.c of the calling folder against the public header alone, into
# bin/. With TEST (which may have no arguments) the program is also run as test example_<name>.
function(denoise_example name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "TEST")
  add_executable(${name} ${name}.c)
  set_target_properties(${name} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
                                           RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  target_link_libraries(${name} PRIVATE denoise::denoise m)
  if(COMMAND denoise_warnings)
    denoise_warnings(${name} NO_CONVERSION)
  endif()
  if(DENOISE_WANT_TESTS AND (DEFINED arg_TEST OR "TEST" IN_LIST ARGN))
    add_test(NAME example_${name} COMMAND ${name} ${arg_TEST})
    set_tests_properties(example_${name} PROPERTIES LABELS "example" TIMEOUT 600)
  endif()
endfunction()
