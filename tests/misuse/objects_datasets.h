/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets of the table of objects. */
#ifndef DENOISE_TESTS_MISUSE_OBJECTS_DATASETS_H
#define DENOISE_TESTS_MISUSE_OBJECTS_DATASETS_H

#include "misuse/world.h"

void *make_dataset(world *w);
void *make_blind_dataset(world *w);
void *make_batched_dataset(world *w);
void *make_endless_dataset(world *w);
void *make_generated(world *w);
uint64_t hash_dataset(const void *object);

#endif
