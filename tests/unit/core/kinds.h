/* SPDX-License-Identifier: Apache-2.0 */
/* Small kinds for the tests of registries, configurations and parts. */
#ifndef DENOISE_TESTS_KINDS_H
#define DENOISE_TESTS_KINDS_H

#include "core/kind.h"

typedef struct penalty_config {
    double factor;
} penalty_config;

typedef struct thing_config {
    char name[DENOISE__TEXT_SIZE];
    int32_t trainable;
    int64_t units;
    double rate;
    double threshold; /* nullable */
    int64_t seed;     /* nullable */
    char reduction[DENOISE__TEXT_SIZE];
    denoise__ints shape;        /* nullable */
    denoise__ints pads;         /* must be given in no case: has a default */
    denoise__kind_ref penalty;  /* nullable */
    denoise__kind_ref required; /* not nullable */
    int32_t flag;
    char *path; /* nullable, of any length */
} thing_config;

/* "penalty": none (no parameters), l2 (factor), nest (inner penalty) */
extern const denoise__registry penalty_registry;
/* "thing": thing (class BigThing, alias "big|BT"), pair, re_lu, strict */
extern const denoise__registry thing_registry;

#endif
