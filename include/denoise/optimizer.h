/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Optimizers: how weights follow their gradients.
 *
 * An optimizer is a part (see denoise/layer.h); the trainer adopts it. Update rules and defaults are Keras', which differ
 * from PyTorch's in places (epsilon hat in Adam, epsilon inside the root in RMSprop, weight decay 0.004 in AdamW).
 *
 * All kinds have the same stages around their update, in the order of keras/src/optimizers/base_optimizer.py:
 *
 *     gradients   divided by loss_scale_factor; added up for gradient_accumulation_steps batches, whose mean goes on; shortened
 *                 by one of clipnorm, global_clipnorm and clipvalue
 *     weights     decay: w -= w weight_decay learning_rate, biases too, unless exclude_from_weight_decay names them; the update
 *     averages    with use_ema each weight's moving average is m average + (1 - m) w, the first step's being the weight itself;
 *                 every ema_overwrite_frequency steps, and at the end of a fit, the weights become their averages
 *     constraints of the layers (denoise/constraint.h)
 *
 * Instead of a number the learning rate may be a schedule (denoise/schedule.h), which is asked for each batch.
 */
#ifndef DENOISE_OPTIMIZER_H
#define DENOISE_OPTIMIZER_H

#include <denoise/params.h>
#include <denoise/schedule.h>
#include <denoise/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An optimizer. Since 0.1. */
typedef struct denoise_optimizer denoise_optimizer;

