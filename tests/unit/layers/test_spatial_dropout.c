/* SPDX-License-Identifier: Apache-2.0 */
#include "layer_run.h"
#include "support/nets.h"
#include <math.h>
#include <string.h>

enum { BATCH = 50 };

static void shapes(void **state)
{
    (void)state;
    static const denoise__shape samples[] = {{1, {4}}, {2, {5, 4}}, {3, {5, 3, 4}}, {4, {2, 5, 3, 4}}};
    for (int32_t kind = 1; kind <= 3; kind++)
        for (int32_t rank = 1; rank <= 4; rank++) {
            denoise_layer *layer = kind == 1   ? denoise_layer_spatial_dropout1d(0.5, NULL)
                                   : kind == 2 ? denoise_layer_spatial_dropout2d(0.5, NULL, NULL)
                                               : denoise_layer_spatial_dropout3d(0.5, "channels_first", NULL);
            denoise__shape out;
            denoise_status status = denoise__layer_apply_shapes(layer, &samples[rank - 1], 1, &out);
            assert_int_equal(status, rank == kind + 1 ? DENOISE_OK : DENOISE_ERR_SHAPE);
            if (status == DENOISE_OK) assert_true(denoise__shape_equal(&out, &samples[rank - 1]));
            denoise_layer_free(layer);
        }
    layer_run_expect_failure(denoise_layer_spatial_dropout2d(0.5, NULL, NULL), &samples[1], 1, DENOISE_ERR_SHAPE,
                             "input has shape (None, 5, 4), expected 4 axes");
    layer_run_expect_inert(denoise_layer_spatial_dropout1d(1.5, NULL), DENOISE_ERR_RANGE,
                           "spatial_dropout1d: rate is 1.5, expected 0 <= rate <= 1");
    denoise_layer *layer = denoise_layer_spatial_dropout2d(0.5, "channels_middle", NULL);
    assert_true(denoise_layer_status(layer) != DENOISE_OK);
    denoise_layer_free(layer);
}

/* A channel of a sample is kept in all places or in none; a share of 1 - rate is. */
static void check_channels(denoise_layer *layer, const denoise__shape *shape, int64_t channels, int64_t inner)
{
    layer_run run;
    layer_run_make(&run, layer, shape, 1, BATCH);
    layer_run_forward(&run);
    layer_run_backward(&run);
    int64_t size = denoise__shape_size(shape), kept = 0;
    float scale = (float)(1 / (1 - 0.3));
    for (int64_t s = 0; s < BATCH; s++)
        for (int64_t c = 0; c < channels; c++) {
            bool is_kept = run.output[s * size + c * inner] != 0;
            kept += is_kept;
            for (int64_t i = 0; i < size; i++) {
                if (i / inner % channels != c) continue;
                float x = run.inputs[0][s * size + i], dy = run.output_gradient[s * size + i];
                assert_true(run.output[s * size + i] == (is_kept ? x * scale : 0));
                assert_true(run.input_gradients[0][s * size + i] == (is_kept ? dy * scale : 0));
            }
        }
    double count = (double)(BATCH * channels);
    assert_true(fabs((double)kept / count - 0.7) < 5 * sqrt(0.21 / count)); /* five standard deviations */
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static void channels_are_kept_or_not(void **state)
{
    (void)state;
    static const denoise__shape steps = {2, {700, 5}}, image = {3, {9, 7, 24}}, first = {3, {6, 40, 60}},
                                volume = {4, {3, 4, 5, 1}}, wide = {2, {3, 1500}}, first_volume = {4, {8, 3, 4, 5}};
    check_channels(denoise_layer_spatial_dropout1d(0.3, NULL), &steps, 5, 1);
    check_channels(denoise_layer_spatial_dropout1d(0.3, NULL), &wide, 1500, 1);
    check_channels(denoise_layer_spatial_dropout2d(0.3, NULL, NULL), &image, 24, 1);
    check_channels(denoise_layer_spatial_dropout2d(0.3, "channels_first", NULL), &first, 6, 2400);
    check_channels(denoise_layer_spatial_dropout3d(0.3, "channels_last", NULL), &volume, 1, 1);
    check_channels(denoise_layer_spatial_dropout3d(0.3, "channels_first", NULL), &first_volume, 8, 60);
}

static void rate_0_is_identity_and_1_is_zero(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {5, 4}};
    layer_run run;
    layer_run_make(&run, denoise_layer_spatial_dropout1d(0, NULL), &shape, 1, 2);
    layer_run_forward(&run);
    assert_memory_equal(run.output, run.inputs[0], (size_t)run.output_size * sizeof(float));
    layer_run_free(&run);
    layer_run_make(&run, denoise_layer_spatial_dropout1d(1, NULL), &shape, 1, 2);
    run.inputs[0][0] = INFINITY;
    layer_run_forward(&run);
    layer_run_backward(&run);
    for (int64_t i = 0; i < run.output_size; i++)
        assert_true(run.output[i] == 0 && run.input_gradients[0][i] == 0);
    float *dx = run.input_gradients[0];
    run.input_gradients[0] = NULL;
    layer_run_backward(&run);
    run.input_gradients[0] = dx;
    layer_run_free(&run);
}

/* The run's seed, or one of its own. */
static void the_mask_follows_the_seed(void **state)
{
    (void)state;
    static const denoise__shape shape = {2, {3, 64}};
    float first[4][BATCH * 3 * 64];
    for (int way = 0; way < 4; way++) {
        layer_run run;
        denoise_layer *layer;
        denoise_params *params;
        ASSERT_OK(denoise_params_new(&params));
        ASSERT_OK(denoise_params_set_double(params, "rate", 0.5));
        if (way >= 2) ASSERT_OK(denoise_params_set_int(params, "seed", 9));
        ASSERT_OK(denoise_layer_create(&layer, "SpatialDropout1D", params));
        denoise_params_free(params);
        layer_run_make(&run, layer, &shape, 1, BATCH);
        run.args.random.seed = (uint64_t)way;
        layer_run_forward(&run);
        memcpy(first[way], run.output, sizeof first[way]);
        layer_run_free(&run);
    }
    assert_true(memcmp(first[0], first[1], sizeof first[0]) != 0);
    assert_true(memcmp(first[1], first[2], sizeof first[0]) != 0);
    assert_memory_equal(first[2], first[3], sizeof first[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shapes), cmocka_unit_test(channels_are_kept_or_not),
                                       cmocka_unit_test(rate_0_is_identity_and_1_is_zero),
                                       cmocka_unit_test(the_mask_follows_the_seed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
