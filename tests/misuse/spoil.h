/* SPDX-License-Identifier: Apache-2.0 */
/* One call with one or two of its arguments spoilt, and what its comment says that must come of it. */
#ifndef DENOISE_TESTS_MISUSE_SPOIL_H
#define DENOISE_TESTS_MISUSE_SPOIL_H

#include "misuse/call.h"

typedef enum spoil_class {
    SPOIL_NOTHING,
    SPOIL_NULL,
    SPOIL_CHOICE, /* int32_t: enums, flags, ranks, axes */
    SPOIL_SIZE,   /* int64_t */
    SPOIL_NUMBER, /* double */
    SPOIL_TEXT,
    SPOIL_STRUCT, /* struct_size */
    SPOIL_OBJECT, /* one of another state, shape, type or owner */
    SPOIL_ARRAY,  /* numbers in an array */
    SPOIL_PAIR,
    SPOIL_CLASSES,
} spoil_class;

extern const char *const spoil_class_names[SPOIL_CLASSES];

typedef struct trial {
    const call_row *row;
    world *w;
    argument a[MOST_ARGUMENTS];
    int spoilt; /* how many times */
    spoil_class class;
    char label[256];                 /* "x=NULL, axis=9" */
    bool must_fail, must_fail_alone; /* the latter: but perhaps not together with something else */
    const slot *refused_null;        /* the parameter that must be named with DENOISE_ERR_NULL */
    const void *places[2];           /* fields that were spoilt */
    bool has_null, is_out_of_range;
    bool is_struct_short;  /* its fields are not read */
    int64_t blocks;        /* of the library, before */
    int32_t more_codes[2]; /* of unsound objects; 0 = none */
} trial;

/* A new world with the valid call. */
void trial_begin(trial *t, const call_row *row);
/* Spoils an argument in its n-th way; false when there are no more than n ways (the trial is then of no use). */
bool trial_spoil(trial *t, int argument_index, int n);
/* Before the call: what it will adopt or free is not the world's any more. */
void trial_forget_adopted(const trial *t);
/* After the call of a function that keeps a part: what was the world's to free is so still; of the others the world has one
 * reference more now. */
void trial_free_kept(const trial *t);

#endif
