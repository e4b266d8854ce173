/* SPDX-License-Identifier: Apache-2.0 */
/* Models of unknown lengths: what they infer, print and refuse; one model predicting, training and being part of others in many
 * sizes, with the bits of models that were made for these; workspaces; memory that runs out. */
#include "support/failing_alloc.h"
#include "support/nets.h"
#include "support/temp_dir.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { ANY = -1 };

static denoise_tensor *pictures(int64_t count, int64_t height, int64_t width, int64_t channels, uint64_t stream)
{
    denoise_tensor *rows = random_rows(count * height * width, channels, stream), *x;
    ASSERT_OK(denoise_tensor_reshape(&x, rows, (int64_t[]){count, height, width, channels}, 4));
    denoise_tensor_free(rows);
    return x;
}

static denoise_layer *conv(int64_t filters, const char *activation)
{
    denoise_conv_options options = DENOISE_CONV_OPTIONS_INIT;
    options.padding = "same";
    options.bias_initializer = "random_normal";
    return denoise_layer_conv2d(filters, 3, activation, &options);
}

static denoise_node *block(denoise_graph *g, denoise_node *x)
{
    x = denoise_graph_apply(g, conv(8, NULL), x);
    x = denoise_graph_apply(g, denoise_layer_batch_normalization(NULL), x);
    x = denoise_graph_apply(g, denoise_layer_activation("relu", NULL), x);
    return denoise_graph_apply(g, denoise_layer_dropout(0.1, NULL), x);
}

/* DnCNN in small: the noise is what convolutions find, and is added. */
static denoise_model *residual(int64_t height, int64_t width)
{
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "residual"));
    denoise_node *x = denoise_graph_input(g, (int64_t[]){height, width, 1}, 3);
    denoise_node *y = denoise_graph_apply(g, conv(8, "relu"), x);
    y = denoise_graph_apply(g, conv(1, NULL), block(g, block(g, y)));
    y = denoise_graph_apply_many(g, denoise_layer_add(NULL), (denoise_node *[]){x, y}, 2);
    ASSERT_OK(denoise_graph_build(&model, g, x, y, NULL));
    denoise_graph_free(g);
    return model;
}

/* One level down and up again, with what was above beside it. */
static denoise_model *u_net(int64_t height, int64_t width)
{
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "u_net"));
    denoise_node *x = denoise_graph_input(g, (int64_t[]){height, width, 1}, 3);
    denoise_node *above = denoise_graph_apply(g, conv(6, "relu"), x);
    denoise_node *y = denoise_graph_apply(g, denoise_layer_max_pooling2d(2, NULL), above);
    y = denoise_graph_apply(g, conv(12, "relu"), y);
    y = denoise_graph_apply(g, denoise_layer_up_sampling2d(2, "nearest", NULL, NULL), y);
    y = denoise_graph_apply_many(g, denoise_layer_concatenate(-1, NULL), (denoise_node *[]){above, y}, 2);
    y = denoise_graph_apply(g, conv(1, "sigmoid"), y);
    ASSERT_OK(denoise_graph_build(&model, g, x, y, NULL));
    denoise_graph_free(g);
    return model;
}

/* The result must be there and have the bits of the other model's. */
static void expect_equal(const denoise_model *a, const denoise_model *b, const denoise_tensor *x)
{
    denoise_tensor *y, *other;
    ASSERT_OK(denoise_model_predict(&y, a, x, NULL));
    ASSERT_OK(denoise_model_predict(&other, b, x, NULL));
    assert_true(denoise_tensor_equal(y, other));
    denoise_tensor_free(y), denoise_tensor_free(other);
}

static void one_model_predicts_in_many_sizes(void **state)
{
    (void)state;
    static const int64_t sizes[][2] = {{17, 23}, {64, 64}, {1, 1}, {17, 23}, {5, 40}};
    denoise_model *open = residual(ANY, ANY), *wide = residual(ANY, 64);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        denoise_model *closed = residual(sizes[i][0], sizes[i][1]);
        denoise_tensor *x = pictures(3, sizes[i][0], sizes[i][1], 1, i);
        expect_equal(open, closed, x);
        if (sizes[i][1] == 64) expect_equal(wide, closed, x);
        denoise_tensor_free(x), denoise_model_free(closed);
    }
    denoise_model_free(open), denoise_model_free(wide);
}