/** Settings of denoise_optimizer_sgd(). Since 0.1. */
typedef struct denoise_sgd_options {
    int64_t struct_size;                 /**< sizeof(denoise_sgd_options) */
    double learning_rate;                /**< 0.01 */
    double momentum;                     /**< 0; 0 .. 1 */
    double weight_decay;                 /**< NAN = None */
    int32_t nesterov;                    /**< 0 */
    double clipnorm;                     /**< NAN = None; > 0: the greatest norm of the gradient of a weight. Since 0.2 */
    double global_clipnorm;              /**< NAN = None; > 0: the greatest norm of all gradients together. Since 0.2 */
    double clipvalue;                    /**< NAN = None; > 0: the greatest magnitude in a gradient. Since 0.2 */
    double ema_momentum;                 /**< 0.99; 0 .. 1: share of a moving average that a step keeps. Since 0.2 */
    double loss_scale_factor;            /**< NAN = None; > 0: factor of the loss, divided out of gradients again. Since 0.2 */
    int64_t gradient_accumulation_steps; /**< -1 = None; >= 2: batches whose mean gradient makes a step. Since 0.2 */
    int64_t ema_overwrite_frequency;     /**< -1 = None; >= 1: steps after which averages overwrite the weights. Since 0.2 */
    const char *exclude_from_weight_decay; /**< NULL = None; words, as in "bias|gamma": weights with one in their names do not
                                              decay. Since 0.2 */
    denoise_schedule *schedule;            /**< NULL = learning_rate; adopted. Since 0.2 */
    int32_t use_ema;                       /**< 0; 1: moving averages of the weights are kept. Since 0.2 */
} denoise_sgd_options;
/** Settings of denoise_optimizer_rmsprop(). Since 0.1. */
typedef struct denoise_rmsprop_options {
    int64_t struct_size;                 /**< sizeof(denoise_rmsprop_options) */
    double learning_rate;                /**< 0.001 */
    double rho;                          /**< 0.9 */
    double momentum;                     /**< 0 */
    double epsilon;                      /**< 1e-7, inside the root */
    double weight_decay;                 /**< NAN = None */
    int32_t centered;                    /**< 0 */
    double clipnorm;                     /**< NAN = None; > 0: the greatest norm of the gradient of a weight. Since 0.2 */
    double global_clipnorm;              /**< NAN = None; > 0: the greatest norm of all gradients together. Since 0.2 */
    double clipvalue;                    /**< NAN = None; > 0: the greatest magnitude in a gradient. Since 0.2 */
    double ema_momentum;                 /**< 0.99; 0 .. 1: share of a moving average that a step keeps. Since 0.2 */
    double loss_scale_factor;            /**< NAN = None; > 0: factor of the loss, divided out of gradients again. Since 0.2 */
    int64_t gradient_accumulation_steps; /**< -1 = None; >= 2: batches whose mean gradient makes a step. Since 0.2 */
    int64_t ema_overwrite_frequency;     /**< -1 = None; >= 1: steps after which averages overwrite the weights. Since 0.2 */
    const char *exclude_from_weight_decay; /**< NULL = None; words, as in "bias|gamma": weights with one in their names do not
                                              decay. Since 0.2 */
    denoise_schedule *schedule;            /**< NULL = learning_rate; adopted. Since 0.2 */
    int32_t use_ema;                       /**< 0; 1: moving averages of the weights are kept. Since 0.2 */
} denoise_rmsprop_options;
/** Settings of denoise_optimizer_adam() and denoise_optimizer_adamw(). Since 0.1. */
typedef struct denoise_adam_options {
    int64_t struct_size;                 /**< sizeof(denoise_adam_options) */
    double learning_rate;                /**< 0.001 */
    double beta_1;                       /**< 0.9 */
    double beta_2;                       /**< 0.999 */
    double epsilon;                      /**< 1e-7, "epsilon hat" */
    double weight_decay;                 /**< NAN = None; AdamW: 0.004 (set by denoise_adamw_options_init) */
    double clipnorm;                     /**< NAN = None; > 0: the greatest norm of the gradient of a weight. Since 0.2 */
    double global_clipnorm;              /**< NAN = None; > 0: the greatest norm of all gradients together. Since 0.2 */
    double clipvalue;                    /**< NAN = None; > 0: the greatest magnitude in a gradient. Since 0.2 */
    double ema_momentum;                 /**< 0.99; 0 .. 1: share of a moving average that a step keeps. Since 0.2 */
    double loss_scale_factor;            /**< NAN = None; > 0: factor of the loss, divided out of gradients again. Since 0.2 */
    int64_t gradient_accumulation_steps; /**< -1 = None; >= 2: batches whose mean gradient makes a step. Since 0.2 */
    int64_t ema_overwrite_frequency;     /**< -1 = None; >= 1: steps after which averages overwrite the weights. Since 0.2 */
    const char *exclude_from_weight_decay; /**< NULL = None; words, as in "bias|gamma": weights with one in their names do not
                                              decay. Since 0.2 */
    denoise_schedule *schedule;            /**< NULL = learning_rate; adopted. Since 0.2 */
    int32_t use_ema;                       /**< 0; 1: moving averages of the weights are kept. Since 0.2 */
    int32_t amsgrad;                       /**< 0; 1: divide by the greatest mean of squares so far. Since 0.2 */
} denoise_adam_options;
/**
 * Writes Keras' defaults for SGD, for languages without macros. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_sgd_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_sgd_options_init_sized(denoise_sgd_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_sgd_options_init(options) denoise_sgd_options_init_sized((options), sizeof(denoise_sgd_options))

/**
 * Writes Keras' defaults for RMSprop. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_rmsprop_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_rmsprop_options_init_sized(denoise_rmsprop_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_rmsprop_options_init(options) denoise_rmsprop_options_init_sized((options), sizeof(denoise_rmsprop_options))

/**
 * Writes Keras' defaults for Adam. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_adam_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_adam_options_init_sized(denoise_adam_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_adam_options_init(options) denoise_adam_options_init_sized((options), sizeof(denoise_adam_options))

/**
 * Writes Keras' defaults for AdamW: those of Adam with a weight decay of 0.004. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_adam_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_adamw_options_init_sized(denoise_adam_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_adamw_options_init(options) denoise_adamw_options_init_sized((options), sizeof(denoise_adam_options))

/** Keras' defaults. Since 0.1. */
#define DENOISE_SGD_OPTIONS_INIT                                                                                               \
    {                                                                                                                          \
        sizeof(denoise_sgd_options), 0.01, 0.0, DENOISE_NAN, 0, DENOISE_NAN, DENOISE_NAN, DENOISE_NAN, 0.99, DENOISE_NAN, -1,  \
            -1, NULL, NULL, 0                                                                                                  \
    }
