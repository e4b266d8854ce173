/* SPDX-License-Identifier: Apache-2.0 */
#include "data/dataset.h"
#include "core/memory.h"
#include "core/options.h"
#include <string.h>

enum { MOST_AHEAD = 1024, MOST_STAGES = 64 }; /* a stage asks the one before it: they take stack */
static const int64_t most_buffered = (int64_t)1 << 32;

DENOISE__OPTIONS_SIZED(dataset_generator, DATASET_GENERATOR, "dataset generator", denoise_dataset_generator,
                       sizeof(denoise_dataset_generator))

/* ---- life */

void denoise__dataset_retain(denoise_dataset *dataset)
{
    atomic_fetch_add(&dataset->references, 1);
}

void denoise_dataset_free(denoise_dataset *dataset)
{
    if (dataset == NULL || atomic_fetch_sub(&dataset->references, 1) != 1) return;
    for (int64_t i = dataset->stage_count; i-- > 0;) {
        const denoise__stage *stage = &dataset->stages[i];
        if (stage->destroy != NULL) stage->destroy(stage->user_data);
    }
    for (int64_t i = 0; dataset->form.like != NULL && i < dataset->form.part_count; i++)
        denoise_tensor_free(dataset->form.like[i]);
    denoise__release(dataset->form.like);
    denoise__release(dataset->stages);
    denoise__release(dataset);
}

static denoise_status fail_busy(void)
{
    return denoise__fail(DENOISE_ERR_BUSY, "the dataset is being read by another call");
}

denoise_status denoise__dataset_claim(denoise_dataset *dataset)
{
    int readers = atomic_load(&dataset->readers);
    do {
        if (readers < 0 || (dataset->calls_functions && readers > 0)) return fail_busy();
    } while (!atomic_compare_exchange_weak(&dataset->readers, &readers, dataset->calls_functions ? -1 : readers + 1));
    return DENOISE_OK;
}

void denoise__dataset_give_back(denoise_dataset *dataset)
{
    if (dataset->calls_functions)
        atomic_store(&dataset->readers, 0);
    else
        atomic_fetch_sub(&dataset->readers, 1);
}

static denoise_status claim_alone(denoise_dataset *dataset)
{
    int none = 0;
    return atomic_compare_exchange_strong(&dataset->readers, &none, -1) ? DENOISE_OK : fail_busy();
}

int64_t denoise_dataset_rows(const denoise_dataset *dataset)
{
    return dataset == NULL ? DENOISE__ROWS_UNKNOWN : dataset->stages[dataset->stage_count - 1].rows;
}

/* ---- the first stage */

static denoise_status check_counts(int64_t input_count, int64_t target_count)
{
    const int64_t most = INT32_MAX / 4;
    if (input_count < 1 || input_count > most)
        return denoise__fail(DENOISE_ERR_RANGE, "a dataset has 1 input or more, %lld given", (long long)input_count);
    if (target_count >= 0 && target_count <= most) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "a dataset has 0 targets or more, %lld given", (long long)target_count);
}

/* NULL when out of memory. */
static denoise_dataset *new_dataset(int64_t input_count, int64_t target_count)
{
    denoise_dataset *dataset = denoise__allocate_zeroed(1, sizeof *dataset);
    if (dataset == NULL) return NULL;
    atomic_init(&dataset->references, 1);
    atomic_init(&dataset->readers, 0);
    dataset->form.input_count = input_count;
    dataset->form.target_count = target_count;
    dataset->form.part_count = input_count + 2 * target_count;
    dataset->form.like = denoise__allocate_zeroed((size_t)dataset->form.part_count, sizeof *dataset->form.like);
    void *stages = NULL;
    if (dataset->form.like != NULL &&
        denoise__grow(&stages, 0, &dataset->stage_capacity, sizeof *dataset->stages) == DENOISE_OK) {
        dataset->stages = stages;
        return dataset;
    }
    denoise_dataset_free(dataset);
    return NULL;
}

static denoise_status check_has_rows(const denoise_tensor *tensor, const char *what, int64_t index)
{
    if (tensor == NULL) return denoise__fail(DENOISE_ERR_NULL, "%s %lld of the dataset is NULL", what, (long long)index);
    if (tensor->shape.rank > 0) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_SHAPE, "%s %lld of the dataset has the shape (), expected (rows, ...)", what,
                         (long long)index);
}

