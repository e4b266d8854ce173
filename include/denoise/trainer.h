/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Trainer: a model with loss, optimizer and metrics; fit, evaluate, predict.
 *
 * Rules are those of Keras' fit: batch size 32, the last short batch is kept, validation_split takes the last rows before
 * any shuffling, metrics are reset at each epoch. fit, evaluate and predict make all the memory they need before their first
 * step; a step allocates nothing.
 *
 * Randomness belongs to the trainer, which goes on, not to the call. The order of an epoch, dropout and noise are a function of
 * the seed and of the number of training steps that the trainer has done, by fit and by denoise_trainer_train_on_batch(). So
 * 100 calls of fit with epochs = 1 end in the same bits as one with epochs = 100 and the same seed, and no call repeats
 * another. Validation, evaluate and predict draw nothing.
 *
 * A trainer is used by one thread at a time: fit, evaluate, predict, the batch calls, and what adds or takes out callbacks, are
 * DENOISE_ERR_BUSY, and change nothing, while another thread is inside one of them. denoise_trainer_stop() is for any thread.
 */
#ifndef DENOISE_TRAINER_H
#define DENOISE_TRAINER_H

#include <denoise/callback.h>
#include <denoise/dataset.h>
#include <denoise/loss.h>
#include <denoise/metric.h>
#include <denoise/model.h>
#include <denoise/optimizer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What fit does when data, weights, loss or gradient are NaN or infinite, or the step would make weights or the optimizer's
 * state so. Since 0.1. */
enum {
    DENOISE_NONFINITE_ERROR =
        0, /**< ends with DENOISE_ERR_NONFINITE before the step; weights and state are those of the last good step */
    DENOISE_NONFINITE_IGNORE = 1 /**< goes on, as Keras does */
};

/** Which rows validation_split takes. Since 0.2. */
enum {
    DENOISE_SPLIT_LAST = 0,      /**< the last ones, as Keras does */
    DENOISE_SPLIT_SHUFFLED = 1,  /**< some of all, by the seed alone: the same ones in each fit */
    DENOISE_SPLIT_STRATIFIED = 2 /**< the same, but of each class its share: the first target holds labels or one-hot rows */
};

/** Settings of denoise_model_compile(). Since 0.1. */
typedef struct denoise_compile_options {
    int64_t struct_size;            /**< sizeof(denoise_compile_options) */
    denoise_loss *const *losses;    /**< one per output, NULL entries = no loss; adopted; NULL = the call's loss for all */
    const double *loss_weights;     /**< one per output; NULL = 1 */
    int64_t loss_count;             /**< length of the two; 0 when both are NULL */
    denoise_metric *const *metrics; /**< adopted; ignore sample weights */
    const int64_t *metric_outputs;  /**< output that each metric looks at; NULL = 0 */
    int64_t metric_count;           /**< length of the two */
    denoise_metric *const *weighted_metrics; /**< adopted; use sample and class weights */
    const int64_t *weighted_metric_outputs;  /**< NULL = 0 */
    int64_t weighted_metric_count;           /**< length of the two */
    int32_t unfused;                         /**< 0; 1: losses always work from the clipped outputs (Keras on JAX or PyTorch) */
    const char *convolution; /**< "auto", "direct" for all that the trainer computes, or NULL = see denoise_set_convolution() */
} denoise_compile_options;
/** Defaults. Since 0.1. */
#define DENOISE_COMPILE_OPTIONS_INIT                                                                                           \
    {                                                                                                                          \
        sizeof(denoise_compile_options), NULL, NULL, 0, NULL, NULL, 0, NULL, NULL, 0, 0, NULL                                  \
    }
