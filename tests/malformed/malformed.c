/* SPDX-License-Identifier: Apache-2.0 */
#include "malformed/malformed.h"
#include "support/cmocka_test.h"
#include "support/failing_alloc.h"
#include <denoise/denoise.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

/* One call of a reader and what it left. */
typedef struct outcome {
    denoise_status status;
    int64_t offset, peak;
    char field[64], message[512];
    bool has_out, leaks, changed;
    double seconds;
} outcome;

static int lowest_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY);
    if (fd >= 0) close(fd);
    return fd;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Weights dense/kernel (2, 1) and dense/bias (1). */
static denoise_model *make_model(void)
{
    denoise_sequential *layers = NULL;
    denoise_model *model = NULL;
    const int64_t input[] = {2};
    assert_int_equal(denoise_sequential_new(&layers, NULL), DENOISE_OK);
    denoise_sequential_add(layers, denoise_layer_input(input, 1, NULL));
    denoise_sequential_add(layers, denoise_layer_dense(1, NULL, NULL));
    assert_int_equal(denoise_sequential_build(&model, layers, NULL), DENOISE_OK);
    denoise_sequential_free(layers);
    return model;
}

static void copy_weights(float out[3], const denoise_model *model)
{
    denoise_tensor *weights[2] = {NULL, NULL};
    assert_int_equal(denoise_model_get_weights(weights, model, 2), DENOISE_OK);
    memcpy(out, denoise_tensor_const_data(weights[0]), 2 * sizeof *out);
    memcpy(out + 2, denoise_tensor_const_data(weights[1]), sizeof *out);
    denoise_tensor_free(weights[0]);
    denoise_tensor_free(weights[1]);
}

/* With limits that let nothing pass which the formats do not have; what else is read, the tests of the readers say. */
static denoise_limits strict = DENOISE_LIMITS_INIT;

static denoise_status read_tensor(outcome *out, reader kind, const char *path)
{
    static int anything;
    denoise_tensor *tensor = (denoise_tensor *)(void *)&anything;
    denoise_csv_options plain = DENOISE_CSV_OPTIONS_INIT;
    denoise_status status;
    char *names = (char *)&anything;
    plain.header = 0;
    if (kind == READ_IDX)
        status = denoise_idx_load(&tensor, path, &strict);
    else if (kind == READ_PNG)
        status = denoise_png_load(&tensor, path, &strict);
    else
        status = denoise_csv_load(&tensor, &names, path, kind == READ_PLAIN_CSV ? &plain : NULL, &strict);
    if (kind != READ_CSV && kind != READ_PLAIN_CSV) names = NULL;
    out->has_out = tensor != NULL || (status != DENOISE_OK && names != NULL);
    denoise_tensor_free(tensor != (denoise_tensor *)(void *)&anything ? tensor : NULL);
    denoise_free(names != (char *)&anything ? names : NULL);
    return status;
}

static denoise_status read_safetensors(outcome *out, const char *path)
{
    static int anything;
    denoise_safetensors *file = (denoise_safetensors *)(void *)&anything;
    denoise_status status = denoise_safetensors_open(&file, path, &strict);
    out->has_out = file != NULL;
    if (status == DENOISE_OK) denoise_safetensors_free(file);
    return status;
}

static denoise_status read_mnist(outcome *out, const char *folder)
{
    static int anything;
    denoise_tensor *tensors[4];
    for (int i = 0; i < 4; i++)
        tensors[i] = (denoise_tensor *)(void *)&anything;
    denoise_status status = denoise_mnist_load(&tensors[0], &tensors[1], &tensors[2], &tensors[3], folder);
    for (int i = 0; i < 4; i++) {
        out->has_out = out->has_out || tensors[i] != NULL;
        if (status == DENOISE_OK) denoise_tensor_free(tensors[i]);
    }
    return status;
}

/* `folder` instead of a reader: MNIST. */
static void read_under_watch(outcome *out, reader kind, const char *path)
{
    denoise_model *model = NULL;
    float before[3] = {0}, after[3] = {0};
    memset(out, 0, sizeof *out);
    strict.strict = 1;
    failing_alloc_install();
    if (kind == READ_WEIGHTS) model = make_model();
    if (model != NULL) copy_weights(before, model);
    int64_t live = failing_alloc_live();
    int64_t bytes = failing_alloc_bytes();
    int descriptor = lowest_descriptor();
    failing_alloc_forget_peak();
    double start = now();
    if (kind == READ_WEIGHTS)
        out->status = denoise_model_load_weights(model, path, &strict);
    else if (kind == READ_SAFETENSORS)
        out->status = read_safetensors(out, path);
    else if (kind == READERS)
        out->status = read_mnist(out, path);
    else
        out->status = read_tensor(out, kind, path);
    out->seconds = now() - start;
    out->peak = failing_alloc_peak() - bytes;
    out->offset = denoise_last_error_offset();
    snprintf(out->field, sizeof out->field, "%s", denoise_last_error_field());
    snprintf(out->message, sizeof out->message, "%s", denoise_last_error());
    out->leaks = failing_alloc_live() != live || lowest_descriptor() != descriptor;
    if (model != NULL) copy_weights(after, model);
    out->changed = memcmp(before, after, sizeof before) != 0;
    denoise_model_free(model);
    denoise_shutdown();
    failing_alloc_remove();
}

