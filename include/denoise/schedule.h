/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Learning-rate schedules: a rate for each step.
 *
 * A schedule is a part (see denoise/layer.h); the optimizer that is made with it adopts it:
 *
 *     denoise_adam_options adam = DENOISE_ADAM_OPTIONS_INIT;
 *     adam.schedule = denoise_schedule_cosine_decay(1e-3, 10000, 0, DENOISE_NAN, 0);
 *     denoise_optimizer *optimizer = denoise_optimizer_adam(&adam);
 *
 * It is asked before each step for the rate after as many iterations: batches, not epochs. Formulas and defaults are those of
 * keras/src/optimizers/schedules/learning_rate_schedule.py, computed in double and rounded to float32.
 */
#ifndef DENOISE_SCHEDULE_H
#define DENOISE_SCHEDULE_H

#include <denoise/params.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A learning-rate schedule. Since 0.2. */
typedef struct denoise_schedule denoise_schedule;

/**
 * Makes a schedule by its name.
 * @param out owned by the caller until adopted; NULL on failure
 * @param name "ExponentialDecay", "cosine_decay", ...; denoise_kind_name("schedule", i) tells all
 * @param params settings by Keras' names ("initial_learning_rate", "decay_steps", ...), copied; NULL = none given
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_NAME for an unknown name or setting; DENOISE_ERR_DTYPE,
 *         DENOISE_ERR_RANGE, DENOISE_ERR_INVALID for a setting of wrong type or value, or one that is missing;
 *         DENOISE_ERR_NOMEM. Since 0.2.
 */
DENOISE_API denoise_status denoise_schedule_create(denoise_schedule **out, const char *name, const denoise_params *params);

/**
 * Falls by a factor: initial_learning_rate decay_rate^(step / decay_steps).
 * @param initial_learning_rate of the first step; >= 0
 * @param decay_steps batches of a period; > 0
 * @param decay_rate factor of a period; >= 0
 * @param staircase 1: step / decay_steps is rounded down
 * @return a schedule, never NULL; inert if a value is wrong or memory is out. Since 0.2.
 */
DENOISE_API denoise_schedule *denoise_schedule_exponential_decay(double initial_learning_rate, double decay_steps,
                                                                 double decay_rate, int32_t staircase);

/**
 * A rate for each range of steps: values[i] where boundaries[i - 1] < step <= boundaries[i].
 * @param boundaries boundary_count numbers in ascending order; copied
 * @param boundary_count 1 .. 1023
 * @param values value_count rates >= 0; copied
 * @param value_count boundary_count + 1
 * @return a schedule, never NULL; inert if a value is wrong or memory is out. Since 0.2.
 */
DENOISE_API denoise_schedule *denoise_schedule_piecewise_constant_decay(const double *boundaries, int64_t boundary_count,
                                                                        const double *values, int64_t value_count);

/**
 * From one rate to another: (initial_learning_rate - end_learning_rate) (1 - step / decay_steps)^power + end_learning_rate.
 * @param initial_learning_rate of the first step; >= 0
 * @param decay_steps batches, after which the rate stays; > 0
 * @param end_learning_rate Keras' default is 0.0001; >= 0
 * @param power Keras' default is 1; >= 0
 * @param cycle 1: decay_steps is replaced by its first multiple that is not before the step
 * @return a schedule, never NULL; inert if a value is wrong or memory is out. Since 0.2.
 */
DENOISE_API denoise_schedule *denoise_schedule_polynomial_decay(double initial_learning_rate, double decay_steps,
                                                                double end_learning_rate, double power, int32_t cycle);

/**
 * Falls like 1 / step: initial_learning_rate / (1 + decay_rate step / decay_steps).
 * @param initial_learning_rate of the first step; >= 0
 * @param decay_steps batches of a period; > 0
 * @param decay_rate >= 0
 * @param staircase 1: step / decay_steps is rounded down
 * @return a schedule, never NULL; inert if a value is wrong or memory is out. Since 0.2.
 */
