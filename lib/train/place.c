/* SPDX-License-Identifier: Apache-2.0 */
#include "train/place.h"

static const char *const like_names[DENOISE__LIKE_COUNT] = {
    [DENOISE__LIKE_ROWS] = "rows",
    [DENOISE__LIKE_BATCH_SIZE] = "batch_size",
    [DENOISE__LIKE_SHUFFLE] = "shuffle",
    [DENOISE__LIKE_SEED] = "seed",
    [DENOISE__LIKE_STEPS_PER_EPOCH] = "steps_per_epoch",
    [DENOISE__LIKE_VALIDATION_ROWS] = "validation_rows",
    [DENOISE__LIKE_VALIDATION_BATCH_SIZE] = "validation_batch_size",
    [DENOISE__LIKE_VALIDATION_FREQ] = "validation_freq",
    [DENOISE__LIKE_VALIDATION_STEPS] = "validation_steps",
    [DENOISE__LIKE_VALIDATION_SPLIT_ORDER] = "validation_split_order",
};

denoise_status denoise__place_visit(denoise__place *place, const char *path, const denoise__visitor *visitor)
{
    char logs[DENOISE__PATH_SIZE];
    DENOISE__TRY(denoise__path_join(logs, sizeof logs, path, "logs"));
    DENOISE__TRY(denoise__visit_within(visitor, path, "event", DENOISE__PLACE_NONE, DENOISE__PLACE_EPOCH_END, &place->event));
    if (place->event == DENOISE__PLACE_NONE) return DENOISE_OK;
    DENOISE__TRY(denoise__visit_within(visitor, path, "told", 0, INT64_MAX, &place->told));
    DENOISE__TRY(denoise__visit_within(visitor, path, "epoch", 0, INT64_MAX - 1, &place->epoch));
    DENOISE__TRY(denoise__visit_within(visitor, path, "batch", 0, INT64_MAX / 2 - 2, &place->batch));
    DENOISE__TRY(denoise__visit_within(visitor, path, "pass_step", 0, INT64_MAX - 1, &place->pass_step));
    DENOISE__TRY(denoise__visit_within(visitor, path, "pass_batch", 0, INT64_MAX / 2, &place->pass_batch));
    DENOISE__TRY(denoise__visit_flag(visitor, path, "is_stopping", &place->is_stopping));
    for (int32_t i = 0; i < DENOISE__LIKE_COUNT; i++)
        DENOISE__TRY(denoise__visit_int64(visitor, path, like_names[i], &place->like[i]));
    return denoise__logs_visit(place->logs, logs, visitor);
}

static denoise_status fail(const denoise__place *place, const char *name, int64_t given, const char *relation, int64_t wanted)
{
    return denoise__fail(DENOISE_ERR_INVALID,
                         "fit goes on in epoch %lld, batch %lld of the state that was read: %s is %lld, expected %s%lld",
                         (long long)place->epoch, (long long)place->batch, name, (long long)given, relation, (long long)wanted);
}

denoise_status denoise__place_check(const denoise__place *place, const int64_t like[DENOISE__LIKE_COUNT], int64_t epochs)
{
    for (int32_t i = 0; i < DENOISE__LIKE_COUNT; i++) {
        if (like[i] != place->like[i]) return fail(place, like_names[i], like[i], "", place->like[i]);
    }
    if (epochs <= place->epoch) return fail(place, "epochs", epochs, "> ", place->epoch);
    int64_t batches = like[DENOISE__LIKE_STEPS_PER_EPOCH], rows = like[DENOISE__LIKE_ROWS];
    if (batches < 0 && rows < 0) return DENOISE_OK; /* nobody knows */
    if (batches < 0) batches = (rows - 1) / like[DENOISE__LIKE_BATCH_SIZE] + 1;
    if (place->batch < batches) return DENOISE_OK;
    return fail(place, "the number of batches in an epoch", batches, "> ", place->batch);
}