static void shapes_and_summary(void **state)
{
    (void)state;
    denoise_model *model = residual(ANY, ANY);
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    char *text;
    ASSERT_OK(denoise_model_input_shape(model, 0, shape, &rank));
    assert_true(rank == 3 && shape[0] == -1 && shape[1] == -1 && shape[2] == 1);
    ASSERT_OK(denoise_model_output_shape(model, 0, shape, &rank));
    assert_true(rank == 3 && shape[0] == -1 && shape[1] == -1 && shape[2] == 1);
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT;
    options.line_length = 160;
    ASSERT_OK(denoise_model_summary(&text, model, &options));
    assert_non_null(strstr(text, "(None, None, None, 8)"));
    assert_non_null(strstr(text, "(None, None, None, 1)"));
    assert_null(strstr(text, "-1"));
    assert_int_equal(denoise_model_count_params(model), 80 + 2 * (584 + 32) + 73);
    denoise_free(text), denoise_model_free(model);
}

/* What comes out of a layer on (None, None, 4). */
static void expect_shape(denoise_layer *layer, const int64_t *expected, int32_t expected_rank)
{
    denoise_graph *g;
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_node *y = denoise_graph_apply(g, layer, denoise_graph_input(g, (int64_t[]){ANY, ANY, 4}, 3));
    if (denoise_node_shape(y, shape, &rank) != DENOISE_OK) fail_msg("%s", denoise_graph_error(g));
    assert_int_equal(rank, expected_rank);
    assert_memory_equal(shape, expected, (size_t)rank * sizeof *shape);
    denoise_graph_free(g);
}

#define EXPECT_SHAPE(layer, ...)                                                                                               \
    expect_shape(layer, (const int64_t[]){__VA_ARGS__}, (int32_t)(sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t)))

/* With a list, or the one number that a block's size is. */
static denoise_layer *created(const char *kind, const char *name, const int64_t *values, int64_t count)
{
    denoise_layer *layer;
    denoise_params *params;
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(strcmp(name, "block_size") == 0 ? denoise_params_set_int(params, name, values[0])
                                              : denoise_params_set_ints(params, name, values, count));
    ASSERT_OK(denoise_layer_create(&layer, kind, params));
    denoise_params_free(params);
    return layer;
}

static void what_is_unknown_stays_so(void **state)
{
    (void)state;
    denoise_conv_options valid = DENOISE_CONV_OPTIONS_INIT;
    EXPECT_SHAPE(denoise_layer_conv2d(9, 3, NULL, &valid), ANY, ANY, 9);
    EXPECT_SHAPE(denoise_layer_conv2d_transpose(9, 3, NULL, &valid), ANY, ANY, 9);
    EXPECT_SHAPE(denoise_layer_depthwise_conv2d(3, NULL, &valid), ANY, ANY, 4);
    EXPECT_SHAPE(denoise_layer_separable_conv2d(7, 3, NULL, &valid), ANY, ANY, 7);
    EXPECT_SHAPE(denoise_layer_dense(5, NULL, NULL), ANY, ANY, 5);
    EXPECT_SHAPE(denoise_layer_average_pooling2d(2, NULL), ANY, ANY, 4);
    EXPECT_SHAPE(denoise_layer_global_max_pooling2d(0, NULL, NULL), 4);
    EXPECT_SHAPE(denoise_layer_global_average_pooling2d(1, NULL, NULL), 1, 1, 4);
    EXPECT_SHAPE(denoise_layer_global_average_pooling2d(0, "channels_first", NULL), ANY);
    EXPECT_SHAPE(denoise_layer_zero_padding2d(1, 1, 2, 2, NULL, NULL), ANY, ANY, 4);
    EXPECT_SHAPE(denoise_layer_up_sampling2d(3, "bilinear", NULL, NULL), ANY, ANY, 4);
    EXPECT_SHAPE(denoise_layer_up_sampling2d(3, "nearest", "channels_first", NULL), ANY, ANY, 12);
    EXPECT_SHAPE(created("depth_to_space", "block_size", (int64_t[]){2}, 1), ANY, ANY, 1);
    EXPECT_SHAPE(created("space_to_depth", "block_size", (int64_t[]){2}, 1), ANY, ANY, 16);
    EXPECT_SHAPE(created("permute", "dims", (int64_t[]){3, 1, 2}, 3), 4, ANY, ANY);
    EXPECT_SHAPE(created("reshape", "target_shape", (int64_t[]){-1, 8}, 2), ANY, 8);
    EXPECT_SHAPE(created("reshape", "target_shape", (int64_t[]){28, 28, 4}, 3), 28, 28, 4);
    EXPECT_SHAPE(created("p_re_lu", "shared_axes", (int64_t[]){1, 2}, 2), ANY, ANY, 4);
    EXPECT_SHAPE(denoise_layer_flatten(NULL), ANY);
}

