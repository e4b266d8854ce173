/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator that counts, and that can fail on purpose.
 *
 *     failing_alloc_install();               in a test, while the library holds no block
 *     for (int64_t n = 1;; n++) {
 *         failing_alloc_arm(n, false);       the n-th allocation from here on fails; true: it and all later ones
 *         status = call();
 *         if (!failing_alloc_disarm()) break;    the call made fewer than n: it must have succeeded
 *         assert_int_equal(status, DENOISE_ERR_NOMEM); ... and nothing may have leaked
 *     }
 *     failing_alloc_remove();
 */
#ifndef DENOISE_TESTS_FAILING_ALLOC_H
#define DENOISE_TESTS_FAILING_ALLOC_H

#include <stdbool.h>
#include <stdint.h>

void failing_alloc_install(void);
/* Asserts that no block is alive, and brings malloc back. */
void failing_alloc_remove(void);
/* The two as cmocka's functions around a test or a group. */
int failing_alloc_set_up(void **state);
int failing_alloc_tear_down(void **state);

/* The allocation number `nth` (1 = the next one) fails; with for_ever, all later ones too. */
void failing_alloc_arm(int64_t nth, bool for_ever);
/* Stops failing; whether any allocation failed since failing_alloc_arm(). */
bool failing_alloc_disarm(void);

int64_t failing_alloc_calls(void);    /* allocations and reallocations since install */
int64_t failing_alloc_live(void);     /* blocks alive */
int64_t failing_alloc_bytes(void);    /* bytes alive */
int64_t failing_alloc_peak(void);     /* greatest number of bytes that were alive */
void failing_alloc_forget_peak(void); /* it is what is alive now */

#endif
