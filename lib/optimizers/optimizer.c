/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizers: making, asking and freeing one; the state that it keeps by weight; the typed constructors. */
#include "optimizers/optimizer.h"
#include "core/memory.h"
#include "core/options.h"
#include "core/text.h"
#include <denoise/runtime.h>
#include <string.h>

static denoise_optimizer exhausted = {.part = DENOISE__PART_NOMEM};

static denoise_optimizer *optimizer_of(denoise__part *part)
{
    return (denoise_optimizer *)(void *)part;
}

static denoise_status check_stages(const denoise__optimizer_config *c, const char *name)
{
    int clips = !isnan(c->clipnorm) + !isnan(c->global_clipnorm) + !isnan(c->clipvalue);
    if (clips <= 1) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID,
                         "%s: %d of clipnorm, global_clipnorm and clipvalue are given, expected one at most", name, clips);
}

static denoise_status create(denoise__part *part, const char *name)
{
    denoise_optimizer *optimizer = optimizer_of(part);
    const denoise__optimizer_config *config = part->config;
    (void)name;
    DENOISE__TRY(check_stages(config, part->kind->name));
    optimizer->learning_rate = config->learning_rate;
    optimizer->average = config->use_ema != 0 ? optimizer->stage_slots++ : -1;
    optimizer->accumulator = config->gradient_accumulation_steps > 1 ? optimizer->stage_slots++ : -1;
    optimizer->slot_count = optimizer->stage_slots + denoise__optimizer_kind_of(optimizer)->slot_count(config);
    return DENOISE_OK;
}

static void destroy(denoise__part *part)
{
    denoise_optimizer *optimizer = optimizer_of(part);
    denoise__optimizer_clear(optimizer);
    denoise__schedule_release(optimizer->schedule);
}

static const denoise__part_type type = {.registry = &denoise__optimizer_registry,
                                        .size = sizeof(denoise_optimizer),
                                        .exhausted = &exhausted.part,
                                        .create = create,
                                        .destroy = destroy};

denoise_status denoise_optimizer_create(denoise_optimizer **out, const char *name, const denoise_params *params)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(name);
    denoise__part *part;
    DENOISE__TRY(denoise__part_create(&part, &type, name, params));
    *out = optimizer_of(part);
    return DENOISE_OK;
}

void denoise__optimizer_release(denoise_optimizer *optimizer)
{
    if (optimizer != NULL) denoise__part_drop(&type, &optimizer->part);
}

void denoise_optimizer_free(denoise_optimizer *optimizer)
{
    if (optimizer != NULL) denoise__part_free(&type, &optimizer->part);
}

void denoise__optimizer_refuse(denoise_optimizer *optimizer)
{
    if (optimizer != NULL) denoise__part_refuse(&type, &optimizer->part);
}

void denoise_optimizer_keep(denoise_optimizer *optimizer)
{
    if (optimizer != NULL) denoise__part_keep(&optimizer->part);
}

denoise_status denoise_optimizer_status(const denoise_optimizer *optimizer)
{
    return denoise__part_status(optimizer == NULL ? NULL : &optimizer->part);
}

const char *denoise_optimizer_error(const denoise_optimizer *optimizer)
{
    return denoise__part_error(optimizer == NULL ? NULL : &optimizer->part);
}

double denoise_optimizer_learning_rate(const denoise_optimizer *optimizer)
{
    double rate = (double)NAN;
    if (optimizer != NULL && optimizer->part.status == DENOISE_OK) (void)denoise__optimizer_rate(optimizer, &rate);
    return rate;
}

denoise_status denoise__optimizer_rate(const denoise_optimizer *optimizer, double *rate)
{
    const denoise__optimizer_config *config = optimizer->part.config;
    *rate = optimizer->learning_rate;
    if (config->schedule.kind == NULL) return DENOISE_OK;
    return denoise__schedule_rate(config->schedule.kind, config->schedule.config, optimizer->iterations, rate);
}

