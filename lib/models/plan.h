/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: a model laid out for one purpose and batch size, so that running it allocates nothing.
 *
 * A plan is a list of steps on values. A step is a layer, an activation, a loss, a row of the caller's arrays that comes in, or
 * a change of layout. Models inside are expanded to their layers. A value is a matrix of rows: of samples, or of the positions
 * in a sample where a layer works on the last axis.
 *
 *     segment 0 (blocks)                        segment 1 (batch)          segment 2 (blocks)
 *     +------+  +-------+  +---------+         +--------------------+     +-------+  +------+
 *     | load |->| dense |->| dropout |-------->| batch-wide layer   |---->| dense |->| loss |
 *     +------+  +-------+  +---------+         +--------------------+     +-------+  +------+
 *     block 0: rows 0..63    ---->               all rows at once          block 0: ----> and back <----
 *     block 1: rows 64..127  ---->                                         block 1: ----> and back <----
 *
 * A segment is a run of steps whose rows do not look at each other: it goes block by block, depth first, each block of samples
 * on one thread through all its steps; the last segment goes through the losses and back in one go, while the block is in that
 * core's cache. A step that looks across the batch is a segment by itself. After the last segment those before it go
 * back in descending order.
 *
 * Values of a block live in a frame, one per thread, whose places are shared by their lifetimes. What is read outside of the
 * block (by another segment, or by the gradient of a weight, a sum over all rows) lives in the batch's memory.
 *
 * Layout: rows, as the caller has them, or panels of 16 columns, [columns/16][rows][16] (kernels/tile.h), in which products are
 * computed. The plan gives each value its layout, and puts a step that converts only where two neighbours differ.
 *
 * Which kinds have a faster way than their own forward and backward is said in one place (models/fast_kinds.c).
 * docs/step.md follows a batch through all of this. */
#ifndef DENOISE_MODELS_PLAN_H
#define DENOISE_MODELS_PLAN_H

#include "kernels/tile.h"
#include "losses/loss.h"
#include "models/model.h"
#include "optimizers/optimizer.h"

/* Of a block in training: part of what the bits are, where blocks have sums of their own. */
enum { DENOISE__BLOCK_SAMPLES = 64 };

enum {
    DENOISE__LAYOUT_ROWS = 0,
    DENOISE__LAYOUT_PANELS = 1,
    DENOISE__LAYOUT_BYTES = 2, /* a step's own: state, scratch, sums */
    DENOISE__LAYOUT_ANY = 3    /* a wish */
};

/* Where a buffer lies. */
enum {
    DENOISE__PLACE_BATCH = 0, /* in the batch's memory */
    DENOISE__PLACE_FRAME = 1, /* in the frame of the thread that runs the block */
    DENOISE__PLACE_CALLER = 2 /* in memory that the run names: an output */
};

/* Rows of one value, or of its gradient; or plain bytes of a step.
 *
 * Time: the step at place i of the order runs forward at i and back at 2 N - i, where N is the number of steps in the order. */
typedef struct denoise__buffer {
    int32_t place, layout;
    int32_t output;  /* PLACE_CALLER: of the model */
    int64_t rows;    /* of a sample */
    int64_t columns; /* of a row */
    int64_t panels;  /* LAYOUT_PANELS */
    int64_t stride;  /* floats from panel to panel: an odd number of cache lines, so that panels do not meet in a cache set */
    int64_t bytes;   /* LAYOUT_BYTES: of one part */
    int64_t parts;   /* LAYOUT_BYTES in the batch's memory: one of each block, or 1 */
    int64_t offset, size;   /* in the arena, in bytes */
    int32_t first, last;    /* times of its first and last use */
    bool outlives_block;    /* read when all blocks are through: never in a frame */
    int32_t overwrites;     /* the buffer in whose place this one lies, which nothing reads once it is written; -1: none */
    int32_t occupied_until; /* time of the last use of what lies in its place */
    /* Where it lies: base, and bytes from thread to thread, from sample to sample, from block to block and from panel to panel,
     * each 0 where that does not move it. */
    unsigned char *base; /* NULL: in the caller's memory */
    int64_t slot_step, sample_step, block_step, panel_step;
} denoise__buffer;

