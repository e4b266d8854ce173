/* SPDX-License-Identifier: Apache-2.0 */
/* Losses of the tests' own: Dice, which looks across the batch, and one of rows that can fail.
 *
 * "test_dice": 1 - 2 sum p t / (sum p + sum t) over the whole batch. "test_rows": the mean of p - t. Both have the parameter
 * "fail", which is 0 or a number of rows: a batch of just so many fails with DENOISE_ERR_INVALID, "the batch has N rows". */
#ifndef DENOISE_TESTS_DICE_LOSS_H
#define DENOISE_TESTS_DICE_LOSS_H

#include <denoise/denoise.h>

/* Adds them to the registry of losses; further calls do nothing. */
void dice_loss_register(void);
/* One of them. */
denoise_loss *dice_loss_make(const char *kind, int64_t fail);

#endif
