/* SPDX-License-Identifier: Apache-2.0 */
/* From a model, an optimizer, losses and metrics to a trainer. All parts are adopted, whatever happens. */
#include "core/memory.h"
#include "core/text.h"
#include "train/trainer.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Keeps the first failure; later parts are still adopted. */
static void note(denoise_status *first, char *message, denoise_status status)
{
    if (status == DENOISE_OK || *first != DENOISE_OK) return;
    *first = status;
    snprintf(message, DENOISE__MESSAGE_SIZE, "%s", denoise_last_error());
}

typedef struct adoption {
    denoise_status status;
    char message[DENOISE__MESSAGE_SIZE];
} adoption;

/* The trainer's arrays have room already, so adopting cannot fail for want of memory. */
static void adopt_loss(denoise_trainer *trainer, denoise_loss *loss, adoption *result)
{
    denoise_status status = denoise__part_adopt(&loss->part, trainer->owner);
    if (status != DENOISE_ERR_OWNED) trainer->adopted_losses[trainer->adopted_loss_count++] = loss;
    note(&result->status, result->message, status);
}

static void adopt_metrics(denoise_trainer *trainer, denoise_metric *const *metrics, const int64_t *outputs, int64_t count,
                          bool weighted, adoption *result)
{
    for (int64_t i = 0; i < count && metrics != NULL; i++) {
        if (metrics[i] == NULL) {
            note(&result->status, result->message,
                 denoise__fail(DENOISE_ERR_NULL, "compile: metric %lld is NULL", (long long)i));
            continue;
        }
        int64_t output = outputs == NULL ? 0 : outputs[i];
        if (output < 0 || output >= trainer->model->output_count) {
            note(&result->status, result->message,
                 denoise__fail(DENOISE_ERR_RANGE, "compile: metric %lld looks at output %lld, the model has %d", (long long)i,
                               (long long)output, (int)trainer->model->output_count));
            output = 0;
        }
        denoise_status status = denoise__part_adopt(&metrics[i]->part, trainer->owner);
        note(&result->status, result->message, status);
        if (status == DENOISE_ERR_OWNED) continue;
        trainer->metrics[trainer->metric_count++] =
            (denoise__tracked_metric){.metric = metrics[i], .output = (int32_t)output, .weighted = weighted};
    }
}

static bool has_key(const denoise_trainer *trainer, int64_t count, const char *key)
{
    if (strcmp(trainer->loss.key, key) == 0) return true;
    for (int64_t i = 0; i < count; i++) {
        if (strcmp(trainer->metrics[i].key, key) == 0) return true;
    }
    return false;
}

/* The output's name, numbered where one layer gives several: "p", "p_1". */
static const char *output_key(const denoise_trainer *trainer, int32_t output, char *key, size_t size)
{
    const char *name = denoise_model_output_name(trainer->model, output);
    int32_t before = 0;
    for (int32_t i = 0; i < output; i++)
        before += strcmp(denoise_model_output_name(trainer->model, i), name) == 0;
    if (before == 0) return name;
    denoise__format(key, size, "%s_%d", name, (int)before);
    return key;
}

/* "accuracy", or "digit_accuracy" where there are several outputs; a weighted one of the same name is "weighted_accuracy". */
static denoise_status name_metrics(denoise_trainer *trainer)
{
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        denoise__tracked_metric *tracked = &trainer->metrics[i];
        const char *name = denoise__metric_name(tracked->metric);
        char numbered[DENOISE__KEY_SIZE];
        const char *output = output_key(trainer, tracked->output, numbered, sizeof numbered);
        bool several = trainer->model->output_count > 1;
        for (int32_t pass = 0; pass < 2; pass++) {
            denoise__format(tracked->key, sizeof tracked->key, "%s%s%s%s", several ? output : "", several ? "_" : "",
                            pass == 1 ? "weighted_" : "", name);
            if (!has_key(trainer, i, tracked->key) || !tracked->weighted) break;
        }
        if (has_key(trainer, i, tracked->key)) {
            return denoise__fail(DENOISE_ERR_NAME, "compile: two metrics have the name \"%s\"", tracked->key);
        }
    }
    return DENOISE_OK;
}

static denoise_status list_weights(denoise_trainer *trainer)
{
    const denoise_model *model = trainer->model;
    trainer->weights = denoise__allocate_zeroed((size_t)model->weight_count + 1, sizeof *trainer->weights);
    trainer->weight_values = denoise__allocate_zeroed((size_t)model->weight_count + 1, sizeof *trainer->weight_values);
    if (trainer->weights == NULL || trainer->weight_values == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < model->weight_count; i++) {
        const denoise__weight *weight = &model->weights[i].layer->weights[model->weights[i].index];
        if (!model->weights[i].layer->trainable || !weight->spec.trainable) continue;
        trainer->weight_values[trainer->weight_count] = weight->values;
        trainer->weights[trainer->weight_count++] = model->weights[i];
    }
    return DENOISE_OK;
}

