/* SPDX-License-Identifier: Apache-2.0 */
/* State in memory: what a visitor was shown, in its order, to be read back into another object of the same make. Its memory is
 * not the library's, so that failing allocations do not meet it. */
#ifndef DENOISE_TESTS_STATE_MEMORY_H
#define DENOISE_TESTS_STATE_MEMORY_H

#include "core/variable.h"

typedef struct state_entry {
    char *path;
    denoise__variable variable; /* its values are a copy */
} state_entry;

typedef struct state_memory {
    int64_t count, capacity;
    state_entry *entries;
    int64_t next;     /* to be read */
    int64_t fails_at; /* the variable, counted from 1, at which the visitor fails with DENOISE_ERR_IO; 0: none */
    int64_t seen;
} state_memory;

/* Forgets what is there and writes anew. */
denoise__visitor state_memory_writer(state_memory *memory);
/* From the first on; a variable of another path, type or size is DENOISE_ERR_NOT_FOUND or DENOISE_ERR_SHAPE. One that fails on
 * purpose has written half of its values. */
denoise__visitor state_memory_reader(state_memory *memory);
void state_memory_clear(state_memory *memory);

/* NULL, or the first path at which two differ. */
const char *state_memory_differs(const state_memory *a, const state_memory *b);
/* The variable of that path; fails the test where there is none. */
const denoise__variable *state_memory_find(const state_memory *memory, const char *path);

#endif