/* The graph's first error, after a layer on this input. */
static void expect_refused(const int64_t *input, denoise_layer *layer, denoise_layer *next, const char *piece)
{
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, input, 3), *y = denoise_graph_apply(g, layer, x);
    if (next != NULL) y = denoise_graph_apply(g, next, y);
    ASSERT_FAILS(denoise_graph_build(&model, g, x, y, NULL), DENOISE_ERR_SHAPE, piece);
    denoise_graph_free(g);
}

static void weights_need_known_lengths(void **state)
{
    (void)state;
    const int64_t open[] = {ANY, ANY, 4}, no_channels[] = {8, 8, ANY};
    expect_refused(open, denoise_layer_flatten(NULL), denoise_layer_dense(3, NULL, NULL),
                   "layer 2 \"dense\": input has shape (None, None), expected a known length on axis -1");
    expect_refused(no_channels, conv(3, NULL), NULL, "(None, 8, 8, None), expected a known length on axis -1");
    expect_refused(no_channels, denoise_layer_batch_normalization(NULL), NULL, "weight \"gamma\" would have shape (None,)");
    expect_refused(open, created("p_re_lu", "shared_axes", (int64_t[]){1}, 1), NULL,
                   "weight \"alpha\" would have shape (1, None, 4)");
    expect_refused(open, denoise_layer_global_max_pooling2d(0, "channels_first", NULL), denoise_layer_dense(3, NULL, NULL),
                   "expected a known length");
}

/* Joined values of which one has known lengths. */
static void joining_takes_what_is_known(void **state)
{
    (void)state;
    denoise_graph *g;
    denoise_model *model;
    denoise_node *x[2], *y[2];
    denoise_tensor *a = pictures(2, 6, 5, 2, 1), *b = pictures(2, 6, 5, 2, 2), *c = pictures(2, 7, 5, 2, 2), *out[2];
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    ASSERT_OK(denoise_graph_new(&g, NULL));
    x[0] = denoise_graph_input(g, (int64_t[]){ANY, 5, 2}, 3), x[1] = denoise_graph_input(g, (int64_t[]){6, ANY, 2}, 3);
    y[0] = denoise_graph_apply_many(g, denoise_layer_concatenate(-1, NULL), x, 2);
    y[1] = denoise_graph_apply_many(g, denoise_layer_add(NULL), x, 2);
    ASSERT_OK(denoise_graph_build_many(&model, g, x, 2, y, 2, NULL));
    ASSERT_OK(denoise_node_shape(y[0], shape, &rank));
    assert_true(rank == 3 && shape[0] == 6 && shape[1] == 5 && shape[2] == 4);
    ASSERT_OK(denoise_node_shape(y[1], shape, &rank));
    assert_true(rank == 3 && shape[0] == -1 && shape[1] == -1 && shape[2] == 2);
    ASSERT_OK(denoise_model_predict_many(out, 2, model, (const denoise_tensor *[]){a, b}, 2, NULL));
    assert_int_equal(denoise_tensor_dim(out[0], 3), 4);
    denoise_tensor_free(out[0]), denoise_tensor_free(out[1]);
    ASSERT_FAILS(denoise_model_predict_many(out, 2, model, (const denoise_tensor *[]){c, b}, 2, NULL), DENOISE_ERR_SHAPE,
                 "with input (None, 7, 5, 2), (None, 6, 5, 2): layer \"concatenate\": inputs have shapes");
    denoise_tensor_free(a), denoise_tensor_free(b), denoise_tensor_free(c);
    denoise_model_free(model), denoise_graph_free(g);
}

