/* SPDX-License-Identifier: Apache-2.0 */
/* The limits in force; see denoise/limits.h. */
#ifndef DENOISE_FILES_LIMITS_H
#define DENOISE_FILES_LIMITS_H

#include <denoise/limits.h>

/* The caller's limits checked, or the defaults for NULL; *out is the defaults on failure. */
denoise_status denoise__limits_resolve(denoise_limits *out, const denoise_limits *given);

#endif
