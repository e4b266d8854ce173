/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Callbacks: what watches and steers training, and the logs and history that it sees.
 *
 * A callback is a part (see denoise/layer.h); the trainer adopts it with denoise_trainer_add_callback(). Order: the caller's
 * callbacks in the order added, then the history, then the progress bar. Epochs and batches count from 0. An error that a
 * callback returns ends the run and comes back unchanged.
 *
 * A hook, and the schedule of a learning rate, may also be left by longjmp() or a C++ exception; denoise_trainer_reset() then
 * ends the run that never came back. A `destroy` must return. docs/threading.md has the rules.
 */
#ifndef DENOISE_CALLBACK_H
#define DENOISE_CALLBACK_H

#include <denoise/params.h>
#include <denoise/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A callback. Since 0.1. */
typedef struct denoise_callback denoise_callback;
/** Names and numbers of one moment: "loss", "val_loss", ... Since 0.1. */
typedef struct denoise_logs denoise_logs;
/** Names with one number per epoch. Since 0.1. */
typedef struct denoise_history denoise_history;
/** See denoise/trainer.h. Since 0.1. */
typedef struct denoise_trainer denoise_trainer;

/** Number of entries. @param logs the logs @return >= 0; 0 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_logs_count(const denoise_logs *logs);
/**
 * Key of an entry.
 * @param logs the logs
 * @param index 0 .. denoise_logs_count() - 1
 * @return borrowed from the logs; NULL out of range; NULL for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_logs_key(const denoise_logs *logs, int64_t index);
/**
 * Value of a key.
 * @param logs the logs
 * @param key a key in them
 * @param value set; unchanged on failure
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOT_FOUND. Since 0.1.
 */
DENOISE_API denoise_status denoise_logs_get(const denoise_logs *logs, const char *key, double *value);
/**
 * Sets or adds a key; later callbacks, history and bar see it.
 * @param logs the logs
 * @param key any text; copied
 * @param value any number
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_logs_set(denoise_logs *logs, const char *key, double value);
/**
 * Frees logs that a call handed to the caller; does nothing to those that a hook sees.
 * @param logs NULL is accepted. Since 0.1.
 */
DENOISE_API void denoise_logs_free(denoise_logs *logs);

/** Number of epochs recorded. @param history the history @return >= 0; 0 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_history_epochs(const denoise_history *history);
/**
 * Epoch number of a record.
 * @param history the history
 * @param index 0 .. denoise_history_epochs() - 1
 * @return >= 0; -1 out of range; -1 for NULL. Since 0.1.
 */
DENOISE_API int64_t denoise_history_epoch(const denoise_history *history, int64_t index);
/** Number of keys. @param history the history @return >= 0; 0 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_history_key_count(const denoise_history *history);
/**
 * A key.
 * @param history the history
 * @param index 0 .. denoise_history_key_count() - 1
 * @return borrowed from the history; NULL out of range; NULL for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_history_key(const denoise_history *history, int64_t index);
/**
 * The numbers of a key, one per record (NAN where an epoch had none).
 * @param history the history
 * @param key a key of it
 * @return borrowed until the next fit; NULL when the key is unknown; NULL for NULL. Since 0.1.
 */
DENOISE_API const double *denoise_history_values(const denoise_history *history, const char *key);

/** The 14 hooks of denoise_callback_lambda(); each may be NULL. `logs` may be changed. Since 0.1. */
typedef struct denoise_callback_hooks {
    int64_t struct_size; /**< sizeof(denoise_callback_hooks) */
    denoise_status (*on_train_begin)(denoise_trainer *trainer, denoise_logs *logs, void *user_data);
    denoise_status (*on_train_end)(denoise_trainer *trainer, denoise_logs *logs, void *user_data);
    denoise_status (*on_epoch_begin)(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data);
    denoise_status (*on_epoch_end)(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data);
    denoise_status (*on_train_batch_begin)(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data);
    denoise_status (*on_train_batch_end)(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data);
    denoise_status (*on_test_begin)(denoise_trainer *trainer, denoise_logs *logs, void *user_data);
    denoise_status (*on_test_end)(denoise_trainer *trainer, denoise_logs *logs, void *user_data);
    denoise_status (*on_test_batch_begin)(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data);
    denoise_status (*on_test_batch_end)(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data);
    denoise_status (*on_predict_begin)(denoise_trainer *trainer, denoise_logs *logs, void *user_data);
    denoise_status (*on_predict_end)(denoise_trainer *trainer, denoise_logs *logs, void *user_data);
    denoise_status (*on_predict_batch_begin)(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data);
    denoise_status (*on_predict_batch_end)(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data);
} denoise_callback_hooks;
/** No hooks. Since 0.1. */
#define DENOISE_CALLBACK_HOOKS_INIT                                                                                            \
    {                                                                                                                          \
        sizeof(denoise_callback_hooks), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL     \
    }
