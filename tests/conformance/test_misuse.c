/* SPDX-License-Identifier: Apache-2.0 */
/* NULL for each pointer in turn, and sizes and choices that cannot be: parameters, tensors, numbers, files, pictures. */
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
    int32_t truth;
    int64_t whole, ints[8], count;
    double number;
    const char *text, *name;
    const denoise_params *nested;
    NULL_FAILS(denoise_params_new(NULL));
    ASSERT_OK(denoise_params_new(&p));
    NULL_FAILS(denoise_params_set_none(NULL, "k"));
    NULL_FAILS(denoise_params_set_none(p, NULL));
    NULL_FAILS(denoise_params_set_bool(NULL, "k", 1));
    NULL_FAILS(denoise_params_set_bool(p, NULL, 1));
    NULL_FAILS(denoise_params_set_int(NULL, "k", 1));
    NULL_FAILS(denoise_params_set_int(p, NULL, 1));
    NULL_FAILS(denoise_params_set_double(NULL, "k", 1.0));
    NULL_FAILS(denoise_params_set_double(p, NULL, 1.0));
    NULL_FAILS(denoise_params_set_text(NULL, "k", "v"));
    NULL_FAILS(denoise_params_set_text(p, NULL, "v"));
    NULL_FAILS(denoise_params_set_text(p, "k", NULL));
    NULL_FAILS(denoise_params_set_ints(NULL, "k", shape, 2));
    NULL_FAILS(denoise_params_set_ints(p, NULL, shape, 2));
    NULL_FAILS(denoise_params_set_ints(p, "k", NULL, 2));
    CODE_FAILS(denoise_params_set_ints(p, "k", many, 9), RANGE);
    CODE_FAILS(denoise_params_set_ints(p, "k", many, -1), RANGE);
    CODE_FAILS(denoise_params_set_ints(p, "k", many, INT64_MAX), RANGE);
    NULL_FAILS(denoise_params_set_kind(NULL, "k", "relu", NULL));
    NULL_FAILS(denoise_params_set_kind(p, NULL, "relu", NULL));
    NULL_FAILS(denoise_params_set_kind(p, "k", NULL, NULL));
    assert_int_equal(denoise_params_count(p), 0);
    assert_int_equal(denoise_params_count(NULL), 0);
    assert_null(denoise_params_key(NULL, 0));
    assert_null(denoise_params_key(p, 0));
    assert_null(denoise_params_key(p, -1));
    assert_null(denoise_params_key(p, INT64_MAX));
    assert_int_equal(denoise_params_type(NULL, "k"), -1);
    assert_int_equal(denoise_params_type(p, NULL), -1);
    NULL_FAILS(denoise_params_get_bool(NULL, "k", &truth));
    NULL_FAILS(denoise_params_get_bool(p, NULL, &truth));
    NULL_FAILS(denoise_params_get_bool(p, "k", NULL));
    NULL_FAILS(denoise_params_get_int(NULL, "k", &whole));
    NULL_FAILS(denoise_params_get_int(p, NULL, &whole));
    NULL_FAILS(denoise_params_get_int(p, "k", NULL));
    NULL_FAILS(denoise_params_get_double(NULL, "k", &number));
    NULL_FAILS(denoise_params_get_double(p, NULL, &number));
    NULL_FAILS(denoise_params_get_double(p, "k", NULL));
    NULL_FAILS_OUT(text, denoise_params_get_text(NULL, "k", &text));
    NULL_FAILS_OUT(text, denoise_params_get_text(p, NULL, &text));
    NULL_FAILS(denoise_params_get_text(p, "k", NULL));
    NULL_FAILS(denoise_params_get_ints(NULL, "k", ints, &count));
    NULL_FAILS(denoise_params_get_ints(p, NULL, ints, &count));
    NULL_FAILS(denoise_params_get_ints(p, "k", NULL, &count));
    NULL_FAILS(denoise_params_get_ints(p, "k", ints, NULL));
    NULL_FAILS_OUT(name, denoise_params_get_kind(NULL, "k", &name, &nested));
    NULL_FAILS_OUT(nested, denoise_params_get_kind(p, NULL, &name, &nested));
    NULL_FAILS_OUT(nested, denoise_params_get_kind(p, "k", NULL, &nested));
    NULL_FAILS(denoise_params_get_kind(p, "k", &name, NULL));
    CODE_FAILS(denoise_params_get_int(p, "k", &whole), NOT_FOUND);
    denoise_params_free(p);
    denoise_params_free(NULL);
}

