/* SPDX-License-Identifier: Apache-2.0 */
#include "core/error.h"
#include "files/idx.h"
#include <denoise/dataset.h>
#include <stddef.h>

denoise_status denoise_idx_load(denoise_tensor **out, const char *path, const denoise_limits *limits)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(path);
    return denoise__idx_read(out, path, limits);
}
