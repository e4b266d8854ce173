/* SPDX-License-Identifier: Apache-2.0 */
#include "data/mnist.h"
#include "core/memory.h"
#include "core/text.h"
#include "files/descriptor.h"
#include "files/system_error.h"
#include "tensor/tensor.h"
#include <denoise/dataset.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The four files, and the spellings in use: the site's own, and that of unpackers which keep the dot. */
typedef struct part {
    const char *stem, *suffix;
} part;
static const part parts[4] = {{"train-images", "idx3-ubyte"},
                              {"train-labels", "idx1-ubyte"},
                              {"t10k-images", "idx3-ubyte"},
                              {"t10k-labels", "idx1-ubyte"}};
static const struct spelling {
    char mark;
    const char *ending;
} spellings[] = {{'-', ""}, {'-', ".gz"}, {'.', ""}, {'.', ".gz"}};

typedef struct place {
    char *folder; /* NULL = there is nowhere to look */
    bool given;   /* by the caller or DENOISE_DATA_DIR: it must hold the files */
} place;

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static denoise_status join(char **out, const char *folder, const char *rest)
{
    denoise__text text = {0};
    denoise__text_printf(&text, "%s%s", folder, rest);
    return denoise__text_take(&text, out);
}

/* The XDG rule: a relative XDG_CACHE_HOME is ignored. */
static denoise_status find_place(place *out, const char *folder)
{
    *out = (place){0};
    if (folder == NULL) folder = environment("DENOISE_DATA_DIR");
    out->given = folder != NULL;
    if (folder != NULL) return join(&out->folder, folder, "");
    const char *cache = environment("XDG_CACHE_HOME");
    if (cache != NULL && cache[0] == '/') return join(&out->folder, cache, "/denoise/mnist");
    const char *home = environment("HOME");
    return home != NULL ? join(&out->folder, home, "/.cache/denoise/mnist") : DENOISE_OK;
}

/* *path stays NULL when the folder has the file under none of its names. */
static denoise_status look_for_file(char **path, const char *folder, const part *which)
{
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        size_t size = strlen(folder) + 64;
        char *name = denoise__allocate(size);
        if (name == NULL) return denoise__fail_nomem();
        denoise__format(name, size, "%s/%s%c%s%s", folder, which->stem, spellings[i].mark, which->suffix, spellings[i].ending);
        int result;
        DENOISE__AGAIN(result, access(name, F_OK));
        if (result == 0) {
            *path = name;
            return DENOISE_OK;
        }
        denoise_status status = DENOISE_OK;
        if (errno != ENOENT && errno != ENOTDIR) status = denoise__fail_errno("look for", name, errno);
        denoise__release(name);
        DENOISE__TRY(status);
    }
    return DENOISE_OK;
}

static denoise_status find_file(char **path, const char *folder, const part *which)
{
    int before = errno; /* which is the caller's */
    denoise_status status = look_for_file(path, folder, which);
    errno = before;
    return status;
}

static denoise_status fail_missing(const place *where, const part *which)
{
    if (where->folder == NULL) {
        return denoise__fail(DENOISE_ERR_NOT_FOUND,
                             "no MNIST: no folder is given, and DENOISE_DATA_DIR, XDG_CACHE_HOME and HOME are not set");
    }
    return denoise__fail(DENOISE_ERR_NOT_FOUND, "no MNIST: %s has no %s-%s, plain or .gz; looked at %s",
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
    for (int i = 0; i < 4; i++) {
        if (where->folder != NULL) DENOISE__TRY(find_file(&paths[i], where->folder, &parts[i]));
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
    for (int i = 0; i < 4 && where.folder != NULL && !*present && status == DENOISE_OK; i++) {
        char *path = NULL;
        status = find_file(&path, where.folder, &parts[i]);
        *present = path != NULL;
        denoise__release(path);
    }
    denoise__release(where.folder);
    return status;
}
