/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of a sample in another order: axes permuted, channels moved into blocks of pixels and back. All of these are
 * permutations of axes, and so are their gradients. */
#include "core/memory.h"
#include "core/threads.h"
#include "layers/spatial.h"
#include <string.h>

typedef struct permute_config {
    denoise__layer_config layer;
    denoise__ints dims;
} permute_config;

typedef struct blocks_config {
    denoise__layer_config layer;
    int64_t block_size;
    char data_format[DENOISE__TEXT_SIZE];
} blocks_config;

/* ---- Moving */

/* Axis i of the result is axis from[i] of the samples; the last one stays the last: where it does not, it is one of length 1.
 */
typedef struct order {
    int32_t rank;
    int64_t length[DENOISE_MAX_RANK + 1], step[DENOISE_MAX_RANK + 1]; /* of the result's axes, in numbers of the sample */
} order;

static order order_of(const int64_t *length, int32_t rank, const int32_t *from)
{
    order o = {.rank = rank};
    for (int32_t i = 0; i < rank; i++) {
        o.length[i] = length[from[i]];
        o.step[i] = 1;
        for (int32_t k = from[i] + 1; k < rank; k++)
            o.step[i] *= length[k];
    }
    if (rank == 0 || from[rank - 1] != rank - 1) {
        o.length[rank] = o.step[rank] = 1;
        o.rank = rank + 1;
    }
    return o;
}

typedef struct move {
    order order;
    int64_t size;
    const float *from;
    float *to;
    bool is_back; /* from the result to the sample */
} move;

/* Where index `index` over the first `axes` axes of the result lies in a sample. */
static int64_t place_of(const order *o, int64_t index, int32_t axes)
{
    int64_t place = 0;
    for (int32_t i = axes - 1; i >= 0; i--) {
        place += index % o->length[i] * o->step[i];
        index /= o->length[i];
    }
    return place;
}

/* Rows: runs of pieces along the last axis but one, where a piece is the last axis. */
static void move_rows(void *context, int64_t first, int64_t count)
{
    const move *job = context;
    const order *o = &job->order;
    int64_t pieces = o->length[o->rank - 2], piece = o->length[o->rank - 1], step = o->step[o->rank - 2];
    int64_t rows = job->size / (pieces * piece);
    for (int64_t index = first; index < first + count; index++) {
        int64_t there = index / rows * job->size + place_of(o, index % rows, o->rank - 2), here = index * pieces * piece;
        const float *from = job->from + (job->is_back ? here : there);
        float *to = job->to + (job->is_back ? there : here);
        int64_t from_step = job->is_back ? piece : step, to_step = job->is_back ? step : piece;
        for (int64_t i = 0; i < pieces; i++) {
            if (piece == 1)
                to[i * to_step] = from[i * from_step];
            else
                memcpy(to + i * to_step, from + i * from_step, (size_t)piece * sizeof *to);
        }
    }
}

static denoise_status run(const order *o, int64_t batch, const float *from, float *to, bool is_back)
{
    move job = {.order = *o, .size = 1, .from = from, .to = to, .is_back = is_back};
    for (int32_t i = 0; i < o->rank; i++)
        job.size *= o->length[i];
    int64_t row = o->length[o->rank - 2] * o->length[o->rank - 1];
    if (job.size > 0 && to != NULL) {
        denoise__parallel_ranges(batch * (job.size / row), denoise__grain(row), move_rows, &job);
    }
    return DENOISE_OK;
}

/* ---- Permute */

static denoise_status check_dims(const void *config)
{
    const denoise__ints *dims = &((const permute_config *)config)->dims;
    uint32_t seen = 0;
    for (int64_t i = 0; i < dims->count; i++) {
        if (dims->values[i] >= 1 && dims->values[i] <= dims->count) seen |= 1u << dims->values[i];
    }
    if (dims->count >= 1 && dims->count < DENOISE_MAX_RANK && seen == (2u << dims->count) - 2) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "dims has %lld numbers, expected 1 to %d, each from 1 to their number once",
                         (long long)dims->count, DENOISE_MAX_RANK - 1);
}

static void permute_spec(const void *config, const denoise__shape *first, int32_t index, denoise__input_spec *spec)
{
    (void)first, (void)index;
    spec->min_rank = spec->max_rank = (int32_t)((const permute_config *)config)->dims.count;
}

static denoise_status infer_permute(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    const denoise__ints *dims = &((const permute_config *)config)->dims;
    (void)count;
    denoise__shape shape = {.rank = inputs->rank};
    for (int32_t i = 0; i < inputs->rank; i++)
        shape.dim[i] = inputs->dim[dims->values[i] - 1];
    return denoise__shape_infer(outputs, shape.dim, shape.rank);
}

static order permute_order(const denoise__layer_args *args)
{
    const denoise__ints *dims = &((const permute_config *)args->config)->dims;
    const denoise__shape *input = args->input_shapes;
    int64_t length[DENOISE_MAX_RANK + 1] = {1};
    int32_t from[DENOISE_MAX_RANK + 1] = {0};
    for (int32_t i = 0; i < input->rank; i++) { /* an axis of length 1 in front, so that there are two */
        length[i + 1] = input->dim[i];
        from[i + 1] = (int32_t)dims->values[i];
    }
    return order_of(length, input->rank + 1, from);
}

static denoise_status forward_permute(const denoise__layer_args *args)
{
    order o = permute_order(args);
    return run(&o, args->batch, args->inputs[0], args->outputs[0], false);
}

static denoise_status backward_permute(const denoise__layer_args *args)
{
    order o = permute_order(args);
    return run(&o, args->batch, args->output_gradients[0], args->input_gradients[0], true);
}

/* ---- Blocks */

