/* SPDX-License-Identifier: Apache-2.0 */
/* Parts: layers, losses, metrics, optimizers, callbacks. Reference-counted, adopted by one owner, inert when their
 * construction failed. Every part struct begins with a denoise__part. */
#ifndef DENOISE_CORE_PART_H
#define DENOISE_CORE_PART_H

#include "core/kind.h"
#include <stdatomic.h>
#include <stdbool.h>

typedef struct denoise__part {
    atomic_int references;
    bool is_static;        /* the inert part of an exhausted memory: never freed */
    denoise_status status; /* not DENOISE_OK: inert */
    char message[DENOISE__MESSAGE_SIZE];
    const void *owner; /* who adopted it; NULL = the caller still owns it */
    const denoise__kind *kind;
    void *config; /* of the kind; NULL in an inert part */
} denoise__part;

/* The initial value of the static inert part of a type. */
#define DENOISE__PART_NOMEM                                                                                                    \
    {                                                                                                                          \
        .references = 1, .is_static = true, .status = DENOISE_ERR_NOMEM, .message = "out of memory"                            \
    }

/* Fills in a part (memory zeroed by the caller) and resolves its configuration. On failure the part is inert with the
 * message, and the status is returned. */
denoise_status denoise__part_init(denoise__part *part, const denoise__registry *registry, const char *name,
                                  const denoise_params *params);
/* Marks a part inert with the thread's present message; its configuration is freed. */
void denoise__part_poison(denoise__part *part, denoise_status status);

void denoise__part_retain(denoise__part *part);
/* true when the last reference went: the caller then frees what the type added, calls denoise__part_clear and releases. */
bool denoise__part_release(denoise__part *part);
void denoise__part_clear(denoise__part *part);

/* Takes a part over, the caller's reference included. The same owner may adopt it again: that adds a reference, so that the
 * owner releases once per call. Answers the part's own failure (an inert part is taken over like any other), DENOISE_ERR_OWNED
 * (nothing was taken), or DENOISE_OK. NULL: DENOISE_ERR_NULL. */
denoise_status denoise__part_adopt(denoise__part *part, const void *owner);

#endif
