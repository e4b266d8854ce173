/* SPDX-License-Identifier: Apache-2.0 */
/* From a model, an optimizer, losses and metrics to a trainer. All parts are adopted, whatever happens. */
#include "core/memory.h"
#include "core/options.h"
#include "core/text.h"
#include "kernels/engine.h"
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
                          bool is_weighted, adoption *result)
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
            (denoise__tracked_metric){.metric = metrics[i], .output = (int32_t)output, .is_weighted = is_weighted};
    }
}

/* Losses of outputs are told where there are several (keras/src/trainers/compile_utils.py, CompileLoss.build). */
static int32_t count_losses(const denoise_trainer *trainer)
{
    int32_t count = 0;
    for (int32_t i = 0; i < trainer->model->output_count; i++)
        count += trainer->losses[i] != NULL;
    return count;
}

/* Whether the total, the loss of an output or one of the first `count` metrics has the key. */
static bool has_key(const denoise_trainer *trainer, int64_t count, const char *key)
{
    if (strcmp(trainer->loss.key, key) == 0) return true;
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        if (strcmp(trainer->output_losses[i].key, key) == 0) return true;
    }
    for (int64_t i = 0; i < count; i++) {
        if (strcmp(trainer->metrics[i].key, key) == 0) return true;
    }
    return false;
}

/* How many of the metrics so far were to have the name in `base`: Keras numbers by that. */
static int32_t count_base(const denoise_trainer *trainer, int64_t count, const char *base)
{
    int32_t found = 0;
    for (int64_t i = 0; i < count; i++)
        found += strcmp(trainer->metrics[i].base, base) == 0;
    return found;
}

/* "accuracy", "accuracy_1", "accuracy_2" */
static void write_numbered(char *key, const char *base, int32_t number)
{
    if (number == 0)
        denoise__format(key, DENOISE__KEY_SIZE, "%s", base);
    else
        denoise__format(key, DENOISE__KEY_SIZE, "%s_%d", base, (int)number);
}

/* As CompileMetrics.result() does it: "accuracy", or "digit_accuracy" where there are several outputs; once that is taken, a
 * weighted metric is "digit_weighted_accuracy"; further ones are numbered, "digit_accuracy_1". Two outputs of one layer have
 * one name, so that their metrics meet too. Where Keras would let one number hide another, the name is refused. */
static denoise_status name_metric(const denoise_trainer *trainer, int64_t index)
{
    denoise__tracked_metric *tracked = &trainer->metrics[index];
    bool several = trainer->model->output_count > 1;
    const char *output = several ? denoise_model_output_name(trainer->model, tracked->output) : "";
    for (int32_t pass = 0; pass < (tracked->is_weighted ? 2 : 1); pass++) {
        denoise__format(tracked->base, sizeof tracked->base, "%s%s%s%s", output, several ? "_" : "",
                        pass == 1 ? "weighted_" : "", denoise__metric_name(tracked->metric));
        if (count_base(trainer, index, tracked->base) == 0) break;
    }
    int32_t before = count_base(trainer, index, tracked->base);
    write_numbered(tracked->key, tracked->base, before);
    if (!has_key(trainer, index, tracked->key)) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_NAME, "compile: metric \"%s\" of output %d would hide another number in the logs",
                         tracked->key, (int)tracked->output);
}

/* Whether Keras' evaluate finds the metric under its own name, before it appends what is left. */
static bool comes_first(const denoise_trainer *trainer, int64_t index)
{
    return strcmp(trainer->metrics[index].key, denoise__metric_name(trainer->metrics[index].metric)) == 0;
}

/* The order in which Keras' evaluate answers, Trainer._flatten_metrics_in_order(): metrics of a model of one output as they
 * were given; behind the losses, and sorted by key, what has another name in the logs than its own. */
static void order_metrics(denoise_trainer *trainer)
{
    int64_t count = 0;
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        if (comes_first(trainer, i)) trainer->metric_order[count++] = i;
    }
    trainer->named_count = count;
    for (int64_t i = 0; i < trainer->metric_count; i++) {
        if (comes_first(trainer, i)) continue;
        int64_t at = count++;
        for (; at > trainer->named_count &&
               strcmp(trainer->metrics[trainer->metric_order[at - 1]].key, trainer->metrics[i].key) > 0;
             at--)
            trainer->metric_order[at] = trainer->metric_order[at - 1];
        trainer->metric_order[at] = i;
    }
}

