/* SPDX-License-Identifier: Apache-2.0 */
/* Running a plan: forward, through the losses and back, block by block; finding out where a number went wrong.
 *
 * A pass over 200 rows of load, dense, dropout, dense, loss, on two threads:
 *
 *     thread 0   [ rows 0..63: forward, loss, back ]    [ rows 128..191 ]
 *     thread 1   [ rows 64..127                    ]    [ rows 192..199 ]   | barrier |   the update (models/update.h)
 *
 * Where one block of it keeps what:
 *
 *     the thread's frame    y, the mask, z, rows of z and over them their gradient, dd: the next block overwrites them
 *     the batch's memory    x, d, dz, dz': in each panel of all 200 rows the block has its own rows
 *
 *         x   [rows 0..199][16 columns]   [rows 0..199][16 columns]   ...
 *                  ^ 64..127 are block 1's      ^ and here
 *
 * Which thread takes which block changes nothing: a block reads weights, which stand still during a pass, and its own rows, and
 * writes its own rows and its own sums. A step that is a segment by itself has one block, the whole batch, and may spread its
 * work over the pool; inside a block of a segment that goes by blocks such work runs on the block's own thread. */
#ifndef DENOISE_MODELS_EXECUTE_H
#define DENOISE_MODELS_EXECUTE_H

#include "kernels/tile.h"
#include "models/plan.h"
#include "tensor/tensor.h"

/* Rows of a batch in somebody's tensor: row i is row first + order[start + i] of it, or first + start + i where order is NULL.
 */
typedef struct denoise__batch_rows {
    const denoise_tensor *tensor; /* NULL: not there */
    int64_t size;                 /* numbers of a row */
    const int64_t *order;
    int64_t first, start;
} denoise__batch_rows;

int64_t denoise__batch_rows_index(const denoise__batch_rows *rows, int64_t i); /* the row of the tensor */
/* Rows first..first+count-1 of the batch as float32. */
void denoise__batch_rows_read(const denoise__batch_rows *rows, int64_t first, int64_t count, float *to);

/* A loss of one output, for one batch. */
typedef struct denoise__pass_loss {
    const denoise_loss *loss; /* NULL: none */
    double weight;            /* its share in the total */
    /* rows, columns, labels, row_weight, row_loss and, where it was copied, target are the caller's; the rest is set here. */
    denoise__loss_args args;
    denoise__batch_rows target; /* float32 rows that were not copied: read where they are */
    double divisor;             /* of the sum over the rows: set here */
    double value;               /* out: not weighted */
} denoise__pass_loss;

typedef struct denoise__pass {
    int64_t rows;
    const denoise__batch_rows *inputs; /* per input */
    denoise__pass_loss *losses;        /* per output; NULL: the plan has none */
    const denoise__batch_rows *given;  /* per output, where gradients come from outside */
    float *const *outputs;             /* per output that is wanted: (rows, ...) */
    uint64_t seed, number;             /* of the step: key dropout and noise */
    bool backward;
    bool keeps_rows;    /* every loss has its number per row */
    uint32_t input_top; /* out: greatest magnitude of what came in, as kernels/tile.h has it */
} denoise__pass;

/* One block of one pass; a step that is a segment by itself has the whole batch as its block. */
struct denoise__block {
    denoise__plan *plan;
    denoise__pass *pass;
    const denoise__tile *tile;
    int64_t index, first, samples;
    int32_t slot;
    bool spreads;               /* a few rows alone: products are spread over the pool */
    denoise__tile_fetch *fetch; /* what its products fetch meanwhile; NULL: nothing */
};

/* Forward, and back with pass->backward. DENOISE_OK, or what the lowest block's first failing step answered, with the layer's
 * name. */
denoise_status denoise__plan_run(denoise__plan *plan, denoise__pass *pass);
/* Once the step is accepted: layers write their statistics. */
void denoise__plan_commit(denoise__plan *plan, const denoise__pass *pass);
/* Brings weights home that training has kept here, and lets go of them: at the end of a run. NULL: nothing. */
void denoise__plan_settle(denoise__plan *plan);
/* Gradient of input i after a pass with input_gradients, rows; NULL when no output depends on it. */
float *denoise__plan_input_gradient(const denoise__plan *plan, int32_t index);

