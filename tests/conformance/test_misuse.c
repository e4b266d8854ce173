/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and choices that cannot be, and what they are answered: parameters, tensors, numbers, files, pictures. NULL for each
 * pointer is misuse_calls' part. */
#include "conformance/misuse.h"
#include "support/temp_dir.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

static const int64_t shape[] = {3, 4};

static void parameters(void **state)
{
    (void)state;
    denoise_params *p;
    const int64_t many[9] = {0};
    int64_t whole;
    ASSERT_OK(denoise_params_new(&p));
    CODE_FAILS(denoise_params_set_ints(p, "k", many, 9), RANGE);
    CODE_FAILS(denoise_params_set_ints(p, "k", many, -1), RANGE);
    CODE_FAILS(denoise_params_set_ints(p, "k", many, INT64_MAX), RANGE);
    assert_int_equal(denoise_params_count(p), 0);
    assert_null(denoise_params_key(p, 0));
    assert_null(denoise_params_key(p, -1));
    assert_null(denoise_params_key(p, INT64_MAX));
    assert_int_equal(denoise_params_type(p, NULL), -1);
    CODE_FAILS(denoise_params_get_int(p, "k", &whole), NOT_FOUND);
    denoise_params_free(p);
    denoise_params_free(NULL);
}

static void kinds(void **state)
{
    (void)state;
    denoise_param_info info = {.struct_size = (int64_t)sizeof info};
    CODE_FAILS(denoise_kind_param(&info, "planet", "dense", 0), NAME);
    CODE_FAILS(denoise_kind_param(&info, "layer", "planet", 0), NAME);
    CODE_FAILS(denoise_kind_param(&info, "layer", "dense", -1), RANGE);
    CODE_FAILS(denoise_kind_param(&info, "layer", "dense", INT64_MAX), RANGE);
    info.struct_size = 0;
    CODE_FAILS(denoise_kind_param(&info, "layer", "dense", 0), INVALID);
}

static void tensors_are_made(void **state)
{
    (void)state;
    denoise_tensor *out, *t = random_rows(3, 4, 1);
    float data[12] = {0};
    const int64_t negative[] = {3, -1}, huge[] = {INT64_MAX, 2}, twice[] = {-1, -1}, odd[] = {5, -1};
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, 0, shape, 2), DTYPE);
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, INT32_MAX, shape, 2), DTYPE);
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, DENOISE_FLOAT32, shape, -1), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, DENOISE_FLOAT32, shape, 9), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, DENOISE_FLOAT32, negative, 2), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, DENOISE_FLOAT32, huge, 2), OVERFLOW);
    CODE_FAILS_OUT(out, denoise_tensor_from_data(&out, -1, shape, 2, data), DTYPE);
    CODE_FAILS_OUT(out, denoise_tensor_borrow(&out, DENOISE_FLOAT32, shape, 2, (char *)data + 1, NULL, NULL), INVALID);
    CODE_FAILS_OUT(out, denoise_tensor_reshape(&out, t, twice, 2), SHAPE);
    CODE_FAILS_OUT(out, denoise_tensor_reshape(&out, t, odd, 2), SHAPE);
    CODE_FAILS_OUT(out, denoise_tensor_reshape(&out, t, shape, 9), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_arange(&out, DENOISE_FLOAT32, 0, 4, 0), INVALID);
    CODE_FAILS_OUT(out, denoise_tensor_arange(&out, DENOISE_FLOAT32, 0, NAN, 1), INVALID);
    CODE_FAILS_OUT(out, denoise_tensor_arange(&out, 99, 0, 4, 1), DTYPE);
    CODE_FAILS_OUT(out, denoise_tensor_arange(&out, DENOISE_FLOAT32, 0, 1e300, 1), OVERFLOW);
    CODE_FAILS_OUT(out, denoise_tensor_astype(&out, t, 0), DTYPE);
    denoise_tensor_free(t);
    denoise_tensor_free(NULL);
}