static void check_place(malformed_run *run, const char *name, const outcome *got, expected wanted)
{
    campaign *c = run->campaign;
    char piece[64];
    if (wanted.offset == ANYWHERE && got->offset >= 0) wanted.offset = got->offset;
    campaign_check(c, got->status == wanted.status && got->offset == wanted.offset && strcmp(got->field, wanted.field) == 0,
                   "%s: expected %s at %" PRId64 " in \"%s\", found %s at %" PRId64 " in \"%s\": %s", name,
                   denoise_status_name(wanted.status), wanted.offset, wanted.field, denoise_status_name(got->status),
                   got->offset, got->field, got->message);
    snprintf(piece, sizeof piece, "byte %" PRId64 ": ", wanted.offset);
    campaign_check(c, wanted.offset < 0 || strstr(got->message, piece) != NULL, "%s: no byte in \"%s\"", name, got->message);
    campaign_check(c, strstr(got->message, wanted.field) != NULL, "%s: no field in \"%s\"", name, got->message);
}

static void check_memory(malformed_run *run, const char *name, int64_t size, const outcome *got)
{
    int64_t beyond = run->allowed > 0 ? got->peak : got->peak - 2 * size;
    campaign_check(run->campaign, beyond <= (run->allowed > 0 ? run->allowed : 1 << 20),
                   "%s: %" PRId64 " bytes at the peak for a file of %" PRId64, name, got->peak, size);
    if (beyond > run->worst) {
        run->worst = beyond;
        run->worst_name = name;
    }
    if (got->seconds > run->slowest) {
        run->slowest = got->seconds;
        run->slowest_name = name;
    }
}

static void check(malformed_run *run, const char *name, int64_t size, const outcome *got, expected wanted)
{
    campaign *c = run->campaign;
    campaign_check(c, !got->leaks, "%s: memory or a descriptor is left", name);
    if (wanted.status != DENOISE_OK || run->allowed > 0) check_memory(run, name, size, got);
    if (wanted.status == DENOISE_OK) {
        campaign_check(c, got->status == DENOISE_OK, "%s: refused: %s", name, got->message);
        run->accepted++;
        return;
    }
    run->files++;
    check_place(run, name, got, wanted);
    campaign_check(c, !got->has_out, "%s: out is not NULL", name);
    campaign_check(c, !got->changed, "%s: the model has changed", name);
}

static void try_bytes(malformed_run *run, const char *name, reader kind, const made_file *file, expected wanted)
{
    outcome got;
    if (!campaign_case(run->campaign, run->number++)) return;
    temp_dir_write(&run->dir, "malformed", file->data, file->size);
    read_under_watch(&got, kind, temp_dir_file(&run->dir, "malformed"));
    check(run, name, (int64_t)file->size, &got, wanted);
}

static expected resolve(const made_file *file, expected wanted)
{
    if (wanted.offset == AT_END) wanted.offset = (int64_t)file->size;
    return wanted;
}

void malformed_try(malformed_run *run, const char *name, reader kind, made_file *file, expected wanted)
{
    try_bytes(run, name, kind, file, resolve(file, wanted));
    made_free(file);
}

void malformed_try_packed(malformed_run *run, const char *name, reader kind, made_file *file, expected wanted)
{
    made_file packed = {0};
    wanted = resolve(file, wanted);
    try_bytes(run, name, kind, file, wanted);
    made_gzip(&packed, file->data, file->size);
    int64_t files = run->files;
    try_bytes(run, name, kind, &packed, wanted);
    run->packed += run->files - files;
    run->files = files;
    made_free(&packed);
    made_free(file);
}

void malformed_try_mnist(malformed_run *run, const char *name, expected wanted)
{
    outcome got;
    if (!campaign_case(run->campaign, run->number++)) return;
    read_under_watch(&got, READERS, run->dir.path);
    check(run, name, 0, &got, wanted);
}

int64_t malformed_mark(made_file *file, const char *text, size_t size)
{
    const char *mark = memchr(text, '@', size);
    size_t before = mark != NULL ? (size_t)(mark - text) : size;
    made_bytes(file, text, before);
    if (mark == NULL) return AT_END;
    int64_t place = (int64_t)file->size;
    made_bytes(file, mark + 1, size - before - 1);
    return place;
}

void malformed_frame(made_file *file, size_t data)
{
    made_file length = {0};
    made_le64(&length, file->size);
    made_splice(file, 0, 0, length.data, 8);
    made_fill(file, 0x3f, data);
    made_free(&length);
}

bool malformed_is_zlib(void)
{
    return strstr(zlibVersion(), "ng") == NULL;
}