static denoise_status keep(denoise_dataset *dataset, int64_t part, const denoise_tensor *tensor, const char *what,
                           int64_t index)
{
    DENOISE__TRY(check_has_rows(tensor, what, index));
    int64_t rows = part == 0 ? tensor->shape.dim[0] : dataset->form.like[0]->shape.dim[0];
    bool is_weight = part >= dataset->form.input_count + dataset->form.target_count;
    if (tensor->shape.dim[0] != rows || (is_weight && tensor->size != rows)) {
        char given[192];
        return denoise__fail(DENOISE_ERR_SHAPE, "%s %lld of the dataset has the shape %s, expected (%lld%s", what,
                             (long long)index, denoise__shape_text(&tensor->shape, false, given, sizeof given), (long long)rows,
                             is_weight ? ")" : ", ...)");
    }
    dataset->form.like[part] = (denoise_tensor *)(uintptr_t)tensor; /* only its reference count changes */
    denoise__tensor_retain(dataset->form.like[part]);
    return DENOISE_OK;
}

static denoise_status keep_all(denoise_dataset *dataset, const denoise_tensor *const *x, const denoise_tensor *const *y,
                               const denoise_tensor *const *sample_weight)
{
    int64_t inputs = dataset->form.input_count, targets = dataset->form.target_count;
    for (int64_t i = 0; i < inputs; i++)
        DENOISE__TRY(keep(dataset, i, x[i], "input", i));
    for (int64_t i = 0; i < targets; i++)
        DENOISE__TRY(keep(dataset, inputs + i, y[i], "target", i));
    for (int64_t i = 0; sample_weight != NULL && i < targets; i++) {
        if (sample_weight[i] == NULL) continue;
        DENOISE__TRY(keep(dataset, inputs + targets + i, sample_weight[i], "sample weight", i));
    }
    return DENOISE_OK;
}

denoise_status denoise_dataset_from_tensors_many(denoise_dataset **out, const denoise_tensor *const *x, int64_t input_count,
                                                 const denoise_tensor *const *y, int64_t target_count,
                                                 const denoise_tensor *const *sample_weight)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(x);
    DENOISE__TRY(check_counts(input_count, target_count));
    denoise_dataset *dataset = new_dataset(input_count, y == NULL ? 0 : target_count);
    if (dataset == NULL) return denoise__fail_nomem();
    denoise_status status = keep_all(dataset, x, y, sample_weight);
    if (status != DENOISE_OK) {
        denoise_dataset_free(dataset);
        return status;
    }
    dataset->stages[dataset->stage_count++] =
        (denoise__stage){.kind = DENOISE__STAGE_TENSORS, .rows = dataset->form.like[0]->shape.dim[0]};
    *out = dataset;
    return DENOISE_OK;
}

denoise_status denoise_dataset_from_tensors(denoise_dataset **out, const denoise_tensor *x, const denoise_tensor *y)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(x);
    return denoise_dataset_from_tensors_many(out, &x, 1, &y, y == NULL ? 0 : 1, NULL);
}

/* A tensor of the same element type and shape without rows. */
static denoise_status keep_form(denoise_tensor **out, const denoise_tensor *tensor, const char *what, int64_t index)
{
    DENOISE__TRY(check_has_rows(tensor, what, index));
    denoise__shape shape = tensor->shape;
    shape.dim[0] = 0;
    return denoise__tensor_make(out, tensor->dtype, &shape);
}

static denoise_status keep_forms(denoise_dataset *dataset, const denoise_dataset_generator *generator)
{
    denoise__row_form *form = &dataset->form;
    for (int64_t i = 0; i < form->input_count; i++)
        DENOISE__TRY(keep_form(&form->like[i], generator->x[i], "input", i));
    for (int64_t i = 0; i < form->target_count; i++)
        DENOISE__TRY(keep_form(&form->like[form->input_count + i], generator->y[i], "target", i));
    const denoise__shape none = {.rank = 1};
    for (int64_t i = 0; i < form->target_count && generator->has_sample_weight; i++) {
        int64_t part = form->input_count + form->target_count + i;
        DENOISE__TRY(denoise__tensor_make(&form->like[part], DENOISE_FLOAT32, &none));
    }
    return DENOISE_OK;
}