DENOISE_API denoise_schedule *denoise_schedule_inverse_time_decay(double initial_learning_rate, double decay_steps,
                                                                  double decay_rate, int32_t staircase);

/**
 * Half a wave of the cosine, from a rate to alpha times it, after a straight warm-up.
 *
 * r ((1 - alpha) (1 + cos(pi step / decay_steps)) / 2 + alpha), then the last rate for good. With a warm-up the first
 * warmup_steps go straight from initial_learning_rate to warmup_target, and the wave begins behind them, at r = warmup_target.
 * @param initial_learning_rate of the first step; >= 0
 * @param decay_steps batches of the wave; > 0
 * @param alpha 0 .. 1; Keras' default is 0
 * @param warmup_target >= 0; NAN = None: no warm-up
 * @param warmup_steps batches of the warm-up; >= 0
 * @return a schedule, never NULL; inert if a value is wrong or memory is out. Since 0.2.
 */
DENOISE_API denoise_schedule *denoise_schedule_cosine_decay(double initial_learning_rate, double decay_steps, double alpha,
                                                            double warmup_target, double warmup_steps);

/**
 * Half a wave of the cosine again and again (I. Loshchilov, F. Hutter, arXiv:1608.03983).
 * @param initial_learning_rate of the first step; >= 0
 * @param first_decay_steps batches of the first period; > 0
 * @param t_mul length of a period by that of the one before it; >= 1; Keras' default is 2
 * @param m_mul first rate of a period by that of the one before it; >= 0; Keras' default is 1
 * @param alpha 0 .. 1; Keras' default is 0
 * @return a schedule, never NULL; inert if a value is wrong or memory is out. Since 0.2.
 */
DENOISE_API denoise_schedule *denoise_schedule_cosine_decay_restarts(double initial_learning_rate, double first_decay_steps,
                                                                     double t_mul, double m_mul, double alpha);

/**
 * The rate of a step.
 * @param schedule any schedule, adopted or not
 * @param iterations how many steps were made before it; >= 0
 * @return the rate, a float32; infinite where it is beyond float32; NAN for NULL, for an inert schedule, for a negative
 *         number, and where a kind of one's own fails (denoise/ext.h), which denoise_last_error() tells. Since 0.2.
 */
DENOISE_API double denoise_schedule_rate(const denoise_schedule *schedule, int64_t iterations);

/**
 * Keras' class name, such as "CosineDecay".
 * @param schedule any schedule
 * @return static; "" where the kind is unknown; "" for NULL. Since 0.2.
 */
DENOISE_API const char *denoise_schedule_class_name(const denoise_schedule *schedule);

/**
 * The parameters (Keras' get_config); denoise_schedule_create() makes an equal schedule from them.
 * @param out the parameters, NULL on failure; freed by the caller with denoise_params_free()
 * @param schedule a sound schedule
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOMEM, the failure of an inert schedule. Since 0.2.
 */
DENOISE_API denoise_status denoise_schedule_params(denoise_params **out, const denoise_schedule *schedule);

/**
 * Keeps a schedule for the caller, whoever adopts it: one denoise_schedule_free() drops that reference; see
 * denoise_layer_keep().
 * @param schedule any schedule; NULL is accepted. Since 0.2.
 */
DENOISE_API void denoise_schedule_keep(denoise_schedule *schedule);
/**
 * Frees a schedule that nothing has adopted; an adopted one is left to its owner.
 * @param schedule NULL is accepted. Since 0.2.
 */
DENOISE_API void denoise_schedule_free(denoise_schedule *schedule);

/**
 * Whether a schedule is sound.
 * @param schedule any schedule
 * @return DENOISE_OK, or why it is inert; DENOISE_ERR_NULL for NULL. Since 0.2.
 */
DENOISE_API denoise_status denoise_schedule_status(const denoise_schedule *schedule);

/**
 * Why a schedule is inert, in words.
 * @param schedule any schedule
 * @return borrowed from the schedule; "" for a sound one; a text for NULL. Since 0.2.
 */
DENOISE_API const char *denoise_schedule_error(const denoise_schedule *schedule);

#ifdef __cplusplus
}
#endif
#endif