static denoise_status make_arrays(denoise_trainer *trainer, const denoise_compile_options *options)
{
    size_t outputs = (size_t)trainer->model->output_count;
    size_t metrics = (size_t)options->metric_count + (size_t)options->weighted_metric_count;
    size_t losses = options->losses == NULL ? 1 : (size_t)options->loss_count + 1;
    trainer->losses = denoise__allocate_zeroed(outputs, sizeof *trainer->losses);
    trainer->loss_weights = denoise__allocate_zeroed(outputs, sizeof *trainer->loss_weights);
    trainer->output_losses = denoise__allocate_zeroed(outputs, sizeof *trainer->output_losses);
    trainer->adopted_losses = denoise__allocate_zeroed(losses, sizeof *trainer->adopted_losses);
    trainer->metrics = denoise__allocate_zeroed(metrics + 1, sizeof *trainer->metrics);
    if (trainer->losses == NULL || trainer->loss_weights == NULL || trainer->output_losses == NULL ||
        trainer->adopted_losses == NULL || trainer->metrics == NULL) {
        return denoise__fail_nomem();
    }
    return DENOISE_OK;
}

/* Whether a list of so many parts can be; if not, the count becomes 0, so that the other parts can still be adopted. */
static bool keep_count(int64_t *count, bool is_given)
{
    if (*count == 0 || (*count > 0 && *count <= INT32_MAX && is_given)) return true;
    *count = 0;
    return false;
}

static denoise_status check_options(const denoise_compile_options *options, denoise_compile_options *known)
{
    *known = (denoise_compile_options)DENOISE_COMPILE_OPTIONS_INIT;
    if (options == NULL) return DENOISE_OK;
    DENOISE__TRY(denoise__check_struct_size("compile options", options->struct_size, sizeof *known));
    *known = *options;
    bool sound = keep_count(&known->loss_count, true);
    sound = keep_count(&known->metric_count, true) && sound;
    sound = keep_count(&known->weighted_metric_count, true) && sound;
    if (!sound) return denoise__fail(DENOISE_ERR_RANGE, "compile options: a count is negative or too large");
    bool given = keep_count(&known->metric_count, known->metrics != NULL);
    given = keep_count(&known->weighted_metric_count, known->weighted_metrics != NULL) && given;
    if (!given) return denoise__fail(DENOISE_ERR_NULL, "compile options: metric_count is not 0, the metrics are NULL");
    return DENOISE_OK;
}

/* One loss for every output, or one each. */
static denoise_status place_losses(denoise_trainer *trainer, denoise_loss *loss, const denoise_compile_options *options)
{
    int32_t outputs = trainer->model->output_count;
    bool listed = options->losses != NULL, any = false;
    if ((listed || options->loss_weights != NULL) && options->loss_count != outputs) {
        return denoise__fail(DENOISE_ERR_RANGE, "compile options: loss_count is %lld, model \"%s\" has %d outputs",
                             (long long)options->loss_count, trainer->model->name, (int)outputs);
    }
    for (int32_t i = 0; i < outputs; i++) {
        trainer->losses[i] = listed && options->losses[i] != NULL ? options->losses[i] : listed ? NULL : loss;
        trainer->loss_weights[i] = options->loss_weights == NULL ? 1.0 : options->loss_weights[i];
        any = any || trainer->losses[i] != NULL;
        if (islessequal(fabs(trainer->loss_weights[i]), (double)FLT_MAX)) continue;
        return denoise__fail(DENOISE_ERR_RANGE, "compile options: the weight of loss %d is not finite in float32", (int)i);
    }
    if (!any) return denoise__fail(DENOISE_ERR_NULL, "compile: there is no loss");
    static const char name[] = "loss";
    memcpy(trainer->loss.key, name, sizeof name);
    for (int32_t i = 0; i < outputs; i++) {
        char numbered[DENOISE__KEY_SIZE];
        denoise__format(trainer->output_losses[i].key, sizeof trainer->output_losses[i].key, "%s_loss",
                        output_key(trainer, i, numbered, sizeof numbered));
    }
    return DENOISE_OK;
}