static denoise_status name_metrics(denoise_trainer *trainer)
{
    for (int64_t i = 0; i < trainer->metric_count; i++)
        DENOISE__TRY(name_metric(trainer, i));
    order_metrics(trainer);
    return DENOISE_OK;
}

/* "digit_loss"; of a second output of one layer "digit_loss_1", where Keras keeps the last one alone. */
static void name_losses(denoise_trainer *trainer)
{
    static const char name[] = "loss";
    memcpy(trainer->loss.key, name, sizeof name);
    if (count_losses(trainer) < 2) return;
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        const char *output = denoise_model_output_name(trainer->model, i);
        int32_t before = 0;
        if (trainer->losses[i] == NULL) continue;
        for (int32_t j = 0; j < i; j++)
            before += trainer->losses[j] != NULL && strcmp(denoise_model_output_name(trainer->model, j), output) == 0;
        char base[DENOISE__KEY_SIZE];
        denoise__format(base, sizeof base, "%s_loss", output);
        write_numbered(trainer->output_losses[i].key, base, before);
    }
}

static denoise_status list_weights(denoise_trainer *trainer)
{
    const denoise_model *model = trainer->model;
    trainer->weights = denoise__allocate_zeroed((size_t)model->weight_count + 1, sizeof *trainer->weights);
    trainer->weight_values = denoise__allocate_zeroed((size_t)model->weight_count + 1, sizeof *trainer->weight_values);
    trainer->is_frozen = denoise__allocate_zeroed((size_t)model->layer_count + 1, sizeof *trainer->is_frozen);
    if (trainer->weights == NULL || trainer->weight_values == NULL || trainer->is_frozen == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < model->layer_count; i++)
        trainer->is_frozen[i] = !model->layers[i]->trainable;
    for (int64_t i = 0; i < model->weight_count; i++) {
        const denoise__weight *weight = &model->weights[i].layer->weights[model->weights[i].index];
        if (!denoise__model_trains(model, &model->weights[i])) continue;
        trainer->weight_values[trainer->weight_count] = denoise__weight_values(weight);
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
    trainer->metric_order = denoise__allocate_zeroed(metrics + 1, sizeof *trainer->metric_order);
    if (trainer->losses == NULL || trainer->loss_weights == NULL || trainer->output_losses == NULL ||
        trainer->adopted_losses == NULL || trainer->metrics == NULL || trainer->metric_order == NULL) {
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

DENOISE__OPTIONS(compile_options, COMPILE_OPTIONS, "compile options", denoise_compile_options,
                 offsetof(denoise_compile_options, convolution))

static denoise_status check_options(const denoise_compile_options *options, denoise_compile_options *known)
{
    DENOISE__TRY(denoise__options_read(&compile_options_known, known, options));
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
    name_losses(trainer);
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
        if (type == OPTIMIZER) denoise__optimizer_refuse(part);
        if (type == LOSS) denoise__loss_refuse(part);
        if (type == METRIC) denoise__metric_refuse(part);
    }
}

/* Once per compile, as Keras does when it traces the step. */
static void warn_of_losses(const denoise_trainer *trainer)
{
    for (int32_t i = 0; i < trainer->model->output_count; i++) {
        const denoise_loss *loss = trainer->losses[i];
        const denoise__shape *shape = denoise__model_output_shape(trainer->model, i);
        const char *name = denoise_model_output_name(trainer->model, i);
        if (loss == NULL) continue;
        if (!trainer->keeps_activations)
            denoise__loss_warn_logits(loss, denoise__model_output_activation(trainer->model, i), name);
        if (shape->rank > 0) denoise__loss_warn_columns(loss, shape->dim[shape->rank - 1], name);
    }
}

static denoise_status finish(denoise_trainer *trainer, denoise_loss *loss, const denoise_compile_options *options)
{
    trainer->keeps_activations = options->unfused != 0;
    DENOISE__TRY(denoise__convolution_find(options->convolution, "compile options", &trainer->convolution));
    trainer->train.training = true;
    DENOISE__TRY(place_losses(trainer, loss, options));
    DENOISE__TRY(name_metrics(trainer));
    DENOISE__TRY(list_weights(trainer));
    warn_of_losses(trainer);
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