static denoise_status infer_depth_to_space(const void *config, const denoise__shape *inputs, int32_t count,
                                           denoise__shape *outputs)
{
    const blocks_config *c = config;
    (void)count;
    denoise__spatial s = denoise__spatial_of(inputs, c->data_format);
    int64_t area = c->block_size * c->block_size;
    if (s.channels != DENOISE__UNKNOWN && s.channels % area != 0) {
        return denoise__fail(DENOISE_ERR_SHAPE, "input has %lld channels, expected a multiple of %lld", (long long)s.channels,
                             (long long)area);
    }
    if (s.channels != DENOISE__UNKNOWN) s.channels /= area;
    for (int32_t i = 1; i < DENOISE__MAX_SPATIAL; i++) {
        if (!denoise__length_times(&s.length[i], c->block_size)) {
            return denoise__fail(DENOISE_ERR_OVERFLOW, "an axis of blocks is too long");
        }
    }
    return denoise__spatial_shape(outputs, &s);
}

static denoise_status infer_space_to_depth(const void *config, const denoise__shape *inputs, int32_t count,
                                           denoise__shape *outputs)
{
    const blocks_config *c = config;
    (void)count;
    denoise__spatial s = denoise__spatial_of(inputs, c->data_format);
    for (int32_t i = 1; i < DENOISE__MAX_SPATIAL; i++) {
        if (s.length[i] == DENOISE__UNKNOWN) continue;
        if (s.length[i] % c->block_size != 0)
            return denoise__fail(DENOISE_ERR_SHAPE, "input has %lld %s of pixels, expected a multiple of %lld",
                                 (long long)s.length[i], i == 1 ? "rows" : "columns", (long long)c->block_size);
        s.length[i] /= c->block_size;
    }
    if (!denoise__length_times(&s.channels, c->block_size * c->block_size)) {
        return denoise__fail(DENOISE_ERR_OVERFLOW, "the blocks have too many channels");
    }
    return denoise__spatial_shape(outputs, &s);
}

/* From channels into blocks: number b c + k of a pixel's channels, b = 0 .. block_size^2 - 1, is channel k of pixel b of its
 * block. `deep` has the channels. */
static order blocks_order(const denoise__layer_args *args, const denoise__shape *deep)
{
    const blocks_config *c = args->config;
    denoise__spatial s = denoise__spatial_of(deep, c->data_format);
    int64_t side = c->block_size, channels = s.channels / (side * side);
    if (s.channels_first) {
        const int64_t length[] = {side, side, channels, s.length[1], s.length[2]};
        return order_of(length, 5, (const int32_t[]){2, 3, 0, 4, 1});
    }
    const int64_t length[] = {s.length[1], s.length[2], side, side * channels};
    return order_of(length, 4, (const int32_t[]){0, 2, 1, 3});
}

static denoise_status forward_depth_to_space(const denoise__layer_args *args)
{
    order o = blocks_order(args, args->input_shapes);
    return run(&o, args->batch, args->inputs[0], args->outputs[0], false);
}

static denoise_status backward_depth_to_space(const denoise__layer_args *args)
{
    order o = blocks_order(args, args->input_shapes);
    return run(&o, args->batch, args->output_gradients[0], args->input_gradients[0], true);
}

static denoise_status forward_space_to_depth(const denoise__layer_args *args)
{
    order o = blocks_order(args, args->output_shapes);
    return run(&o, args->batch, args->inputs[0], args->outputs[0], true);
}

static denoise_status backward_space_to_depth(const denoise__layer_args *args)
{
    order o = blocks_order(args, args->output_shapes);
    return run(&o, args->batch, args->output_gradients[0], args->input_gradients[0], false);
}

static const denoise__param permute_params[] = {
    DENOISE__LAYER_PARAMS(permute_config),
    DENOISE__PARAM_INTS(permute_config, dims, NULL, 0, 1, NAN, "the input's axis for each of the output's, from 1"),
};

static const denoise__param blocks_params[] = {
    DENOISE__LAYER_PARAMS(blocks_config),
    DENOISE__PARAM_INT(blocks_config, block_size, NULL, 0, 2, 0x1p20, "pixels of a block's side"),
    DENOISE__PARAM_DATA_FORMAT(blocks_config),
};

extern const denoise__layer_kind denoise__layer_permute;
const denoise__layer_kind denoise__layer_permute = {
    .base = {.name = "permute",
             .class_name = "Permute",
             .doc = "axes in another order",
             .config_size = sizeof(permute_config),
             .params = permute_params,
             .param_count = (int32_t)(sizeof permute_params / sizeof *permute_params),
             .check = check_dims},
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .input_spec = permute_spec,
    .infer = infer_permute,
    .forward = forward_permute,
    .backward = backward_permute,
};

#define BLOCKS(kind, class, text)                                                                                              \
    extern const denoise__layer_kind denoise__layer_##kind;                                                                    \
    const denoise__layer_kind denoise__layer_##kind = {                                                                        \
        .base = {.name = #kind,                                                                                                \
                 .class_name = class,                                                                                          \
                 .doc = text,                                                                                                  \
                 .config_size = sizeof(blocks_config),                                                                         \
                 .params = blocks_params,                                                                                      \
                 .param_count = (int32_t)(sizeof blocks_params / sizeof *blocks_params)},                                      \
        .min_inputs = 1,                                                                                                       \
        .max_inputs = 1,                                                                                                       \
        .is_row_local = true,                                                                                                  \
        .input_spec = denoise__spatial_spec_2d,                                                                                \
        .infer = infer_##kind,                                                                                                 \
        .forward = forward_##kind,                                                                                             \
        .backward = backward_##kind}

BLOCKS(depth_to_space, "DepthToSpace", "channels become blocks of pixels");
BLOCKS(space_to_depth, "SpaceToDepth", "blocks of pixels become channels");
