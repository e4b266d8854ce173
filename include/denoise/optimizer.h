/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Optimizers: how weights follow their gradients.
 *
 * An optimizer is a part (see denoise/layer.h); the trainer adopts it. Update rules and defaults are Keras', which differ
 * from PyTorch's in places (epsilon hat in Adam, epsilon inside the root in RMSprop, weight decay 0.004 in AdamW).
 */
#ifndef DENOISE_OPTIMIZER_H
#define DENOISE_OPTIMIZER_H

#include <denoise/params.h>
#include <denoise/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An optimizer. Since 0.1. */
typedef struct denoise_optimizer denoise_optimizer;

/** Settings of denoise_optimizer_sgd(). Since 0.1. */
typedef struct denoise_sgd_options {
    int64_t struct_size;  /**< sizeof(denoise_sgd_options) */
    double learning_rate; /**< 0.01 */
    double momentum;      /**< 0; 0 .. 1 */
    double weight_decay;  /**< NAN = None */
    int32_t nesterov;     /**< 0 */
} denoise_sgd_options;
/** Settings of denoise_optimizer_rmsprop(). Since 0.1. */
typedef struct denoise_rmsprop_options {
    int64_t struct_size;  /**< sizeof(denoise_rmsprop_options) */
    double learning_rate; /**< 0.001 */
    double rho;           /**< 0.9 */
    double momentum;      /**< 0 */
    double epsilon;       /**< 1e-7, inside the root */
    double weight_decay;  /**< NAN = None */
    int32_t centered;     /**< 0 */
} denoise_rmsprop_options;
/** Settings of denoise_optimizer_adam() and denoise_optimizer_adamw(). Since 0.1. */
typedef struct denoise_adam_options {
    int64_t struct_size;  /**< sizeof(denoise_adam_options) */
    double learning_rate; /**< 0.001 */
    double beta_1;        /**< 0.9 */
    double beta_2;        /**< 0.999 */
    double epsilon;       /**< 1e-7, "epsilon hat" */
    double weight_decay;  /**< NAN = None; AdamW: 0.004 (set by denoise_adamw_options_init) */
} denoise_adam_options;
/** Writes Keras' defaults. Since 0.1. */
DENOISE_API void denoise_sgd_options_init(denoise_sgd_options *options);
/** Writes Keras' defaults. Since 0.1. */
DENOISE_API void denoise_rmsprop_options_init(denoise_rmsprop_options *options);
/** Writes Keras' defaults. Since 0.1. */
DENOISE_API void denoise_adam_options_init(denoise_adam_options *options);
/** Writes Keras' defaults for AdamW. Since 0.1. */
DENOISE_API void denoise_adamw_options_init(denoise_adam_options *options);
/** Keras' defaults. Since 0.1. */
#define DENOISE_SGD_OPTIONS_INIT                                                                                               \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_sgd_options), 0.01, 0.0, DENOISE_NAN, 0                                                        \
    }
/** Keras' defaults. Since 0.1. */
#define DENOISE_RMSPROP_OPTIONS_INIT                                                                                           \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_rmsprop_options), 0.001, 0.9, 0.0, 1e-7, DENOISE_NAN, 0                                        \
    }
/** Keras' defaults. Since 0.1. */
#define DENOISE_ADAM_OPTIONS_INIT                                                                                              \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_adam_options), 0.001, 0.9, 0.999, 1e-7, DENOISE_NAN                                            \
    }
/** Keras' defaults for AdamW. Since 0.1. */
#define DENOISE_ADAMW_OPTIONS_INIT                                                                                             \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_adam_options), 0.001, 0.9, 0.999, 1e-7, 0.004                                                  \
    }

/** Makes an optimizer by its name ("adam", "SGD", ...). @param out owned by the caller until adopted. Since 0.1. */
DENOISE_API denoise_status denoise_optimizer_create(denoise_optimizer **out, const char *name, const denoise_params *params);
/** m = momentum m - lr g; w += m (Nesterov: w += momentum m - lr g). @param options NULL = defaults. Since 0.1. */
DENOISE_API denoise_optimizer *denoise_optimizer_sgd(const denoise_sgd_options *options);
/** v = rho v + (1 - rho) g^2; w -= lr g / sqrt(v + epsilon). @param options NULL = defaults. Since 0.1. */
DENOISE_API denoise_optimizer *denoise_optimizer_rmsprop(const denoise_rmsprop_options *options);
/** Adam with Keras' epsilon hat. @param options NULL = defaults. Since 0.1. */
DENOISE_API denoise_optimizer *denoise_optimizer_adam(const denoise_adam_options *options);
/** Adam with decoupled weight decay. @param options NULL = defaults. Since 0.1. */
DENOISE_API denoise_optimizer *denoise_optimizer_adamw(const denoise_adam_options *options);
/** Frees an optimizer that nothing has adopted. Since 0.1. */
DENOISE_API void denoise_optimizer_free(denoise_optimizer *optimizer);
/** Why an optimizer is inert, DENOISE_OK if it is not. Since 0.1. */
DENOISE_API denoise_status denoise_optimizer_status(const denoise_optimizer *optimizer);
/** The same in words; borrowed. Since 0.1. */
DENOISE_API const char *denoise_optimizer_error(const denoise_optimizer *optimizer);
/** The present learning rate; NAN for NULL. Since 0.1. */
DENOISE_API double denoise_optimizer_learning_rate(const denoise_optimizer *optimizer);
/** Changes the learning rate. @param learning_rate finite, >= 0. Since 0.1. */
DENOISE_API denoise_status denoise_optimizer_set_learning_rate(denoise_optimizer *optimizer, double learning_rate);
/** Steps done so far; -1 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_optimizer_iterations(const denoise_optimizer *optimizer);

/**
 * One step on tensors of the caller's, for training loops of one's own (Keras' optimizer.apply).
 * @param optimizer not adopted by a trainer
 * @param weights float32 tensors, changed in place; the same shapes at each call
 * @param gradients float32 tensors of the same shapes
 * @param count >= 1
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_OWNED, DENOISE_ERR_SHAPE, DENOISE_ERR_DTYPE, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_optimizer_apply(denoise_optimizer *optimizer, denoise_tensor *const *weights,
                                                   const denoise_tensor *const *gradients, int64_t count);

#ifdef __cplusplus
}
#endif
#endif