typedef struct denoise__plan_value {
    denoise__shape shape; /* of one sample */
    int64_t size;         /* elements of one sample */
    int32_t dtype;        /* DENOISE_FLOAT32: reserved for others */
    int32_t root;         /* the value whose memory this one is: itself, unless it is only another shape */
    int32_t producer;     /* step */
    int32_t layout;       /* of a root */
    int64_t columns;      /* of a root's rows */
    int32_t buffer;       /* of a root; -1: never computed */
    int32_t gradient;     /* of a root; buffer or -1 */
    int32_t tops;         /* of a root: where the greatest magnitudes of blocks are kept, or -1; likewise of its gradient: */
    int32_t gradient_tops;
    int32_t readers;       /* of a root: steps that read it and run */
    int32_t contributors;  /* of a root: steps that add to its gradient */
    bool is_needed;        /* something that runs reads it */
    int32_t caller_output; /* of a root: the model's output that it is, in the caller's memory; -1: none */
    bool needs_gradient;   /* something trainable lies before it */
    bool is_before_loss;   /* a loss lies behind it */
} denoise__plan_value;

typedef struct denoise__step denoise__step;
struct denoise__fold; /* models/fold.h */
struct denoise__plan;
typedef struct denoise__block denoise__block; /* models/execute.h */

/* What a sort of step does with the rows of a block; a step that is a segment by itself has the whole batch as its block. A
 * NULL backward: nothing to do. */
typedef struct denoise__step_ops {
    const char *name;
    denoise_status (*forward)(const denoise__block *block, const denoise__step *step);
    denoise_status (*backward)(const denoise__block *block, const denoise__step *step);
    /* Panel `panel` of the gradient of output 0 is complete, on the thread that wrote it: what backward would do with it. NULL:
     * waits. */
    void (*gradient_panel)(const denoise__block *block, const denoise__step *step, int64_t panel);
    /* Floats of scratch for forward on so many samples; -1: too many. NULL: none. */
    int64_t (*scratch)(const struct denoise__plan *plan, const denoise__step *step, int64_t samples);
} denoise__step_ops;

enum {
    DENOISE__STEP_LOAD = 1, /* rows of the caller's array */
    DENOISE__STEP_LAYER = 2,
    DENOISE__STEP_ACTIVATION = 3,
    DENOISE__STEP_CONVERT = 4, /* the same numbers in another layout or place */
    DENOISE__STEP_LOSS = 5,
    DENOISE__STEP_GIVEN = 6 /* the gradient of an output comes from outside */
};

/* A weight of a step that is trained, as the step sees it. */
typedef struct denoise__step_weight {
    int64_t wanted;   /* among the plan's wanted weights; -1: no gradient */
    int32_t gradient; /* buffer: of the whole sum, or of one block's part after the other; -1: none */
} denoise__step_weight;

struct denoise__step {
    int32_t sort; /* DENOISE__STEP_* */
    const denoise__step_ops *ops;
    denoise_layer *layer;                /* also of an activation that ends a layer; NULL: none */
    const denoise__layer_kind *kind;     /* STEP_LAYER */
    const denoise__kind_ref *activation; /* STEP_ACTIVATION, or what ends the layer; NULL: nothing */
    denoise_layer *activation_layer;     /* whose activation that is: the layer itself, or one behind a product */
    struct denoise__fold *fold;          /* weights in place of the layer's, where a normalization is folded into it; owned */
    uint64_t key;  /* of its random numbers: says which operation of the model it is, whatever else is in the plan */
    int32_t index; /* LOAD: input; LOSS, GIVEN: output of the model */
    int32_t input_count, output_count, weight_count;
    int32_t *inputs, *outputs; /* values */
    denoise__shape *input_shapes, *output_shapes;
    int32_t *input_gradients; /* buffers or -1 */
    bool *adds_input;         /* the buffer is a part that is added to the value's gradient afterwards */
    denoise__step_weight *weights;
    int32_t place;   /* in the plan's order; -1: does not run */
    int32_t segment; /* -1: does not run */
    bool is_alias, is_dropped, is_needed, runs_backward;
    bool is_row_local;
    bool is_frozen;             /* the layer does not train: it keeps its statistics */
    bool rectifies;             /* the activation that ends it is max(x, 0), which kernels apply in passing */
    bool rectified_input;       /* it takes a rectifier's derivative to the gradient of its input, by kind->masks_by, */
    bool gradient_is_rectified; /* which that of output 0 then has been through already */
    bool by_panels;             /* an elementwise layer, panel after panel */
    bool has_part_sums; /* gradients of weights are sums of parts, one of each block of DENOISE__BLOCK_SAMPLES samples */
    bool gradient_comes_by_panel; /* whoever writes the gradient of output 0 calls gradient_panel */
    int32_t pre_activation, state, forward_scratch, backward_scratch; /* buffers or -1 */
    int32_t prepared;                                                 /* buffer of what the kind made of the weights, or -1 */
    uint64_t prepared_version;                                        /* of the weights that it was made of: the sum of all */
    int64_t panel_state;                                              /* bytes of a panel's state */
    int32_t product;                                                  /* a dense layer in panels: which, or -1 */
    int32_t sums;         /* of the product's dz, one row of column sums a block: buffer or -1 */
    double scale, offset; /* LOAD: rows are rescaled */
    bool rescales;
    bool from_logits;   /* LOSS: what it reads lies before a sigmoid or softmax */
    int64_t columns;    /* LOSS: of the rows over which a fused one sums: of what made the value, whatever its layout */
    bool is_narrow;     /* LOSS: these rows are many and less than a panel wide: a fused one sums over whole samples, in rows */
    bool leaves_bias;   /* a product whose bias is added by the loss that alone reads it */
    bool is_fused_loss; /* LOSS: kernels/tile.h has a kernel for it, which models/step_loss.c calls */
};

