/* SPDX-License-Identifier: Apache-2.0 */
/* Saving and loading each format. A new format is a row in the table: what writes an old file before, and the call. */
#include "faults/alloc_run.h"
#include "faults/alloc_state.h"
#include "support/nets.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct format {
    const char *name;
    void (*prepare)(void *objects); /* the files that are there before the call */
    denoise_status (*call)(void *objects, uint64_t *bits);
} format;

typedef struct objects {
    const format *format;
    temp_dir dir;
    denoise_model *model;
} objects;

static const char *path(const objects *o, const char *file)
{
    return temp_dir_file(&o->dir, file);
}

static void *make(const void *data)
{
    static objects o;
    o.format = data;
    temp_dir_make(&o.dir);
    o.model = two_layers(6, 4, "relu", 3, NULL);
    if (o.format->prepare != NULL) o.format->prepare(&o);
    return &o;
}

static void drop(void *pointer)
{
    objects *o = pointer;
    denoise_model_free(o->model);
    temp_dir_remove(&o->dir);
}

static uint64_t state(void *pointer)
{
    const objects *o = pointer;
    return alloc_hash_folder(alloc_hash_weights(0, o->model), &o->dir);
}

static denoise_status hash_tensors(denoise_status status, denoise_tensor **tensors, int count, uint64_t *bits)
{
    for (int i = 0; i < count; i++) {
        status = alloc_checked(status, &tensors[i]);
        if (status == DENOISE_OK) *bits = alloc_hash_tensor(*bits, tensors[i]);
        denoise_tensor_free(tensors[i]);
    }
    return status;
}

/* safetensors */
static void write_old_weights(void *pointer)
{
    temp_dir_write(&((const objects *)pointer)->dir, "w.safetensors", "old", 3);
}

static denoise_status save_weights(void *pointer, uint64_t *bits)
{
    const objects *o = pointer;
    denoise_status status = denoise_model_save_weights(o->model, path(o, "w.safetensors"));
    if (status == DENOISE_OK) *bits = alloc_hash_folder(0, &o->dir);
    return status;
}

static void write_weights(void *pointer)
{
    const objects *o = pointer;
    denoise_model *other = two_layers(6, 4, "relu", 3, NULL);
    denoise_tensor *kernel;
    ASSERT_OK(denoise_model_get_weight(&kernel, other, 0));
    ASSERT_OK(denoise_tensor_scale_into(kernel, kernel, -1.0));
    ASSERT_OK(denoise_model_set_weight(other, 0, kernel));
    ASSERT_OK(denoise_model_save_weights(other, path(o, "w.safetensors")));
    denoise_tensor_free(kernel);
    denoise_model_free(other);
}

static denoise_status load_weights(void *pointer, uint64_t *bits)
{
    const objects *o = pointer;
    *bits = 0;
    return denoise_model_load_weights(o->model, path(o, "w.safetensors"), NULL);
}

static denoise_status save_arrays(const objects *o, denoise_tensor *const *tensors)
{
    static const char *const names[] = {"a", "b/c"}, *const keys[] = {"who", "when"}, *const values[] = {"me", "\"now\"\n"};
    return denoise_safetensors_save(path(o, "t.safetensors"), names, (const denoise_tensor *const *)tensors, 2, keys, values,
                                    2);
}

static denoise_status save_tensors(void *pointer, uint64_t *bits)
{
    const objects *o = pointer;
    const int64_t three = 3;
    denoise_tensor *tensors[2] = {NULL, NULL};
    denoise_status status = denoise_tensor_from_data(&tensors[0], DENOISE_UINT8, &three, 1, "abc");
    if (status == DENOISE_OK) status = denoise_tensor_astype(&tensors[1], tensors[0], DENOISE_FLOAT64);
    if (status == DENOISE_OK) status = save_arrays(o, tensors);
    if (status == DENOISE_OK) *bits = alloc_hash_folder(0, &o->dir);
    denoise_tensor_free(tensors[0]);
    denoise_tensor_free(tensors[1]);
    return status;
}

static void write_tensors(void *pointer)
{
    denoise_tensor *tensors[] = {random_rows(4, 3, 1), random_labels(5, 9, 2)};
    ASSERT_OK(save_arrays(pointer, tensors));
    denoise_tensor_free(tensors[0]);
    denoise_tensor_free(tensors[1]);
}

static denoise_status load_tensors(void *pointer, uint64_t *bits)
{
    const objects *o = pointer;
    denoise_safetensors *reader;
    denoise_status status = denoise_safetensors_open(&reader, path(o, "t.safetensors"), NULL);
    status = alloc_checked(status, &reader);
    for (int64_t i = 0; status == DENOISE_OK && i < denoise_safetensors_count(reader); i++) {
        denoise_tensor *tensor;
        const char *name = denoise_safetensors_name(reader, i);
        *bits = alloc_hash_text(*bits, name);
        status = denoise_safetensors_get(&tensor, reader, name);
        status = hash_tensors(status, &tensor, 1, bits);
    }
    if (status == DENOISE_OK) *bits = alloc_hash_text(*bits, denoise_safetensors_metadata(reader, "when"));
    denoise_safetensors_free(reader);
    return status;
}

/* IDX: bytes of (count, 2, 3) images, or labels. */
static size_t make_idx(uint8_t *out, int rank, int count)
{
    static const uint8_t inner[] = {0, 0, 0, 2, 0, 0, 0, 3};
    size_t size = 8, elements = (size_t)count * (rank == 3 ? 6 : 1);
    const uint8_t head[] = {0, 0, 8, (uint8_t)rank, 0, 0, 0, (uint8_t)count};
    memcpy(out, head, sizeof head);
    if (rank == 3) {
        memcpy(out + size, inner, sizeof inner);
        size += sizeof inner;
    }
    for (size_t i = 0; i < elements; i++)
        out[size++] = (uint8_t)(i % 10);
    return size;
}

