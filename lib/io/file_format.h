/* SPDX-License-Identifier: Apache-2.0 */
/* File formats of models. A format is one descriptor in one file and one row in formats.def. */
#ifndef DENOISE_IO_FILE_FORMAT_H
#define DENOISE_IO_FILE_FORMAT_H

#include <denoise/io.h>

typedef struct denoise__format {
    const char *name;
    const char *extension; /* ".safetensors" */
    denoise_status (*save_weights)(const char *path, const denoise_model *model);
    denoise_status (*load_weights)(denoise_model *model, const char *path, const denoise_limits *limits);
} denoise__format;

/* By the extension of the path; the first of formats.def when none fits. */
const denoise__format *denoise__format_of_path(const char *path);

#endif
