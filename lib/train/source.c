/* SPDX-License-Identifier: Apache-2.0 */
#include "train/source.h"
#include "core/memory.h"
#include "core/random.h"
#include "data/dataset.h"
#include "train/use.h"

/* ---- arrays */

static denoise_status begin_arrays(denoise__source *source, int64_t pass, int64_t batch)
{
    int64_t rows = source->rows;
    source->at = batch > rows / source->batch_size ? rows : batch * source->batch_size;
    if (!source->shuffles) return DENOISE_OK;
    uint64_t stream = denoise__stream(DENOISE__STREAM_SHUFFLE, (uint64_t)pass, 0, 0);
    denoise__random_permutation(source->seed, stream, source->order, rows);
    for (int64_t i = 0; source->kept != NULL && i < rows; i++)
        source->order[i] = source->kept[source->order[i]];
    return DENOISE_OK;
}

static denoise_status next_of_arrays(denoise__source *source, int64_t *start, int64_t *count)
{
    int64_t left = source->rows - source->at;
    *start = source->at;
    *count = left < source->batch_size ? left : source->batch_size;
    source->at += *count;
    return DENOISE_OK;
}

static const denoise__source_ops arrays_ops = {.begin = begin_arrays, .next = next_of_arrays};

void denoise__source_of_arrays(denoise__source *source, const denoise__arrays *arrays, int64_t batch_size, const int64_t *kept)
{
    *source = (denoise__source){.ops = &arrays_ops, .arrays = *arrays, .rows = arrays->rows, .kept = kept};
    source->batch_size = batch_size;
    source->batches = (arrays->rows - 1) / batch_size + 1;
    source->arrays.order = kept;
}

denoise_status denoise__source_shuffle(denoise__source *source, denoise_trainer *trainer, uint64_t seed)
{
    source->order = denoise__allocate_zeroed((size_t)source->rows, sizeof *source->order);
    DENOISE__TRY(denoise__use_hold(trainer, denoise__release, source->order));
    source->arrays.order = source->order;
    source->shuffles = true;
    source->seed = seed;
    return DENOISE_OK;
}

/* ---- a dataset */

static denoise_status begin_dataset(denoise__source *source, int64_t pass, int64_t batch)
{
    denoise__reader_begin(source->reader, pass, batch);
    return DENOISE_OK;
}

static void use_rows(denoise__source *source, const denoise__rows *rows)
{
    const denoise_dataset *dataset = denoise__reader_dataset(source->reader);
    const denoise__row_form *form = &dataset->form;
    bool has_values = rows->part_count > 0;
    const denoise_tensor *const *parts = (const denoise_tensor *const *)(has_values ? rows->parts : form->like);
    denoise__arrays *arrays = &source->arrays;
    arrays->x = parts;
    arrays->y = form->target_count == 0 ? NULL : parts + form->input_count;
    arrays->sample_weight = NULL;
    for (int64_t i = form->input_count + form->target_count; i < form->part_count; i++)
        if (parts[i] != NULL) arrays->sample_weight = parts + form->input_count + form->target_count;
    arrays->order = has_values ? NULL : rows->origin;
    arrays->names = has_values ? rows->origin : NULL;
}

static denoise_status next_of_dataset(denoise__source *source, int64_t *start, int64_t *count)
{
    const denoise__rows *rows;
    *start = *count = 0;
    DENOISE__TRY(denoise__reader_next(source->reader, &rows));
    use_rows(source, rows);
    *count = rows->count;
    return DENOISE_OK;
}

static const denoise__source_ops dataset_ops = {.begin = begin_dataset, .next = next_of_dataset};

/* Functions of the caller's run in the caller's floating-point environment, and may leave the run, as hooks do. */
static void step_out(void *context)
{
    denoise__source *source = context;
    source->use = denoise__use_step_out(source->trainer);
    denoise__fp_leave(source->trainer->environment);
}

static void step_in(void *context)
{
    denoise__source *source = context;
    denoise__fp_enter_flushing(source->trainer->environment);
    denoise__use_step_in(source->trainer, source->use);
}

static denoise_status check_form(denoise_trainer *trainer, denoise__source *source, const denoise_dataset *dataset)
{
    const denoise__row_form *form = &dataset->form;
    if (form->target_count == 0) return denoise__fail(DENOISE_ERR_SHAPE, "the dataset has no targets");
    if (source->arrays.class_weight != NULL && source->arrays.sample_weight != NULL) {
        return denoise__fail(DENOISE_ERR_INVALID, "class_weight and the sample weights of the dataset exclude each other");
    }
    return denoise__arrays_check(trainer, &source->arrays, form->input_count, form->target_count);
}

denoise_status denoise__source_of_dataset(denoise__source *source, denoise_trainer *trainer, denoise_dataset *dataset,
                                          const denoise__arrays *arrays, int64_t batch_size)
{
    denoise__fp_state environment; /* of the caller, who is outside of the run still */
    *source = (denoise__source){.arrays = *arrays, .trainer = trainer};
    denoise__fp_enter(&environment);
    denoise__fp_leave(&environment);
    denoise__reader_options options = {
        .batch_size = batch_size, .host = {step_out, step_in, source}, .environment = &environment};
    DENOISE__TRY(denoise__reader_open(&source->reader, dataset, &options));
    DENOISE__TRY(denoise__use_hold(trainer, denoise__reader_close, source->reader));
    use_rows(source, denoise__reader_sample(source->reader));
    denoise_status status = check_form(trainer, source, dataset);
    if (status != DENOISE_OK) return denoise__context(status, "dataset: ");
    source->ops = &dataset_ops;
    source->batch_size = denoise__reader_batch_size(source->reader);
    source->rows = denoise_dataset_rows(dataset);
    source->batches = denoise__reader_batches(source->reader);
    return DENOISE_OK;
}