static void tensors_are_read(void **state)
{
    (void)state;
    denoise_tensor *t = random_rows(3, 4, 1);
    char buffer[8];
    double value = 5.0;
    assert_int_equal(denoise_tensor_dim(t, 2), -1);
    assert_int_equal(denoise_tensor_dim(t, -3), -1);
    assert_int_equal(denoise_tensor_dim(t, INT32_MIN), -1);
    CODE_FAILS(denoise_tensor_item(t, 12, &value), RANGE);
    CODE_FAILS(denoise_tensor_item(t, -1, &value), RANGE);
    CODE_FAILS(denoise_tensor_item(t, INT64_MAX, &value), RANGE);
    assert_true(value == 5.0);
    assert_int_equal(denoise_tensor_equal(t, NULL), 0);
    assert_int_equal(denoise_tensor_format(NULL, buffer, 8), 0);
    assert_string_equal(buffer, "");
    assert_true(denoise_tensor_format(t, NULL, 0) > 8);
    assert_true(denoise_tensor_format(t, NULL, 8) > 8);
    assert_true(denoise_tensor_format(t, buffer, 0) > 8);
    assert_true(denoise_tensor_format(t, buffer, -1) > 8);
    assert_true(denoise_tensor_format(t, buffer, INT64_MIN) > 8);
    denoise_tensor_free(t);
}

static void tensors_are_computed(void **state)
{
    (void)state;
    denoise_tensor *out, *t = random_rows(3, 4, 1), *other = random_rows(2, 5, 1);
    CODE_FAILS(denoise_tensor_scale_into(other, t, 2), SHAPE);
    CODE_FAILS_OUT(out, denoise_tensor_add(&out, t, other), SHAPE);
    CODE_FAILS(denoise_tensor_add_into(other, t, t), SHAPE);
    CODE_FAILS(denoise_tensor_clip_into(other, t, 0, 1), SHAPE);
    CODE_FAILS_OUT(out, denoise_tensor_clip_arrays(&out, t, other, NULL), SHAPE);
    CODE_FAILS(denoise_tensor_clip_arrays_into(t, t, NULL, other), SHAPE);
    CODE_FAILS_OUT(out, denoise_tensor_argmax(&out, t, 2), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_argmax(&out, t, INT32_MIN), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_one_hot(&out, t, 0), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_one_hot(&out, t, -2), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_one_hot(&out, t, INT64_MAX), OVERFLOW);
    denoise_tensor_free(t);
    denoise_tensor_free(other);
}

static void random_numbers(void **state)
{
    (void)state;
    denoise_rng *rng;
    denoise_tensor *out;
    uint32_t word;
    float number;
    int64_t index;
    ASSERT_OK(denoise_rng_new(&rng, 1, 1));
    CODE_FAILS(denoise_rng_words(rng, &word, -1), RANGE);
    CODE_FAILS(denoise_rng_uniform(rng, &number, -1, 0, 1), RANGE);
    CODE_FAILS(denoise_rng_uniform(rng, &number, 1, 1, 0), RANGE);
    CODE_FAILS(denoise_rng_uniform(rng, &number, 1, 0, NAN), RANGE);
    CODE_FAILS(denoise_rng_normal(rng, &number, INT64_MIN, 0, 1), RANGE);
    CODE_FAILS(denoise_rng_normal(rng, &number, 1, 0, -1), RANGE);
    CODE_FAILS(denoise_rng_normal(rng, &number, 1, INFINITY, 1), RANGE);
    CODE_FAILS(denoise_rng_permutation(rng, &index, -1), RANGE);
    CODE_FAILS(denoise_rng_permutation(rng, &index, INT64_MAX), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_random_normal(&out, shape, 2, rng, 0, -1), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_random_normal(&out, shape, 9, rng, 0, 1), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_random_uniform(&out, shape, 2, rng, 1, 0), RANGE);
    denoise_rng_free(rng);
    denoise_rng_free(NULL);
}