static denoise_status check_generator(const denoise_dataset_generator *generator)
{
    if (generator->next == NULL) return denoise__fail(DENOISE_ERR_NULL, "dataset generator: next is NULL");
    if (generator->x == NULL) return denoise__fail(DENOISE_ERR_NULL, "dataset generator: x is NULL");
    if (generator->y == NULL && generator->target_count > 0)
        return denoise__fail(DENOISE_ERR_NULL, "dataset generator: y is NULL, target_count is %lld",
                             (long long)generator->target_count);
    DENOISE__TRY(check_counts(generator->input_count, generator->target_count));
    if (generator->has_sample_weight < 0 || generator->has_sample_weight > 1)
        return denoise__fail(DENOISE_ERR_RANGE, "dataset generator: has_sample_weight is %d, expected 0 or 1",
                             (int)generator->has_sample_weight);
    if (generator->rows >= -1) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "dataset generator: rows is %lld, expected >= -1", (long long)generator->rows);
}

static denoise_status from_generator(denoise_dataset **out, const denoise_dataset_generator *given)
{
    denoise_dataset_generator known, *generator = &known;
    if (given == NULL) return denoise__fail_null("denoise_dataset_from_generator", "generator");
    DENOISE__TRY(denoise__options_read(&dataset_generator_known, &known, given));
    DENOISE__TRY(check_generator(generator));
    denoise_dataset *dataset = new_dataset(generator->input_count, generator->target_count);
    if (dataset == NULL) return denoise__fail_nomem();
    denoise_status status = keep_forms(dataset, generator);
    if (status != DENOISE_OK) {
        denoise_dataset_free(dataset);
        return status;
    }
    dataset->calls_functions = true;
    dataset->stages[dataset->stage_count++] =
        (denoise__stage){.kind = DENOISE__STAGE_GENERATOR, .rows = generator->rows, .generator = *generator};
    *out = dataset;
    return DENOISE_OK;
}

denoise_status denoise_dataset_from_generator(denoise_dataset **out, const denoise_dataset_generator *generator,
                                              void *user_data, void (*destroy)(void *user_data))
{
    if (out != NULL) *out = NULL;
    denoise_status status = out == NULL ? denoise__fail_null(__func__, "out") : from_generator(out, generator);
    if (status == DENOISE_OK) {
        (*out)->stages[0].user_data = user_data;
        (*out)->stages[0].destroy = destroy;
    } else if (destroy != NULL) {
        destroy(user_data);
    }
    return status;
}

/* ---- further stages */

static int64_t rows_behind(int64_t rows, const denoise__stage *stage)
{
    int64_t count = stage->count, all;
    if (stage->kind == DENOISE__STAGE_TAKE) {
        if (count == 0) return 0;
        return rows == DENOISE__ROWS_ENDLESS ? count : rows == DENOISE__ROWS_UNKNOWN || rows < count ? rows : count;
    }
    if (stage->kind == DENOISE__STAGE_SKIP) return rows < 0 ? rows : rows > count ? rows - count : 0;
    if (stage->kind != DENOISE__STAGE_REPEAT) return rows;
    if (count == 0 || rows == 0) return 0;
    if (count < 0 || rows == DENOISE__ROWS_ENDLESS) return DENOISE__ROWS_ENDLESS;
    if (rows == DENOISE__ROWS_UNKNOWN) return rows;
    return denoise__multiply(rows, count, &all) ? all : DENOISE__ROWS_UNKNOWN;
}

static denoise_status check_repeat(const denoise_dataset *dataset, const denoise__stage *stage)
{
    const denoise__stage *first = &dataset->stages[0];
    if (stage->kind != DENOISE__STAGE_REPEAT || first->kind != DENOISE__STAGE_GENERATOR || first->generator.restart != NULL)
        return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "denoise_dataset_repeat: the generator has no restart, its rows come once");
}

static denoise_status add_claimed(denoise_dataset *dataset, denoise__stage *stage)
{
    if (dataset->batch_size > 0)
        return denoise__fail(DENOISE_ERR_STATE, "denoise_dataset_batch() comes behind all other stages of a dataset");
    if (dataset->stage_count == MOST_STAGES)
        return denoise__fail(DENOISE_ERR_STATE, "the dataset has %d stages, the most that it can have", MOST_STAGES);
    DENOISE__TRY(check_repeat(dataset, stage));
    void *stages = dataset->stages;
    denoise_status status = denoise__grow(&stages, dataset->stage_count, &dataset->stage_capacity, sizeof *dataset->stages);
    dataset->stages = stages;
    if (status != DENOISE_OK) return status;
    stage->rows = rows_behind(denoise_dataset_rows(dataset), stage);
    dataset->stages[dataset->stage_count++] = *stage;
    if (stage->kind == DENOISE__STAGE_MAP) dataset->calls_functions = true;
    return DENOISE_OK;
}

