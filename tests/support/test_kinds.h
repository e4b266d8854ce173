/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of layers that only the tests have, and that ask of the runner what the library's own kinds do not yet ask:
 *
 * - two_outputs: a = x - m, b = x scale, element by element; m is the mean over the batch in training, else the statistic
 * "mean", which commit moves towards it by a tenth. Frozen, it keeps to the statistic.
 * - plain_rows: y = x scale, sample by sample; knows nothing of blocks
 * - batch_wide: y = x - (mean over the batch) in training, else y = x
 * - twelve_weights: y = x (w0 + 2 w1 + ... + 12 w11) / 12
 *
 * Each has the parameter "fail": "forward" and "backward" make that call fail with DENOISE_ERR_USER where an input is
 * TEST_KIND_POISON or more. */
#ifndef DENOISE_TESTS_TEST_KINDS_H
#define DENOISE_TESTS_TEST_KINDS_H

#include <denoise/layer.h>

#define TEST_KIND_POISON 1000.0f

extern const char *const test_kind_names[]; /* ends with NULL */

/* Adds them to the registry of layers; further calls do nothing. */
void test_kinds_add(void);

/* A layer of one of them; fail NULL = "never", name NULL = automatic. */
denoise_layer *test_kind_layer(const char *kind, const char *name, const char *fail);

#endif
