/* SPDX-License-Identifier: Apache-2.0 */
/* Literals and references to kinds in words: "0.5", "relu", "l2(0.001)", "elu(alpha=0.5)". */
#ifndef DENOISE_CORE_KIND_TEXT_H
#define DENOISE_CORE_KIND_TEXT_H

#include "core/kind.h"
#include "core/params.h"

/* Fills a value from a literal: numbers, true/false/True/False, None, [1, 2], quoted text; all else is a text. The caller
 * clears it, also after a failure. */
denoise_status denoise__param_value_parse(denoise__param_value *out, const char *text, size_t length);

/* The kind that a text names (NULL for "None") and the parameters in its brackets: a new bag, or NULL where there are none. */
denoise_status denoise__kind_text_parse(const denoise__kind **kind, denoise_params **params, const denoise__registry *registry,
                                        const char *text);

#endif