static void sizes_that_do_not_fit(void **state)
{
    (void)state;
    denoise_model *open = u_net(ANY, ANY), *closed = u_net(18, 24);
    denoise_tensor *even = pictures(2, 18, 24, 1, 1), *odd = pictures(2, 17, 24, 1, 1), *small = pictures(2, 1, 24, 1, 1), *y,
                   *colours = pictures(2, 18, 24, 3, 1), *none;
    expect_equal(open, closed, even);
    ASSERT_FAILS(
        denoise_model_predict(&y, open, odd, NULL), DENOISE_ERR_SHAPE,
        "model \"u_net\" with input (None, 17, 24, 1): layer \"concatenate\": inputs have shapes (None, 17, 24, 6) and "
        "(None, 16, 24, 12), expected equal lengths except on axis 3");
    assert_null(y);
    ASSERT_FAILS(
        denoise_model_predict(&y, open, small, NULL), DENOISE_ERR_SHAPE,
        "model \"u_net\" with input (None, 1, 24, 1): layer \"max_pooling2d\": a window of 2 does not fit into a length of "
        "1");
    ASSERT_FAILS(denoise_model_predict(&y, open, colours, NULL), DENOISE_ERR_SHAPE,
                 "input 0 has shape (2, 18, 24, 3), expected (None, None, None, 1)");
    ASSERT_OK(denoise_tensor_new(&none, DENOISE_FLOAT32, (int64_t[]){2, 0, 24, 1}, 4));
    ASSERT_FAILS(denoise_model_predict(&y, open, none, NULL), DENOISE_ERR_SHAPE, "has shape (2, 0, 24, 1)");
    denoise_tensor_free(none);
    ASSERT_OK(denoise_tensor_new(&none, DENOISE_FLOAT32, (int64_t[]){0, 18, 24, 1}, 4));
    ASSERT_OK(denoise_model_predict(&y, open, none, NULL));
    assert_true(denoise_tensor_dim(y, 0) == 0 && denoise_tensor_dim(y, 2) == 24);
    denoise_tensor_free(none), denoise_tensor_free(y);
    denoise_tensor_free(even), denoise_tensor_free(odd), denoise_tensor_free(small), denoise_tensor_free(colours);
    denoise_model_free(open), denoise_model_free(closed);
}

/* In place of x, where that is asked. */
static void predict_into(const denoise_model *model, denoise_workspace *workspace, const denoise_tensor *x, bool in_place)
{
    denoise_tensor *expected, *out;
    ASSERT_OK(denoise_model_predict(&expected, model, x, NULL));
    ASSERT_OK(denoise_tensor_copy(&out, x));
    int64_t calls = failing_alloc_calls();
    ASSERT_OK(denoise_model_predict_into(out, model, in_place ? out : x, workspace));
    assert_int_equal(failing_alloc_calls() - calls, 0);
    assert_true(denoise_tensor_equal(out, expected));
    denoise_tensor_free(out), denoise_tensor_free(expected);
}

static void a_workspace_is_as_large_as_the_largest(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_model *model = residual(ANY, ANY);
    denoise_tensor *small = pictures(2, 9, 7, 1, 1), *large = pictures(2, 40, 30, 1, 2), *out;
    denoise_workspace *w;
    ASSERT_OK(denoise_workspace_new(&w, model, 2));
    assert_int_equal(denoise_workspace_bytes(w), 0);
    ASSERT_OK(denoise_workspace_reserve(w, (int64_t[]){9, 7, 1}, 3));
    int64_t bytes = denoise_workspace_bytes(w);
    assert_true(bytes > 0);
    predict_into(model, w, small, false), predict_into(model, w, small, true);
    ASSERT_OK(denoise_workspace_reserve(w, (int64_t[]){40, 30, 1}, 3));
    int64_t most = denoise_workspace_bytes(w);
    assert_true(most > bytes);
    predict_into(model, w, large, true), predict_into(model, w, large, false);
    ASSERT_OK(denoise_tensor_copy(&out, small));
    ASSERT_OK(denoise_model_predict_into(out, model, small, w)); /* laid out anew by the call itself */
    assert_int_equal(denoise_workspace_bytes(w), most);
    predict_into(model, w, small, true);
    ASSERT_OK(denoise_workspace_reserve(w, (int64_t[]){40, 30, 1}, 3));
    assert_int_equal(denoise_workspace_bytes(w), most);
    predict_into(model, w, large, false);
    ASSERT_FAILS(denoise_model_predict_into(out, model, large, w), DENOISE_ERR_SHAPE, "expected (None, 40, 30, 1) with 2 rows");
    ASSERT_FAILS(denoise_workspace_reserve(w, (int64_t[]){40, 30, 3}, 3), DENOISE_ERR_SHAPE,
                 "shape is (None, 40, 30, 3), expected (None, None, None, 1)");
    ASSERT_FAILS(denoise_workspace_reserve(w, (int64_t[]){40, 0, 1}, 3), DENOISE_ERR_SHAPE, "(None, 40, 0, 1)");
    ASSERT_FAILS(denoise_workspace_reserve(w, (int64_t[]){40, -1, 1}, 3), DENOISE_ERR_RANGE, "lengths must be >= 0");
    ASSERT_FAILS(denoise_workspace_reserve(w, NULL, 3), DENOISE_ERR_NULL, "shape is NULL");
    ASSERT_FAILS(denoise_workspace_reserve(NULL, (int64_t[]){9, 7, 1}, 3), DENOISE_ERR_NULL, "workspace");
    predict_into(model, w, large, false);
    denoise_tensor_free(small), denoise_tensor_free(large), denoise_tensor_free(out);
    denoise_workspace_free(w), denoise_model_free(model);
    denoise_shutdown();
    failing_alloc_remove();
}