/**
 * Writes a table without hooks. C has the macro below for it.
 * @param hooks NULL is accepted
 * @param size sizeof(denoise_callback_hooks) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_callback_hooks_init_sized(denoise_callback_hooks *hooks, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_callback_hooks_init(hooks) denoise_callback_hooks_init_sized((hooks), sizeof(denoise_callback_hooks))

/** Settings of denoise_callback_early_stopping(). Since 0.1. */
typedef struct denoise_early_stopping_options {
    int64_t struct_size;          /**< sizeof(denoise_early_stopping_options) */
    const char *monitor;          /**< "val_loss" */
    const char *mode;             /**< "auto", "min" or "max" */
    double min_delta;             /**< 0 */
    double baseline;              /**< NAN = None */
    int64_t patience;             /**< 0 */
    int64_t start_from_epoch;     /**< 0 */
    int32_t restore_best_weights; /**< 0 */
} denoise_early_stopping_options;
/** Keras' defaults. Since 0.1. */
#define DENOISE_EARLY_STOPPING_OPTIONS_INIT                                                                                    \
    {                                                                                                                          \
        sizeof(denoise_early_stopping_options), "val_loss", "auto", 0.0, DENOISE_NAN, 0, 0, 0                                  \
    }
/**
 * Writes Keras' defaults. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_early_stopping_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_early_stopping_options_init_sized(denoise_early_stopping_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_early_stopping_options_init(options)                                                                           \
    denoise_early_stopping_options_init_sized((options), sizeof(denoise_early_stopping_options))

/** Settings of denoise_callback_reduce_lr_on_plateau(). Since 0.1. */
typedef struct denoise_reduce_lr_options {
    int64_t struct_size; /**< sizeof(denoise_reduce_lr_options) */
    const char *monitor; /**< "val_loss" */
    const char *mode;    /**< "auto" */
    double factor;       /**< 0.1; < 1 */
    double min_delta;    /**< 1e-4 */
    double min_lr;       /**< 0 */
    int64_t patience;    /**< 10 */
    int64_t cooldown;    /**< 0 */
} denoise_reduce_lr_options;
/** Keras' defaults. Since 0.1. */
#define DENOISE_REDUCE_LR_OPTIONS_INIT                                                                                         \
    {                                                                                                                          \
        sizeof(denoise_reduce_lr_options), "val_loss", "auto", 0.1, 1e-4, 0.0, 10, 0                                           \
    }
