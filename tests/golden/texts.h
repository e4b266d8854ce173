/* SPDX-License-Identifier: Apache-2.0 */
/* The text files among the fixtures; each case is named like its file. */
#ifndef DENOISE_TESTS_GOLDEN_TEXTS_H
#define DENOISE_TESTS_GOLDEN_TEXTS_H

#include "support/fixtures.h"

/* The file of the case, kept. */
const char *texts_expected(fixture *f);
/* A trained model of one weight, for callbacks that write into the logs; and rows of zeros for it. Both kept. */
denoise_trainer *texts_trainer(fixture *f);
denoise_tensor *texts_zeros(fixture *f, int64_t rows, int64_t columns);

void texts_run_summary(fixture *f);
/* The bar by itself, and as fit shows it; info is what progress.json says of the file. */
void texts_run_progress(fixture *f);
void texts_run_progress_in_fit(fixture *f);

#endif