static void process_wide_settings(void **state)
{
    (void)state;
    denoise_allocator allocator = {.struct_size = 1};
    denoise_log_sink sink = {.struct_size = (int64_t)sizeof sink};
    char buffer[4] = "abc";
    CODE_FAILS(denoise_set_num_threads(-1), RANGE);
    CODE_FAILS(denoise_set_num_threads(257), RANGE);
    CODE_FAILS(denoise_set_num_threads(INT32_MAX), RANGE);
    assert_in_range(denoise_num_threads(), 1, 256);
    CODE_FAILS(denoise_set_engine(""), NAME);
    CODE_FAILS(denoise_set_engine("Native"), NAME);
    ASSERT_OK(denoise_set_engine("native"));
    assert_string_equal(denoise_engine_name(), "native");
    ASSERT_OK(denoise_set_engine(NULL));
    denoise_shutdown();
    assert_int_equal(denoise_memory_blocks(), 0);
    CODE_FAILS(denoise_set_allocator(&allocator), INVALID);
    ASSERT_OK(denoise_set_allocator(NULL));
    CODE_FAILS(denoise_set_log_sink(&sink), INVALID);
    ASSERT_OK(denoise_set_log_sink(NULL));
    denoise_free(NULL);
    denoise_limits_init(NULL);
    assert_true(denoise_build_info(buffer, 0) > 4);
    assert_string_equal(buffer, "abc");
    assert_true(denoise_build_info(buffer, 4) > 4);
    assert_int_equal(strlen(buffer), 3);
    assert_string_equal(denoise_status_name(INT32_MIN), "DENOISE_ERR_UNKNOWN");
    assert_non_null(denoise_status_text(INT32_MAX));
    assert_non_null(denoise_version());
    assert_true(denoise_version_number() >= 100);
}

static void data_and_noise(void **state)
{
    (void)state;
    denoise_tensor *out, *b, *c, *d, *t = random_rows(3, 4, 1), *labels = random_labels(3, 4, 1);
    denoise_limits limits = DENOISE_LIMITS_INIT;
    limits.struct_size = 0;
    CODE_FAILS_OUT(out, denoise_mnist_load(&out, &b, &c, &d, "/nowhere"), NOT_FOUND);
    CODE_FAILS_OUT(out, denoise_idx_load(&out, "/nowhere", NULL), NOT_FOUND);
    CODE_FAILS_OUT(out, denoise_idx_load(&out, "/nowhere", &limits), INVALID);
    CODE_FAILS_OUT(out, denoise_png_load(&out, "/nowhere", NULL), NOT_FOUND);
    CODE_FAILS_OUT(out, denoise_png_load(&out, "/nowhere", &limits), INVALID);
    denoise_csv_options csv = DENOISE_CSV_OPTIONS_INIT;
    CODE_FAILS_OUT(out, denoise_csv_load(&out, NULL, "/nowhere", NULL, NULL), NOT_FOUND);
    CODE_FAILS_OUT(out, denoise_csv_load(&out, NULL, "/nowhere", NULL, &limits), INVALID);
    csv.separator = NULL;
    csv.separator = "::";
    CODE_FAILS_OUT(out, denoise_csv_load(&out, NULL, "/nowhere", &csv, NULL), RANGE);
    csv.separator = "\"";
    CODE_FAILS_OUT(out, denoise_csv_load(&out, NULL, "/nowhere", &csv, NULL), RANGE);
    csv.separator = ";";
    csv.dtype = DENOISE_INT32;
    CODE_FAILS_OUT(out, denoise_csv_load(&out, NULL, "/nowhere", &csv, NULL), DTYPE);
    csv.struct_size = 8;
    CODE_FAILS_OUT(out, denoise_csv_load(&out, NULL, "/nowhere", &csv, NULL), INVALID);
    denoise_csv_options_init(NULL);
    CODE_FAILS_OUT(out, denoise_images_to_rows(&out, t, 1), SHAPE);
    CODE_FAILS_OUT(out, denoise_noise_gaussian(&out, t, NAN, 1), RANGE);
    CODE_FAILS_OUT(out, denoise_noise_gaussian(&out, labels, 0.9, 1), DTYPE);
    CODE_FAILS_OUT(out, denoise_noise_uniform(&out, t, INFINITY, 1), RANGE);
    CODE_FAILS_OUT(out, denoise_noise_salt_and_pepper(&out, t, 1.5, 1), RANGE);
    CODE_FAILS_OUT(out, denoise_noise_masking(&out, t, -0.5, 1), RANGE);
    denoise_tensor_free(t);
    denoise_tensor_free(labels);
}

