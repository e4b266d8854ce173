# SPDX-License-Identifier: Apache-2.0
include_guard(GLOBAL)

# denoise_example(name [TEST argument ...]): builds name.c of the calling folder, or of one below it ("ext/name"), against the public header alone, into
# bin/. With TEST (which may have no arguments) the program is also run as test example_<name>.
function(denoise_example name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "TEST")
  set(source "${name}.c")
  get_filename_component(name "${name}" NAME)
  add_executable(${name} ${source})
  set_target_properties(${name} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
                                           RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  target_link_libraries(${name} PRIVATE denoise::denoise m)
  if(COMMAND denoise_warnings)
    denoise_warnings(${name} NO_CONVERSION)
  endif()
  if(DENOISE_WANT_TESTS AND (DEFINED arg_TEST OR "TEST" IN_LIST ARGN))
    add_test(NAME example_${name} COMMAND ${name} ${arg_TEST})
    set_tests_properties(example_${name} PROPERTIES LABELS "example" TIMEOUT 600)
    # What it prints does not get through: then it is no success. Also where stdout is closed.
    add_test(NAME example_unheard_${name} COMMAND sh -c [[test ! -c /dev/full || { "$0" --help >/dev/full; test $? = 1; } && { "$0" --help >&-; test $? = 1; }]]
                                                  $<TARGET_FILE:${name}>)
    set_tests_properties(example_unheard_${name} PROPERTIES LABELS "example")
  endif()
endfunction()