static void adopt_all(denoise_trainer *trainer, denoise_optimizer *optimizer, denoise_loss *loss,
                      const denoise_compile_options *options, adoption *result)
{
    if (optimizer == NULL) {
        note(&result->status, result->message, denoise__fail_null("denoise_model_compile", "optimizer"));
    } else {
        denoise_status status = denoise__part_adopt(&optimizer->part, trainer->owner);
        if (status != DENOISE_ERR_OWNED) trainer->optimizer = optimizer;
        note(&result->status, result->message, status);
    }
    if (loss != NULL) adopt_loss(trainer, loss, result);
    for (int64_t i = 0; options->losses != NULL && i < options->loss_count; i++) {
        if (options->losses[i] != NULL) adopt_loss(trainer, options->losses[i], result);
    }
    adopt_metrics(trainer, options->metrics, options->metric_outputs, options->metric_count, false, result);
    adopt_metrics(trainer, options->weighted_metrics, options->weighted_metric_outputs, options->weighted_metric_count, true,
                  result);
}

typedef struct part_list {
    denoise_optimizer *optimizer;
    denoise_loss *loss;
    const denoise_compile_options *options;
} part_list;

enum { OPTIMIZER, LOSS, METRIC };

static void *part_at(const part_list *list, int64_t index, int32_t *type)
{
    const denoise_compile_options *o = list->options;
    *type = OPTIMIZER;
    if (index-- == 0) return list->optimizer;
    *type = LOSS;
    if (index-- == 0) return list->loss;
    if (index < o->loss_count) return o->losses == NULL ? NULL : o->losses[index];
    index -= o->loss_count;
    *type = METRIC;
    if (index < o->metric_count) return o->metrics == NULL ? NULL : o->metrics[index];
    index -= o->metric_count;
    return o->weighted_metrics == NULL ? NULL : o->weighted_metrics[index];
}

/* Parts of a call that failed before a trainer could adopt them: each is freed once, though it may be given several times. */
static void free_parts(const part_list *list)
{
    const denoise_compile_options *o = list->options;
    int64_t count = 2 + o->loss_count + o->metric_count + o->weighted_metric_count;
    for (int64_t i = 0; i < count; i++) {
        int32_t type, other;
        void *part = part_at(list, i, &type);
        bool is_repeated = false;
        for (int64_t j = 0; part != NULL && j < i; j++)
            is_repeated = is_repeated || part_at(list, j, &other) == part;
        if (part == NULL || is_repeated || ((denoise__part *)part)->owner != NULL) continue;
        if (type == OPTIMIZER) denoise_optimizer_free(part);
        if (type == LOSS) denoise_loss_free(part);
        if (type == METRIC) denoise_metric_free(part);
    }
}

static denoise_status finish(denoise_trainer *trainer, denoise_loss *loss, const denoise_compile_options *options)
{
    trainer->unfused = options->unfused != 0;
    trainer->train.training = true;
    DENOISE__TRY(place_losses(trainer, loss, options));
    DENOISE__TRY(name_metrics(trainer));
    DENOISE__TRY(list_weights(trainer));
    DENOISE__TRY(denoise__logs_new(&trainer->logs));
    DENOISE__TRY(denoise__logs_new(&trainer->validation_logs));
    DENOISE__TRY(denoise_callback_create(&trainer->history, "history", NULL));
    return denoise_callback_create(&trainer->progress, "progbar_logger", NULL);
}

denoise_status denoise_model_compile(denoise_trainer **out, denoise_model *model, denoise_optimizer *optimizer,
                                     denoise_loss *loss, const denoise_compile_options *options)
{
    denoise_compile_options known;
    adoption result = {.status = DENOISE_OK};
    denoise_trainer *trainer = NULL;
    if (out != NULL) *out = NULL;
    denoise_status status = check_options(options, &known);
    if (status == DENOISE_OK && out == NULL) status = denoise__fail_null(__func__, "out");
    if (status == DENOISE_OK && model == NULL) status = denoise__fail_null(__func__, "model");
    if (status == DENOISE_OK) {
        trainer = denoise__allocate_zeroed(1, sizeof *trainer);
        if (trainer == NULL) status = denoise__fail_nomem();
    }
    if (status == DENOISE_OK) {
        atomic_init(&trainer->references, 1);
        trainer->owner = denoise__owner_token();
        trainer->model = model;
        denoise__model_retain(model);
        status = make_arrays(trainer, &known);
    }
    if (status != DENOISE_OK) {
        free_parts(&(part_list){.optimizer = optimizer, .loss = loss, .options = &known});
        denoise_trainer_free(trainer);
        return status;
    }
    adopt_all(trainer, optimizer, loss, &known, &result);
    status = result.status == DENOISE_OK ? finish(trainer, loss, &known) : denoise__fail_text(result.status, result.message);
    if (status != DENOISE_OK) {
        denoise_trainer_free(trainer);
        return status;
    }
    *out = trainer;
    return DENOISE_OK;
}
