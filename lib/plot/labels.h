/* SPDX-License-Identifier: Apache-2.0 */
/* What stands under an image: a text, or the class that a prediction names. */
#ifndef DENOISE_PLOT_LABELS_H
#define DENOISE_PLOT_LABELS_H

#include "core/error.h"
#include <denoise/tensor.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct denoise__labels {
    const char *const *texts;
    int64_t text_count;
    const denoise_tensor *predictions;
    const denoise_tensor *expected;
    const char *const *class_names;
    int64_t class_count;
} denoise__labels;

/* Whether they fit together and reach for `shown` images. */
denoise_status denoise__labels_check(const denoise__labels *labels, int64_t shown);

bool denoise__labels_any(const denoise__labels *labels);

/* The text under image `index`, "" for none; a prediction that differs from what was expected is *is_wrong. */
denoise_status denoise__labels_get(const denoise__labels *labels, int64_t index, char *buffer, size_t size, bool *is_wrong);

#endif