static void a_workspace_of_one_size_may_be_reserved(void **state)
{
    (void)state;
    denoise_model *model = residual(8, 8), *two = branches();
    denoise_workspace *w;
    ASSERT_OK(denoise_workspace_new(&w, model, 2));
    ASSERT_OK(denoise_workspace_reserve(w, (int64_t[]){8, 8, 1}, 3));
    ASSERT_FAILS(denoise_workspace_reserve(w, (int64_t[]){8, 9, 1}, 3), DENOISE_ERR_SHAPE, "expected (None, 8, 8, 1)");
    denoise_workspace_free(w);
    ASSERT_OK(denoise_workspace_new(&w, two, 2));
    ASSERT_FAILS(denoise_workspace_reserve(w, (int64_t[]){6}, 1), DENOISE_ERR_SHAPE, "2 inputs");
    denoise_workspace_free(w), denoise_model_free(model), denoise_model_free(two);
}

/* An open model twice in another, at sizes of its own each; and all of it inside one more. */
static denoise_model *nested(denoise_model *inside, int64_t height, int64_t width)
{
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "nested"));
    denoise_node *x = denoise_graph_input(g, (int64_t[]){height, width, 1}, 3);
    denoise_node *y = denoise_graph_apply_model(g, inside, x);
    y = denoise_graph_apply(g, denoise_layer_max_pooling2d(2, NULL), y);
    y = denoise_graph_apply_model(g, inside, y);
    ASSERT_OK(denoise_graph_build(&model, g, x, y, NULL));
    denoise_graph_free(g);
    return model;
}

static denoise_model *wrapped(denoise_model *inside, bool closed)
{
    denoise_sequential *s;
    denoise_model *model;
    ASSERT_OK(denoise_sequential_new(&s, "wrapped"));
    if (closed) ASSERT_OK(denoise_sequential_add(s, denoise_layer_input((int64_t[]){16, 12, 1}, 3, NULL)));
    ASSERT_OK(denoise_sequential_add_model(s, inside));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    return model;
}

static void open_models_are_parts_of_others(void **state)
{
    (void)state;
    denoise_model *inside = residual(ANY, ANY), *open = nested(inside, ANY, ANY), *closed = nested(inside, 16, 12);
    denoise_model *first = residual(16, 12), *second = residual(8, 6), *outer = wrapped(open, false),
                  *outer_closed = wrapped(open, true);
    denoise_tensor *x = pictures(2, 16, 12, 1, 4), *odd = pictures(2, 9, 11, 1, 4), *y, *z, *pooled;
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    expect_equal(open, closed, x), expect_equal(outer, closed, x), expect_equal(outer_closed, closed, x);
    expect_equal(open, outer, odd);
    ASSERT_OK(denoise_model_output_shape(closed, 0, shape, &rank));
    assert_true(rank == 3 && shape[0] == 8 && shape[1] == 6 && shape[2] == 1);
    ASSERT_OK(denoise_model_predict(&y, first, x, NULL));
    denoise_sequential *s;
    denoise_model *pool;
    ASSERT_OK(denoise_sequential_new(&s, NULL));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_input((int64_t[]){16, ANY, 1}, 3, NULL)));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_max_pooling2d(2, NULL)));
    ASSERT_OK(denoise_sequential_build(&pool, s, NULL));
    ASSERT_OK(denoise_model_predict(&pooled, pool, y, NULL));
    denoise_tensor_free(y);
    ASSERT_OK(denoise_model_predict(&y, second, pooled, NULL));
    ASSERT_OK(denoise_model_predict(&z, closed, x, NULL));
    assert_true(denoise_tensor_equal(y, z));
    denoise_tensor_free(x), denoise_tensor_free(odd), denoise_tensor_free(y), denoise_tensor_free(z);
    denoise_tensor_free(pooled), denoise_sequential_free(s), denoise_model_free(pool);
    denoise_model_free(first), denoise_model_free(second), denoise_model_free(outer), denoise_model_free(outer_closed);
    denoise_model_free(inside), denoise_model_free(open), denoise_model_free(closed);
}

