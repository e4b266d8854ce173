/* SPDX-License-Identifier: Apache-2.0 */
/* Callbacks of third parties. */
#include "ext/ext.h"

DENOISE__EXT_HOOKS(callback, CALLBACK)
enum { MOST_STATE = 1 << 28 };

typedef denoise__ext_plain_head plain_head;
DENOISE__EXT_CHECK(check, plain_head)

static const denoise__ext_kind *kind_of(const denoise_callback *callback)
{
    return denoise__ext_of(callback->part.kind);
}

static denoise_ext_callback_args args_of(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs,
                                         int64_t number)
{
    return (denoise_ext_callback_args){.struct_size = sizeof(denoise_ext_callback_args),
                                       .config = denoise__ext_config(kind_of(callback), callback->part.config),
                                       .state = callback->state,
                                       .trainer = trainer,
                                       .logs = logs,
                                       .number = number};
}

static denoise_status create(denoise_callback *callback)
{
    const denoise__ext_kind *kind = kind_of(callback);
    uint64_t failures = denoise__failures();
    denoise_status status =
        kind->hooks.callback.create(denoise__ext_config(kind, callback->part.config), callback->state, kind->user_data);
    return denoise__ext_explain(status, failures, kind, "create");
}

/* Of an inert part the kind is not known any more: what create could not make is its own to free. */
static void destroy(denoise_callback *callback)
{
    const denoise__ext_kind *kind = kind_of(callback);
    kind->hooks.callback.destroy(denoise__ext_config(kind, callback->part.config), callback->state, kind->user_data);
}

static denoise_status begin(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)
{
    const denoise__ext_kind *kind = kind_of(callback);
    denoise_ext_callback_args args = args_of(callback, trainer, logs, -1);
    args.is_resumed = denoise__trainer_run_params(trainer)->is_resumed;
    return kind->hooks.callback.on_train_begin(&args, kind->user_data);
}

#define PLAIN(name, hook)                                                                                                      \
    static denoise_status name(denoise_callback *callback, denoise_trainer *trainer, denoise_logs *logs)                       \
    {                                                                                                                          \
        const denoise__ext_kind *kind = kind_of(callback);                                                                     \
        const denoise_ext_callback_args args = args_of(callback, trainer, logs, -1);                                           \
        return kind->hooks.callback.hook(&args, kind->user_data);                                                              \
    }
#define COUNTED(name, hook)                                                                                                    \
    static denoise_status name(denoise_callback *callback, denoise_trainer *trainer, int64_t number, denoise_logs *logs)       \
    {                                                                                                                          \
        const denoise__ext_kind *kind = kind_of(callback);                                                                     \
        const denoise_ext_callback_args args = args_of(callback, trainer, logs, number);                                       \
        return kind->hooks.callback.hook(&args, kind->user_data);                                                              \
    }
#define EACH_PLAIN(X)                                                                                                          \
    X(end, on_train_end)                                                                                                       \
    X(test_begin, on_test_begin)                                                                                               \
    X(test_end, on_test_end)                                                                                                   \
    X(predict_begin, on_predict_begin)                                                                                         \
    X(predict_end, on_predict_end)
#define EACH_COUNTED(X)                                                                                                        \
    X(epoch_begin, on_epoch_begin)                                                                                             \
    X(epoch_end, on_epoch_end)                                                                                                 \
    X(batch_begin, on_train_batch_begin)                                                                                       \
    X(batch_end, on_train_batch_end)                                                                                           \
    X(test_batch_begin, on_test_batch_begin)                                                                                   \
    X(test_batch_end, on_test_batch_end)                                                                                       \
    X(predict_batch_begin, on_predict_batch_begin)                                                                             \
    X(predict_batch_end, on_predict_batch_end)
EACH_PLAIN(PLAIN)
EACH_COUNTED(COUNTED)

static denoise_status visit(denoise_callback *callback, denoise_trainer *trainer, const char *path,
                            const denoise__visitor *visitor)
{
    (void)trainer;
    return denoise__visit_doubles(visitor, path, "state", DENOISE__VARIABLE_COUNTER, callback->state,
                                  kind_of(callback)->hooks.callback.saved_doubles);
}

static denoise_status adapt(denoise__ext_kind *kind)
{
    const denoise_ext_callback *hooks = &kind->hooks.callback;
    if (hooks->state_size < 0 || hooks->state_size > MOST_STATE || hooks->saved_doubles < 0 ||
        hooks->saved_doubles > hooks->state_size / (int64_t)sizeof(double))
        return denoise__fail(DENOISE_ERR_RANGE, "%s: %lld doubles are saved of a state of %lld bytes, expected 0 to %d bytes",
                             kind->inside.base.name, (long long)hooks->saved_doubles, (long long)hooks->state_size, MOST_STATE);
    kind->inside.callback = (denoise__callback_kind){.base = kind->inside.base,
                                                     .state_size = (size_t)hooks->state_size,
                                                     .create = hooks->create == NULL ? NULL : create,
                                                     .destroy = hooks->destroy == NULL ? NULL : destroy,
                                                     .begin = hooks->on_train_begin == NULL ? NULL : begin,
                                                     .visit = hooks->saved_doubles == 0 ? NULL : visit};
#define SET(name, hook) kind->inside.callback.name = hooks->hook == NULL ? NULL : name;
    EACH_PLAIN(SET)
    EACH_COUNTED(SET)
#undef SET
    kind->inside.callback.base.check = check;
    return DENOISE_OK;
}

DENOISE__EXT_NOUN(callback, callbacks, plain_head, .adapt = adapt)
