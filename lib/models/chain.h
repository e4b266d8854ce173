/* SPDX-License-Identifier: Apache-2.0 */
/* Chains: plans whose steps are dense layers one after the other, run by the native engine in panels (kernels/tile.h).
 *
 * Everything lies in panels of 16 columns: values, gradients, weights and the optimizer's state; row-major memory is met at
 * the caller's arrays only. A training step has two phases with a barrier behind each. First, for each block of
 * DENOISE__ROW_BLOCK rows and without a barrier between layers: load, forward, loss, backward. Then, for each tile of a
 * kernel: its gradient, the sum over the batch in ascending rows, and at once the optimizer's update. The bits are those of
 * the layers' own forward and backward on the native engine, whatever the number of threads.
 *
 * While a chain trains, its panels are the weights; the layers' own arrays are brought up to date when somebody looks
 * (denoise__layer_bring_home), and the optimizer's likewise. */
#ifndef DENOISE_MODELS_CHAIN_H
#define DENOISE_MODELS_CHAIN_H

#include "kernels/tile.h"
#include "losses/loss.h"
#include "models/plan.h"
#include "optimizers/optimizer.h"

enum { DENOISE__CHAIN_ITEM_TILES = 16 };

/* A matrix in panels; several slots of it lie behind one another. */
typedef struct denoise__panels {
    float *data; /* NULL: not there */
    int64_t rows, columns, count;
    int64_t stride; /* floats from panel to panel: an odd number of cache lines, so that panels do not meet in a cache set */
    int64_t slot_size;
} denoise__panels;

typedef struct denoise__chain_layer {
    denoise_layer *layer;
    const denoise__kind_ref *activation; /* NULL: none, or the loss absorbs it */
    bool is_linear, is_rectifier;
    bool fills_zeros; /* the activation of zero is not zero, and the last panel has columns to spare */
    int64_t inputs, units;
    int64_t kernel_index, bias_index; /* among the plan's wanted weights; -1: not trained */
    bool has_gradient;                /* something trainable lies before it: dz goes on to the layer before */
    denoise__panels kernel, transposed, kernel_gradient;
    denoise__panels bias, bias_gradient; /* one row */
    denoise__panels kernel_slots[DENOISE__MAX_SLOTS], bias_slots[DENOISE__MAX_SLOTS];
    denoise__panels output, gradient; /* y and dz; the last layer's z lies in `gradient` */
    denoise__panels sums;             /* of dz, one row per block */
    uint32_t output_top, gradient_top;
    uint64_t version; /* of the layer's own arrays that the panels were made from */
} denoise__chain_layer;

/* A piece of the second phase: the tiles of input panels first_input.. and output panels first_output.. of one kernel. */
typedef struct denoise__chain_item {
    int32_t layer;
    int32_t first_input, inputs, first_output, outputs;
} denoise__chain_item;

typedef struct denoise__chain {
    int32_t layer_count;
    denoise__chain_layer *layers;
    int32_t first_trained; /* layer; layer_count: none */
    const denoise__kind_ref *last_activation;
    int64_t last_columns; /* units of the last layer */
    bool rescales;
    denoise__tile_scale scale;
    bool trains, has_loss;
    int64_t batch, block_rows, blocks;
    int32_t slots;          /* threads that have a frame of their own; 1 where the frame is the batch */
    denoise__panels input;  /* x */
    float *values, *slopes; /* row-major (batch, last_columns): what the loss reads and its gradient */
    struct denoise__chain_block {
        double loss;
        uint32_t input_top;
    } * block;      /* of this pass */
    uint32_t *tops; /* (2, layers, blocks): of outputs and gradients */
    int32_t item_count;
    denoise__chain_item *items;
    unsigned char *arena;
    int64_t arena_bytes;
    /* whose the newer numbers are */
    bool weights_ahead, slots_here;
    int32_t slot_count;
    denoise_optimizer *optimizer; /* borrowed; NULL outside training */
} denoise__chain;

/* Rows of a batch in somebody's row-major array. */
typedef struct denoise__chain_source {
    const void *data;
    bool is_bytes; /* else float32 */
    int64_t columns;
    const int64_t *order; /* row i is row first + order[start + i]; NULL: first + start + i */
    int64_t first, start;
    int64_t ahead; /* rows behind the batch that will be wanted next */
} denoise__chain_source;

typedef struct denoise__chain_pass {
    int64_t rows;
    denoise__chain_source input;
    float *output; /* (rows, columns) row-major, behind the last activation; NULL: not wanted */
    /* With a loss: */
    const denoise__loss_kind *loss; /* NULL: none */
    bool absorbed;                  /* the last activation is not part of what the loss reads */
    denoise__loss_args args;        /* prediction and gradient are filled in here; row_loss is written unless `sigmoid` */
    bool sigmoid;                   /* sigmoid and binary cross-entropy in one, on rows of `target` */
    denoise__chain_source target;
    bool gradients;
    /* Out: */
    double loss_sum;    /* with `sigmoid`: over all rows and columns */
    uint32_t input_top; /* of the inputs, as kernels/tile.h has it */
} denoise__chain_pass;

/* *out is NULL where the plan is no chain or the engine is another. Up to `batch` rows of the plan. The optimizer (NULL: no
 * training) must outlive the chain. has_loss: passes may have one. */
denoise_status denoise__chain_new(denoise__chain **out, const denoise__plan *plan, denoise_optimizer *optimizer, bool has_loss);
void denoise__chain_free(denoise__chain *chain); /* brings weights and state home first */

/* The first phase; calls denoise__chain_refresh. */
void denoise__chain_run(denoise__chain *chain, denoise__chain_pass *pass);
/* The second: gradients of all wanted weights and one step of the optimizer. With check_finite nothing is changed and
 * DENOISE_ERR_NONFINITE names the first element when a gradient is not finite. */
denoise_status denoise__chain_update(denoise__chain *chain, int64_t rows, uint32_t input_top, bool check_finite);

/* Takes over weights that were written since. */
void denoise__chain_refresh(denoise__chain *chain);
/* Writes the weights back to the layers and lets go of them, at the end of a run. */
void denoise__chain_settle(denoise__chain *chain);

/* Pieces of it (chain_layout.c, chain_weights.c). */
extern const float denoise__chain_no_bias[DENOISE__PANEL]; /* -0: what added changes nothing, z = -0 included */
denoise_status denoise__chain_layout(denoise__chain *chain);
void denoise__chain_bring_slots_home(denoise__chain *chain);
void denoise__chain_fetch_slots(denoise__chain *chain);
void denoise__chain_mark_ahead(denoise__chain *chain);

/* What a row is: index `i` of the batch, up to rows + ahead. */
static inline const void *denoise__chain_row(const denoise__chain_source *source, int64_t i)
{
    int64_t row = source->first + (source->order != NULL ? source->order[source->start + i] : source->start + i);
    size_t offset = (size_t)(row * source->columns);
    return (const unsigned char *)source->data + (source->is_bytes ? offset : offset * sizeof(float));
}

#endif