/**
 * Writes the defaults, for languages without macros. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_compile_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_compile_options_init_sized(denoise_compile_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_compile_options_init(options) denoise_compile_options_init_sized((options), sizeof(denoise_compile_options))

/** Settings of the fit calls. Since 0.1. */
typedef struct denoise_fit_options {
    int64_t struct_size;                            /**< sizeof(denoise_fit_options) */
    int64_t batch_size;                             /**< 32 */
    int64_t epochs;                                 /**< 1 */
    int64_t initial_epoch;                          /**< 0; for logs and callbacks: enters no random number */
    double validation_split;                        /**< 0 .. 1 (exclusive); the last rows, see validation_split_order */
    const denoise_tensor *const *validation_x;      /**< one per input; goes before validation_split; NULL = none */
    const denoise_tensor *const *validation_y;      /**< one per output */
    const denoise_tensor *const *validation_weight; /**< (n) one per output, NULL entries = none; NULL = none */
    int64_t validation_batch_size;                  /**< -1 = batch_size */
    int64_t validation_freq;                        /**< 1 */
    const denoise_tensor *const *sample_weight;     /**< (n) one per output, NULL entries = none; NULL = none */
    const double *class_weight;                     /**< weight of class 0, 1, ...; one output only; NULL = none */
    int64_t class_count;                            /**< length of class_weight; classes beyond it weigh 1 */
    uint64_t seed;                                  /**< 0; of shuffling, dropout and noise; see above */
    int32_t shuffle;                                /**< 1 */
    int32_t verbose;                                /**< 1: bar; 2: a line per epoch; 0: silent */
    int32_t nonfinite;                              /**< DENOISE_NONFINITE_ERROR */
    int64_t steps_per_epoch;        /**< -1 = all batches; else an epoch has so many, and the next one goes on behind them */
    int64_t validation_steps;       /**< -1 = all batches; each validation begins with the first */
    int32_t validation_split_order; /**< DENOISE_SPLIT_LAST */
} denoise_fit_options;
/** Defaults. Since 0.1. */
#define DENOISE_FIT_OPTIONS_INIT                                                                                               \
    {                                                                                                                          \
        sizeof(denoise_fit_options), 32, 1, 0, 0.0, NULL, NULL, NULL, -1, 1, NULL, NULL, 0, 0, 1, 1, DENOISE_NONFINITE_ERROR,  \
            -1, -1, DENOISE_SPLIT_LAST                                                                                         \
    }
/**
 * Writes the defaults, for languages without macros. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_fit_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_fit_options_init_sized(denoise_fit_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_fit_options_init(options) denoise_fit_options_init_sized((options), sizeof(denoise_fit_options))

/** Settings of the evaluate calls. Since 0.1. */
typedef struct denoise_evaluate_options {
    int64_t struct_size;                        /**< sizeof(denoise_evaluate_options) */
    int64_t batch_size;                         /**< 32 */
    const denoise_tensor *const *sample_weight; /**< (n) one per output, NULL entries = none; NULL = none */
    int32_t verbose;                            /**< 1 */
    int64_t steps;                              /**< -1 = all batches */
} denoise_evaluate_options;
/** Defaults. Since 0.1. */
#define DENOISE_EVALUATE_OPTIONS_INIT                                                                                          \
    {                                                                                                                          \
        sizeof(denoise_evaluate_options), 32, NULL, 1, -1                                                                      \
    }