static void a_closed_model_in_an_open_one(void **state)
{
    (void)state;
    denoise_model *closed = residual(8, 8), *model;
    denoise_graph *g;
    ASSERT_OK(denoise_graph_new(&g, NULL));
    denoise_node *x = denoise_graph_input(g, (int64_t[]){ANY, 8, 1}, 3);
    ASSERT_FAILS(denoise_graph_build(&model, g, x, denoise_graph_apply_model(g, closed, x), NULL), DENOISE_ERR_SHAPE,
                 "input 0 has shape (None, None, 8, 1), expected (None, 8, 8, 1)");
    denoise_graph_free(g), denoise_model_free(closed);
}

/* From the second convolution on, and up to it. */
static void open_models_can_be_cut(void **state)
{
    (void)state;
    denoise_model *open = residual(ANY, ANY), *closed = residual(12, 10), *parts[2][2];
    denoise_tensor *x = pictures(2, 12, 10, 1, 1), *middle;
    for (int i = 0; i < 2; i++) {
        const denoise_model *from = i == 0 ? open : closed;
        ASSERT_OK(denoise_model_submodel(&parts[i][0], from, NULL, "dropout"));
        ASSERT_OK(denoise_model_submodel(&parts[i][1], from, "dropout", "conv2d_3"));
    }
    expect_equal(parts[0][0], parts[1][0], x);
    ASSERT_OK(denoise_model_predict(&middle, parts[0][0], x, NULL));
    expect_equal(parts[0][1], parts[1][1], middle);
    for (int i = 0; i < 4; i++)
        denoise_model_free(parts[i / 2][i % 2]);
    denoise_tensor_free(x), denoise_tensor_free(middle), denoise_model_free(open), denoise_model_free(closed);
}

static void files_know_no_sizes(void **state)
{
    (void)state;
    temp_dir dir;
    denoise_model *open = residual(ANY, ANY), *closed = residual(7, 9);
    denoise_tensor *x = pictures(2, 7, 9, 1, 1), *weight;
    temp_dir_make(&dir);
    ASSERT_OK(denoise_model_get_weight(&weight, open, 0));
    *(float *)denoise_tensor_data(weight) += 1;
    ASSERT_OK(denoise_model_set_weight(open, 0, weight));
    ASSERT_OK(denoise_model_save_weights(open, temp_dir_file(&dir, "w.safetensors")));
    ASSERT_OK(denoise_model_load_weights(closed, temp_dir_file(&dir, "w.safetensors"), NULL));
    expect_equal(open, closed, x);
    ASSERT_OK(denoise_model_save_weights(closed, temp_dir_file(&dir, "v.safetensors")));
    ASSERT_OK(denoise_model_load_weights(open, temp_dir_file(&dir, "v.safetensors"), NULL));
    expect_equal(open, closed, x);
    temp_dir_remove(&dir);
    denoise_tensor_free(x), denoise_tensor_free(weight), denoise_model_free(open), denoise_model_free(closed);
}

static denoise_trainer *compiled(denoise_model *model)
{
    denoise_trainer *trainer;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    options.metrics = &metric, options.metric_count = 1;
    ASSERT_OK(
        denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), &options));
    return trainer;
}

static void fit(denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *validation)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.epochs = 2, options.batch_size = 4, options.verbose = 0;
    if (validation != NULL) options.validation_x = options.validation_y = &validation;
    ASSERT_OK(denoise_trainer_fit(trainer, x, x, &options));
}

static double loss_of(denoise_trainer *trainer, const denoise_tensor *x)
{
    denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
    denoise_logs *logs;
    double loss = -1;
    options.verbose = 0;
    ASSERT_OK(denoise_trainer_evaluate(&logs, trainer, x, x, &options));
    ASSERT_OK(denoise_logs_get(logs, "loss", &loss));
    denoise_logs_free(logs);
    return loss;
}

static void copy_weights(denoise_model *to, const denoise_model *from)
{
    for (int64_t i = 0; i < denoise_model_weight_count(from); i++) {
        denoise_tensor *value;
        ASSERT_OK(denoise_model_get_weight(&value, from, i));
        ASSERT_OK(denoise_model_set_weight(to, i, value));
        denoise_tensor_free(value);
    }
}

/* The optimizer's state is new in both. */
static void training_has_the_bits_of_one_size(void **state)
{
    (void)state;
    static const int64_t sizes[][2] = {{8, 8}, {12, 7}, {8, 8}};
    denoise_model *open = residual(ANY, ANY);
    for (int i = 0; i < 3; i++) {
        denoise_model *closed = residual(sizes[i][0], sizes[i][1]);
        denoise_trainer *a = compiled(open), *b = compiled(closed);
        denoise_tensor *x = pictures(10, sizes[i][0], sizes[i][1], 1, (uint64_t)i);
        copy_weights(closed, open);
        fit(a, x, NULL), fit(b, x, NULL);
        assert_true(hash_of_weights(open) == hash_of_weights(closed));
        assert_true(loss_of(a, x) == loss_of(b, x));
        denoise_tensor_free(x), denoise_trainer_free(a), denoise_trainer_free(b), denoise_model_free(closed);
    }
    denoise_model_free(open);
}

