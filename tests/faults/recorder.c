/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/recorder.h"
#include <stddef.h>

#define PLAIN_HOOKS(X)                                                                                                         \
    X(0, on_train_begin)                                                                                                       \
    X(1, on_train_end)                                                                                                         \
    X(6, on_test_begin)                                                                                                        \
    X(7, on_test_end)                                                                                                          \
    X(10, on_predict_begin)                                                                                                    \
    X(11, on_predict_end)
#define COUNTED_HOOKS(X)                                                                                                       \
    X(2, on_epoch_begin)                                                                                                       \
    X(3, on_epoch_end)                                                                                                         \
    X(4, on_train_batch_begin)                                                                                                 \
    X(5, on_train_batch_end)                                                                                                   \
    X(8, on_test_batch_begin)                                                                                                  \
    X(9, on_test_batch_end)                                                                                                    \
    X(12, on_predict_batch_begin)                                                                                              \
    X(13, on_predict_batch_end)

static denoise_status record(recorder *r, denoise_trainer *trainer, denoise_logs *logs, int64_t hook)
{
    int64_t call = r->calls++;
    r->last_hook = hook;
    if (r->watch != NULL) r->watch(call, hook, r->user_data);
    if (call != r->fail_at) return DENOISE_OK;
    return r->act != NULL ? r->act(trainer, logs, r->user_data) : r->status;
}

#define PLAIN(number, name)                                                                                                    \
    static denoise_status name(denoise_trainer *trainer, denoise_logs *logs, void *user_data)                                  \
    {                                                                                                                          \
        return record(user_data, trainer, logs, number);                                                                       \
    }
#define COUNTED(number, name)                                                                                                  \
    static denoise_status name(denoise_trainer *trainer, int64_t index, denoise_logs *logs, void *user_data)                   \
    {                                                                                                                          \
        (void)index;                                                                                                           \
        return record(user_data, trainer, logs, number);                                                                       \
    }
PLAIN_HOOKS(PLAIN)
COUNTED_HOOKS(COUNTED)

void recorder_init(recorder *r)
{
    *r = (recorder){.fail_at = -1, .status = DENOISE_ERR_USER};
}

denoise_callback *recorder_callback(recorder *r)
{
#define SET(number, name) .name = name,
    const denoise_callback_hooks hooks = {.struct_size = (int64_t)sizeof hooks, PLAIN_HOOKS(SET) COUNTED_HOOKS(SET)};
    return denoise_callback_lambda(&hooks, r, NULL);
}

const char *recorder_hook_name(int64_t hook)
{
#define NAME(number, name) [number] = #name,
    static const char *const names[RECORDER_HOOKS] = {PLAIN_HOOKS(NAME) COUNTED_HOOKS(NAME)};
    return hook < 0 || hook >= RECORDER_HOOKS ? "?" : names[hook];
}
