/* SPDX-License-Identifier: Apache-2.0 */
#include <denoise/version.h>

const char *denoise_version(void)
{
    return DENOISE_VERSION_TEXT;
}

int32_t denoise_version_number(void)
{
    return 10000 * DENOISE_VERSION_MAJOR + 100 * DENOISE_VERSION_MINOR + DENOISE_VERSION_PATCH;
}
