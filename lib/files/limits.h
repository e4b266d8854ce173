/* SPDX-License-Identifier: Apache-2.0 */
/* The limits in force; see denoise/limits.h. */
#ifndef DENOISE_FILES_LIMITS_H
#define DENOISE_FILES_LIMITS_H

#include <denoise/limits.h>

/* The caller's limits checked, or the defaults for NULL; *out is the defaults on failure. */
denoise_status denoise__limits_resolve(denoise_limits *out, const denoise_limits *given);

/* The limits on what is unpacked, asked for while it grows: `unpacked` bytes from `packed` bytes, the last of which is at
 * `offset` of the file. */
denoise_status denoise__limits_unpacked(const denoise_limits *limits, int64_t packed, int64_t unpacked, int64_t offset);

/* The limits on the tensor that a file makes, found at `offset`: more elements or axes are DENOISE_ERR_LIMIT. */
denoise_status denoise__limits_tensor(const denoise_limits *limits, int64_t elements, int64_t rank, int64_t offset);

#endif
