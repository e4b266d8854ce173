/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of one call: each is made when it is first asked for, and freed after the call. */
#ifndef DENOISE_TESTS_MISUSE_WORLD_H
#define DENOISE_TESTS_MISUSE_WORLD_H

#include <denoise/denoise.h>
#include <stdbool.h>

typedef struct world world;

/* How to make an object of a name; the table is in objects.c. */
typedef struct maker {
    const char *name, *type;
    void *(*make)(world *w);
    void (*free)(void *object);
    uint64_t (*hash)(const void *object); /* of what a failed call must leave as it was; may be NULL */
    denoise_status status;                /* of an inert part: what its adopters answer */
} maker;

extern const maker makers[];
extern const int maker_count;

enum { WORLD_ROOM = 4096 };

/* Sets the allocator that refuses what is larger than 64 MB, in sum; makes the files, in a folder that becomes the current one.
 */
void world_begin(void);
void world_end(void);
/* Puts allocator, sink, threads and engine back to what world_begin() made them. */
void world_settle(void);

world *world_new(void);
/* Frees everything that was not consumed. */
void world_free(world *w);

/* The object of a name of the table; the program ends where there is none. */
void *world_get(world *w, const char *name);
/* An object that is not made by name. */
void world_keep(world *w, const char *name, void *object);
/* Forgets an object, since something freed or adopted it. */
void world_forget(world *w, const void *object);
const maker *world_maker_of(const world *w, const void *object);
/* Of all objects that are there. */
uint64_t world_hash(const world *w);

/* Zeroed memory of malloc's that is freed with the world. */
void *world_memory(world *w, size_t size);
/* WORLD_ROOM bytes, to write to. */
void *world_room(world *w);
/* Pointers to nowhere, a few, to be written over. */
void *world_outs(world *w);
void *world_nowhere(void); /* where they point */
/* count pointers as an array, with a NULL behind them. */
void *world_list(world *w, int count, ...);
void *world_wholes(world *w, int count, ...); /* int64_t */
void *world_reals(world *w, int count, ...);  /* double */

/* Options of calls that the defaults of their struct do not suit. */
void *world_row_options(world *w);
void *world_two_outputs_options(world *w);

void world_destroy(void *user_data);
denoise_status world_schedule(int64_t epoch, double rate, double *result, void *user_data);
double world_clock(void *user_data);
denoise_status world_next(int64_t *count, denoise_tensor *const *x, denoise_tensor *const *y,
                          denoise_tensor *const *sample_weight, const denoise_dataset_place *place, void *user_data);
denoise_status world_map(denoise_tensor *const *x, denoise_tensor *const *y, denoise_tensor *const *sample_weight,
                         const denoise_dataset_place *place, void *user_data);
void world_allocator(denoise_allocator *allocator);
void world_sink(denoise_log_sink *sink);

#endif
