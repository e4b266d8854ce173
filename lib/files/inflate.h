/* SPDX-License-Identifier: Apache-2.0 */
/* zlib's unpacking on the library's allocator. */
#ifndef DENOISE_FILES_INFLATE_H
#define DENOISE_FILES_INFLATE_H

#define ZLIB_CONST /* next_in is const */
#include <zlib.h>

voidpf denoise__zlib_allocate(voidpf unused, uInt items, uInt size);
void denoise__zlib_release(voidpf unused, voidpf address);

/* A z_stream for inflateInit() and its like. */
#define DENOISE__ZLIB_INIT                                                                                                     \
    {                                                                                                                          \
        .zalloc = denoise__zlib_allocate, .zfree = denoise__zlib_release                                                       \
    }

#endif
