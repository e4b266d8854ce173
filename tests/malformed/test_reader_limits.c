/* SPDX-License-Identifier: Apache-2.0 */
/* One denoise_limits holds for every reader: limits of just what a good file needs let it through, and each of them lowered by
 * one refuses it and is named. A new reader is a row of `readers` and, when its format is new, a file of `make_files`. */
#include "support/cmocka_test.h"
#include "support/made_file.h"
#include "support/temp_dir.h"
#include <denoise/denoise.h>
#include <stdio.h>
#include <string.h>

static temp_dir dir;

static denoise_status load_idx(const char *path, const denoise_limits *limits)
{
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise_idx_load(&tensor, path, limits);
    denoise_tensor_free(tensor);
    return status;
}

static denoise_status load_png(const char *path, const denoise_limits *limits)
{
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise_png_load(&tensor, path, limits);
    denoise_tensor_free(tensor);
    return status;
}

static denoise_status load_csv(const char *path, const denoise_limits *limits)
{
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise_csv_load(&tensor, NULL, path, NULL, limits);
    denoise_tensor_free(tensor);
    return status;
}

static denoise_status open_safetensors(const char *path, const denoise_limits *limits)
{
    denoise_safetensors *file = NULL;
    denoise_status status = denoise_safetensors_open(&file, path, limits);
    denoise_safetensors_free(file);
    return status;
}

static denoise_status load_weights(const char *path, const denoise_limits *limits)
{
    denoise_sequential *layers = NULL;
    denoise_model *model = NULL;
    assert_int_equal(denoise_sequential_new(&layers, NULL), DENOISE_OK);
    denoise_sequential_add(layers, denoise_layer_input((const int64_t[]){2}, 1, NULL));
    denoise_sequential_add(layers, denoise_layer_dense(1, NULL, NULL));
    assert_int_equal(denoise_sequential_build(&model, layers, NULL), DENOISE_OK);
    denoise_status status = denoise_model_load_weights(model, path, limits);
    denoise_model_free(model);
    denoise_sequential_free(layers);
    return status;
}

/* What the good file needs; NONE = the format has nothing of the kind, and a limit of 0 does not matter. */
enum { NONE = -1 };
typedef struct reader {
    const char *name, *file;
    denoise_status (*load)(const char *path, const denoise_limits *limits);
    int64_t bytes, elements, dims, header_bytes, json_depth, tensors, name_length;
} reader;

#define HEADER                                                                                                                 \
    "{\"dense/kernel\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"                                            \
    "\"dense/bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},\"__metadata__\":{\"a\":\"b\"}}"

static const reader readers[] = {
    /*                     file       load        bytes  elements dims header_bytes json_depth tensors name_length */
    {"IDX", "idx", load_idx, 40, 24, 3, NONE, NONE, NONE, NONE},
    {"IDX in gzip", "idx.gz", load_idx, 1016, 1000, 3, NONE, NONE, NONE, NONE},
    {"PNG", "png", load_png, 87, 36, 3, NONE, NONE, NONE, NONE},
    {"PNG, packed well", "png9", load_png, 39, 36, 3, NONE, NONE, NONE, NONE},
    {"CSV", "csv", load_csv, 19, 4, 2, NONE, NONE, NONE, 5},
    {"safetensors", "weights", open_safetensors, 8 + sizeof HEADER - 1 + 12, 2, 2, sizeof HEADER - 1, 3, 2, 12},
    {"weights of a model", "weights", load_weights, 8 + sizeof HEADER - 1 + 12, 2, 2, sizeof HEADER - 1, 3, 2, 12},
};

static void write_made(const char *name, made_file *file)
{
    temp_dir_write(&dir, name, file->data, file->size);
    made_free(file);
}

static void write_idx(void)
{
    made_file file = {0}, packed = {0};
    made_bytes(&file, "\0\0\x08\3\0\0\0\2\0\0\0\3\0\0\0\4", 16);
    made_fill(&file, 7, 24);
    write_made("idx", &file);
    made_bytes(&file, "\0\0\x08\3\0\0\0\x0a\0\0\0\x0a\0\0\0\x0a", 16);
    made_fill(&file, 7, 1000);
    made_gzip(&packed, file.data, file.size);
    write_made("idx.gz", &packed);
    made_free(&file);
}

static void write_png(const char *name, int level, uint32_t width, uint32_t height)
{
    made_file file = {0}, raw = {0}, packed = {0};
    made_fill(&raw, 0, (width * 3 + 1) * (size_t)height);
    made_deflate(&packed, raw.data, raw.size, 15, level);
    made_png_magic(&file);
    made_ihdr(&file, width, height, 8, 2, 0);
    made_chunk(&file, "IDAT", packed.data, packed.size);
    made_chunk(&file, "IEND", "", 0);
    write_made(name, &file);
    made_free(&raw);
    made_free(&packed);
}

