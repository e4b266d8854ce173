/* SPDX-License-Identifier: Apache-2.0 */
#include "data/mnist.h"
#include "core/memory.h"
#include "core/platform/folder.h"
#include "core/text.h"
#include "files/system_error.h"
#include "tensor/tensor.h"
#include <denoise/dataset.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The four files, and the spellings in use: the site's own, and that of unpackers which keep the dot. */
typedef struct part {
    const char *stem, *emnist, *suffix;
} part;
static const part parts[4] = {{"train-images", "train-images", "idx3-ubyte"},
                              {"train-labels", "train-labels", "idx1-ubyte"},
                              {"t10k-images", "test-images", "idx3-ubyte"},
                              {"t10k-labels", "test-labels", "idx1-ubyte"}};
/* Where torchvision puts them, below the folder that it is given or below the data set's; the splits of EMNIST. */
static const char *const places[] = {"", "MNIST/raw/", "raw/"};
static const char *const prefixes[] = {
    "", "emnist-mnist-", "emnist-digits-", "emnist-letters-", "emnist-balanced-", "emnist-bymerge-", "emnist-byclass-"};
enum { PLACES = sizeof places / sizeof *places, PREFIXES = sizeof prefixes / sizeof *prefixes };
static const struct spelling {
    char mark;
    const char *ending;
} spellings[] = {{'-', ""}, {'-', ".gz"}, {'.', ""}, {'.', ".gz"}};

enum { LONGEST_NAME = 64 }; /* of a file, with its prefix */

typedef struct place {
    char *folder; /* NULL = there is nowhere to look */
    bool given;   /* by the caller or DENOISE_DATA_DIR: it must hold the files */
} place;

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static denoise_status join(char **out, const char *folder, const char *below, const char *rest)
{
    denoise__text text = {0};
    denoise__text_printf(&text, "%s%s%s", folder, below, rest);
    return denoise__text_take(&text, out);
}

static denoise_status find_place(place *out, const char *folder)
{
    *out = (place){0};
    if (folder == NULL) folder = environment("DENOISE_DATA_DIR");
    out->given = folder != NULL;
    if (folder != NULL) return join(&out->folder, folder, "", "");
    const char *cache, *below;
    return denoise__cache_folder(&cache, &below) ? join(&out->folder, cache, below, "/denoise/mnist") : DENOISE_OK;
}

static denoise_status is_there(bool *out, const char *name)
{
    int error = denoise__path_exists(out, name);
    return error == 0 ? DENOISE_OK : denoise__fail_errno("look for", name, error);
}

/* A folder of the file's name, with the file in it, is what Kaggle's archive unpacks to. */
static denoise_status is_file(bool *out, char *name, size_t size)
{
    bool is_folder;
    size_t length = strlen(name);
    const char *base = strrchr(name, '/') + 1;
    DENOISE__TRY(is_there(out, name));
    if (!*out) return DENOISE_OK;
    denoise__format(name + length, size - length, "/.");
    DENOISE__TRY(is_there(&is_folder, name));
    name[length] = '\0';
    if (!is_folder) return DENOISE_OK;
    char copy[LONGEST_NAME];
    denoise__format(copy, sizeof copy, "%s", base);
    denoise__format(name + length, size - length, "/%s", copy);
    return is_there(out, name);
}

/* *path stays NULL when there is no such file under any of its names. `stem` is the folder with what is put in front. */
static denoise_status look_for_file(char **path, const char *stem, const char *noun, const char *suffix)
{
    size_t size = strlen(stem) + (size_t)2 * LONGEST_NAME;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        bool found = false;
        char *name = denoise__allocate(size);
        if (name == NULL) return denoise__fail_nomem();
        denoise__format(name, size, "%s%s%c%s%s", stem, noun, spellings[i].mark, suffix, spellings[i].ending);
        denoise_status status = is_file(&found, name, size);
        if (status == DENOISE_OK && found) {
            *path = name;
            return DENOISE_OK;
        }
        denoise__release(name);
        DENOISE__TRY(status);
    }
    return DENOISE_OK;
}

static denoise_status look_for_four(char **paths, bool *any, const char *folder, const char *place_below, const char *prefix)
{
    denoise_status status = DENOISE_OK;
    denoise__text stem = {0};
    denoise__text_printf(&stem, "%s/%s%s", folder, place_below, prefix);
    if (stem.failed) status = denoise__fail_nomem();
    for (int i = 0; i < 4 && status == DENOISE_OK; i++) {
        status = look_for_file(&paths[i], stem.data, prefix[0] != '\0' ? parts[i].emnist : parts[i].stem, parts[i].suffix);
        *any = *any || paths[i] != NULL;
    }
    denoise__text_free(&stem);
    return status;
}

/* The first place and prefix with any of the four; those that are missing there stay NULL. */
static denoise_status find_files(char **paths, const char *folder)
{
    bool any = false;
    denoise_status status = DENOISE_OK;
    for (int i = 0; i < PLACES * PREFIXES && !any && status == DENOISE_OK; i++)
        status = look_for_four(paths, &any, folder, places[i / PREFIXES], prefixes[i % PREFIXES]);
    return status;
}

