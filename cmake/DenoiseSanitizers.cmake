# SPDX-License-Identifier: Apache-2.0
# DENOISE_SANITIZE and DENOISE_COVERAGE: instrument everything below this directory.
include_guard(GLOBAL)

if(DENOISE_SANITIZE)
  string(REPLACE ";" "," sanitizers "${DENOISE_SANITIZE}")
  add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${sanitizers})
  if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    # Only for checks of what C allows and is mostly a slip: wrapping, cutting short, dividing by 0.
    set(ignored "${CMAKE_CURRENT_LIST_DIR}/sanitize.ignore")
    add_compile_options(-fsanitize-ignorelist=${ignored})
    # Instrumented loops are not vectorized; that is no news.
    add_compile_options(-Wno-pass-failed)
  endif()
endif()
if(DENOISE_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic -g)
  add_link_options(--coverage)
endif()