static void tensor_files(void **state)
{
    (void)state;
    temp_dir dir;
    temp_dir_make(&dir);
    char path[TEMP_PATH_SIZE];
    strcpy(path, temp_dir_file(&dir, "t.safetensors"));
    denoise_tensor *t = random_rows(3, 4, 1), *out;
    const denoise_tensor *tensors[] = {t};
    const char *names[] = {"t"};
    denoise_safetensors *reader;
    CODE_FAILS(denoise_safetensors_save(path, names, tensors, -1, NULL, NULL, 0), RANGE);
    CODE_FAILS(denoise_safetensors_save(path, names, tensors, 1, NULL, NULL, INT64_MIN), RANGE);
    CODE_FAILS(denoise_safetensors_save("/nowhere/t", names, tensors, 1, NULL, NULL, 0), NOT_FOUND);
    ASSERT_OK(denoise_safetensors_save(path, names, tensors, 1, NULL, NULL, 0));
    CODE_FAILS_OUT(reader, denoise_safetensors_open(&reader, "/nowhere", NULL), NOT_FOUND);
    ASSERT_OK(denoise_safetensors_open(&reader, path, NULL));
    assert_null(denoise_safetensors_name(reader, -1));
    assert_null(denoise_safetensors_name(reader, 1));
    CODE_FAILS_OUT(out, denoise_safetensors_get(&out, reader, "u"), NAME);
    assert_null(denoise_safetensors_metadata(reader, NULL));
    assert_null(denoise_safetensors_metadata(reader, "k"));
    denoise_safetensors_free(reader);
    denoise_safetensors_free(NULL);
    denoise_tensor_free(t);
    temp_dir_remove(&dir);
}

static void pictures(void **state)
{
    (void)state;
    temp_dir dir;
    temp_dir_make(&dir);
    char path[TEMP_PATH_SIZE], *text;
    strcpy(path, temp_dir_file(&dir, "t.png"));
    denoise_tensor *t = random_rows(3, 4, 1);
    const denoise_tensor *rows[] = {t};
    const double values[] = {1.0, 0.5};
    denoise_plot_curve curve = {"loss", values, NULL, 2}, negative = {"loss", values, NULL, -1};
    denoise_plot_images_options images = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    denoise_plot_terminal_options terminal = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    denoise_plot_curves_options curves = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    images.columns = 0;
    CODE_FAILS(denoise_plot_images(path, t, &images), RANGE);
    images.struct_size = 0;
    CODE_FAILS(denoise_plot_images(path, t, &images), INVALID);
    CODE_FAILS(denoise_plot_image_rows(path, rows, NULL, 0, NULL), RANGE);
    CODE_FAILS(denoise_plot_image_rows(path, rows, NULL, -1, NULL), RANGE);
    terminal.columns = 0;
    CODE_FAILS_OUT(text, denoise_plot_images_terminal(&text, t, &terminal), RANGE);
    terminal.struct_size = 0;
    CODE_FAILS_OUT(text, denoise_plot_images_terminal(&text, t, &terminal), INVALID);
    CODE_FAILS(denoise_plot_curves(path, &negative, 1, NULL), RANGE);
    CODE_FAILS(denoise_plot_curves(path, &curve, 0, NULL), RANGE);
    CODE_FAILS(denoise_plot_curves(path, &curve, INT64_MAX, NULL), RANGE);
    CODE_FAILS(denoise_plot_curves("picture.gif", &curve, 1, NULL), INVALID);
    curves.struct_size = 1;
    CODE_FAILS(denoise_plot_curves(path, &curve, 1, &curves), INVALID);
    assert_int_not_equal(access(path, F_OK), 0); /* nothing was begun */
    denoise_tensor_free(t);
    temp_dir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters),
        cmocka_unit_test(kinds),
        cmocka_unit_test(tensors_are_made),
        cmocka_unit_test(tensors_are_read),
        cmocka_unit_test(tensors_are_computed),
        cmocka_unit_test(random_numbers),
        cmocka_unit_test(process_wide_settings),
        cmocka_unit_test(data_and_noise),
        cmocka_unit_test(tensor_files),
        cmocka_unit_test(pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