static void write_idx(const objects *o, const char *file, int rank, int count)
{
    uint8_t bytes[256];
    size_t size = make_idx(bytes, rank, count), length = strlen(file);
    if (strcmp(file + length - 3, ".gz") != 0) {
        temp_dir_write(&o->dir, file, bytes, size);
        return;
    }
    gzFile packed = gzopen(path(o, file), "wb");
    if (packed == NULL || gzwrite(packed, bytes, (unsigned)size) != (int)size || gzclose(packed) != Z_OK) abort();
}

static void write_plain_idx(void *pointer)
{
    write_idx(pointer, "plain", 3, 7);
}

/* Two int32 numbers, which are converted. */
static void write_wide_idx(void *pointer)
{
    static const uint8_t bytes[] = {0, 0, 0x0C, 1, 0, 0, 0, 2, 0, 0, 0, 7, 0xFF, 0xFF, 0xFF, 0xFE};
    temp_dir_write(&((const objects *)pointer)->dir, "plain", bytes, sizeof bytes);
}

static void write_packed_idx(void *pointer)
{
    write_idx(pointer, "packed.gz", 3, 7);
}

static void write_mnist(void *pointer)
{
    write_idx(pointer, "train-images-idx3-ubyte", 3, 5);
    write_idx(pointer, "train-labels-idx1-ubyte.gz", 1, 5);
    write_idx(pointer, "t10k-images-idx3-ubyte.gz", 3, 2);
    write_idx(pointer, "t10k-labels-idx1-ubyte", 1, 2);
}

static denoise_status load_idx(const objects *o, const char *file, uint64_t *bits)
{
    denoise_tensor *tensor;
    denoise_status status = denoise_idx_load(&tensor, path(o, file), NULL);
    return hash_tensors(status, &tensor, 1, bits);
}

static denoise_status load_plain_idx(void *pointer, uint64_t *bits)
{
    return load_idx(pointer, "plain", bits);
}

static denoise_status load_packed_idx(void *pointer, uint64_t *bits)
{
    return load_idx(pointer, "packed.gz", bits);
}

static denoise_status load_mnist(void *pointer, uint64_t *bits)
{
    const objects *o = pointer;
    denoise_tensor *tensors[4];
    denoise_status status = denoise_mnist_load(&tensors[0], &tensors[1], &tensors[2], &tensors[3], o->dir.path);
    return hash_tensors(status, tensors, 4, bits);
}

static denoise_status load_digits(void *pointer, uint64_t *bits)
{
    const objects *o = pointer;
    denoise_tensor *tensors[4];
    int32_t is_synthetic = -1;
    denoise_status status =
        denoise_digits_load(&tensors[0], &tensors[1], &tensors[2], &tensors[3], o->dir.path, 1, &is_synthetic);
    return hash_tensors(status, tensors, 4, bits);
}

/* A table with a header row, and a picture drawn by the library's own PNG writer. */
static void write_table(void *pointer)
{
    static const char text[] = "epoch,\"the loss\",val_loss\r\n0,0.5,1e-3\r\n1,nan,-inf\r\n";
    temp_dir_write(&((const objects *)pointer)->dir, "log.csv", text, sizeof text - 1);
}

static denoise_status load_table(void *pointer, uint64_t *bits)
{
    const objects *o = pointer;
    denoise_tensor *table;
    char *names;
    denoise_status status = denoise_csv_load(&table, &names, path(o, "log.csv"), NULL, NULL);
    status = alloc_checked(status, &names);
    if (status == DENOISE_OK) *bits = alloc_hash_text(0, names);
    denoise_free(names);
    return hash_tensors(status, &table, 1, bits);
}

static void write_picture(void *pointer)
{
    const double values[] = {1.0, 3.0, 2.0};
    const denoise_plot_curve curve = {NULL, values, NULL, 3};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    options.width = 200;
    options.height = 150;
    ASSERT_OK(denoise_plot_curves(path(pointer, "picture.png"), &curve, 1, &options));
}

static denoise_status load_picture(void *pointer, uint64_t *bits)
{
    denoise_tensor *picture;
    denoise_status status = denoise_png_load(&picture, path(pointer, "picture.png"), NULL);
    return hash_tensors(status, &picture, 1, bits);
}

/* The CSV log is written by fit and is among its files there. */
static const format formats[] = {
    {"safetensors, save weights", NULL, save_weights},
    {"safetensors, save weights over a file", write_old_weights, save_weights},
    {"safetensors, load weights", write_weights, load_weights},
    {"safetensors, save tensors", write_tensors, save_tensors},
    {"safetensors, load tensors", write_tensors, load_tensors},
    {"IDX, load", write_plain_idx, load_plain_idx},
    {"IDX of int32, load", write_wide_idx, load_plain_idx},
    {"IDX in gzip, load", write_packed_idx, load_packed_idx},
    {"MNIST folder, load", write_mnist, load_mnist},
    {"digits folder, load", write_mnist, load_digits},
    {"CSV, load", write_table, load_table},
    {"PNG, load", write_picture, load_picture},
};

void alloc_files(alloc_run *run)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        alloc_try(run, &(alloc_case){.name = formats[i].name,
                                     .data = &formats[i],
                                     .make = make,
                                     .call = formats[i].call,
                                     .state = state,
                                     .drop = drop});
}