/**
 * Writes the defaults, for languages without macros. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_evaluate_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_evaluate_options_init_sized(denoise_evaluate_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_evaluate_options_init(options) denoise_evaluate_options_init_sized((options), sizeof(denoise_evaluate_options))

/**
 * Prepares a model for training.
 * @param out the new trainer, freed by the caller; it keeps the model alive
 * @param model what trains is read now (denoise_model_set_trainable(), denoise_layer_set_trainable())
 * @param optimizer adopted, also when the call fails; one that has made steps goes on with its state, and fit answers
 *        DENOISE_ERR_SHAPE where that belongs to other weights
 * @param loss adopted, also when the call fails; for all outputs; NULL = those of options
 * @param options NULL = defaults; parts in it are adopted, also when the call fails, except for a wrong struct_size: what lies
 *        beyond it is then not known, and the caller keeps the parts
 * @return DENOISE_OK; the failure of an inert part; DENOISE_ERR_NULL, DENOISE_ERR_OWNED, DENOISE_ERR_INVALID,
 *         DENOISE_ERR_RANGE, DENOISE_ERR_SHAPE, DENOISE_ERR_NAME for a metric whose name in the logs is taken
 *         or another convolution, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_compile(denoise_trainer **out, denoise_model *model, denoise_optimizer *optimizer,
                                                 denoise_loss *loss, const denoise_compile_options *options);
/**
 * Frees a trainer and the parts that it adopted; when a call on it is still running, in another thread or around this one in a
 * callback, at the end of that call. What a call had that a callback has left is freed too, as by denoise_trainer_reset().
 * @param trainer NULL is accepted. Since 0.1.
 */
DENOISE_API void denoise_trainer_free(denoise_trainer *trainer);
/**
 * Makes a trainer usable again that a callback has left by longjmp() or an exception: fit, evaluate or predict never came back,
 * and all that it had is still taken, so that calls on the trainer, and training of its model, are DENOISE_ERR_BUSY.
 *
 * Frees the weights, the engine and the memory of that call, and puts the caller's floating-point environment and cancel state
 * back. Model, optimizer and history are as they were in the callback; the next fit is a new one. Call it on the thread of the
 * lost call, in the function where the jump or the exception ended, or further out. What it ends are calls whose place in the
 * stack is no longer in use: in a callback of a run that goes on, it changes nothing. A host that changes stacks within a
 * thread (coroutines) must not call it, or free the trainer, while a run on another stack waits in a callback.
 * docs/threading.md has the rules.
 * @param trainer the trainer
 * @return DENOISE_OK, also when there was nothing to do; DENOISE_ERR_NULL; DENOISE_ERR_BUSY in a callback, and while another
 * thread uses the trainer. Since 0.2.
 */
DENOISE_API denoise_status denoise_trainer_reset(denoise_trainer *trainer);
/**
 * The text of the last failure of a call on this trainer.
 * @param trainer the trainer
 * @return borrowed from the trainer; "" when there was none; "" for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_trainer_error(const denoise_trainer *trainer);

/**
 * Adds a callback for all later runs. An inert callback also makes the next fit fail.
 * @param trainer the trainer
 * @param callback adopted, also when the call fails
 * @return DENOISE_OK; the failure of an inert callback; DENOISE_ERR_NULL; DENOISE_ERR_OWNED; DENOISE_ERR_BUSY while another
 *         thread uses the trainer; DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_add_callback(denoise_trainer *trainer, denoise_callback *callback);
/**
 * Takes all added callbacks out and frees them.
 * @param trainer the trainer
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_STATE during a run, DENOISE_ERR_BUSY during one in another thread.
 *         Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_clear_callbacks(denoise_trainer *trainer);

/**
 * Trains.
 * @param trainer the trainer
 * @param x (n, ...) inputs of any element type
 * @param y (n, ...) targets
 * @param options NULL = defaults
 * @return DENOISE_OK, also when a callback or denoise_trainer_stop() ended it early; DENOISE_ERR_NULL, DENOISE_ERR_SHAPE,
 *         DENOISE_ERR_RANGE, DENOISE_ERR_INVALID, DENOISE_ERR_NONFINITE, DENOISE_ERR_BUSY, DENOISE_ERR_NOMEM, or what a
 * callback returned. The history of finished epochs is kept in each case. Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_fit(denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y,
                                               const denoise_fit_options *options);
/**
 * The same for several inputs and outputs.
 * @param trainer the trainer
 * @param x input_count tensors with equal numbers of rows
 * @param input_count the model's number of inputs
 * @param y output_count tensors
 * @param output_count the model's number of outputs
 * @param options NULL = defaults
 * @return as denoise_trainer_fit(). Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_fit_many(denoise_trainer *trainer, const denoise_tensor *const *x,
                                                    int64_t input_count, const denoise_tensor *const *y, int64_t output_count,
                                                    const denoise_fit_options *options);
/**
 * Trains on the rows of a dataset.
 *
 * An epoch is one pass, or steps_per_epoch batches of one that goes on through the epochs; when it ends, the next epoch begins
 * another, and an epoch that it leaves short ends there, with a warning. The order of rows is the dataset's: `shuffle` of the
 * options is for arrays. batch_size counts where the dataset has none; validation_split and sample_weight must not be given.
 * Where the rows are not known the progress bar does without, as Keras' does. Rows are named in messages by their number in
 * the tensors, or in the generator's pass.
 * @param trainer the trainer
 * @param dataset of the model's inputs and targets; read, not changed; may be freed in the meantime
 * @param validation evaluated as validation_x is; NULL = none, or validation_x
 * @param options NULL = defaults
 * @return as denoise_trainer_fit(); DENOISE_ERR_SHAPE also for a pass without rows; DENOISE_ERR_INVALID also for a dataset
 * without end where steps_per_epoch is -1; DENOISE_ERR_BUSY also for a dataset that is being read; DENOISE_ERR_STATE after
 *         fork(), see denoise_dataset_prefetch(); what a function of the dataset's returned. Since 0.2.
 */
