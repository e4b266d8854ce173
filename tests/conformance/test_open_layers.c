/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of layer on inputs of unknown lengths, along each of its axes and along several: where it takes them, what it
 * infers leaves open no less than what depends on the data, and predictions and gradients have the bits of a model that was
 * made for these lengths. */
#include "conformance/layer_nets.h"
#include <stdio.h>
#include <string.h>

static int64_t taken, refused_for_weights; /* of the kind so far */
static char last_kind[64];

/* The kind before has taken unknown lengths somewhere, unless it may not, or its weights have all lengths. */
static void end_kind(void)
{
    layer_case c = {.kind = last_kind};
    if (last_kind[0] == '\0') return;
    bool may_refuse = layer_kind(&c)->needs_known_lengths;
    if (may_refuse && taken > 0) LAYER_FAIL(&c, "needs known lengths, and took others");
    if (!may_refuse && taken == 0 && refused_for_weights == 0) LAYER_FAIL(&c, "took unknown lengths nowhere");
}

static void begin_kind(const char *kind)
{
    if (strcmp(kind, last_kind) == 0) return;
    end_kind();
    (void)snprintf(last_kind, sizeof last_kind, "%s", kind);
    taken = refused_for_weights = 0;
}

/* Each length is open, or what it is for the data. */
static void check_output(const layer_case *c, const denoise_model *open, const denoise_model *closed, int64_t index)
{
    int64_t a[DENOISE_MAX_RANK], b[DENOISE_MAX_RANK];
    int32_t a_rank, b_rank;
    ASSERT_OK(denoise_model_output_shape(open, index, a, &a_rank));
    ASSERT_OK(denoise_model_output_shape(closed, index, b, &b_rank));
    if (a_rank != b_rank) LAYER_FAIL(c, "output %ld has rank %d, then %d", (long)index, (int)a_rank, (int)b_rank);
    for (int32_t i = 0; i < a_rank; i++) {
        if (a[i] == -1 || a[i] == b[i]) continue;
        LAYER_FAIL(c, "axis %d of output %ld is %ld, then %ld", (int)i, (long)index, (long)a[i], (long)b[i]);
    }
}

static void check_equal(const layer_case *c, denoise_tensor **a, denoise_tensor **b, int64_t count, const char *what)
{
    for (int64_t i = 0; i < count; i++) {
        if (a[i] == NULL && b[i] == NULL) continue;
        if (hash_of(a[i]) != hash_of(b[i])) LAYER_FAIL(c, "%s %ld has other bits", what, (long)i);
    }
    tensors_drop(a, count), tensors_drop(b, count);
}

enum { ROWS = 3 };

static void check_models(const layer_case *c, const denoise_model *open, const denoise_model *closed)
{
    denoise_tensor *x[MOST_INPUTS], *dy[MOST_OUTPUTS];
    const denoise_tensor *const *inputs = (const denoise_tensor *const *)x;
    const denoise_model *models[2] = {open, closed};
    denoise_tensor **y[2], **dx[2], **dw[2];
    int64_t weights = denoise_model_weight_count(closed);
    layer_inputs(x, c, ROWS, 7);
    for (int i = 0; i < 2; i++) {
        y[i] = tensors_room(c->outputs), dx[i] = tensors_room(c->inputs), dw[i] = tensors_room(weights);
        if (denoise_model_predict_many(y[i], c->outputs, models[i], inputs, c->inputs, NULL) != DENOISE_OK)
            LAYER_FAIL(c, "%s", denoise_last_error());
        for (int64_t k = 0; i == 0 && k < c->outputs; k++)
            dy[k] = random_like(y[0][k], 20 + (uint64_t)k);
        if (denoise_model_gradients(dx[i], dw[i], NULL, models[i], inputs, (const denoise_tensor *const *)dy, 1, 5) !=
            DENOISE_OK)
            LAYER_FAIL(c, "%s", denoise_last_error());
    }
    check_equal(c, y[0], y[1], c->outputs, "output");
    check_equal(c, dx[0], dx[1], c->inputs, "gradient of input");
    check_equal(c, dw[0], dw[1], weights, "gradient of weight");
    tensors_free(x, c->inputs), tensors_free(dy, c->outputs);
}

static void check_open(const layer_case *c)
{
    denoise_model *closed = layer_net_ok(c, 3), *open;
    begin_kind(c->kind);
    for (int32_t axes = 1; axes < 1 << c->rank; axes++) {
        layer_case asked = *c;
        for (int32_t i = 0; i < c->rank; i++)
            if ((axes >> i & 1) != 0) asked.shape[i] = -1;
        if (layer_net(&open, &asked, 3) != DENOISE_OK) {
            if (denoise_last_status() != DENOISE_ERR_SHAPE) LAYER_FAIL(c, "%s", denoise_last_error());
            refused_for_weights += strstr(denoise_last_error(), "weight \"") != NULL;
            continue;
        }
        taken++;
        for (int64_t i = 0; i < c->outputs; i++)
            check_output(c, open, closed, i);
        check_models(c, open, closed);
        denoise_model_free(open);
    }
    denoise_model_free(closed);
}

static void layers_take_unknown_lengths(void **state)
{
    (void)state;
    for_every_layer(check_open);
    end_kind();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(layers_take_unknown_lengths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
