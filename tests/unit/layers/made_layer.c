/* SPDX-License-Identifier: Apache-2.0 */
#include "made_layer.h"
#include "layers/spatial.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_numbers(denoise_params *params, const char *key, const char *value)
{
    int64_t values[8], count = 0;
    for (const char *at = value; at != NULL && count < 8; at = strchr(at, ',') == NULL ? NULL : strchr(at, ',') + 1)
        values[count++] = strtoll(at, NULL, 10);
    denoise_status status =
        count == 1 ? denoise_params_set_int(params, key, values[0]) : denoise_params_set_ints(params, key, values, count);
    assert_int_equal(status, DENOISE_OK);
}

static void set_value(denoise_params *params, const char *key, const char *value)
{
    bool is_number = (*value >= '0' && *value <= '9') || *value == '-';
    if (strcmp(value, "true") == 0)
        assert_int_equal(denoise_params_set_bool(params, key, 1), DENOISE_OK);
    else if (is_number && strchr(value, '.') != NULL)
        assert_int_equal(denoise_params_set_double(params, key, strtod(value, NULL)), DENOISE_OK);
    else if (is_number)
        set_numbers(params, key, value);
    else
        assert_int_equal(denoise_params_set_text(params, key, value), DENOISE_OK);
}

static denoise_status make(denoise_layer **out, const char *kind, const char *settings)
{
    char text[256];
    denoise_params *params;
    assert_int_equal(denoise_params_new(&params), DENOISE_OK);
    assert_true(snprintf(text, sizeof text, "%s", settings) < (int)sizeof text);
    for (char *word = text; word != NULL && *word != '\0';) {
        char *next = strchr(word, ' '), *value;
        if (next != NULL) *next++ = '\0';
        value = strchr(word, '=');
        assert_non_null(value);
        *value++ = '\0';
        set_value(params, word, value);
        word = next;
    }
    denoise_status status = denoise_layer_create(out, kind, params);
    denoise_params_free(params);
    return status;
}

denoise_layer *made_layer(const char *kind, const char *settings)
{
    denoise_layer *layer;
    if (make(&layer, kind, settings) != DENOISE_OK) fail_msg("%s", denoise_last_error());
    return layer;
}

denoise__shape shape_of(int32_t rank, const int64_t *lengths)
{
    denoise__shape shape = {.rank = rank};
    memcpy(shape.dim, lengths, (size_t)rank * sizeof *lengths);
    return shape;
}

static void compare(const char *what, const float *got, const float *expected, int64_t count, double tolerance)
{
    for (int64_t i = 0; i < count; i++) {
        bool is_same = got[i] == expected[i] || (isnan(got[i]) && isnan(expected[i]));
        if (is_same || fabs((double)got[i] - (double)expected[i]) <= tolerance) continue;
        fail_msg("%s[%ld] is %.9g, expected %.9g", what, (long)i, (double)got[i], (double)expected[i]);
    }
}

void expect_values(const char *kind, const char *settings, denoise__shape shape, const float *x, const float *y,
                   const float *dy, const float *dx, double tolerance)
{
    layer_run run;
    layer_run_make(&run, made_layer(kind, settings), &shape, 1, 1);
    memcpy(run.inputs[0], x, (size_t)run.sizes[0] * sizeof *x);
    layer_run_forward(&run);
    compare("y", run.output, y, run.output_size, tolerance);
    if (dy != NULL) {
        memcpy(run.output_gradient, dy, (size_t)run.output_size * sizeof *dy);
        layer_run_backward(&run);
        compare("dx", run.input_gradients[0], dx, run.sizes[0], tolerance);
    }
    run.args.state = NULL; /* as outside training */
    layer_run_forward(&run);
    compare("y outside training", run.output, y, run.output_size, tolerance);
    run.args.state = run.state;
    layer_run_free(&run);
}

void expect_shape(const char *kind, const char *settings, denoise__shape shape, denoise__shape expected)
{
    denoise__shape output;
    denoise_layer *layer = made_layer(kind, settings);
    if (denoise__layer_apply_shapes(layer, &shape, 1, &output) != DENOISE_OK) fail_msg("%s", denoise_last_error());
    char got[192];
    if (!denoise__shape_equal(&output, &expected)) fail_msg("%s", denoise__shape_text(&output, false, got, sizeof got));
    denoise_layer_free(layer);
}

void expect_no_shape(const char *kind, const char *settings, denoise__shape shape, const char *text)
{
    layer_run_expect_failure(made_layer(kind, settings), &shape, 1, DENOISE_ERR_SHAPE, text);
}

void expect_inert(const char *kind, const char *settings, denoise_status status, const char *text)
{
    denoise_layer *layer;
    assert_int_equal(make(&layer, kind, settings), status);
    assert_null(layer);
    if (strstr(denoise_last_error(), text) == NULL) fail_msg("%s", denoise_last_error());
}

void expect_gradients(const char *kind, const char *settings, denoise__shape shape, double step)
{
    layer_run run;
    layer_run_make(&run, made_layer(kind, settings), &shape, 1, 2);
    layer_run_check_gradients(&run, step, 2e-4);
    layer_run_free(&run);
}

void expect_threads(const char *kind, const char *settings, denoise__shape shape, int64_t batch)
{
    layer_run run;
    layer_run_make(&run, made_layer(kind, settings), &shape, 1, batch);
    layer_run_check_threads(&run);
    layer_run_free(&run);
}

static int64_t positions_of(const denoise__shape *shape, const char *data_format)
{
    denoise__spatial s = denoise__spatial_of(shape, data_format);
    return denoise__spatial_positions(&s);
}

void expect_channels_first(const char *kind, const char *settings, denoise__shape last)
{
    char first_settings[256];
    denoise__shape first = last;
    layer_run a, b;
    int64_t channels = last.dim[last.rank - 1], positions = positions_of(&last, "channels_last");
    first.dim[0] = channels;
    memcpy(first.dim + 1, last.dim, (size_t)(last.rank - 1) * sizeof *last.dim);
    (void)snprintf(first_settings, sizeof first_settings, "data_format=channels_first%s%s", *settings == '\0' ? "" : " ",
                   settings);
    layer_run_make(&a, made_layer(kind, settings), &last, 1, 2);
    layer_run_make(&b, made_layer(kind, first_settings), &first, 1, 2);
    denoise__to_channels_first(a.inputs[0], b.inputs[0], 2, positions, channels);
    layer_run_forward(&a);
    layer_run_forward(&b);
    bool is_vector = a.output_shapes[0].rank == 1;
    int64_t outputs = is_vector ? 1 : positions_of(&a.output_shapes[0], "channels_last");
    int64_t output_channels = denoise__shape_last(&a.output_shapes[0]);
    if (!is_vector) assert_int_equal(b.output_shapes[0].dim[0], output_channels);
    float *moved = calloc((size_t)(a.output_size + a.sizes[0]), sizeof *moved);
    assert_non_null(moved);
    denoise__to_channels_last(b.output, moved, 2, outputs, output_channels);
    compare("y of channels first", moved, a.output, a.output_size, 0);
    denoise__to_channels_first(a.output_gradient, b.output_gradient, 2, outputs, output_channels);
    layer_run_backward(&a);
    layer_run_backward(&b);
    denoise__to_channels_last(b.input_gradients[0], moved, 2, positions, channels);
    compare("dx of channels first", moved, a.input_gradients[0], a.sizes[0], 0);
    free(moved);
    layer_run_free(&a);
    layer_run_free(&b);
}
