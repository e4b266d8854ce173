/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a call once for each of its allocations with that one failing, and once for each with all later ones failing too.
 *
 * Each time: DENOISE_ERR_NOMEM; what the call works on is as before it, bit for bit (or, for a call that has steps, as after
 * the last one); the same call then succeeds and gives the bits that it gives without the failure; and once all is freed
 * no block and no file is left open. */
#ifndef DENOISE_TESTS_FAULTS_ALLOC_RUN_H
#define DENOISE_TESTS_FAULTS_ALLOC_RUN_H

#include "support/campaign.h"
#include <denoise/denoise.h>

/* What must hold after a call that failed half-way. */
typedef struct alloc_left {
    uint64_t state; /* of the objects now */
    uint64_t bits;  /* of the same call, made again */
    uint64_t after; /* the state after that */
} alloc_left;

typedef struct alloc_case {
    const char *name;
    const char *variant;             /* for messages; may be NULL */
    const void *data;                /* handed to make */
    void *(*make)(const void *data); /* what the call works on; NULL: nothing */
    /* The call. What it hands out goes into *bits and is freed. Allocates nothing else through the library. */
    denoise_status (*call)(void *objects, uint64_t *bits);
    uint64_t (*state)(void *objects);                   /* NULL: the call changes nothing that could be looked at */
    void (*left)(const void *objects, alloc_left *out); /* NULL: a failed call changes nothing */
    void (*drop)(void *objects);
} alloc_case;

typedef struct alloc_run {
    campaign *c;
    const char *area;
    bool measures; /* the first pass: counts the points, so that the budget can be spread over them */
    int64_t total, stride;
    int64_t next;       /* number of the next point */
    int64_t points;     /* tried */
    int64_t case_count; /* of this pass */
    int64_t *sizes;     /* allocations of each case */
    int64_t size_count;
} alloc_run;

void alloc_try(alloc_run *run, const alloc_case *what);

/* FNV-1a, to be chained; begin with 0. */
uint64_t alloc_hash(uint64_t hash, const void *data, size_t size);
uint64_t alloc_hash_text(uint64_t hash, const char *text);
uint64_t alloc_hash_tensor(uint64_t hash, const denoise_tensor *tensor);

/* The status of a call; DENOISE_ERR_INTERNAL where it failed and did not leave NULL in the pointer at `out`. */
denoise_status alloc_checked(denoise_status status, const void *out);

/* Temporary folders go to memory where the system offers that and TMPDIR says nothing: thousands of files are brought to the
 * disk, which is not what is tested. */
void alloc_keep_files_in_memory(void);
/* A terminal that shows nothing, so that there is a progress bar to be drawn; and none again. */
void alloc_sink_set(void);
void alloc_sink_remove(void);

/* The areas. */
void alloc_building(alloc_run *run);
void alloc_parts(alloc_run *run);
void alloc_compiling(alloc_run *run);
void alloc_fitting(alloc_run *run);
void alloc_using(alloc_run *run);
void alloc_plotting(alloc_run *run);
void alloc_files(alloc_run *run);
void alloc_arrays(alloc_run *run);
void alloc_system(alloc_run *run); /* threads and libraries that the system does not give */

#endif