typedef struct denoise__segment {
    int32_t first, count; /* places in the order */
    bool by_blocks;
    bool trains; /* goes back */
} denoise__segment;

/* What a product of a dense layer is in panels: shared by all steps of one layer. */
typedef struct denoise__panels {
    float *data; /* NULL: not there */
    int64_t rows, columns, count;
    int64_t stride; /* floats from panel to panel */
} denoise__panels;

typedef struct denoise__plan_product {
    denoise_layer *layer;
    struct denoise__fold *fold; /* of the one step that it is for; NULL: none */
    int64_t inputs, units;
    int64_t wanted[2]; /* kernel and bias among the plan's wanted weights; -1: not trained */
    bool transposes;   /* a gradient goes on to what lies before */
    denoise__panels kernel, transposed, bias;
    denoise__panels gradient[2]; /* of kernel and bias */
    denoise__panels slots[2][DENOISE__MAX_SLOTS];
    uint64_t version[2];     /* of the layer's own arrays that the panels were made from */
    bool is_ahead[2];        /* the panels are newer */
    double penalty_reach[2]; /* magnitude of a penalty's gradients at most */
    int32_t use_count;
    int32_t *uses; /* steps, in the order in which they go back */
} denoise__plan_product;

/* Tiles of input panels first_input.. and output panels first_output.. of one product's kernel. */
typedef struct denoise__tile_item {
    int32_t product;
    int32_t first_input, inputs, first_output, outputs;
} denoise__tile_item;

/* Memory that outlives a plan: the largest that any of its plans has needed. */
typedef struct denoise__plan_memory {
    unsigned char *data;
    int64_t bytes;
} denoise__plan_memory;

/* More memory than there is, unless there is enough; what was in it is lost. */
denoise_status denoise__plan_memory_grow(denoise__plan_memory *memory, int64_t bytes);
void denoise__plan_memory_free(denoise__plan_memory *memory);

/* What a plan is made for. */
typedef struct denoise__plan_options {
    int64_t batch;                      /* most rows of one run */
    bool training;                      /* dropout and noise are on */
    bool backward;                      /* gradients are computed */
    bool input_gradients;               /* those of the model's inputs too */
    bool gives_gradients;               /* gradients of all outputs come from outside instead of losses */
    bool keeps_activations;             /* losses do not look before a sigmoid or softmax */
    int32_t convolution;                /* DENOISE__CONVOLUTION_* */
    bool folds;                         /* normalizations go into the layers before them: for prediction alone */
    bool is_plain;                      /* each step is a segment by itself, on rows: slow, and the same bits (tests) */
    const denoise_loss *const *losses;  /* per output; NULL entries, NULL: none */
    const bool *is_frozen;              /* per layer of the model: does not train; NULL: as the layers say now */
    const bool *needs_output;           /* per output: its rows are wanted; NULL = all */
    const denoise__weight_ref *weights; /* weights whose gradients are wanted; must outlive the plan */
    int64_t weight_count;
    denoise_optimizer *optimizer; /* that will update them; NULL: none. Must outlive the plan */
    denoise__plan_memory *memory; /* for the arena; must outlive the plan, which alone may use it. NULL: one of its own */
} denoise__plan_options;

