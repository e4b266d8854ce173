/* SPDX-License-Identifier: Apache-2.0 */
/** Version of the headers and of the library. */
#ifndef DENOISE_VERSION_H
#define DENOISE_VERSION_H

#include <denoise/export.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of these headers. Since 0.1. */
#define DENOISE_VERSION_MAJOR 0
/** Version of these headers. Since 0.1. */
#define DENOISE_VERSION_MINOR 1
/** Version of these headers. Since 0.1. */
#define DENOISE_VERSION_PATCH 0
/** Version of these headers as text. Since 0.1. */
#define DENOISE_VERSION_TEXT "0.1.0"

/** Version of the library that runs, as text such as "0.1.0"; static. Since 0.1. */
DENOISE_API const char *denoise_version(void);
/** The same as a number: 10000 major + 100 minor + patch. Since 0.1. */
DENOISE_API int32_t denoise_version_number(void);

#ifdef __cplusplus
}
#endif
#endif
