/* SPDX-License-Identifier: Apache-2.0 */
/* Parts: layers, losses, metrics, optimizers, callbacks. Reference-counted, adopted by one owner, inert when their
 * construction failed. Every part struct begins with a denoise__part. */
#ifndef DENOISE_CORE_PART_H
#define DENOISE_CORE_PART_H

#include "core/gather.h"
#include "core/kind.h"
#include <stdatomic.h>
#include <stdbool.h>

typedef struct denoise__part {
    atomic_int references;
    atomic_int kept;       /* references that the caller keeps whoever adopts the part: denoise_<noun>_keep() */
    bool is_static;        /* the inert part of an exhausted memory: never freed */
    denoise_status status; /* not DENOISE_OK: inert */
    char message[DENOISE__MESSAGE_SIZE];
    const void *owner; /* who adopted it; NULL = the caller still owns it */
    const denoise__kind *kind;
    void *config; /* of the kind; NULL in an inert part */
} denoise__part;

/* What the objects of one noun have in common; `static const`, one for each noun. */
typedef struct denoise__part_type {
    const denoise__registry *registry;
    size_t size;              /* of the noun's struct */
    denoise__part *exhausted; /* the static inert part, of DENOISE__PART_NOMEM */
    /* Fills in the rest of the struct, which is zeroed; kind and configuration are there, and `name` is the one that was asked
     * for, perhaps an alias. A failure makes the part inert. NULL: nothing to do. */
    denoise_status (*create)(denoise__part *part, const char *name);
    /* Frees what create and later calls put in, all of it or what there is: it runs for inert parts too. NULL: nothing to do.
     */
    void (*destroy)(denoise__part *part);
} denoise__part_type;

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

/* Takes a part over, the caller's reference included unless it is kept. The same owner may adopt it again. Either adds a
 * reference, so that the owner releases once per call. Answers the part's own failure (an inert part is taken over like any
 * other), DENOISE_ERR_OWNED (nothing was taken), or DENOISE_OK. NULL: DENOISE_ERR_NULL. */
denoise_status denoise__part_adopt(denoise__part *part, const void *owner);

/* A token under which parts are adopted, which no other owner has had or will have: an address could be used again after a
 * free. */
const void *denoise__owner_token(void);

/* The life of a part, the same for every noun. A noun's own functions are these with a cast:
 *
 *     denoise_loss *denoise_loss_mean_squared_error(void)
 *     {
 *         return (denoise_loss *)(void *)denoise__part_new(&loss_type, "mean_squared_error", NULL);
 *     }
 *
 * New: never NULL. What cannot be made is inert with status and message, which the thread has too. */
denoise__part *denoise__part_new(const denoise__part_type *type, const char *name, const denoise_params *params);
/* The same from gathered parameters, which are freed; a failure of theirs is the part's. */
denoise__part *denoise__part_gathered(const denoise__part_type *type, const char *name, denoise__gather *given);
/* denoise_<noun>_create(): an inert part is freed, and its failure returned. */
denoise_status denoise__part_create(denoise__part **out, const denoise__part_type *type, const char *name,
                                    const denoise_params *params);
/* Drops one reference; the last frees the part. NULL is accepted. */
void denoise__part_drop(const denoise__part_type *type, denoise__part *part);
/* denoise_<noun>_free(): drops a reference that the caller keeps, else the caller's only one unless an owner took it over. */
void denoise__part_free(const denoise__part_type *type, denoise__part *part);
/* What a call that cannot adopt does to a part that nobody owns: drops the reference that an owner would have taken over. NULL
 * is accepted. */
void denoise__part_refuse(const denoise__part_type *type, denoise__part *part);
/* denoise_<noun>_keep(): the caller's reference becomes one that no owner takes over; each further call adds one. NULL is
 * accepted. */
void denoise__part_keep(denoise__part *part);
/* denoise_<noun>_status() and _error(); NULL is DENOISE_ERR_NULL. */
denoise_status denoise__part_status(const denoise__part *part);
const char *denoise__part_error(const denoise__part *part);

#endif
