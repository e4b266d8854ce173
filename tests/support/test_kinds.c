/* SPDX-License-Identifier: Apache-2.0 */
#include "support/test_kinds.h"
#include "initializers/initializer.h"
#include "layers/layer.h"
#include "support/nets.h"
#include <string.h>

typedef struct test_config {
    denoise__layer_config layer;
    char fail[DENOISE__TEXT_SIZE];
    denoise__kind_ref initializer;
} test_config;

static const denoise__param params[] = {
    DENOISE__LAYER_PARAMS(test_config),
    DENOISE__PARAM_TEXT(test_config, fail, "never", 0, "never|forward|backward", "which call fails"),
    DENOISE__PARAM_KIND(test_config, initializer, "ones", 0, &denoise__initializer_registry, "first values of the weights"),
};

#define TEST_KIND_BASE(kind_name, kind_class, text)                                                                            \
    .base = {.name = kind_name,                                                                                                \
             .class_name = kind_class,                                                                                         \
             .doc = text,                                                                                                      \
             .config_size = sizeof(test_config),                                                                               \
             .params = params,                                                                                                 \
             .param_count = (int32_t)(sizeof params / sizeof *params)}

static int64_t sample_size(const denoise__layer_args *args)
{
    return denoise__shape_size(args->input_shapes);
}

static denoise_status check(const denoise__layer_args *args, const char *call)
{
    const test_config *c = args->config;
    if (strcmp(c->fail, call) != 0) return DENOISE_OK;
    for (int64_t i = 0; i < args->batch * sample_size(args); i++) {
        if (!(args->inputs[0][i] >= TEST_KIND_POISON)) continue;
        return denoise__fail(DENOISE_ERR_USER, "%s met the poison", call);
    }
    return DENOISE_OK;
}

static denoise_status infer(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    (void)config, (void)count;
    outputs[0] = inputs[0];
    return DENOISE_OK;
}

static denoise__weight_spec weight_spec(const void *config, const char *name, const denoise__shape *shape, bool trainable)
{
    return (denoise__weight_spec){
        .name = name, .shape = *shape, .initializer = &((const test_config *)config)->initializer, .trainable = trainable};
}

/* to = from factor, factor of one sample. */
static void scale_samples(float *to, const float *from, const float *factor, int64_t batch, int64_t size)
{
    for (int64_t i = 0; i < batch; i++)
        for (int64_t j = 0; j < size; j++)
            to[i * size + j] = from[i * size + j] * factor[j];
}

/* sum = the batch's sum of a b; b NULL: of a. */
static void sum_samples(float *sum, const float *a, const float *b, int64_t batch, int64_t size)
{
    for (int64_t j = 0; j < size; j++) {
        double total = 0;
        for (int64_t i = 0; i < batch; i++)
            total += (double)a[i * size + j] * (b == NULL ? 1.0 : (double)b[i * size + j]);
        sum[j] = (float)total;
    }
}

/* to = from - mean over the batch; `mean` has room for one sample. */
static void centre(float *to, const float *from, float *mean, int64_t batch, int64_t size)
{
    sum_samples(mean, from, NULL, batch, size);
    for (int64_t j = 0; j < size; j++)
        mean[j] /= (float)batch;
    for (int64_t i = 0; i < batch; i++)
        for (int64_t j = 0; j < size; j++)
            to[i * size + j] = from[i * size + j] - mean[j];
}

static size_t sample_bytes(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch)
{
    (void)config, (void)count, (void)batch;
    return (size_t)denoise__shape_size(inputs) * sizeof(float);
}

static size_t sample_scratch(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch, bool backward)
{
    (void)backward;
    return sample_bytes(config, inputs, count, batch);
}

/* two_outputs */

static int32_t two(const void *config)
{
    (void)config;
    return 2;
}

static denoise_status infer_two(const void *config, const denoise__shape *inputs, int32_t count, denoise__shape *outputs)
{
    outputs[1] = inputs[0];
    return infer(config, inputs, count, outputs);
}

static int32_t scale_and_mean(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    (void)count;
    if (specs == NULL) return 2;
    specs[0] = weight_spec(config, "mean", inputs, false); /* in front of the trained one: nothing may count on the order */
    specs[1] = weight_spec(config, "scale", inputs, true);
    return 2;
}

static bool uses_batch(const denoise__layer_args *args)
{
    return args->training && !args->is_frozen;
}

