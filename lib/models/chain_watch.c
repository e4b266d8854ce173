/* SPDX-License-Identifier: Apache-2.0 */
/* Stamps between the phases of a step, for measurements. Without a watch they cost a load and a branch. */
#include "models/chain.h"
#include <time.h>

static denoise__chain_watch *watch;
static _Thread_local bool is_watched; /* this thread called the pass */

void denoise__chain_set_watch(denoise__chain_watch *wanted)
{
    watch = wanted;
}

denoise__chain_watch *denoise__chain_watched(void)
{
    return is_watched ? watch : NULL;
}

void denoise__chain_begin_watched(void)
{
    is_watched = watch != NULL;
}

void denoise__chain_end_watched(void)
{
    is_watched = false;
}

double denoise__chain_now(const denoise__chain_watch *of)
{
    struct timespec now;
    if (of == NULL || clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
