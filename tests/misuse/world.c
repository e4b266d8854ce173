/* SPDX-License-Identifier: Apache-2.0 */
#include "misuse/world.h"
#include "support/nets.h"
#include "support/temp_dir.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_OBJECTS = 64, MOST_BLOCKS = 256, MOST_OUTS = 16, LARGEST = 64 << 20, HEADER = 16 };

struct world {
    struct {
        const maker *maker;
        void *object; /* NULL: consumed */
    } objects[MOST_OBJECTS];
    int object_count;
    void *blocks[MOST_BLOCKS];
    int block_count;
};

static temp_dir folder;
static int64_t bytes_alive;

/* ---- the allocator: malloc with a bound */

static void *allocate(size_t size, void *user_data)
{
    (void)user_data;
    if (size > LARGEST || bytes_alive + (int64_t)size > LARGEST) return NULL;
    char *block = malloc(size + HEADER);
    if (block == NULL) return NULL;
    memcpy(block, &size, sizeof size);
    bytes_alive += (int64_t)size;
    return block + HEADER;
}

static void release(void *pointer, void *user_data)
{
    (void)user_data;
    size_t size;
    memcpy(&size, (char *)pointer - HEADER, sizeof size);
    bytes_alive -= (int64_t)size;
    free((char *)pointer - HEADER);
}

static void *reallocate(void *pointer, size_t size, void *user_data)
{
    size_t before = 0;
    void *block = allocate(size, user_data);
    if (block == NULL || pointer == NULL) return block;
    memcpy(&before, (char *)pointer - HEADER, sizeof before);
    memcpy(block, pointer, before < size ? before : size);
    release(pointer, user_data);
    return block;
}

void world_allocator(denoise_allocator *allocator)
{
    *allocator = (denoise_allocator){sizeof *allocator, allocate, reallocate, release, NULL};
}

static void swallow(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level;
    (void)user_data;
    if (length < 0 || text[length] != '\0') abort();
}

void world_sink(denoise_log_sink *sink)
{
    *sink = (denoise_log_sink){sizeof *sink, swallow, NULL, world_destroy, 0, 0};
}

void world_destroy(void *user_data)
{
    (void)user_data;
}

denoise_status world_schedule(int64_t epoch, double rate, double *result, void *user_data)
{
    (void)epoch;
    (void)user_data;
    *result = rate;
    return DENOISE_OK;
}

/* One row of zeros, of four. */
denoise_status world_next(int64_t *count, denoise_tensor *const *x, denoise_tensor *const *y,
                          denoise_tensor *const *sample_weight, const denoise_dataset_place *place, void *user_data)
{
    (void)x, (void)y, (void)sample_weight, (void)user_data;
    *count = place->row < 4;
    return DENOISE_OK;
}

denoise_status world_map(denoise_tensor *const *x, denoise_tensor *const *y, denoise_tensor *const *sample_weight,
                         const denoise_dataset_place *place, void *user_data)
{
    (void)x, (void)y, (void)sample_weight, (void)place, (void)user_data;
    return DENOISE_OK;
}

double world_clock(void *user_data)
{
    (void)user_data;
    static double now;
    return now += 0.01;
}

void world_settle(void)
{
    denoise_allocator allocator;
    world_allocator(&allocator);
    ASSERT_OK(denoise_set_log_sink(NULL));
    ASSERT_OK(denoise_set_engine("native"));
    denoise_shutdown();
    ASSERT_OK(denoise_set_allocator(&allocator));
    ASSERT_OK(denoise_set_num_threads(1));
}

/* ---- objects */

world *world_new(void)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    return w;
}

void world_free(world *w)
{
    for (int i = w->object_count - 1; i >= 0; i--) {
        if (w->objects[i].object != NULL && w->objects[i].maker->free != NULL) {
            w->objects[i].maker->free(w->objects[i].object);
        }
    }
    for (int i = 0; i < w->block_count; i++)
        free(w->blocks[i]);
    free(w);
}

static const maker *maker_named(const char *name)
{
    for (int i = 0; i < maker_count; i++) {
        if (strcmp(makers[i].name, name) == 0) return &makers[i];
    }
    (void)fprintf(stderr, "there is no object \"%s\"\n", name);
    exit(EXIT_FAILURE);
}

void world_keep(world *w, const char *name, void *object)
{
    assert_true(w->object_count < MOST_OBJECTS);
    w->objects[w->object_count].maker = maker_named(name);
    w->objects[w->object_count++].object = object;
}

void *world_get(world *w, const char *name)
{
    const maker *m = maker_named(name);
    for (int i = 0; i < w->object_count; i++) {
        if (w->objects[i].maker == m) return w->objects[i].object;
    }
    void *object = m->make(w);
    assert_non_null(object);
    world_keep(w, name, object);
    return object;
}

void world_forget(world *w, const void *object)
{
    for (int i = 0; i < w->object_count; i++) {
        if (w->objects[i].object == object) w->objects[i].object = NULL;
    }
}