/* Of one mean, and so large that it is placed first: who takes its memory back too early, and puts something there, is found
 * out. */
static size_t large_state(const void *config, const denoise__shape *inputs, int32_t count, int64_t batch)
{
    return sample_bytes(config, inputs, count, batch) + (1 << 16);
}

static denoise_status forward_two(const denoise__layer_args *args)
{
    DENOISE__TRY(check(args, "forward"));
    int64_t size = sample_size(args);
    const float *x = args->inputs[0];
    if (uses_batch(args)) {
        centre(args->outputs[0], x, args->state, args->batch, size);
    } else {
        for (int64_t i = 0; i < args->batch * size; i++)
            args->outputs[0][i] = x[i] - args->weights[0][i % size];
    }
    scale_samples(args->outputs[1], x, args->weights[1], args->batch, size);
    return DENOISE_OK;
}

/* dx = (da - mean da) + db scale, where a gradient that nobody gives counts as zero. */
static denoise_status backward_two(const denoise__layer_args *args)
{
    DENOISE__TRY(check(args, "backward"));
    int64_t size = sample_size(args), count = args->batch * size;
    const float *da = args->output_gradients[0], *db = args->output_gradients[1];
    float *dx = args->input_gradients[0], *dscale = args->weight_gradients[1];
    if (args->weight_gradients[0] != NULL) return denoise__fail(DENOISE_ERR_INTERNAL, "a statistic has a gradient");
    if (dscale != NULL && db != NULL) sum_samples(dscale, args->inputs[0], db, args->batch, size);
    if (dscale != NULL && db == NULL) memset(dscale, 0, (size_t)size * sizeof *dscale);
    if (dx == NULL) return DENOISE_OK;
    memset(dx, 0, (size_t)count * sizeof *dx);
    if (da != NULL && uses_batch(args)) centre(dx, da, args->scratch, args->batch, size);
    if (da != NULL && !uses_batch(args)) memcpy(dx, da, (size_t)count * sizeof *dx);
    for (int64_t i = 0; db != NULL && i < count; i++)
        dx[i] += db[i] * args->weights[1][i % size];
    return DENOISE_OK;
}

static void commit_two(const denoise__layer_args *args)
{
    const float *mean = args->state;
    for (int64_t j = 0; j < sample_size(args); j++)
        args->statistics[0][j] = 0.9f * args->statistics[0][j] + 0.1f * mean[j];
}

static const denoise__layer_kind two_outputs = {
    TEST_KIND_BASE("two_outputs", "TwoOutputs", "centred and scaled"),
    .min_inputs = 1,
    .max_inputs = 1,
    .backward_needs_input = true,
    .output_count = two,
    .infer = infer_two,
    .weights = scale_and_mean,
    .state_size = large_state,
    .scratch_size = sample_scratch,
    .forward = forward_two,
    .backward = backward_two,
    .commit = commit_two,
};

/* plain_rows */

static int32_t scale_alone(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    (void)count;
    if (specs != NULL) specs[0] = weight_spec(config, "scale", inputs, true);
    return 1;
}

static denoise_status forward_rows(const denoise__layer_args *args)
{
    DENOISE__TRY(check(args, "forward"));
    scale_samples(args->outputs[0], args->inputs[0], args->weights[0], args->batch, sample_size(args));
    return DENOISE_OK;
}

static denoise_status backward_rows(const denoise__layer_args *args)
{
    DENOISE__TRY(check(args, "backward"));
    const float *dy = args->output_gradients[0];
    int64_t size = sample_size(args);
    if (args->weight_gradients[0] != NULL) sum_samples(args->weight_gradients[0], args->inputs[0], dy, args->batch, size);
    if (args->input_gradients[0] != NULL) scale_samples(args->input_gradients[0], dy, args->weights[0], args->batch, size);
    return DENOISE_OK;
}

static const denoise__layer_kind plain_rows = {
    TEST_KIND_BASE("plain_rows", "PlainRows", "scaled sample by sample"),
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .backward_needs_input = true,
    .infer = infer,
    .weights = scale_alone,
    .forward = forward_rows,
    .backward = backward_rows,
};

/* batch_wide */