int64_t denoise__optimizer_accumulation(const denoise_optimizer *optimizer)
{
    const denoise__optimizer_config *config = optimizer->part.config;
    return config != NULL && config->gradient_accumulation_steps > 1 ? config->gradient_accumulation_steps : 1;
}

double denoise__optimizer_loss_scale(const denoise_optimizer *optimizer)
{
    const denoise__optimizer_config *config = optimizer->part.config;
    return config->loss_scale_factor > 0 ? config->loss_scale_factor : 1;
}

denoise_status denoise_optimizer_set_learning_rate(denoise_optimizer *optimizer, double learning_rate)
{
    DENOISE__CHECK_NULL(optimizer);
    denoise__part *part = &optimizer->part;
    if (part->status != DENOISE_OK) return denoise__fail_text(part->status, part->message);
    if (!isfinite(learning_rate) || learning_rate < 0 || learning_rate > (double)FLT_MAX) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s: learning_rate is %g, expected a finite float32 number >= 0",
                             part->kind->name, learning_rate);
    }
    const denoise__kind *schedule = ((const denoise__optimizer_config *)part->config)->schedule.kind;
    if (schedule != NULL) {
        return denoise__fail(DENOISE_ERR_STATE, "%s: learning_rate is the schedule %s, and cannot be set", part->kind->name,
                             schedule->class_name);
    }
    optimizer->learning_rate = learning_rate;
    return DENOISE_OK;
}

int64_t denoise_optimizer_iterations(const denoise_optimizer *optimizer)
{
    return optimizer == NULL ? -1 : optimizer->iterations / denoise__optimizer_accumulation(optimizer);
}

const char *denoise_optimizer_class_name(const denoise_optimizer *optimizer)
{
    return optimizer == NULL || optimizer->part.kind == NULL ? "" : optimizer->part.kind->class_name;
}

denoise_status denoise_optimizer_params(denoise_params **out, const denoise_optimizer *optimizer)
{
    if (out != NULL) *out = NULL;
    DENOISE__CHECK_NULL(out);
    DENOISE__CHECK_NULL(optimizer);
    const denoise__part *part = &optimizer->part;
    if (part->status != DENOISE_OK) return denoise__fail_text(part->status, part->message);
    denoise_params *params;
    DENOISE__TRY(denoise__config_params(&params, part->kind, part->config));
    denoise_status status = DENOISE_OK;
    if (((const denoise__optimizer_config *)part->config)->schedule.kind == NULL)
        status = denoise_params_set_double(params, "learning_rate", optimizer->learning_rate);
    if (status != DENOISE_OK) {
        denoise_params_free(params);
        return status;
    }
    *out = params;
    return DENOISE_OK;
}

/* Slots: the state of each weight. */

void denoise__optimizer_clear(denoise_optimizer *optimizer)
{
    if (optimizer->slots != NULL) {
        for (int64_t i = 0; i < optimizer->weight_count * optimizer->slot_count; i++)
            denoise__release_aligned(optimizer->slots[i].values);
    }
    denoise__release(optimizer->slots);
    denoise__release(optimizer->weights);
    denoise__release(optimizer->stages);
    denoise__release_aligned(optimizer->scratch);
    optimizer->stages = NULL;
    optimizer->scratch = NULL;
    optimizer->slots = NULL;
    optimizer->weights = NULL;
    optimizer->weight_count = 0;
    optimizer->greatest = 0;
    optimizer->needs_trial = false;
}

static denoise_status check_sizes(const denoise_optimizer *optimizer, const denoise__variable *const *weights, int64_t count)
{
    const char *name = optimizer->part.kind->name;
    if (count != optimizer->weight_count) {
        return denoise__fail(DENOISE_ERR_SHAPE, "%s: %lld weights given, expected the %lld of the first step", name,
                             (long long)count, (long long)optimizer->weight_count);
    }
    for (int64_t i = 0; i < count; i++)
        if (weights[i]->count != optimizer->weights[i].count) {
            return denoise__fail(DENOISE_ERR_SHAPE, "%s: weight %lld has %lld elements, expected the %lld of the first step",
                                 name, (long long)i, (long long)weights[i]->count, (long long)optimizer->weights[i].count);
        }
    return DENOISE_OK;
}