/* Whether the loss of an output reads float32 targets where they lie, so that nobody need copy them. */
bool denoise__plan_reads_target_rows(const denoise__plan *plan, int32_t output);

/* Where a number is not finite: an element of a weight, or of a row of the batch. */
typedef struct denoise__plan_fault {
    char where[DENOISE__MESSAGE_SIZE / 2];
    int64_t row; /* -1: of a weight */
    int64_t element;
    float value;
} denoise__plan_fault;
/* Runs forward again and finds the first step whose input, weights or output are not finite; returns false when there is none.
 */
bool denoise__plan_find_nonfinite(denoise__plan *plan, denoise__pass *pass, denoise__plan_fault *fault);

/* For the steps. */
void denoise__plan_choose_ops(denoise__plan *plan);
/* The block's first row in a buffer, in panel `panel` where it has panels; NULL for buffer -1. */
static inline float *denoise__at(const denoise__block *block, int32_t index, int64_t panel)
{
    if (index < 0) return NULL;
    const denoise__buffer *buffer = &block->plan->buffers[index];
    unsigned char *base = buffer->base != NULL ? buffer->base : (unsigned char *)block->pass->outputs[buffer->output];
    return (float *)(void *)(base + block->slot * buffer->slot_step + block->first * buffer->sample_step +
                             block->index * buffer->block_step + panel * buffer->panel_step);
}
/* Rows of a value of this block, and of the batch before it. */
static inline int64_t denoise__block_rows(const denoise__block *block, const denoise__plan_value *root)
{
    return root->columns == 0 ? 0 : block->samples * (root->size / root->columns);
}
static inline int64_t denoise__block_first_row(const denoise__block *block, const denoise__plan_value *root)
{
    return root->columns == 0 ? 0 : block->first * (root->size / root->columns);
}
/* Where the greatest magnitude of this block's numbers is kept; NULL: nobody asks. */
static inline uint32_t *denoise__block_top(const denoise__block *block, int32_t tops)
{
    return tops < 0 ? NULL : &block->plan->tops[tops * block->plan->blocks + block->index];
}
/* Columns that fill up the last panel become zero. */
void denoise__clear_spare(float *panel, int64_t rows, int64_t columns);
void denoise__clear_spare_of(const denoise__block *block, const denoise__plan_value *root, int32_t buffer);
/* The part that a step added is added to the gradient of its input. */
void denoise__add_part(const denoise__block *block, const denoise__step *step, int32_t input);
/* Between a block of a value and plain rows. */
void denoise__panels_to_rows(const denoise__block *block, const denoise__plan_value *root, int32_t from, float *rows);
void denoise__rows_to_panels(const denoise__block *block, const denoise__plan_value *root, const float *rows, int32_t to);
/* Copies a block of a value into another layout. */
void denoise__convert_block(const denoise__block *block, const denoise__plan_value *from, int32_t from_buffer,
                            const denoise__plan_value *to, int32_t to_buffer);
/* Panel `panel` of the gradient of a value is complete. */
void denoise__gradient_panel_done(const denoise__block *block, const denoise__plan_value *root, int64_t panel);

/* Lists what is in nobody's cache yet: rows of targets that this block's losses will read where they lie, and rows of the
 * inputs of the block that this thread will probably take next. Returns how many pieces, at most `room`. */
int64_t denoise__list_rows_ahead(const denoise__block *block, const denoise__segment *segment, denoise__tile_piece *pieces,
                                 int64_t room);

/* The bias that the product left to the loss that alone reads it. */
void denoise__add_left_bias(const denoise__block *block, const denoise__plan_value *root);
void denoise__commit_layer(const denoise__block *block, const denoise__step *step);
/* Has the kind make anew what it makes of weights that have changed. */
void denoise__prepare_layer(const denoise__block *block, denoise__step *step);
/* Whether the value of a loss comes from sums of blocks instead of a number per row. */
bool denoise__loss_is_summed(const denoise__plan *plan, const denoise__pass_loss *loss, int32_t output);

/* What sorts of steps do (steps.c, product.c, step_loss.c). */
extern const denoise__step_ops denoise__load_ops, denoise__layer_ops, denoise__panel_layer_ops, denoise__activation_ops,
    denoise__convert_ops, denoise__given_ops, denoise__loss_ops;

#endif
