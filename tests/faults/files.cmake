# SPDX-License-Identifier: Apache-2.0
# The system calls on files that files_shim.c stands in front of.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS files_calls.def)
file(STRINGS files_calls.def file_calls REGEX "^FILE_CALL")
list(TRANSFORM file_calls REPLACE "FILE_CALL\\((.+)\\)" "-Wl,--wrap=\\1")
list(APPEND file_calls -Wl,--wrap=nanosleep)

denoise_campaign(files_calls SOURCES files_points.c files_shim.c files_world.c)
target_link_options(files_calls PRIVATE ${file_calls})
denoise_campaign(files_log SOURCES files_points.c files_shim.c files_world.c)
target_link_options(files_log PRIVATE ${file_calls})
denoise_campaign(files_crashes SOURCES crash_model.c files_shim.c files_world.c)
target_link_options(files_crashes PRIVATE ${file_calls})
denoise_campaign(files_kills SOURCES files_world.c)
target_compile_definitions(files_kills PRIVATE _GNU_SOURCE) # MAP_ANONYMOUS
denoise_campaign(files_places SOURCES files_world.c)
target_compile_definitions(files_places PRIVATE _GNU_SOURCE) # unshare