/* float32 of a weight's shape. */
static denoise__variable shaped_like(const denoise__variable *weight, const char *name, int32_t role)
{
    denoise__variable made = {
        .name = name, .role = role, .dtype = DENOISE_FLOAT32, .rank = weight->rank, .count = weight->count};
    memcpy(made.dim, weight->dim, sizeof made.dim);
    return made;
}

static denoise_status make_values(denoise__variable *slot, float initial)
{
    int64_t bytes;
    if (!denoise__multiply(slot->count, (int64_t)sizeof(float), &bytes)) return denoise__fail_nomem();
    float *values = slot->values = denoise__allocate_aligned((size_t)bytes);
    if (values == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < slot->count; i++)
        values[i] = initial;
    return DENOISE_OK;
}

static denoise_status make_slots(denoise_optimizer *optimizer, int64_t weight)
{
    const denoise__optimizer_kind *kind = denoise__optimizer_kind_of(optimizer);
    for (int32_t s = 0; s < optimizer->slot_count; s++) {
        denoise__variable *slot = denoise__optimizer_slot(optimizer, weight, s);
        int32_t own = s - optimizer->stage_slots;
        *slot = shaped_like(&optimizer->weights[weight], denoise__optimizer_slot_name(optimizer, s), DENOISE__VARIABLE_SLOT);
        DENOISE__TRY(make_values(slot, own < 0 ? 0.0f : kind->slot_initial[own]));
    }
    return DENOISE_OK;
}

const char *denoise__optimizer_slot_name(const denoise_optimizer *optimizer, int32_t slot)
{
    if (slot == optimizer->average) return "average";
    if (slot == optimizer->accumulator) return "gradient_accumulator";
    return denoise__optimizer_kind_of(optimizer)->slot_name(optimizer->part.config, slot - optimizer->stage_slots);
}

/* Whether a weight has one of the words, "bias|gamma", in its name. */
static bool is_excluded(const char *words, const char *name)
{
    size_t length;
    if (words == NULL || name == NULL) return false;
    for (const char *word = words;; word += length + 1) {
        length = strcspn(word, "|");
        for (const char *at = name; length > 0 && *at != '\0'; at++)
            if (strncmp(at, word, length) == 0) return true;
        if (word[length] == '\0') return false;
    }
}

