/* SPDX-License-Identifier: Apache-2.0 */
#include "io/file_format.h"
#include "core/error.h"
#include <stddef.h>
#include <string.h>

#define DENOISE_KIND(kind, file) extern const denoise__format denoise__format_##kind;
#include "io/formats.def"
#undef DENOISE_KIND

#define DENOISE_KIND(kind, file) &denoise__format_##kind,
static const denoise__format *const formats[] = {
#include "io/formats.def"
};
#undef DENOISE_KIND

const denoise__format *denoise__format_of_path(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        size_t end = strlen(formats[i]->extension);
        if (length > end && strcmp(path + length - end, formats[i]->extension) == 0) return formats[i];
    }
    return formats[0];
}

denoise_status denoise_model_save_weights(const denoise_model *model, const char *path)
{
    DENOISE__CHECK_NULL(model);
    DENOISE__CHECK_NULL(path);
    return denoise__format_of_path(path)->save_weights(path, model);
}

denoise_status denoise_model_load_weights(denoise_model *model, const char *path, const denoise_limits *limits)
{
    DENOISE__CHECK_NULL(model);
    DENOISE__CHECK_NULL(path);
    return denoise__format_of_path(path)->load_weights(model, path, limits);
}
