/* SPDX-License-Identifier: Apache-2.0 */
/* Where a fit is: the event that it tells its callbacks of, and what must be known to go on there.
 *
 * State is written in callbacks, and all a fit is at such a moment lies in variables and here. The fit that goes on tells the
 * callbacks behind the one that wrote, and then does what the first one would have done next. Two places are coarser than that:
 * - in on_train_begin and on_train_end no fit is under way: the next one is a new one;
 * - inside the validation of an epoch the validation begins anew, as nothing in it is random; its events are told again.
 * on_train_begin is always told, with is_resumed in the run's parameters; on_epoch_begin of an epoch that has begun is not. */
#ifndef DENOISE_TRAIN_PLACE_H
#define DENOISE_TRAIN_PLACE_H

#include "train/logs.h"

enum {
    DENOISE__PLACE_NONE = 0,
    DENOISE__PLACE_EPOCH_BEGIN = 1,
    DENOISE__PLACE_BATCH_BEGIN = 2,
    DENOISE__PLACE_BATCH_END = 3,
    DENOISE__PLACE_VALIDATION = 4,
    DENOISE__PLACE_EPOCH_END = 5
};

/* What another fit must have alike to go on. */
enum {
    DENOISE__LIKE_ROWS,
    DENOISE__LIKE_BATCH_SIZE,
    DENOISE__LIKE_SHUFFLE,
    DENOISE__LIKE_SEED,
    DENOISE__LIKE_STEPS_PER_EPOCH,
    DENOISE__LIKE_VALIDATION_ROWS,
    DENOISE__LIKE_VALIDATION_BATCH_SIZE,
    DENOISE__LIKE_VALIDATION_FREQ,
    DENOISE__LIKE_VALIDATION_STEPS,
    DENOISE__LIKE_VALIDATION_SPLIT_ORDER,
    DENOISE__LIKE_COUNT
};

typedef struct denoise__place {
    int64_t event; /* DENOISE__PLACE_* */
    int64_t told;  /* callbacks that have heard of it, the one that writes included */
    int64_t epoch, batch;
    int64_t pass_step;  /* the trainer's step when the pass over the data began: keys its order */
    int64_t pass_batch; /* batches of the pass before the epoch; not 0 with steps_per_epoch alone */
    bool is_stopping;   /* as the event began for VALIDATION, else at present */
    int64_t like[DENOISE__LIKE_COUNT];
    denoise_logs *logs; /* of the event */
} denoise__place;

/* Reading needs logs. */
denoise_status denoise__place_visit(denoise__place *place, const char *path, const denoise__visitor *visitor);
/* Whether a fit over so many epochs can go on at `place`; DENOISE_ERR_INVALID says what differs. */
denoise_status denoise__place_check(const denoise__place *place, const int64_t like[DENOISE__LIKE_COUNT], int64_t epochs);

#endif