DENOISE_API denoise_status denoise_trainer_fit_dataset(denoise_trainer *trainer, denoise_dataset *dataset,
                                                       denoise_dataset *validation, const denoise_fit_options *options);
/**
 * Loss and metrics on data; NaN and Inf in it go into the figures, as in Keras.
 * @param out ordered as Keras returns them, freed by the caller; may be NULL. One output: loss, then the metrics as they were
 * given, then, sorted, those whose name was taken ("weighted_accuracy", "accuracy_1"). Several: loss, losses of the outputs
 *        ("digit_loss"), then all metrics, sorted ("digit_accuracy"). Of the second output of one layer they are
 * "digit_loss_1", which Keras hides behind the first's name, and "digit_accuracy_1"
 * @param trainer the trainer
 * @param x (n, ...) inputs of any element type
 * @param y (n, ...) targets
 * @param options NULL = defaults
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_SHAPE; DENOISE_ERR_RANGE; DENOISE_ERR_INVALID; DENOISE_ERR_STATE from
 *         a hook; DENOISE_ERR_BUSY; DENOISE_ERR_NOMEM; the failure of an inert callback; what a callback returned. Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_evaluate(denoise_logs **out, denoise_trainer *trainer, const denoise_tensor *x,
                                                    const denoise_tensor *y, const denoise_evaluate_options *options);
/**
 * The same for several inputs and outputs.
 * @param out as for denoise_trainer_evaluate(); may be NULL
 * @param trainer the trainer
 * @param x input_count tensors with equal numbers of rows
 * @param input_count the model's number of inputs
 * @param y output_count tensors
 * @param output_count the model's number of outputs
 * @param options NULL = defaults
 * @return as denoise_trainer_evaluate(). Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_evaluate_many(denoise_logs **out, denoise_trainer *trainer,
                                                         const denoise_tensor *const *x, int64_t input_count,
                                                         const denoise_tensor *const *y, int64_t output_count,
                                                         const denoise_evaluate_options *options);
/**
 * The same for the rows of one pass of a dataset.
 * @param out as for denoise_trainer_evaluate(); may be NULL
 * @param trainer the trainer
 * @param dataset of the model's inputs and targets; without an end it needs options->steps
 * @param options NULL = defaults; sample_weight must not be given
 * @return as denoise_trainer_evaluate(); DENOISE_ERR_STATE after fork(); what a function of the dataset's returned. Since 0.2.
 */
DENOISE_API denoise_status denoise_trainer_evaluate_dataset(denoise_logs **out, denoise_trainer *trainer,
                                                            denoise_dataset *dataset, const denoise_evaluate_options *options);