static denoise_status add(denoise_dataset *dataset, denoise__stage stage)
{
    DENOISE__TRY(claim_alone(dataset));
    denoise_status status = add_claimed(dataset, &stage);
    atomic_store(&dataset->readers, 0);
    return status;
}

static denoise_status check_count(const char *function, int64_t count, int64_t least)
{
    if (count >= least) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "%s: count is %lld, expected >= %lld", function, (long long)count,
                         (long long)least);
}

denoise_status denoise_dataset_shuffle(denoise_dataset *dataset, int64_t buffer_size, uint64_t seed)
{
    DENOISE__CHECK_NULL(dataset);
    if (buffer_size < 1 || buffer_size > most_buffered) {
        return denoise__fail(DENOISE_ERR_RANGE, "denoise_dataset_shuffle: buffer_size is %lld, expected 1 to 2^32",
                             (long long)buffer_size);
    }
    return add(dataset, (denoise__stage){.kind = DENOISE__STAGE_SHUFFLE, .count = buffer_size, .seed = seed});
}

denoise_status denoise_dataset_take(denoise_dataset *dataset, int64_t count)
{
    DENOISE__CHECK_NULL(dataset);
    DENOISE__TRY(check_count(__func__, count, 0));
    return add(dataset, (denoise__stage){.kind = DENOISE__STAGE_TAKE, .count = count});
}

denoise_status denoise_dataset_skip(denoise_dataset *dataset, int64_t count)
{
    DENOISE__CHECK_NULL(dataset);
    DENOISE__TRY(check_count(__func__, count, 0));
    return add(dataset, (denoise__stage){.kind = DENOISE__STAGE_SKIP, .count = count});
}

denoise_status denoise_dataset_repeat(denoise_dataset *dataset, int64_t count)
{
    DENOISE__CHECK_NULL(dataset);
    DENOISE__TRY(check_count(__func__, count, -1));
    return add(dataset, (denoise__stage){.kind = DENOISE__STAGE_REPEAT, .count = count});
}

denoise_status denoise_dataset_map(denoise_dataset *dataset, denoise__map_function map, void *user_data,
                                   void (*destroy)(void *user_data))
{
    denoise_status status = dataset == NULL ? denoise__fail_null(__func__, "dataset")
                            : map == NULL   ? denoise__fail_null(__func__, "map")
                                            : DENOISE_OK;
    denoise__stage stage = {.kind = DENOISE__STAGE_MAP, .map = map, .user_data = user_data, .destroy = destroy};
    if (status == DENOISE_OK) status = add(dataset, stage);
    if (status != DENOISE_OK && destroy != NULL) destroy(user_data);
    return status;
}

denoise_status denoise_dataset_batch(denoise_dataset *dataset, int64_t size, int32_t drop_remainder)
{
    DENOISE__CHECK_NULL(dataset);
    if (size < 1)
        return denoise__fail(DENOISE_ERR_RANGE, "denoise_dataset_batch: size is %lld, expected >= 1", (long long)size);
    if (drop_remainder < 0 || drop_remainder > 1) {
        return denoise__fail(DENOISE_ERR_RANGE, "denoise_dataset_batch: drop_remainder is %d, expected 0 or 1",
                             (int)drop_remainder);
    }
    DENOISE__TRY(claim_alone(dataset));
    denoise_status status = DENOISE_OK;
    if (dataset->batch_size > 0) {
        status = denoise__fail(DENOISE_ERR_STATE, "denoise_dataset_batch: the dataset has batches of %lld rows already",
                               (long long)dataset->batch_size);
    } else {
        dataset->batch_size = size;
        dataset->drops_remainder = drop_remainder == 1;
    }
    atomic_store(&dataset->readers, 0);
    return status;
}

denoise_status denoise_dataset_prefetch(denoise_dataset *dataset, int64_t batches)
{
    DENOISE__CHECK_NULL(dataset);
    if (batches < 0 || batches > MOST_AHEAD) {
        return denoise__fail(DENOISE_ERR_RANGE, "denoise_dataset_prefetch: batches is %lld, expected 0 to %d",
                             (long long)batches, MOST_AHEAD);
    }
    DENOISE__TRY(claim_alone(dataset));
    dataset->prefetch = batches;
    atomic_store(&dataset->readers, 0);
    return DENOISE_OK;
}