/* One trainer, whose optimizer goes on. */
static void a_trainer_takes_many_sizes(void **state)
{
    (void)state;
    denoise_model *model = residual(ANY, ANY), *closed = residual(20, 6);
    denoise_trainer *trainer = compiled(model), *other = compiled(closed);
    denoise_tensor *small = pictures(6, 8, 8, 1, 1), *large = pictures(6, 20, 6, 1, 2), *y, *expected;
    denoise_dataset *dataset;
    denoise_logs *logs;
    double before = loss_of(trainer, large);
    fit(trainer, small, large), fit(trainer, large, small);
    assert_true(loss_of(trainer, large) < before);
    for (int i = 0; i < 3; i++) {
        ASSERT_OK(denoise_trainer_train_on_batch(&logs, trainer, i == 1 ? large : small, i == 1 ? large : small, NULL));
        denoise_logs_free(logs);
        ASSERT_OK(denoise_trainer_test_on_batch(&logs, trainer, i == 1 ? small : large, i == 1 ? small : large, NULL));
        denoise_logs_free(logs);
    }
    copy_weights(closed, model);
    assert_true(loss_of(trainer, large) == loss_of(other, large));
    ASSERT_OK(denoise_trainer_predict(&y, trainer, large, NULL));
    ASSERT_OK(denoise_model_predict(&expected, closed, large, NULL));
    assert_true(denoise_tensor_equal(y, expected));
    denoise_tensor_free(y);
    ASSERT_OK(denoise_dataset_from_tensors(&dataset, large, large));
    ASSERT_OK(denoise_model_predict_dataset(&y, model, dataset, NULL));
    assert_true(denoise_tensor_equal(y, expected));
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    ASSERT_OK(denoise_trainer_fit_dataset(trainer, dataset, NULL, &options));
    ASSERT_FAILS(denoise_trainer_fit(trainer, large, small, &options), DENOISE_ERR_SHAPE, "(6, 20, 6, 1)");
    denoise_dataset_free(dataset);
    denoise_tensor_free(small), denoise_tensor_free(large), denoise_tensor_free(y), denoise_tensor_free(expected);
    denoise_trainer_free(trainer), denoise_trainer_free(other), denoise_model_free(model), denoise_model_free(closed);
}

typedef struct thread_job {
    const denoise_model *model;
    int64_t size;
    bool is_right;
} thread_job;

static void *predict_often(void *data)
{
    thread_job *job = data;
    denoise_tensor *x = pictures(1, job->size, job->size + 1, 1, 3), *y, *first = NULL;
    job->is_right = true;
    for (int i = 0; i < 20; i++) {
        job->is_right = denoise_model_predict(&y, job->model, x, NULL) == DENOISE_OK && job->is_right;
        if (first != NULL) job->is_right = job->is_right && denoise_tensor_equal(first, y);
        if (first == NULL)
            first = y;
        else
            denoise_tensor_free(y);
    }
    denoise_tensor_free(first), denoise_tensor_free(x);
    return NULL;
}