static void make_files(void)
{
    made_file file = {0};
    write_idx();
    write_png("png", 0, 4, 3);
    write_png("png9", 9, 4, 3);
    made_printf(&file, "epoch,loss\n0,1\n2,3\n");
    write_made("csv", &file);
    made_le64(&file, sizeof HEADER - 1);
    made_printf(&file, "%s", HEADER);
    made_fill(&file, 0, 12);
    write_made("weights", &file);
}

typedef struct field {
    const char *name;
    size_t limit, need; /* where it is in denoise_limits, and in reader */
} field;

#define FIELD(name)                                                                                                            \
    {                                                                                                                          \
#name, offsetof(denoise_limits, name), offsetof(reader, name)                                                          \
    }
static const field fields[] = {FIELD(bytes),      FIELD(elements), FIELD(dims),       FIELD(header_bytes),
                               FIELD(json_depth), FIELD(tensors),  FIELD(name_length)};

static int64_t *limit_of(denoise_limits *limits, const field *which)
{
    return (int64_t *)(void *)((char *)limits + which->limit);
}

static int64_t need_of(const reader *it, const field *which)
{
    return *(const int64_t *)(const void *)((const char *)it + which->need);
}

static void exact_limits(const reader *it, int64_t file_size)
{
    denoise_limits limits = DENOISE_LIMITS_INIT;
    const char *path = temp_dir_file(&dir, it->file);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        *limit_of(&limits, &fields[i]) = need_of(it, &fields[i]) == NONE ? 0 : need_of(it, &fields[i]);
    limits.ratio = 0; /* not asked below 16 MB */
    if (limits.bytes < file_size) limits.bytes = file_size;
    if (it->load(path, &limits) != DENOISE_OK) fail_msg("%s: %s", it->name, denoise_last_error());
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (need_of(it, &fields[i]) == NONE) continue;
        --*limit_of(&limits, &fields[i]);
        denoise_status status = it->load(path, &limits);
        if (status != DENOISE_ERR_LIMIT || strcmp(denoise_last_error_field(), fields[i].name) != 0) {
            fail_msg("%s, one less of %s: %s", it->name, fields[i].name,
                     status == DENOISE_OK ? "accepted" : denoise_last_error());
        }
        if (strstr(denoise_last_error(), fields[i].name) == NULL) fail_msg("%s: %s", it->name, denoise_last_error());
        ++*limit_of(&limits, &fields[i]);
    }
}

static void every_limit_holds_for_every_reader(void **state)
{
    (void)state;
    make_files();
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        made_file file = {0};
        size_t size = 0;
        file.data = (uint8_t *)temp_dir_read(&dir, readers[i].file, &size);
        made_free(&file);
        exact_limits(&readers[i], (int64_t)size);
    }
}

/* The smallest ratio that lets a file through; it is asked while unpacking, so it follows from how the packer works. */
static void check_ratio(const reader *it)
{
    denoise_limits limits = DENOISE_LIMITS_INIT;
    const char *path = temp_dir_file(&dir, it->file);
    int64_t low = 0, high = 2000; /* deflate reaches 1032 */
    while (high - low > 1) {
        limits.ratio = low + (high - low) / 2;
        denoise_status status = it->load(path, &limits);
        if (status != DENOISE_OK) {
            assert_int_equal(status, DENOISE_ERR_LIMIT);
            assert_string_equal(denoise_last_error_field(), "ratio");
            low = limits.ratio;
        } else {
            high = limits.ratio;
        }
    }
    assert_true(high > 900 && high < 1100);
}

static void the_ratio_holds_for_every_reader(void **state)
{
    (void)state;
    static const reader packed[] = {{"IDX in gzip", "big.gz", load_idx, 0, 0, 0, 0, 0, 0, 0},
                                    {"PNG", "big.png", load_png, 0, 0, 0, 0, 0, 0, 0}};
    made_file file = {0}, gzip = {0};
    made_bytes(&file, "\0\0\x08\1\1\x20\0\0", 8);
    made_fill(&file, 0, 0x1200000);
    made_gzip(&gzip, file.data, file.size);
    made_free(&file);
    write_made("big.gz", &gzip);
    write_png("big.png", 9, 3000, 2000);
    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++)
        check_ratio(&packed[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_limit_holds_for_every_reader),
        cmocka_unit_test(the_ratio_holds_for_every_reader),
    };
    temp_dir_make(&dir);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    temp_dir_remove(&dir);
    return failures;
}