static void kinds(void **state)
{
    (void)state;
    denoise_param_info info = {.struct_size = (int64_t)sizeof info};
    assert_null(denoise_kind_name(NULL, 0));
    assert_null(denoise_kind_class_name(NULL, 0));
    assert_null(denoise_kind_doc(NULL, 0));
    NULL_FAILS(denoise_kind_param(NULL, "layer", "dense", 0));
    NULL_FAILS(denoise_kind_param(&info, NULL, "dense", 0));
    NULL_FAILS(denoise_kind_param(&info, "layer", NULL, 0));
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
    NULL_FAILS(denoise_tensor_new(NULL, DENOISE_FLOAT32, shape, 2));
    NULL_FAILS_OUT(out, denoise_tensor_new(&out, DENOISE_FLOAT32, NULL, 2));
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, 0, shape, 2), DTYPE);
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, INT32_MAX, shape, 2), DTYPE);
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, DENOISE_FLOAT32, shape, -1), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, DENOISE_FLOAT32, shape, 9), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, DENOISE_FLOAT32, negative, 2), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_new(&out, DENOISE_FLOAT32, huge, 2), OVERFLOW);
    NULL_FAILS(denoise_tensor_from_data(NULL, DENOISE_FLOAT32, shape, 2, data));
    NULL_FAILS_OUT(out, denoise_tensor_from_data(&out, DENOISE_FLOAT32, NULL, 2, data));
    NULL_FAILS_OUT(out, denoise_tensor_from_data(&out, DENOISE_FLOAT32, shape, 2, NULL));
    CODE_FAILS_OUT(out, denoise_tensor_from_data(&out, -1, shape, 2, data), DTYPE);
    NULL_FAILS(denoise_tensor_borrow(NULL, DENOISE_FLOAT32, shape, 2, data, NULL, NULL));
    NULL_FAILS_OUT(out, denoise_tensor_borrow(&out, DENOISE_FLOAT32, NULL, 2, data, NULL, NULL));
    NULL_FAILS_OUT(out, denoise_tensor_borrow(&out, DENOISE_FLOAT32, shape, 2, NULL, NULL, NULL));
    CODE_FAILS_OUT(out, denoise_tensor_borrow(&out, DENOISE_FLOAT32, shape, 2, (char *)data + 1, NULL, NULL), INVALID);
    NULL_FAILS(denoise_tensor_copy(NULL, t));
    NULL_FAILS_OUT(out, denoise_tensor_copy(&out, NULL));
    NULL_FAILS(denoise_tensor_reshape(NULL, t, shape, 2));
    NULL_FAILS_OUT(out, denoise_tensor_reshape(&out, NULL, shape, 2));
    NULL_FAILS_OUT(out, denoise_tensor_reshape(&out, t, NULL, 2));
    CODE_FAILS_OUT(out, denoise_tensor_reshape(&out, t, twice, 2), SHAPE);
    CODE_FAILS_OUT(out, denoise_tensor_reshape(&out, t, odd, 2), SHAPE);
    CODE_FAILS_OUT(out, denoise_tensor_reshape(&out, t, shape, 9), RANGE);
    NULL_FAILS(denoise_tensor_rows(NULL, t, 0, 1));
    NULL_FAILS_OUT(out, denoise_tensor_rows(&out, NULL, 0, 1));
    NULL_FAILS(denoise_tensor_arange(NULL, DENOISE_FLOAT32, 0, 4, 1));
    CODE_FAILS_OUT(out, denoise_tensor_arange(&out, DENOISE_FLOAT32, 0, 4, 0), INVALID);
    CODE_FAILS_OUT(out, denoise_tensor_arange(&out, DENOISE_FLOAT32, 0, NAN, 1), INVALID);
    CODE_FAILS_OUT(out, denoise_tensor_arange(&out, 99, 0, 4, 1), DTYPE);
    CODE_FAILS_OUT(out, denoise_tensor_arange(&out, DENOISE_FLOAT32, 0, 1e300, 1), OVERFLOW);
    NULL_FAILS(denoise_tensor_astype(NULL, t, DENOISE_UINT8));
    NULL_FAILS_OUT(out, denoise_tensor_astype(&out, NULL, DENOISE_UINT8));
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
    assert_int_equal(denoise_tensor_dtype(NULL), 0);
    assert_int_equal(denoise_tensor_rank(NULL), -1);
    assert_int_equal(denoise_tensor_dim(NULL, 0), -1);
    assert_int_equal(denoise_tensor_dim(t, 2), -1);
    assert_int_equal(denoise_tensor_dim(t, -3), -1);
    assert_int_equal(denoise_tensor_dim(t, INT32_MIN), -1);
    assert_null(denoise_tensor_shape(NULL));
    assert_int_equal(denoise_tensor_size(NULL), -1);
    assert_int_equal(denoise_tensor_bytes(NULL), -1);
    assert_null(denoise_tensor_data(NULL));
    assert_null(denoise_tensor_const_data(NULL));
    NULL_FAILS(denoise_tensor_item(NULL, 0, &value));
    NULL_FAILS(denoise_tensor_item(t, 0, NULL));
    CODE_FAILS(denoise_tensor_item(t, 12, &value), RANGE);
    CODE_FAILS(denoise_tensor_item(t, -1, &value), RANGE);
    CODE_FAILS(denoise_tensor_item(t, INT64_MAX, &value), RANGE);
    assert_true(value == 5.0);
    assert_int_equal(denoise_tensor_equal(NULL, NULL), 0);
    assert_int_equal(denoise_tensor_equal(t, NULL), 0);
    assert_int_equal(denoise_tensor_equal(NULL, t), 0);
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
    NULL_FAILS(denoise_tensor_scale(NULL, t, 2));
    NULL_FAILS_OUT(out, denoise_tensor_scale(&out, NULL, 2));
    NULL_FAILS(denoise_tensor_scale_into(NULL, t, 2));
    NULL_FAILS(denoise_tensor_scale_into(t, NULL, 2));
    CODE_FAILS(denoise_tensor_scale_into(other, t, 2), SHAPE);
    NULL_FAILS(denoise_tensor_add(NULL, t, t));
    NULL_FAILS_OUT(out, denoise_tensor_add(&out, NULL, t));
    NULL_FAILS_OUT(out, denoise_tensor_add(&out, t, NULL));
    CODE_FAILS_OUT(out, denoise_tensor_add(&out, t, other), SHAPE);
    NULL_FAILS(denoise_tensor_add_into(NULL, t, t));
    NULL_FAILS(denoise_tensor_add_into(t, NULL, t));
    NULL_FAILS(denoise_tensor_add_into(t, t, NULL));
    CODE_FAILS(denoise_tensor_add_into(other, t, t), SHAPE);
    NULL_FAILS(denoise_tensor_clip(NULL, t, 0, 1));
    NULL_FAILS_OUT(out, denoise_tensor_clip(&out, NULL, 0, 1));
    NULL_FAILS(denoise_tensor_clip_into(NULL, t, 0, 1));
    NULL_FAILS(denoise_tensor_clip_into(t, NULL, 0, 1));
    CODE_FAILS(denoise_tensor_clip_into(other, t, 0, 1), SHAPE);
    NULL_FAILS(denoise_tensor_clip_arrays(NULL, t, t, t));
    NULL_FAILS_OUT(out, denoise_tensor_clip_arrays(&out, NULL, t, t));
    CODE_FAILS_OUT(out, denoise_tensor_clip_arrays(&out, t, other, NULL), SHAPE);
    NULL_FAILS(denoise_tensor_clip_arrays_into(NULL, t, t, t));
    NULL_FAILS(denoise_tensor_clip_arrays_into(t, NULL, t, t));
    CODE_FAILS(denoise_tensor_clip_arrays_into(t, t, NULL, other), SHAPE);
    NULL_FAILS(denoise_tensor_argmax(NULL, t, 0));
    NULL_FAILS_OUT(out, denoise_tensor_argmax(&out, NULL, 0));
    CODE_FAILS_OUT(out, denoise_tensor_argmax(&out, t, 2), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_argmax(&out, t, INT32_MIN), RANGE);
    NULL_FAILS(denoise_tensor_one_hot(NULL, t, 3));
    NULL_FAILS_OUT(out, denoise_tensor_one_hot(&out, NULL, 3));
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
    NULL_FAILS(denoise_rng_new(NULL, 1, 1));
    ASSERT_OK(denoise_rng_new(&rng, 1, 1));
    NULL_FAILS(denoise_rng_words(NULL, &word, 1));
    NULL_FAILS(denoise_rng_words(rng, NULL, 1));
    CODE_FAILS(denoise_rng_words(rng, &word, -1), RANGE);
    NULL_FAILS(denoise_rng_uniform(NULL, &number, 1, 0, 1));
    NULL_FAILS(denoise_rng_uniform(rng, NULL, 1, 0, 1));
    CODE_FAILS(denoise_rng_uniform(rng, &number, -1, 0, 1), RANGE);
    CODE_FAILS(denoise_rng_uniform(rng, &number, 1, 1, 0), RANGE);
    CODE_FAILS(denoise_rng_uniform(rng, &number, 1, 0, NAN), RANGE);
    NULL_FAILS(denoise_rng_normal(NULL, &number, 1, 0, 1));
    NULL_FAILS(denoise_rng_normal(rng, NULL, 1, 0, 1));
    CODE_FAILS(denoise_rng_normal(rng, &number, INT64_MIN, 0, 1), RANGE);
    CODE_FAILS(denoise_rng_normal(rng, &number, 1, 0, -1), RANGE);
    CODE_FAILS(denoise_rng_normal(rng, &number, 1, INFINITY, 1), RANGE);
    NULL_FAILS(denoise_rng_permutation(NULL, &index, 1));
    NULL_FAILS(denoise_rng_permutation(rng, NULL, 1));
    CODE_FAILS(denoise_rng_permutation(rng, &index, -1), RANGE);
    CODE_FAILS(denoise_rng_permutation(rng, &index, INT64_MAX), RANGE);
    NULL_FAILS(denoise_tensor_random_normal(NULL, shape, 2, rng, 0, 1));
    NULL_FAILS_OUT(out, denoise_tensor_random_normal(&out, NULL, 2, rng, 0, 1));
    NULL_FAILS_OUT(out, denoise_tensor_random_normal(&out, shape, 2, NULL, 0, 1));
    CODE_FAILS_OUT(out, denoise_tensor_random_normal(&out, shape, 2, rng, 0, -1), RANGE);
    CODE_FAILS_OUT(out, denoise_tensor_random_normal(&out, shape, 9, rng, 0, 1), RANGE);
    NULL_FAILS(denoise_tensor_random_uniform(NULL, shape, 2, rng, 0, 1));
    NULL_FAILS_OUT(out, denoise_tensor_random_uniform(&out, NULL, 2, rng, 0, 1));
    NULL_FAILS_OUT(out, denoise_tensor_random_uniform(&out, shape, 2, NULL, 0, 1));
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
    assert_true(denoise_build_info(NULL, 0) > 4);
    assert_true(denoise_build_info(NULL, 4) > 4);
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
    NULL_FAILS_OUT(b, denoise_mnist_load(NULL, &b, &c, &d, "/nowhere"));
    NULL_FAILS_OUT(c, denoise_mnist_load(&out, NULL, &c, &d, "/nowhere"));
    NULL_FAILS_OUT(d, denoise_mnist_load(&out, &b, NULL, &d, "/nowhere"));
    NULL_FAILS_OUT(out, denoise_mnist_load(&out, &b, &c, NULL, "/nowhere"));
    CODE_FAILS_OUT(out, denoise_mnist_load(&out, &b, &c, &d, "/nowhere"), NOT_FOUND);
    NULL_FAILS(denoise_idx_load(NULL, "/nowhere", NULL));
    NULL_FAILS_OUT(out, denoise_idx_load(&out, NULL, NULL));
    CODE_FAILS_OUT(out, denoise_idx_load(&out, "/nowhere", NULL), NOT_FOUND);
    CODE_FAILS_OUT(out, denoise_idx_load(&out, "/nowhere", &limits), INVALID);
    NULL_FAILS(denoise_png_load(NULL, "/nowhere", NULL));
    NULL_FAILS_OUT(out, denoise_png_load(&out, NULL, NULL));
    CODE_FAILS_OUT(out, denoise_png_load(&out, "/nowhere", NULL), NOT_FOUND);
    CODE_FAILS_OUT(out, denoise_png_load(&out, "/nowhere", &limits), INVALID);
    denoise_csv_options csv = DENOISE_CSV_OPTIONS_INIT;
    NULL_FAILS(denoise_csv_load(NULL, NULL, "/nowhere", NULL, NULL));
    NULL_FAILS_OUT(out, denoise_csv_load(&out, NULL, NULL, NULL, NULL));
    CODE_FAILS_OUT(out, denoise_csv_load(&out, NULL, "/nowhere", NULL, NULL), NOT_FOUND);
    CODE_FAILS_OUT(out, denoise_csv_load(&out, NULL, "/nowhere", NULL, &limits), INVALID);
    csv.separator = NULL;
    NULL_FAILS_OUT(out, denoise_csv_load(&out, NULL, "/nowhere", &csv, NULL));
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
    NULL_FAILS(denoise_images_to_rows(NULL, t, 1));
    NULL_FAILS_OUT(out, denoise_images_to_rows(&out, NULL, 1));
    CODE_FAILS_OUT(out, denoise_images_to_rows(&out, t, 1), SHAPE);
    NULL_FAILS(denoise_noise_gaussian(NULL, t, 0.9, 1));
    NULL_FAILS_OUT(out, denoise_noise_gaussian(&out, NULL, 0.9, 1));
    CODE_FAILS_OUT(out, denoise_noise_gaussian(&out, t, NAN, 1), RANGE);
    CODE_FAILS_OUT(out, denoise_noise_gaussian(&out, labels, 0.9, 1), DTYPE);
    NULL_FAILS(denoise_noise_uniform(NULL, t, 0.9, 1));
    NULL_FAILS_OUT(out, denoise_noise_uniform(&out, NULL, 0.9, 1));
    CODE_FAILS_OUT(out, denoise_noise_uniform(&out, t, INFINITY, 1), RANGE);
    NULL_FAILS(denoise_noise_salt_and_pepper(NULL, t, 0.5, 1));
    NULL_FAILS_OUT(out, denoise_noise_salt_and_pepper(&out, NULL, 0.5, 1));
    CODE_FAILS_OUT(out, denoise_noise_salt_and_pepper(&out, t, 1.5, 1), RANGE);
    NULL_FAILS(denoise_noise_masking(NULL, t, 0.5, 1));
    NULL_FAILS_OUT(out, denoise_noise_masking(&out, NULL, 0.5, 1));
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
    const denoise_tensor *tensors[] = {t}, *none[] = {NULL};
    const char *names[] = {"t"}, *no_names[] = {NULL};
    denoise_safetensors *reader;
    NULL_FAILS(denoise_safetensors_save(NULL, names, tensors, 1, NULL, NULL, 0));
    NULL_FAILS(denoise_safetensors_save(path, NULL, tensors, 1, NULL, NULL, 0));
    NULL_FAILS(denoise_safetensors_save(path, names, NULL, 1, NULL, NULL, 0));
    NULL_FAILS(denoise_safetensors_save(path, no_names, tensors, 1, NULL, NULL, 0));
    NULL_FAILS(denoise_safetensors_save(path, names, none, 1, NULL, NULL, 0));
    NULL_FAILS(denoise_safetensors_save(path, names, tensors, 1, NULL, names, 1));
    NULL_FAILS(denoise_safetensors_save(path, names, tensors, 1, names, NULL, 1));
    CODE_FAILS(denoise_safetensors_save(path, names, tensors, -1, NULL, NULL, 0), RANGE);
    CODE_FAILS(denoise_safetensors_save(path, names, tensors, 1, NULL, NULL, INT64_MIN), RANGE);
    CODE_FAILS(denoise_safetensors_save("/nowhere/t", names, tensors, 1, NULL, NULL, 0), NOT_FOUND);
    ASSERT_OK(denoise_safetensors_save(path, names, tensors, 1, NULL, NULL, 0));
    NULL_FAILS(denoise_safetensors_open(NULL, path, NULL));
    NULL_FAILS_OUT(reader, denoise_safetensors_open(&reader, NULL, NULL));
    CODE_FAILS_OUT(reader, denoise_safetensors_open(&reader, "/nowhere", NULL), NOT_FOUND);
    ASSERT_OK(denoise_safetensors_open(&reader, path, NULL));
    assert_int_equal(denoise_safetensors_count(NULL), -1);
    assert_null(denoise_safetensors_name(NULL, 0));
    assert_null(denoise_safetensors_name(reader, -1));
    assert_null(denoise_safetensors_name(reader, 1));
    NULL_FAILS(denoise_safetensors_get(NULL, reader, "t"));
    NULL_FAILS_OUT(out, denoise_safetensors_get(&out, NULL, "t"));
    NULL_FAILS_OUT(out, denoise_safetensors_get(&out, reader, NULL));
    CODE_FAILS_OUT(out, denoise_safetensors_get(&out, reader, "u"), NAME);
    assert_null(denoise_safetensors_metadata(NULL, "k"));
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
    const denoise_tensor *rows[] = {t}, *none[] = {NULL};
    const double values[] = {1.0, 0.5};
    denoise_plot_curve curve = {"loss", values, NULL, 2}, empty = {"loss", NULL, NULL, 2},
                       negative = {"loss", values, NULL, -1};
    denoise_plot_images_options images = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    denoise_plot_terminal_options terminal = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    denoise_plot_curves_options curves = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    NULL_FAILS(denoise_plot_images(NULL, t, NULL));
    NULL_FAILS(denoise_plot_images(path, NULL, NULL));
    images.columns = 0;
    CODE_FAILS(denoise_plot_images(path, t, &images), RANGE);
    images.struct_size = 0;
    CODE_FAILS(denoise_plot_images(path, t, &images), INVALID);
    NULL_FAILS(denoise_plot_image_rows(NULL, rows, NULL, 1, NULL));
    NULL_FAILS(denoise_plot_image_rows(path, NULL, NULL, 1, NULL));
    NULL_FAILS(denoise_plot_image_rows(path, none, NULL, 1, NULL));
    CODE_FAILS(denoise_plot_image_rows(path, rows, NULL, 0, NULL), RANGE);
    CODE_FAILS(denoise_plot_image_rows(path, rows, NULL, -1, NULL), RANGE);
    NULL_FAILS(denoise_plot_images_terminal(NULL, t, NULL));
    NULL_FAILS_OUT(text, denoise_plot_images_terminal(&text, NULL, NULL));
    terminal.columns = 0;
    CODE_FAILS_OUT(text, denoise_plot_images_terminal(&text, t, &terminal), RANGE);
    terminal.struct_size = 0;
    CODE_FAILS_OUT(text, denoise_plot_images_terminal(&text, t, &terminal), INVALID);
    NULL_FAILS(denoise_plot_curves(NULL, &curve, 1, NULL));
    NULL_FAILS(denoise_plot_curves(path, NULL, 1, NULL));
    NULL_FAILS(denoise_plot_curves(path, &empty, 1, NULL));
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