/** Keras' defaults. Since 0.1. */
#define DENOISE_RMSPROP_OPTIONS_INIT                                                                                           \
    {                                                                                                                          \
        sizeof(denoise_rmsprop_options), 0.001, 0.9, 0.0, 1e-7, DENOISE_NAN, 0, DENOISE_NAN, DENOISE_NAN, DENOISE_NAN, 0.99,   \
            DENOISE_NAN, -1, -1, NULL, NULL, 0                                                                                 \
    }
/** Keras' defaults. Since 0.1. */
#define DENOISE_ADAM_OPTIONS_INIT                                                                                              \
    {                                                                                                                          \
        sizeof(denoise_adam_options), 0.001, 0.9, 0.999, 1e-7, DENOISE_NAN, DENOISE_NAN, DENOISE_NAN, DENOISE_NAN, 0.99,       \
            DENOISE_NAN, -1, -1, NULL, NULL, 0, 0                                                                              \
    }
/** Keras' defaults for AdamW. Since 0.1. */
#define DENOISE_ADAMW_OPTIONS_INIT                                                                                             \
    {                                                                                                                          \
        sizeof(denoise_adam_options), 0.001, 0.9, 0.999, 1e-7, 0.004, DENOISE_NAN, DENOISE_NAN, DENOISE_NAN, 0.99,             \
            DENOISE_NAN, -1, -1, NULL, NULL, 0, 0                                                                              \
    }

/**
 * Makes an optimizer by its name.
 * @param out owned by the caller until adopted; NULL on failure
 * @param name "adam", "Adam", "SGD", ...; denoise_kind_name("optimizer", i) tells all
 * @param params settings by Keras' names ("learning_rate", which may be a kind of schedule, "clipnorm", ...); NULL = all
 *        defaults; not kept
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_NAME for an unknown name or setting; DENOISE_ERR_DTYPE,
 *         DENOISE_ERR_RANGE, DENOISE_ERR_INVALID for a setting of wrong type or value; DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_optimizer_create(denoise_optimizer **out, const char *name, const denoise_params *params);

/**
 * Stochastic gradient descent: w -= lr g.
 *
 * With momentum u: m = u m - lr g, w += m; Nesterov: w += u m - lr g with the new m. Source: keras/src/optimizers/sgd.py.
 * @param options NULL = defaults
 * @return an optimizer, never NULL; inert if options are wrong or memory is out. Since 0.1.
 */
DENOISE_API denoise_optimizer *denoise_optimizer_sgd(const denoise_sgd_options *options);

/**
 * RMSprop: v = rho v + (1 - rho) g^2; w -= lr g / sqrt(v + epsilon).
 *
 * Centred: a = rho a + (1 - rho) g, and v - a^2 + epsilon in the root. With momentum u: m = u m + increment, w -= m.
 * Source: keras/src/optimizers/rmsprop.py.
 * @param options NULL = defaults
 * @return an optimizer, never NULL; inert if options are wrong or memory is out. Since 0.1.
 */
DENOISE_API denoise_optimizer *denoise_optimizer_rmsprop(const denoise_rmsprop_options *options);

/**
 * Adam: m += (g - m)(1 - beta_1); v += (g^2 - v)(1 - beta_2); w -= a m / (sqrt(v) + epsilon).
 *
 * a = lr sqrt(1 - beta_2^t) / (1 - beta_1^t) in step t = 1, 2, ... Source: keras/src/optimizers/adam.py.
 * @param options NULL = defaults
 * @return an optimizer, never NULL; inert if options are wrong or memory is out. Since 0.1.
 */
DENOISE_API denoise_optimizer *denoise_optimizer_adam(const denoise_adam_options *options);

/**
 * AdamW: w -= w weight_decay lr before each step of Adam. Source: keras/src/optimizers/adamw.py.
 * @param options NULL = defaults; weight_decay must be a number
 * @return an optimizer, never NULL; inert if options are wrong or memory is out. Since 0.1.
 */
DENOISE_API denoise_optimizer *denoise_optimizer_adamw(const denoise_adam_options *options);