/**
 * denoise_model_predict() with this trainer's callbacks.
 * @param out float32 (n, ...), freed by the caller; NULL on failure
 * @param trainer the trainer
 * @param x (n, ...) of any element type
 * @param options NULL = defaults
 * @return as denoise_model_predict(); the failure of an inert callback; what a callback returned. Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_predict(denoise_tensor **out, denoise_trainer *trainer, const denoise_tensor *x,
                                                   const denoise_predict_options *options);
/**
 * One training step on one batch; the metrics are reset first, as in Keras 3.15.
 * @param out loss and metrics; freed by the caller; may be NULL
 * @param trainer the trainer
 * @param x (n, ...) inputs of any element type
 * @param y (n, ...) targets
 * @param sample_weight (n); NULL = all 1
 * @return as denoise_trainer_fit(). Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_train_on_batch(denoise_logs **out, denoise_trainer *trainer, const denoise_tensor *x,
                                                          const denoise_tensor *y, const denoise_tensor *sample_weight);
/**
 * Loss and metrics of one batch, without training.
 * @param out loss and metrics; freed by the caller; may be NULL
 * @param trainer the trainer
 * @param x (n, ...) inputs of any element type
 * @param y (n, ...) targets
 * @param sample_weight (n); NULL = all 1
 * @return as denoise_trainer_evaluate(). Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_test_on_batch(denoise_logs **out, denoise_trainer *trainer, const denoise_tensor *x,
                                                         const denoise_tensor *y, const denoise_tensor *sample_weight);
/**
 * Forgets the metrics' batches.
 * @param trainer the trainer
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_BUSY while another thread uses the trainer. Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_reset_metrics(denoise_trainer *trainer);

/**
 * Asks a running fit, evaluate or predict to end after the present batch (Keras' stop_training); async-signal-safe. A fit that
 * begins later forgets it.
 * @param trainer NULL is accepted. Since 0.1.
 */
DENOISE_API void denoise_trainer_stop(denoise_trainer *trainer);
/**
 * Whether a stop was asked for.
 * @param trainer the trainer
 * @return 1 or 0; 0 for NULL. Since 0.1.
 */
DENOISE_API int32_t denoise_trainer_stopping(const denoise_trainer *trainer);
/**
 * Loss and metrics of every epoch of the last fit.
 * @param trainer the trainer
 * @return borrowed from the trainer, never NULL for a trainer; NULL for NULL. Since 0.1.
 */
DENOISE_API const denoise_history *denoise_trainer_history(const denoise_trainer *trainer);
/** The model. @param trainer the trainer @return borrowed from the trainer; NULL for NULL. Since 0.1. */
DENOISE_API denoise_model *denoise_trainer_model(const denoise_trainer *trainer);
/**
 * The optimizer, whose learning rate may be changed.
 * @param trainer the trainer
 * @return borrowed from the trainer; NULL for NULL. Since 0.1.
 */
DENOISE_API denoise_optimizer *denoise_trainer_optimizer(const denoise_trainer *trainer);
/**
 * A clock for the progress bar instead of the system's, in seconds (tests).
 * @param trainer the trainer
 * @param clock NULL = the system's; must return: no longjmp(), no exception
 * @param user_data handed to clock
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_BUSY while another thread uses the trainer. Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_set_clock(denoise_trainer *trainer, double (*clock)(void *user_data),
                                                     void *user_data);

/**
 * Keras' summary of the model, with the optimizer's variables once it has any.
 * @param out the text, freed by the caller with denoise_free(); NULL on failure
 * @param trainer the trainer
 * @param options NULL = defaults
 * @return as denoise_model_summary(). Since 0.1.
 */
DENOISE_API denoise_status denoise_trainer_summary(char **out, const denoise_trainer *trainer,
                                                   const denoise_summary_options *options);

#ifdef __cplusplus
}
#endif
#endif
