/* SPDX-License-Identifier: Apache-2.0 */
/* The allocator of the fuzz targets: counts, refuses, and fails by plan. */
#ifndef DENOISE_TESTS_FUZZ_MEMORY_H
#define DENOISE_TESTS_FUZZ_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

enum { FUZZ_MEMORY_LIMIT = 64 << 20 }; /* requests that go beyond are refused */

/* Puts the allocator in place, once. */
void fuzz_memory_install(void);
/* Counts from zero; with a key other than 0, one in 32 allocations fails by the numbers that follow from it. */
void fuzz_memory_begin(uint64_t key);
/* No more failures. */
void fuzz_memory_stop_failing(void);
bool fuzz_memory_failing(void);     /* a plan of failures is in force */
int64_t fuzz_memory_requests(void); /* since begin */
bool fuzz_memory_failed(void);      /* an allocation has failed or was refused since begin */
int64_t fuzz_memory_live(void);     /* bytes alive, exact to malloc's rounding */
int64_t fuzz_memory_peak(void);     /* most bytes alive, refused and failed requests included */
void fuzz_memory_forget_peak(void);

#endif
