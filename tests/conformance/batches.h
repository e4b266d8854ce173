/* SPDX-License-Identifier: Apache-2.0 */
/* Targets and predictions for losses and metrics of any kind. */
#ifndef DENOISE_TESTS_CONFORMANCE_BATCHES_H
#define DENOISE_TESTS_CONFORMANCE_BATCHES_H

#include "conformance/kinds.h"

/* float32 (rows, columns), uniform in [low, high) */
denoise_tensor *uniform_rows(int64_t rows, int64_t columns, double low, double high, uint64_t stream);
/* float32 (rows, columns): a 1 at each label */
denoise_tensor *one_hot_rows(const denoise_tensor *labels, int64_t columns);
/* tensor + step * direction */
denoise_tensor *stepped(const denoise_tensor *tensor, const denoise_tensor *direction, double step);
double dot_of(const denoise_tensor *a, const denoise_tensor *b);

#define ASSERT_NEAR(a, b, tolerance) assert_near((a), (b), (tolerance), #a, __FILE__, __LINE__)
/* |a - b| <= tolerance * (1 + |b|), or the same infinity */
void assert_near(double a, double b, double tolerance, const char *what, const char *file, int line);

#endif
