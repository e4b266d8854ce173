/* SPDX-License-Identifier: Apache-2.0 */
#include "files_world.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static struct {
    denoise_model *models[2], *loaded;
    denoise_tensor *images[2], *named[2];
    uint64_t hash; /* of what `loaded` holds before a call */
} world;

denoise_model *world_model(int content, int64_t units)
{
    denoise_model *model = two_layers(units, units, "relu", 4, NULL);
    int64_t count = denoise_model_weight_count(model);
    denoise_tensor *values[8];
    assert_true(count <= 8);
    ASSERT_OK(denoise_model_get_weights(values, model, count));
    for (int64_t i = 0; i < count; i++) {
        float *numbers = denoise_tensor_data(values[i]);
        for (int64_t k = 0; k < denoise_tensor_size(values[i]); k++)
            numbers[k] = (float)(content + 1) * (float)(k + 1) + (float)i / 8;
    }
    ASSERT_OK(denoise_model_set_weights(model, (const denoise_tensor *const *)values, count));
    for (int64_t i = 0; i < count; i++)
        denoise_tensor_free(values[i]);
    return model;
}

static void set_like(denoise_model *model, const denoise_model *source)
{
    denoise_tensor *values[8];
    int64_t count = denoise_model_weight_count(model);
    ASSERT_OK(denoise_model_get_weights(values, source, count));
    ASSERT_OK(denoise_model_set_weights(model, (const denoise_tensor *const *)values, count));
    for (int64_t i = 0; i < count; i++)
        denoise_tensor_free(values[i]);
}

/* Writers. */

static denoise_status save_weights(const char *path, int content)
{
    return denoise_model_save_weights(world.models[content], path);
}

static denoise_status load_weights(const char *path, int content)
{
    set_like(world.loaded, world.models[1 - content]);
    denoise_status status = denoise_model_load_weights(world.loaded, path, NULL);
    if (status != DENOISE_OK) return status;
    return hash_of_weights(world.loaded) == hash_of_weights(world.models[content]) ? DENOISE_OK : DENOISE_ERR_INTERNAL;
}

static denoise_status save_tensors(const char *path, int content)
{
    const char *const names[] = {"a", "b"}, *const keys[] = {"key"}, *const values[] = {"value"};
    const denoise_tensor *const tensors[] = {world.named[content], world.images[content]};
    return denoise_safetensors_save(path, names, tensors, 2, keys, values, 1);
}

static denoise_status load_tensors(const char *path, int content)
{
    denoise_safetensors *file = NULL;
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise_safetensors_open(&file, path, NULL);
    if (status == DENOISE_OK) status = denoise_safetensors_get(&tensor, file, "a");
    if (status == DENOISE_OK && hash_of(tensor) != hash_of(world.named[content])) status = DENOISE_ERR_INTERNAL;
    denoise_tensor_free(tensor);
    denoise_safetensors_free(file);
    return status;
}

static denoise_status draw_images(const char *path, int content)
{
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    options.scale = 1;
    return denoise_plot_images(path, world.images[content], &options);
}

static denoise_status draw_rows(const char *path, int content)
{
    const denoise_tensor *const rows[] = {world.images[content], world.images[content]};
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    options.scale = 1;
    return denoise_plot_image_rows(path, rows, NULL, 2, &options);
}

static denoise_status draw_curves(const char *path, int content)
{
    const double values[2][4] = {{4, 3, 2, 1}, {1, 2, 4, 8}};
    const denoise_plot_curve curve = {content == 0 ? "loss" : "accuracy", values[content], NULL, 4};
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    options.width = 200;
    options.height = 150;
    return denoise_plot_curves(path, &curve, 1, &options);
}

const writer writers[] = {
    {"model_save_weights", ".safetensors", save_weights, load_weights, false},
    {"safetensors_save", ".safetensors", save_tensors, load_tensors, false},
    {"plot_images", ".png", draw_images, NULL, false},
    {"plot_image_rows", ".png", draw_rows, NULL, false},
    {"plot_curves png", ".png", draw_curves, NULL, true},
    {"plot_curves svg", ".svg", draw_curves, NULL, false},
};
const int writer_count = sizeof writers / sizeof *writers;

/* Readers. */

static void make_weights(const temp_dir *folder)
{
    ASSERT_OK(save_weights(temp_dir_file(folder, "weights.safetensors"), 0));
}

/* What the model holds after a failure must be what it held before. */
static denoise_status read_weights(uint64_t *result, const temp_dir *folder, const char *path)
{
    (void)folder;
    set_like(world.loaded, world.models[1]);
    denoise_status status = denoise_model_load_weights(world.loaded, path, NULL);
    uint64_t hash = hash_of_weights(world.loaded);
    *result = hash == hash_of_weights(world.models[1]) ? 0 : hash;
    return status;
}

static denoise_status read_tensors(uint64_t *result, const temp_dir *folder, const char *path)
{
    (void)folder;
    denoise_safetensors *file = NULL;
    denoise_status status = denoise_safetensors_open(&file, path, NULL);
    *result = file == NULL ? 0 : (uint64_t)denoise_safetensors_count(file);
    denoise_safetensors_free(file);
    return status;
}

/* IDX: unsigned bytes 0, 1, 2, ... of shape (count, 2, 2), or (count) labels. */
static size_t make_idx(unsigned char *out, int count, bool images)
{
    const unsigned char header[] = {0, 0, 8, images ? 3 : 1, 0, 0, 0, (unsigned char)count, 0, 0, 0, 2, 0, 0, 0, 2};
    size_t length = images ? 16 : 8, size = (size_t)count * (images ? 4 : 1);
    memcpy(out, header, length);
    for (size_t i = 0; i < size; i++)
        out[length + i] = (unsigned char)(i % 10);
    return length + size;
}