static void threads_predict_in_sizes_of_their_own(void **state)
{
    (void)state;
    pthread_t threads[4];
    thread_job jobs[4];
    denoise_model *model = residual(ANY, ANY);
    for (int i = 0; i < 4; i++) {
        jobs[i] = (thread_job){.model = model, .size = 5 + 3 * i};
        assert_int_equal(pthread_create(&threads[i], NULL, predict_often, &jobs[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(jobs[i].is_right);
    }
    denoise_model_free(model);
}

/* ---- Memory that runs out */

static denoise_model *nested_u_net(void)
{
    denoise_model *inside = u_net(ANY, ANY), *model = wrapped(inside, false);
    denoise_model_free(inside);
    return model;
}

static denoise_status build_nested(const void *data, uint64_t *hash)
{
    denoise_graph *g;
    denoise_model *model = NULL, *inside = (denoise_model *)(uintptr_t)data;
    *hash = 0;
    if (denoise_graph_new(&g, NULL) != DENOISE_OK) return DENOISE_ERR_NOMEM;
    denoise_node *x = denoise_graph_input(g, (int64_t[]){ANY, 12, 1}, 3);
    denoise_status status = denoise_graph_build(&model, g, x, denoise_graph_apply_model(g, inside, x), NULL);
    denoise_graph_free(g), denoise_model_free(model);
    return status;
}

typedef struct fault_case {
    const denoise_model *model;
    denoise_workspace *workspace;
    denoise_trainer *trainer;
    denoise_tensor *small, *large, *out;
} fault_case;

static denoise_status predict_large(const void *data, uint64_t *hash)
{
    const fault_case *c = data;
    denoise_tensor *y;
    denoise_status status = denoise_model_predict(&y, c->model, c->large, NULL);
    if (status == DENOISE_OK) *hash = hash_of(y);
    denoise_tensor_free(y);
    return status;
}

/* Each call is another size than the one before. */
static denoise_status predict_into_both(const void *data, uint64_t *hash)
{
    const fault_case *c = data;
    denoise_status status = denoise_workspace_reserve(c->workspace, (int64_t[]){6, 4, 1}, 3);
    if (status == DENOISE_OK) status = denoise_model_predict_into(c->out, c->model, c->large, c->workspace);
    if (status == DENOISE_OK) *hash = hash_of(c->out);
    return status;
}

static denoise_status evaluate_both(const void *data, uint64_t *hash)
{
    const fault_case *c = data;
    denoise_logs *logs = NULL;
    double loss[2] = {0, 0};
    denoise_status status = DENOISE_OK;
    for (int i = 0; i < 2 && status == DENOISE_OK; i++) {
        const denoise_tensor *x = i == 0 ? c->small : c->large;
        status = denoise_trainer_test_on_batch(&logs, c->trainer, x, x, NULL);
        if (status == DENOISE_OK) (void)denoise_logs_get(logs, "loss", &loss[i]);
        denoise_logs_free(logs);
    }
    memcpy(hash, &loss[1], sizeof *hash);
    return status;
}

static void fail_each(denoise_status (*call)(const void *, uint64_t *), const void *data)
{
    uint64_t expected = 0, hash;
    int64_t failed = 0;
    ASSERT_OK(call(data, &expected));
    for (int64_t n = 1;; n++, failed++) {
        failing_alloc_arm(n, n % 2 == 0);
        denoise_status status = call(data, &hash);
        if (!failing_alloc_disarm()) {
            assert_int_equal(status, DENOISE_OK);
            break;
        }
        assert_int_equal(status, DENOISE_ERR_NOMEM);
        hash = 0;
        ASSERT_OK(call(data, &hash));
        assert_true(hash == expected);
    }
    assert_true(failed > 10);
}

static void memory_runs_out(void **state)
{
    (void)state;
    failing_alloc_install();
    denoise_model *model = nested_u_net(), *inside = u_net(ANY, ANY);
    fault_case c = {.model = model,
                    .trainer = compiled(model),
                    .small = pictures(2, 6, 4, 1, 1),
                    .large = pictures(2, 14, 10, 1, 2),
                    .out = pictures(2, 14, 10, 1, 3)};
    ASSERT_OK(denoise_workspace_new(&c.workspace, model, 2));
    fail_each(build_nested, inside);
    fail_each(predict_large, &c);
    fail_each(predict_into_both, &c);
    fail_each(evaluate_both, &c);
    denoise_workspace_free(c.workspace), denoise_trainer_free(c.trainer);
    denoise_tensor_free(c.small), denoise_tensor_free(c.large), denoise_tensor_free(c.out);
    denoise_model_free(model), denoise_model_free(inside);
    denoise_shutdown();
    failing_alloc_remove();
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_model_predicts_in_many_sizes),
        cmocka_unit_test(shapes_and_summary),
        cmocka_unit_test(what_is_unknown_stays_so),
        cmocka_unit_test(weights_need_known_lengths),
        cmocka_unit_test(joining_takes_what_is_known),
        cmocka_unit_test(sizes_that_do_not_fit),
        cmocka_unit_test(a_workspace_is_as_large_as_the_largest),
        cmocka_unit_test(a_workspace_of_one_size_may_be_reserved),
        cmocka_unit_test(open_models_are_parts_of_others),
        cmocka_unit_test(a_closed_model_in_an_open_one),
        cmocka_unit_test(open_models_can_be_cut),
        cmocka_unit_test(files_know_no_sizes),
        cmocka_unit_test(training_has_the_bits_of_one_size),
        cmocka_unit_test(a_trainer_takes_many_sizes),
        cmocka_unit_test(threads_predict_in_sizes_of_their_own),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