/* What stages keep that is no variable. */
static denoise_status make_stages(denoise_optimizer *optimizer, const denoise__variable *const *weights, int64_t count)
{
    const denoise__optimizer_config *config = optimizer->part.config;
    optimizer->stages = denoise__allocate_zeroed((size_t)count + 1, sizeof *optimizer->stages);
    if (optimizer->stages == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < count; i++) {
        optimizer->stages[i].decays = !is_excluded(config->exclude_from_weight_decay, weights[i]->name);
        optimizer->stages[i].clip = 1;
    }
    if (!(config->clipnorm > 0) && !(config->global_clipnorm > 0)) return DENOISE_OK;
    optimizer->scratch_slots = denoise_num_threads();
    optimizer->scratch = denoise__allocate_aligned((size_t)optimizer->scratch_slots * 2 * DENOISE__NORM_PIECE * sizeof(float));
    return optimizer->scratch == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

denoise_status denoise__optimizer_build(denoise_optimizer *optimizer, const denoise__variable *const *weights, int64_t count)
{
    if (optimizer->weights != NULL) return check_sizes(optimizer, weights, count);
    denoise_status status = DENOISE_OK;
    optimizer->weights = denoise__allocate_zeroed((size_t)count, sizeof *optimizer->weights);
    optimizer->slots = denoise__allocate_zeroed((size_t)count * (size_t)optimizer->slot_count, sizeof *optimizer->slots);
    if (optimizer->weights == NULL || optimizer->slots == NULL) {
        status = denoise__fail_nomem();
        goto fail;
    }
    optimizer->weight_count = count;
    DENOISE__TRY_OR_FAIL(make_stages(optimizer, weights, count));
    for (int64_t i = 0; i < count; i++) {
        optimizer->weights[i] = shaped_like(weights[i], NULL, DENOISE__VARIABLE_WEIGHT);
        DENOISE__TRY_OR_FAIL(make_slots(optimizer, i));
    }
    return DENOISE_OK;
fail:
    denoise__optimizer_clear(optimizer);
    return status;
}

void denoise__optimizer_slots_at(const denoise_optimizer *optimizer, int64_t weight, int64_t first,
                                 float *slots[DENOISE__MAX_SLOTS])
{
    for (int32_t s = 0; s < DENOISE__MAX_SLOTS; s++)
        slots[s] = s < optimizer->slot_count ? (float *)denoise__optimizer_slot(optimizer, weight, s)->values + first : NULL;
}

const float *denoise__optimizer_average(denoise_optimizer *optimizer, int64_t weight)
{
    if (optimizer->average < 0 || optimizer->weights == NULL || optimizer->iterations == 0) return NULL;
    denoise__variable *average = denoise__optimizer_slot(optimizer, weight, optimizer->average);
    denoise__variable_bring_home(average);
    return average->values;
}

void denoise__optimizer_bring_home(denoise_optimizer *optimizer)
{
    for (int64_t i = 0; i < optimizer->weight_count * optimizer->slot_count; i++)
        denoise__variable_bring_home(&optimizer->slots[i]);
}

static denoise_status visit_counters(denoise_optimizer *optimizer, const char *path, const denoise__visitor *visitor)
{
    int64_t iterations = optimizer->iterations;
    double rate = optimizer->learning_rate;
    bool has_rate = ((const denoise__optimizer_config *)optimizer->part.config)->schedule.kind == NULL;
    DENOISE__TRY(denoise__visit_int64(visitor, path, "iterations", &iterations));
    if (has_rate) DENOISE__TRY(denoise__visit_doubles(visitor, path, "learning_rate", DENOISE__VARIABLE_COUNTER, &rate, 1));
    if (!visitor->is_reading) return DENOISE_OK;
    if (iterations < 0 || iterations == INT64_MAX) {
        return denoise__fail(DENOISE_ERR_RANGE, "%s: iterations is %lld, expected 0 .. %lld", optimizer->part.kind->name,
                             (long long)iterations, (long long)INT64_MAX - 1);
    }
    if (has_rate) DENOISE__TRY(denoise_optimizer_set_learning_rate(optimizer, rate));
    optimizer->iterations = iterations;
    return DENOISE_OK;
}

/* Slots first .. first + count - 1 of all weights, weight by weight. */
static denoise_status visit_slots(denoise_optimizer *optimizer, const char *path, const denoise__weight_paths *weights,
                                  const denoise__visitor *visitor, int32_t first, int32_t count)
{
    char place[DENOISE__PATH_SIZE], weight[DENOISE__PATH_SIZE];
    for (int64_t i = 0; i < optimizer->weight_count; i++) {
        DENOISE__TRY(weights->write(weights->context, i, weight, sizeof weight));
        DENOISE__TRY(denoise__path_join(place, sizeof place, path, weight));
        for (int32_t s = first; s < first + count; s++)
            DENOISE__TRY(denoise__visit(visitor, place, denoise__optimizer_slot(optimizer, i, s)));
    }
    return DENOISE_OK;
}

denoise_status denoise__optimizer_visit_by_path(denoise_optimizer *optimizer, const char *path,
                                                const denoise__weight_paths *weights, const denoise__visitor *visitor)
{
    int32_t first = optimizer->stage_slots, interleaved = denoise__optimizer_kind_of(optimizer)->interleaved_slots;
    if (interleaved > optimizer->slot_count - first) interleaved = optimizer->slot_count - first;
    DENOISE__TRY(visit_counters(optimizer, path, visitor));
    if (visitor->is_reading) denoise__optimizer_note_unchecked(optimizer);
    for (int32_t s = 0; s < first; s++)
        DENOISE__TRY(visit_slots(optimizer, path, weights, visitor, s, 1));
    DENOISE__TRY(visit_slots(optimizer, path, weights, visitor, first, interleaved));
    for (int32_t s = first + interleaved; s < optimizer->slot_count; s++)
        DENOISE__TRY(visit_slots(optimizer, path, weights, visitor, s, 1));
    return DENOISE_OK;
}

static denoise_status write_number(const void *context, int64_t weight, char *out, size_t size)
{
    (void)context;
    denoise__format(out, size, "%lld", (long long)weight);
    return DENOISE_OK;
}

denoise_status denoise__optimizer_visit(denoise_optimizer *optimizer, const char *path, const denoise__visitor *visitor)
{
    return denoise__optimizer_visit_by_path(optimizer, path, &(denoise__weight_paths){.write = write_number}, visitor);
}

void denoise__optimizer_note_unchecked(denoise_optimizer *optimizer)
{
    optimizer->needs_trial = true;
}

int64_t denoise__optimizer_variable_count(const denoise_optimizer *optimizer)
{
    int64_t count = ((const denoise__optimizer_config *)optimizer->part.config)->schedule.kind == NULL ? 2 : 1;
    for (int64_t i = 0; i < optimizer->weight_count; i++)
        count += optimizer->weights[i].count * optimizer->slot_count;
    return count;
}

/* The typed constructors: options turned into parameters. */

DENOISE__OPTIONS(sgd_options, SGD_OPTIONS, "sgd options", denoise_sgd_options, offsetof(denoise_sgd_options, clipnorm))

DENOISE__OPTIONS(rmsprop_options, RMSPROP_OPTIONS, "rmsprop options", denoise_rmsprop_options,
                 offsetof(denoise_rmsprop_options, clipnorm))

DENOISE__OPTIONS(adam_options, ADAM_OPTIONS, "adam options", denoise_adam_options, offsetof(denoise_adam_options, clipnorm))

DENOISE__OPTIONS(adamw_options, ADAMW_OPTIONS, "adamw options", denoise_adam_options, offsetof(denoise_adam_options, clipnorm))

/* What the options of all kinds have. */
typedef struct stage_options {
    double learning_rate, weight_decay, clipnorm, global_clipnorm, clipvalue, ema_momentum, loss_scale_factor;
    int64_t gradient_accumulation_steps, ema_overwrite_frequency;
    int32_t use_ema;
    const char *exclude_from_weight_decay;
    denoise_schedule *schedule;
} stage_options;

#define STAGES_OF(o)                                                                                                           \
    (stage_options)                                                                                                            \
    {                                                                                                                          \
        (o)->learning_rate, (o)->weight_decay, (o)->clipnorm, (o)->global_clipnorm, (o)->clipvalue, (o)->ema_momentum,         \
            (o)->loss_scale_factor, (o)->gradient_accumulation_steps, (o)->ema_overwrite_frequency, (o)->use_ema,              \
            (o)->exclude_from_weight_decay, (o)->schedule                                                                      \
    }

static void gather_int_or_none(denoise__gather *given, const char *key, int64_t value)
{
    if (value == -1)
        denoise__gather_none(given, key);
    else
        denoise__gather_int(given, key, value);
}

static void gather_stages(denoise__gather *given, const stage_options *o)
{
    if (o->schedule == NULL) denoise__gather_double(given, "learning_rate", o->learning_rate);
    denoise__gather_double_or_none(given, "weight_decay", o->weight_decay);
    denoise__gather_double_or_none(given, "clipnorm", o->clipnorm);
    denoise__gather_double_or_none(given, "global_clipnorm", o->global_clipnorm);
    denoise__gather_double_or_none(given, "clipvalue", o->clipvalue);
    denoise__gather_double(given, "ema_momentum", o->ema_momentum);
    denoise__gather_double_or_none(given, "loss_scale_factor", o->loss_scale_factor);
    gather_int_or_none(given, "gradient_accumulation_steps", o->gradient_accumulation_steps);
    gather_int_or_none(given, "ema_overwrite_frequency", o->ema_overwrite_frequency);
    denoise__gather_bool(given, "use_ema", o->use_ema);
    denoise__gather_text_or_none(given, "exclude_from_weight_decay", o->exclude_from_weight_decay);
}

/* The schedule as a parameter. Returns whether it was taken over, which an inert one is too. */
static bool adopt_schedule(denoise__gather *given, denoise_schedule *schedule)
{
    if (schedule == NULL) return false;
    denoise_params *params;
    denoise_status status = denoise__part_adopt(&schedule->part, denoise__owner_token());
    bool is_taken = status != DENOISE_ERR_OWNED;
    denoise__gather_fail(given, status);
    if (given->status != DENOISE_OK) return is_taken;
    denoise__gather_fail(given, denoise_schedule_params(&params, schedule));
    denoise__gather_kind(given, "learning_rate", schedule->part.kind->name, params);
    denoise_params_free(params);
    return is_taken;
}

static denoise_optimizer *gathered(const char *kind, denoise__gather *given, denoise_schedule *schedule)
{
    bool is_taken = adopt_schedule(given, schedule);
    denoise_optimizer *optimizer = optimizer_of(denoise__part_gathered(&type, kind, given));
    if (!is_taken) return optimizer;
    if (optimizer->part.is_static)
        denoise__schedule_release(schedule);
    else
        optimizer->schedule = schedule;
    return optimizer;
}

/* The caller's options into *known, also where there is no memory for parameters: a schedule in them is taken over. Whether
 * there is something to gather. */
static bool begin(denoise__gather *given, const denoise__options *what, void *known, const void *options)
{
    denoise_status status = denoise__options_read(what, known, options);
    *given = denoise__gather_begin();
    denoise__gather_fail(given, status);
    return options != NULL && given->status == DENOISE_OK;
}

denoise_optimizer *denoise_optimizer_sgd(const denoise_sgd_options *options)
{
    denoise_sgd_options known;
    denoise__gather given;
    if (begin(&given, &sgd_options_known, &known, options)) {
        gather_stages(&given, &STAGES_OF(&known));
        denoise__gather_double(&given, "momentum", known.momentum);
        denoise__gather_bool(&given, "nesterov", known.nesterov);
    }
    return gathered("sgd", &given, known.schedule);
}

denoise_optimizer *denoise_optimizer_rmsprop(const denoise_rmsprop_options *options)
{
    denoise_rmsprop_options known;
    denoise__gather given;
    if (begin(&given, &rmsprop_options_known, &known, options)) {
        gather_stages(&given, &STAGES_OF(&known));
        denoise__gather_double(&given, "rho", known.rho);
        denoise__gather_double(&given, "momentum", known.momentum);
        denoise__gather_double(&given, "epsilon", known.epsilon);
        denoise__gather_bool(&given, "centered", known.centered);
    }
    return gathered("rmsprop", &given, known.schedule);
}

static denoise_optimizer *adam(const char *kind, const denoise__options *what, const denoise_adam_options *options)
{
    denoise_adam_options known;
    denoise__gather given;
    if (begin(&given, what, &known, options)) {
        gather_stages(&given, &STAGES_OF(&known));
        denoise__gather_double(&given, "beta_1", known.beta_1);
        denoise__gather_double(&given, "beta_2", known.beta_2);
        denoise__gather_double(&given, "epsilon", known.epsilon);
        denoise__gather_bool(&given, "amsgrad", known.amsgrad);
    }
    return gathered(kind, &given, known.schedule);
}

denoise_optimizer *denoise_optimizer_adam(const denoise_adam_options *options)
{
    return adam("adam", &adam_options_known, options);
}

denoise_optimizer *denoise_optimizer_adamw(const denoise_adam_options *options)
{
    return adam("adamw", &adamw_options_known, options);
}
