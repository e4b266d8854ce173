/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter of call sequences: bytes choose functions and arguments, right and wrong ones, on objects in slots. What may
 * not be done at all (use of what was freed) is not; everything else may, and each call answers with a status. */
#ifndef DENOISE_TESTS_FUZZ_API_H
#define DENOISE_TESTS_FUZZ_API_H

#include "fuzz/fuzz.h"
#include <denoise/denoise.h>
#include <stdbool.h>

enum {
    API_CALLS = 40,
    API_TENSORS = 8,
    API_LAYERS = 6,
    API_BUILDERS = 2,
    API_NODES = 8,
    API_MODELS = 3,
    API_TRAINERS = 2,
    API_PARTS = 4
};

/* Who has adopted a part: nobody, or a builder or trainer by its number (they are never reused). */
typedef struct api_part {
    void *part;
    int64_t owner;
} api_part;

typedef struct api_node {
    denoise_node *node;
    int64_t owner;
} api_node;

typedef struct api {
    const uint8_t *at, *end; /* what is left of the input */
    int64_t owners;          /* numbers given out */
    denoise_tensor *tensors[API_TENSORS];
    denoise_params *params[2];
    api_part layers[API_LAYERS], optimizers[API_PARTS], losses[API_PARTS], metrics[API_PARTS], callbacks[API_PARTS];
    denoise_sequential *sequentials[API_BUILDERS];
    denoise_graph *graphs[API_BUILDERS];
    int64_t sequential_owner[API_BUILDERS], graph_owner[API_BUILDERS];
    api_node nodes[API_NODES];
    denoise_model *models[API_MODELS];
    denoise_trainer *trainers[API_TRAINERS];
    int64_t trainer_owner[API_TRAINERS];
    denoise_workspace *workspace;
    int running;       /* depth of runs: in a callback nothing is freed */
    bool weights_set;  /* by a callback of the present run */
    int lambdas, gone; /* user data handed out, and handed back */
    int borrowed, returned;
} api;

/* The next byte; 0 at the end of the input. */
unsigned api_byte(api *a);
unsigned api_pick(api *a, unsigned count); /* 0 .. count-1 */
int64_t api_size(api *a);                  /* mostly small, sometimes 0, -1, huge */
double api_number(api *a);                 /* mostly small, sometimes NaN, infinite, negative */
const char *api_name(api *a);              /* names of layers, kinds and none at all; may be NULL */
int32_t api_shape(api *a, int64_t *shape); /* up to 3 lengths; the rank, sometimes a wrong one */

/* The rules of every call: a status that exists, words for an error. Whether it succeeded. */
bool api_done(denoise_status status);
/* The same for a call with an out parameter, whose address is given: NULL exactly when it failed. */
bool api_made(denoise_status status, const void *out);
/* What an out parameter holds before the call. */
#define API_ANYWHERE ((void *)&api_anywhere)
extern int64_t api_anywhere;

denoise_tensor *api_tensor(api *a); /* of a slot; may be NULL */
/* Puts it into a slot, freeing what was there; frees it in a callback when no slot is empty. NULL is left out. */
void api_keep_tensor(api *a, denoise_tensor *tensor);
void api_keep_model(api *a, denoise_model *model);
/* A free slot of parts; NULL when there is none. */
api_part *api_empty_part(api_part *parts, int count);
/* The parts of an owner who is gone. */
void api_forget(api *a, int64_t owner);
/* A call has given a part to an owner, who keeps it, whatever the call answered; 0: there was none, or it came to nothing. */
void api_adopted(api_part *part, int64_t owner);

/* Runs up to `calls` calls. */
void api_run(api *a, int calls);

typedef void (*api_call)(api *a);
extern const api_call api_tensor_calls[], api_part_calls[], api_model_calls[], api_training_calls[]; /* each ends with NULL */
/* Calls that only go well where nothing runs: not made in a callback. */
extern const api_call api_freeing_calls[];
/* Frees a builder, trainer ... of a slot, with what it adopted. */
void api_free_sequential(api *a, unsigned slot);
void api_free_graph(api *a, unsigned slot);
void api_free_trainer(api *a, unsigned slot);

#endif
