/* SPDX-License-Identifier: Apache-2.0 */
#include "train/use.h"
#include "core/cancel.h"
#include "layers/weight_lock.h"

denoise_status denoise__use_begin(denoise__use *use, denoise_trainer *trainer, const char *what)
{
    *use = (denoise__use){.trainer = trainer, .nested = denoise__weight_lock_is_mine(&trainer->lock)};
    if (!use->nested && !denoise__weight_lock_claim(&trainer->lock)) {
        return denoise__fail(DENOISE_ERR_BUSY, "%s: the trainer is in use by another thread", what);
    }
    use->cancel = denoise__cancel_hold();
    atomic_fetch_add(&trainer->references, 1);
    return DENOISE_OK;
}

denoise_status denoise__use_end(denoise__use *use, denoise_status status)
{
    denoise_trainer *trainer = use->trainer;
    (void)denoise__trainer_keep(trainer, status);
    if (!use->nested) denoise__weight_lock_unclaim(&trainer->lock);
    denoise_trainer_free(trainer);
    denoise__cancel_release(use->cancel);
    return status;
}

denoise_status denoise__check_data(const char *function, const denoise_tensor *const *x, const denoise_tensor *const *y,
                                   bool is_one)
{
    if (x == NULL || (is_one && *x == NULL)) return denoise__fail_null(function, "x");
    if (y == NULL || (is_one && *y == NULL)) return denoise__fail_null(function, "y");
    return DENOISE_OK;
}