const maker *world_maker_of(const world *w, const void *object)
{
    for (int i = 0; object != NULL && i < w->object_count; i++) {
        if (w->objects[i].object == object) return w->objects[i].maker;
    }
    return NULL;
}

uint64_t world_hash(const world *w)
{
    uint64_t hash = 0;
    for (int i = 0; i < w->object_count; i++) {
        const maker *m = w->objects[i].maker;
        if (w->objects[i].object != NULL && m->hash != NULL) hash = hash * 1000003 + m->hash(w->objects[i].object);
    }
    return hash;
}

/* ---- memory of the caller */

void *world_memory(world *w, size_t size)
{
    assert_true(w->block_count < MOST_BLOCKS);
    void *block = calloc(1, size);
    assert_non_null(block);
    w->blocks[w->block_count++] = block;
    return block;
}

void *world_room(world *w)
{
    return world_memory(w, WORLD_ROOM);
}

void *world_nowhere(void)
{
    static int64_t nowhere;
    return &nowhere;
}

void *world_outs(world *w)
{
    void **outs = world_memory(w, MOST_OUTS * sizeof *outs);
    for (int i = 0; i < MOST_OUTS; i++)
        outs[i] = world_nowhere();
    return outs;
}

void *world_list(world *w, int count, ...)
{
    void **list = world_memory(w, ((size_t)count + 1) * sizeof *list);
    va_list arguments;
    va_start(arguments, count);
    for (int i = 0; i < count; i++)
        list[i] = va_arg(arguments, void *);
    va_end(arguments);
    return list;
}

void *world_wholes(world *w, int count, ...)
{
    int64_t *list = world_memory(w, (size_t)count * sizeof *list);
    va_list arguments;
    va_start(arguments, count);
    for (int i = 0; i < count; i++)
        list[i] = va_arg(arguments, int);
    va_end(arguments);
    return list;
}

void *world_reals(world *w, int count, ...)
{
    double *list = world_memory(w, (size_t)count * sizeof *list);
    va_list arguments;
    va_start(arguments, count);
    for (int i = 0; i < count; i++)
        list[i] = va_arg(arguments, double);
    va_end(arguments);
    return list;
}

void *world_row_options(world *w)
{
    denoise_plot_images_options *options = world_memory(w, 2 * sizeof *options); /* for a larger struct_size */
    denoise_plot_images_options_init(options);
    options->row_captions = world_list(w, 2, "one", "two");
    options->row_caption_count = 2;
    options->expected = world_get(w, "labels");
    return options;
}

void *world_two_outputs_options(world *w)
{
    denoise_fit_options *options = world_memory(w, 2 * sizeof *options); /* for a larger struct_size */
    denoise_fit_options_init(options);
    options->validation_x = world_list(w, 2, world_get(w, "x"), world_get(w, "x2"));
    options->validation_y = world_list(w, 2, world_get(w, "digit"), world_get(w, "x"));
    options->sample_weight = world_list(w, 2, world_get(w, "weights"), NULL);
    return options;
}

/* ---- files */

static void write_idx(const char *name, int rank, int count)
{
    unsigned char bytes[64] = {0, 0, 8, (unsigned char)rank, 0, 0, 0, (unsigned char)count};
    size_t size = 8;
    for (int i = 1; i < rank; i++, size += 4)
        bytes[size + 3] = 2;
    temp_dir_write(&folder, name, bytes, size + (size_t)count * (rank == 3 ? 4 : 1));
}

static void write_files(void)
{
    world *w = world_new();
    const denoise_tensor *x = world_get(w, "x");
    ASSERT_OK(denoise_model_save_weights(world_get(w, "model"), "weights.safetensors"));
    ASSERT_OK(denoise_safetensors_save("tensors.safetensors", (const char *const[]){"x"}, (const denoise_tensor *const[]){x}, 1,
                                       (const char *const[]){"format"}, (const char *const[]){"pt"}, 1));
    ASSERT_OK(denoise_plot_images("read.png", world_get(w, "images"), NULL));
    temp_dir_write(&folder, "read.csv", "loss,val_loss\n0.5,0.25\n", 23);
    world_free(w);
    write_idx("train-images-idx3-ubyte", 3, 3);
    write_idx("train-labels-idx1-ubyte", 1, 3);
    write_idx("t10k-images-idx3-ubyte", 3, 2);
    write_idx("t10k-labels-idx1-ubyte", 1, 2);
}

void world_begin(void)
{
    temp_dir_make(&folder);
    assert_int_equal(chdir(folder.path), 0);
    assert_int_equal(setenv("DENOISE_DATA_DIR", folder.path, 1), 0);
    world_settle();
    write_files();
}

void world_end(void)
{
    denoise_shutdown();
    assert_int_equal(chdir("/"), 0);
    temp_dir_remove(&folder);
}
