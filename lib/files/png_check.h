/* SPDX-License-Identifier: Apache-2.0 */
/* Whether bytes are a PNG file (ISO/IEC 15948, third edition), before anything is allocated for it. */
#ifndef DENOISE_FILES_PNG_CHECK_H
#define DENOISE_FILES_PNG_CHECK_H

#include "core/error.h"
#include <denoise/limits.h>
#include <stdbool.h>

typedef struct denoise__png_range {
    int64_t begin, end; /* bytes of the file; both 0 = absent */
} denoise__png_range;

enum {
    DENOISE__PNG_GREY = 0,
    DENOISE__PNG_RGB = 2,
    DENOISE__PNG_PALETTE = 3,
    DENOISE__PNG_GREY_ALPHA = 4,
    DENOISE__PNG_RGBA = 6
};

typedef struct denoise__png_facts {
    int64_t width, height, channels; /* of the tensor: alpha for tRNS and colours for a palette are counted */
    int32_t depth, color, interlace; /* as in IHDR */
    int64_t colors;                  /* entries of the palette */
    denoise__png_range palette, transparency, pixels, end; /* whole chunks: PLTE, tRNS, all IDAT, IEND */
    bool is_cut; /* more is packed than the picture needs: pixels end somewhere behind what it needs */
} denoise__png_facts;

/* Walks over all chunks (lengths, checksums, order, values), then unpacks the pixel data into nothing, so that its checksum,
 * its length and its filter bytes are known to be right. Of what is optional only the checksum is looked at. */
denoise_status denoise__png_check(denoise__png_facts *out, const uint8_t *data, int64_t size, const denoise_limits *limits);

#endif