/**
 * Writes Keras' defaults. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_reduce_lr_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_reduce_lr_options_init_sized(denoise_reduce_lr_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_reduce_lr_options_init(options)                                                                                \
    denoise_reduce_lr_options_init_sized((options), sizeof(denoise_reduce_lr_options))

/**
 * Makes a callback by its name.
 * @param out the new callback, NULL on failure; owned by the caller until a trainer adopts it
 * @param name a kind ("early_stopping") or Keras' class ("CSVLogger")
 * @param params its parameters under Keras' names, copied; NULL = all defaults
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_NAME for an unknown kind or parameter; DENOISE_ERR_DTYPE,
 *         DENOISE_ERR_RANGE or DENOISE_ERR_INVALID for a wrong or missing value, also for a kind that needs a function, which
 *         has no name (LambdaCallback, LearningRateScheduler); DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_callback_create(denoise_callback **out, const char *name, const denoise_params *params);
/**
 * The caller's own functions.
 * @param hooks copied
 * @param user_data handed to the hooks and to destroy
 * @param destroy called once with user_data when the callback is freed, also when this call fails; may be NULL
 * @return the callback, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_callback *denoise_callback_lambda(const denoise_callback_hooks *hooks, void *user_data,
                                                      void (*destroy)(void *user_data));
/**
 * Stops when the monitored number no longer improves.
 * @param options NULL = defaults
 * @return the callback, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_callback *denoise_callback_early_stopping(const denoise_early_stopping_options *options);
/**
 * Lowers the learning rate when the monitored number no longer improves.
 * @param options NULL = defaults
 * @return the callback, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_callback *denoise_callback_reduce_lr_on_plateau(const denoise_reduce_lr_options *options);
/**
 * Sets the learning rate at each epoch's begin.
 * @param schedule writes the new rate for (epoch, present rate)
 * @param user_data handed to schedule and to destroy
 * @param destroy as for the lambda: called once, also when this call fails; may be NULL
 * @return the callback, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_callback *denoise_callback_learning_rate_scheduler(
    denoise_status (*schedule)(int64_t epoch, double learning_rate, double *result, void *user_data), void *user_data,
    void (*destroy)(void *user_data));
/**
 * Ends training at a batch whose loss is NaN or infinite.
 * @param raise_error 1: fit returns DENOISE_ERR_NONFINITE
 * @return the callback, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_callback *denoise_callback_terminate_on_nan(int32_t raise_error);
/**
 * CSVLogger: writes a row of logs per epoch, the first with a header before it.
 *
 * Each row is in the file when its epoch ends; a row that cannot be written whole is taken back, so that the file ends with a
 * whole row, unless the process is killed in the middle of writing one.
 * Fit opens it when it begins and empties it then, if it does not append; a file that cannot be opened keeps its rows. When
 * opening or a row fails, fit ends with DENOISE_ERR_IO or DENOISE_ERR_NOT_FOUND, path and cause.
 * @param path of a regular file or a character device such as "/dev/stderr"; copied
 * @param separator one byte; NULL = ",", as in Keras
 * @param append 1: goes on with a file that exists
 * @return the callback, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_callback *denoise_callback_csv_logger(const char *path, const char *separator, int32_t append);
/**
 * Records every epoch's logs; a trainer has one already.
 * @return the callback, never NULL, possibly inert; owned by the caller until a trainer adopts it. Since 0.1.
 */
DENOISE_API denoise_callback *denoise_callback_history(void);
/**
 * Keeps a callback for the caller, whoever adopts it: one denoise_callback_free() drops that reference; see
 * denoise_layer_keep().
 * @param callback any callback; NULL is accepted. Since 0.2.
 */
DENOISE_API void denoise_callback_keep(denoise_callback *callback);
/**
 * Frees a callback that nothing has adopted; an adopted one is left to its owner.
 * @param callback NULL is accepted. Since 0.1.
 */
DENOISE_API void denoise_callback_free(denoise_callback *callback);
/**
 * Why a callback is inert.
 * @param callback any callback
 * @return DENOISE_OK for a sound callback; DENOISE_ERR_NULL for NULL. Since 0.1.
 */
DENOISE_API denoise_status denoise_callback_status(const denoise_callback *callback);
/**
 * The same in words.
 * @param callback any callback
 * @return borrowed from the callback; "" for a sound one; a text for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_callback_error(const denoise_callback *callback);
/**
 * EarlyStopping: epoch at which it stopped.
 * @param callback any callback
 * @return 0 when it did not stop; -1 for other kinds; -1 for NULL. Since 0.1.
 */
DENOISE_API int64_t denoise_early_stopping_stopped_epoch(const denoise_callback *callback);
/**
 * EarlyStopping: the best epoch so far.
 * @param callback any callback
 * @return >= 0; -1 for other kinds; -1 for NULL. Since 0.1.
 */
DENOISE_API int64_t denoise_early_stopping_best_epoch(const denoise_callback *callback);
/**
 * EarlyStopping: the best value so far.
 * @param callback any callback
 * @return NAN when there is none; NAN for NULL. Since 0.1.
 */
DENOISE_API double denoise_early_stopping_best(const denoise_callback *callback);
/**
 * History: what it recorded.
 * @param callback any callback
 * @return borrowed from the callback; NULL for other kinds; NULL for NULL. Since 0.1.
 */
DENOISE_API const denoise_history *denoise_callback_history_of(const denoise_callback *callback);

#ifdef __cplusplus
}
#endif
#endif