/**
 * Keeps an optimizer for the caller, whoever adopts it: one denoise_optimizer_free() drops that reference; see
 * denoise_layer_keep().
 * @param optimizer any optimizer; NULL is accepted. Since 0.2.
 */
DENOISE_API void denoise_optimizer_keep(denoise_optimizer *optimizer);
/**
 * Frees an optimizer that nothing has adopted; an adopted one is left to its owner.
 * @param optimizer NULL is accepted. Since 0.1.
 */
DENOISE_API void denoise_optimizer_free(denoise_optimizer *optimizer);

/**
 * Whether an optimizer is sound.
 * @param optimizer any optimizer
 * @return DENOISE_OK, or why it is inert; DENOISE_ERR_NULL for NULL. Since 0.1.
 */
DENOISE_API denoise_status denoise_optimizer_status(const denoise_optimizer *optimizer);

/**
 * Why an optimizer is inert, in words.
 * @param optimizer any optimizer
 * @return borrowed from the optimizer; "" for a sound one; a text for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_optimizer_error(const denoise_optimizer *optimizer);

/**
 * Keras' class name, such as "Adam".
 * @param optimizer any optimizer
 * @return static; "" where the kind is unknown; "" for NULL. Since 0.2.
 */
DENOISE_API const char *denoise_optimizer_class_name(const denoise_optimizer *optimizer);

/**
 * The parameters as they are now (Keras' get_config); denoise_optimizer_create() makes an equal optimizer from them, without
 * the state that belongs to weights.
 * @param out the parameters, NULL on failure; freed by the caller with denoise_params_free()
 * @param optimizer a sound optimizer
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOMEM, the failure of an inert optimizer. Since 0.2.
 */
DENOISE_API denoise_status denoise_optimizer_params(denoise_params **out, const denoise_optimizer *optimizer);

/**
 * The present learning rate, which a schedule tells for the next batch.
 * @param optimizer any optimizer
 * @return the rate; NAN for NULL, for an inert optimizer, and where denoise_schedule_rate() answers it. Since 0.1.
 */
DENOISE_API double denoise_optimizer_learning_rate(const denoise_optimizer *optimizer);

/**
 * Changes the learning rate from the next step on.
 * @param optimizer a sound optimizer, adopted or not
 * @param learning_rate finite, >= 0
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE; DENOISE_ERR_STATE where the learning rate is a schedule; the
 *         optimizer's own status if it is inert. Since 0.1.
 */
DENOISE_API denoise_status denoise_optimizer_set_learning_rate(denoise_optimizer *optimizer, double learning_rate);

/**
 * How many steps were made; batches whose gradients were only added up make none.
 * @param optimizer any optimizer
 * @return >= 0; -1 for NULL. Since 0.1.
 */
DENOISE_API int64_t denoise_optimizer_iterations(const denoise_optimizer *optimizer);

/**
 * One step on tensors of the caller's, for training loops of one's own (Keras' optimizer.apply).
 *
 * All stages, except for constraints (see denoise_constraint_apply()) and what a fit does at its end. The first call makes the
 * state that belongs to each weight; state below 2^-100 in magnitude is kept as zero.
 * @param optimizer not adopted by a trainer
 * @param weights count float32 tensors, changed in place; as many and of the same sizes at each call
 * @param gradients count float32 tensors of their weights' shapes; NaN is not looked for
 * @param count >= 1
 * @return DENOISE_OK, and no weight is changed otherwise: DENOISE_ERR_NULL, DENOISE_ERR_OWNED, DENOISE_ERR_RANGE for
 *         count, DENOISE_ERR_SHAPE, DENOISE_ERR_DTYPE, DENOISE_ERR_NOMEM; DENOISE_ERR_INVALID with exclude_from_weight_decay,
 *         as tensors have no names; the optimizer's own status if it is inert;
 *         what a schedule of one's own answers (denoise/ext.h). Since 0.1.
 */
DENOISE_API denoise_status denoise_optimizer_apply(denoise_optimizer *optimizer, denoise_tensor *const *weights,
                                                   const denoise_tensor *const *gradients, int64_t count);

#ifdef __cplusplus
}
#endif
#endif
