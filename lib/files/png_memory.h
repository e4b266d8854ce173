/* SPDX-License-Identifier: Apache-2.0 */
/* libpng on the library's allocator, and silent: what its structures are made with. */
#ifndef DENOISE_FILES_PNG_MEMORY_H
#define DENOISE_FILES_PNG_MEMORY_H

#include <png.h>

/* The structure's memory pointer is a `bool *` or NULL; it becomes true when memory was out, which libpng tells as an error
 * like any other. */
png_voidp denoise__png_allocate(png_structp png, png_alloc_size_t size);
void denoise__png_release(png_structp png, png_voidp pointer);
void denoise__png_ignore_warning(png_structp png, png_const_charp message);

#endif