static void write_idx(const temp_dir *folder, const char *name, int count, bool images)
{
    unsigned char data[256];
    temp_dir_write(folder, name, data, make_idx(data, count, images));
}

static void make_plain(const temp_dir *folder)
{
    write_idx(folder, "images.idx", 5, true);
}

static void make_packed(const temp_dir *folder)
{
    unsigned char data[256];
    size_t size = make_idx(data, 5, true);
    gzFile file = gzopen(temp_dir_file(folder, "images.gz"), "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, data, (unsigned)size), size);
    assert_int_equal(gzclose(file), Z_OK);
}

static denoise_status read_idx(uint64_t *result, const temp_dir *folder, const char *path)
{
    (void)folder;
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise_idx_load(&tensor, path, NULL);
    *result = tensor == NULL ? 0 : hash_of(tensor);
    denoise_tensor_free(tensor);
    return status;
}

static void make_picture(const temp_dir *folder)
{
    ASSERT_OK(draw_images(temp_dir_file(folder, "picture.png"), 0));
}

static denoise_status read_picture(uint64_t *result, const temp_dir *folder, const char *path)
{
    (void)folder;
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise_png_load(&tensor, path, NULL);
    *result = tensor == NULL ? 0 : hash_of(tensor);
    denoise_tensor_free(tensor);
    return status;
}

static void make_table(const temp_dir *folder)
{
    temp_dir_write(folder, "log.csv", "epoch,loss\r\n0,0.5\r\n", 19);
}

static denoise_status read_table(uint64_t *result, const temp_dir *folder, const char *path)
{
    (void)folder;
    denoise_tensor *tensor = NULL;
    denoise_status status = denoise_csv_load(&tensor, NULL, path, NULL, NULL);
    *result = tensor == NULL ? 0 : hash_of(tensor);
    denoise_tensor_free(tensor);
    return status;
}

static void make_mnist(const temp_dir *folder)
{
    write_idx(folder, "train-images-idx3-ubyte", 6, true);
    write_idx(folder, "train-labels-idx1-ubyte", 6, false);
    write_idx(folder, "t10k-images-idx3-ubyte", 2, true);
    write_idx(folder, "t10k-labels-idx1-ubyte", 2, false);
}

static denoise_status read_mnist(uint64_t *result, const temp_dir *folder, const char *path)
{
    (void)path;
    denoise_tensor *tensors[4] = {NULL};
    denoise_status status = denoise_mnist_load(&tensors[0], &tensors[1], &tensors[2], &tensors[3], folder->path);
    *result = 0;
    for (int i = 0; i < 4; i++) {
        *result = *result * 31 + (tensors[i] == NULL ? 0 : hash_of(tensors[i]));
        denoise_tensor_free(tensors[i]);
    }
    return status;
}

const reader readers[] = {
    {"model_load_weights", "weights.safetensors", make_weights, read_weights},
    {"safetensors_open", "weights.safetensors", make_weights, read_tensors},
    {"idx_load", "images.idx", make_plain, read_idx},
    {"idx_load gzip", "images.gz", make_packed, read_idx},
    {"png_load", "picture.png", make_picture, read_picture},
    {"csv_load", "log.csv", make_table, read_table},
    {"mnist_load", "", make_mnist, read_mnist},
};
const int reader_count = sizeof readers / sizeof *readers;

void make_fast_folder(temp_dir *folder)
{
    if (access("/dev/shm", W_OK | X_OK) == 0) assert_int_equal(setenv("TMPDIR", "/dev/shm", 0), 0);
    temp_dir_make(folder);
}

void world_open(void)
{
    ASSERT_OK(denoise_set_num_threads(1));
    for (int i = 0; i < 2; i++) {
        world.models[i] = world_model(i, 6);
        world.images[i] = random_rows(2, 9, (uint64_t)i);
        world.named[i] = random_rows(3, 5, (uint64_t)i + 2);
    }
    world.loaded = world_model(1, 6);
}

void world_close(void)
{
    for (int i = 0; i < 2; i++) {
        denoise_model_free(world.models[i]);
        denoise_tensor_free(world.images[i]);
        denoise_tensor_free(world.named[i]);
    }
    denoise_model_free(world.loaded);
    denoise_shutdown();
}

/* Files. */

bool is_temporary_name(const char *name)
{
    size_t length = strlen(name);
    return strncmp(name, ".denoise-", 9) == 0 && length > 4 && strcmp(name + length - 4, ".tmp") == 0;
}

int count_temporaries(const temp_dir *folder, const char *file, const char *other)
{
    DIR *stream = opendir(folder->path);
    assert_non_null(stream);
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (file != NULL && strcmp(name, file) == 0) continue;
        if (other != NULL && strcmp(name, other) == 0) continue;
        count++;
    }
    closedir(stream);
    return count;
}

char *read_if_there(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    *size = 0;
    if (file == NULL) return NULL;
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long length = ftell(file);
    assert_true(length >= 0);
    rewind(file);
    char *data = malloc((size_t)length + 1);
    assert_non_null(data);
    *size = fread(data, 1, (size_t)length, file);
    data[*size] = '\0';
    (void)fclose(file);
    return data;
}

bool holds(const char *path, const char *bytes, size_t size)
{
    size_t found;
    char *content = read_if_there(path, &found);
    bool same = content != NULL && found == size && memcmp(content, bytes, size) == 0;
    free(content);
    return same;
}