static denoise_status fail_missing(const place *where, const part *which)
{
    if (where->folder == NULL) {
        return denoise__fail(DENOISE_ERR_NOT_FOUND, "no MNIST: no folder is given, and DENOISE_DATA_DIR, %s are not set",
                             denoise__cache_settings());
    }
    return denoise__fail(DENOISE_ERR_NOT_FOUND,
                         "no MNIST: %s has no %s-%s, plain or .gz, itself or in MNIST/raw or raw; looked at %s",
                         denoise__path_tail(where->folder), which->stem, which->suffix,
                         where->given ? "this folder only" : "the cache folder, as DENOISE_DATA_DIR is not set");
}

static denoise_status check_rank(const denoise_tensor *tensor, int32_t rank, const char *noun)
{
    if (tensor->dtype != DENOISE_UINT8 || tensor->shape.rank != rank) {
        bool is_rank = tensor->dtype == DENOISE_UINT8;
        return denoise__fail_at(DENOISE_ERR_SCHEMA, is_rank ? 3 : 2, is_rank ? "rank" : "type",
                                "expected %s of type uint8 and rank %d, found %s of rank %d", noun, (int)rank,
                                denoise__dtype_name(tensor->dtype), (int)tensor->shape.rank);
    }
    if (tensor->shape.dim[0] > 0) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_SCHEMA, 4, "dims[0]", "expected %s, found none", noun);
}

static denoise_status load_labels(denoise_tensor **out, const char *path)
{
    denoise_tensor *labels = NULL;
    DENOISE__TRY(denoise_idx_load(&labels, path, NULL));
    denoise_status status = check_rank(labels, 1, "labels");
    if (status != DENOISE_OK) {
        denoise__context_path(status, path);
    } else {
        status = denoise_tensor_astype(out, labels, DENOISE_INT32);
    }
    denoise_tensor_free(labels);
    return status;
}

static denoise_status load_images(denoise_tensor **out, const char *path)
{
    DENOISE__TRY(denoise_idx_load(out, path, NULL));
    denoise_status status = check_rank(*out, 3, "images");
    return status == DENOISE_OK ? status : denoise__context_path(status, path);
}

/* One of the two halves: images, then labels. */
static denoise_status load_half(denoise_tensor **out, char *const *paths)
{
    DENOISE__TRY(load_images(&out[0], paths[0]));
    DENOISE__TRY(load_labels(&out[1], paths[1]));
    if (out[0]->shape.dim[0] == out[1]->shape.dim[0]) return DENOISE_OK;
    return denoise__fail_at(DENOISE_ERR_SCHEMA, 4, "dims[0]", "%s has %" PRId64 " images, %s has %" PRId64 " labels",
                            denoise__path_tail(paths[0]), out[0]->shape.dim[0], denoise__path_tail(paths[1]),
                            out[1]->shape.dim[0]);
}

static denoise_status load_all(denoise_tensor **out, char **paths, const place *where)
{
    if (where->folder != NULL) DENOISE__TRY(find_files(paths, where->folder));
    for (int i = 0; i < 4; i++) {
        if (paths[i] == NULL) return fail_missing(where, &parts[i]);
    }
    DENOISE__TRY(load_half(out, paths));
    return load_half(out + 2, paths + 2);
}

denoise_status denoise_mnist_load(denoise_tensor **train_images, denoise_tensor **train_labels, denoise_tensor **test_images,
                                  denoise_tensor **test_labels, const char *folder)
{
    denoise_tensor **const results[4] = {train_images, train_labels, test_images, test_labels};
    for (int i = 0; i < 4; i++) {
        if (results[i] != NULL) *results[i] = NULL;
    }
    DENOISE__CHECK_NULL(train_images);
    DENOISE__CHECK_NULL(train_labels);
    DENOISE__CHECK_NULL(test_images);
    DENOISE__CHECK_NULL(test_labels);
    denoise_tensor *tensors[4] = {NULL};
    char *paths[4] = {NULL};
    place where;
    denoise_status status = find_place(&where, folder);
    if (status == DENOISE_OK) status = load_all(tensors, paths, &where);
    for (int i = 0; i < 4; i++) {
        if (status == DENOISE_OK) {
            *results[i] = tensors[i];
        } else {
            denoise_tensor_free(tensors[i]);
        }
        denoise__release(paths[i]);
    }
    denoise__release(where.folder);
    return status;
}

denoise_status denoise__mnist_present(bool *present, const char *folder)
{
    *present = false;
    place where;
    DENOISE__TRY(find_place(&where, folder));
    denoise_status status = DENOISE_OK;
    *present = where.given;
    char *paths[4] = {NULL};
    if (!where.given && where.folder != NULL) status = find_files(paths, where.folder);
    for (int i = 0; i < 4; i++) {
        *present = *present || paths[i] != NULL;
        denoise__release(paths[i]);
    }
    if (status != DENOISE_OK) *present = false;
    denoise__release(where.folder);
    return status;
}
