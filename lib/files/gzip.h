/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952), unpacked in memory. */
#ifndef DENOISE_FILES_GZIP_H
#define DENOISE_FILES_GZIP_H

#include "files/bytes.h"
#include <denoise/limits.h>

bool denoise__is_gzip(const uint8_t *data, int64_t size);

/* Unpacks all members, one after the other. Checksum and length of each are checked; what follows the last member is
 * DENOISE_ERR_TRAILING, except zeros, when limits are not strict. Messages name the byte of the packed data. *out must be
 * empty; it is empty again on failure. */
denoise_status denoise__gunzip(denoise__bytes *out, const uint8_t *data, int64_t size, const denoise_limits *limits);

#endif
