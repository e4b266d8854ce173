/* SPDX-License-Identifier: Apache-2.0 */
/* Keras' summary; the trainer adds its optimizer's variables. */
#ifndef DENOISE_MODELS_SUMMARY_H
#define DENOISE_MODELS_SUMMARY_H

#include "models/model.h"

/* optimizer_variables: number of elements, the iteration counter among them; -1 = no line about the optimizer. */
denoise_status denoise__summary(char **out, const denoise_model *model, const denoise_summary_options *options,
                                int64_t optimizer_variables);

#endif