/* A failure inside a block; the lowest block's is told. */
typedef struct denoise__fault {
    int64_t block; /* -1: none */
    denoise_status status;
    char message[DENOISE__MESSAGE_SIZE];
} denoise__fault;

typedef struct denoise__plan {
    int64_t batch, block_samples, blocks; /* of the batch */
    bool training, backward;
    bool uses_panels; /* the native engine */
    bool is_direct;   /* convolutions are */
    denoise__plan_options options;
    const denoise_model *model; /* borrowed */
    int32_t input_count, output_count, step_count, value_count, buffer_count, segment_count, product_count;
    int32_t step_capacity, value_capacity, buffer_capacity;
    denoise__plan_value *values;
    denoise__step *steps;
    int32_t order_count;
    int32_t *order; /* the steps that run */
    denoise__buffer *buffers;
    denoise__segment *segments;
    denoise__plan_product *products;
    int32_t *inputs;  /* value of each input of the model, as the caller has it */
    int32_t *outputs; /* value of each output as rows for the caller; -1: not wanted */
    int32_t *losses;  /* step of each output's loss or given gradient; -1: none */
    int64_t weight_count;
    const denoise__weight_ref *weights; /* borrowed */
    int32_t *weight_buffers;            /* whole gradient of each wanted weight that is no product's; -1 there */
    int32_t item_count;
    denoise__tile_item *items; /* of all trained kernels */
    int32_t slots;             /* frames */
    int64_t batch_bytes, frame_bytes, frames_offset, arena_bytes;
    unsigned char *arena; /* the batch's memory, products, frames */
    int32_t top_count;
    uint32_t *tops;         /* (top_count, blocks) */
    double *block_losses;   /* (outputs, blocks) */
    denoise__fault *faults; /* per slot */
    void **pointers;        /* per slot: arrays of arguments, `pointer_count` each */
    int64_t pointer_count;
    float *penalty_scratch; /* per slot; NULL: no product is regularized */
    int32_t update_slots;
    float *tile_scratch; /* per update slot: tiles of gradients, twice; NULL: nothing is trained */
    bool has_slots;      /* the optimizer's state of products is here */
    float *kept;         /* of a step that may be taken back (models/undo.h); NULL: none may be */
    double kept_greatest;
    bool kept_needs_trial;
} denoise__plan;

/* The model's layers must outlive the plan. */
denoise_status denoise__plan_new(denoise__plan **out, const denoise_model *model, const denoise__plan_options *options);
/* Whether it has a frame for each thread that could work on it. */
bool denoise__plan_suits_threads(const denoise__plan *plan);
void denoise__plan_free(denoise__plan *plan); /* brings weights and the optimizer's state home first */

/* Pieces of making a plan, in their order. */
denoise_status denoise__plan_expand(denoise__plan *plan, const denoise_model *model); /* plan_steps.c */
denoise_status denoise__plan_fuse(denoise__plan *plan);           /* fast_steps.c: which steps have a faster way */
denoise_status denoise__plan_lay_out(denoise__plan *plan);        /* plan_layout.c: layouts, order, segments */
denoise_status denoise__plan_find_gradients(denoise__plan *plan); /* plan_gradients.c: who writes which gradient */
denoise_status denoise__plan_place(denoise__plan *plan);          /* plan_memory.c: buffers, lifetimes, places */

/* Tools of these pieces. */
denoise_status denoise__plan_add_value(denoise__plan *plan, const denoise__shape *shape, int32_t producer, int32_t *index);
/* A step with room for inputs, outputs and weights; buffers are -1. Steps may move. */
denoise_status denoise__plan_add_step(denoise__plan *plan, int32_t sort, int32_t inputs, int32_t outputs, int32_t weights,
                                      denoise__step **out);
denoise_status denoise__plan_add_buffer(denoise__plan *plan, const denoise__buffer *buffer, int32_t *index);
void denoise__plan_mark_needed(denoise__plan *plan);
void denoise__plan_bind(denoise__plan *plan);         /* buffers to the arena, once it is there */
void denoise__plan_choose_block(denoise__plan *plan); /* how many samples, by the shapes of the model alone */
int64_t denoise__plan_wanted_weight(const denoise__plan *plan, const denoise_layer *layer, int32_t index); /* -1: none */

static inline denoise__plan_value *denoise__plan_root(const denoise__plan *plan, int32_t value)
{
    return &plan->values[plan->values[value].root];
}

static inline bool denoise__step_runs(const denoise__step *step)
{
    return step->is_needed && !step->is_alias && !step->is_dropped;
}

#endif