static denoise_status centre_in_training(const denoise__layer_args *args, const float *from, float *to)
{
    int64_t size = sample_size(args);
    if (args->training)
        centre(to, from, args->scratch, args->batch, size);
    else
        memcpy(to, from, (size_t)(args->batch * size) * sizeof *to);
    return DENOISE_OK;
}

static denoise_status forward_wide(const denoise__layer_args *args)
{
    DENOISE__TRY(check(args, "forward"));
    return centre_in_training(args, args->inputs[0], args->outputs[0]);
}

static denoise_status backward_wide(const denoise__layer_args *args)
{
    DENOISE__TRY(check(args, "backward"));
    if (args->input_gradients[0] == NULL) return DENOISE_OK;
    return centre_in_training(args, args->output_gradients[0], args->input_gradients[0]);
}

static const denoise__layer_kind batch_wide = {
    TEST_KIND_BASE("batch_wide", "BatchWide", "less the mean over the batch"),
    .min_inputs = 1,
    .max_inputs = 1,
    .backward_needs_input = true,
    .infer = infer,
    .scratch_size = sample_scratch,
    .forward = forward_wide,
    .backward = backward_wide,
};

/* twelve_weights */

enum { TWELVE = 12 };

static int32_t twelve(const void *config, const denoise__shape *inputs, int32_t count, denoise__weight_spec *specs)
{
    static const char *const names[] = {"w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "w9", "w10", "w11"};
    (void)count;
    for (int32_t k = 0; specs != NULL && k < TWELVE; k++)
        specs[k] = weight_spec(config, names[k], inputs, true);
    return TWELVE;
}

static float factor_of(const denoise__layer_args *args, int64_t j)
{
    float factor = 0;
    for (int32_t k = 0; k < TWELVE; k++)
        factor += args->weights[k][j] * (float)(k + 1) / TWELVE;
    return factor;
}

static void scale_by_twelve(const denoise__layer_args *args, const float *from, float *to)
{
    int64_t size = sample_size(args);
    for (int64_t j = 0; j < size; j++) {
        float factor = factor_of(args, j);
        for (int64_t i = j; i < args->batch * size; i += size)
            to[i] = from[i] * factor;
    }
}

static denoise_status forward_twelve(const denoise__layer_args *args)
{
    DENOISE__TRY(check(args, "forward"));
    scale_by_twelve(args, args->inputs[0], args->outputs[0]);
    return DENOISE_OK;
}

static denoise_status backward_twelve(const denoise__layer_args *args)
{
    DENOISE__TRY(check(args, "backward"));
    int64_t size = sample_size(args);
    const float *dy = args->output_gradients[0];
    for (int32_t k = 0; k < TWELVE; k++) {
        float *dw = args->weight_gradients[k];
        if (dw == NULL) continue;
        sum_samples(dw, args->inputs[0], dy, args->batch, size);
        for (int64_t j = 0; j < size; j++)
            dw[j] *= (float)(k + 1) / TWELVE;
    }
    if (args->input_gradients[0] != NULL) scale_by_twelve(args, dy, args->input_gradients[0]);
    return DENOISE_OK;
}

static const denoise__layer_kind twelve_weights = {
    TEST_KIND_BASE("twelve_weights", "TwelveWeights", "scaled by a sum of twelve weights"),
    .min_inputs = 1,
    .max_inputs = 1,
    .is_row_local = true,
    .backward_needs_input = true,
    .infer = infer,
    .weights = twelve,
    .forward = forward_twelve,
    .backward = backward_twelve,
};

const char *const test_kind_names[] = {"two_outputs", "plain_rows", "batch_wide", "twelve_weights", NULL};

void test_kinds_add(void)
{
    static const denoise__layer_kind *const kinds[] = {&two_outputs, &plain_rows, &batch_wide, &twelve_weights};
    static bool added;
    if (added) return;
    added = true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        ASSERT_OK(denoise__registry_add(&denoise__layer_registry, &kinds[i]->base));
}

denoise_layer *test_kind_layer(const char *kind, const char *name, const char *fail)
{
    denoise_layer *layer;
    denoise_params *given;
    test_kinds_add();
    ASSERT_OK(denoise_params_new(&given));
    if (name != NULL) ASSERT_OK(denoise_params_set_text(given, "name", name));
    if (fail != NULL) ASSERT_OK(denoise_params_set_text(given, "fail", fail));
    ASSERT_OK(denoise_layer_create(&layer, kind, given));
    denoise_params_free(given);
    return layer;
}
