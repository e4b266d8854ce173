/* SPDX-License-Identifier: Apache-2.0 */
#include "train/warn.h"
#include "core/format.h"
#include "core/log.h"
#include <string.h>

enum { LIST_SIZE = 640 }; /* so that the line with it is not cut */

/* Adds a name; a list that is too long ends in "...". */
static void list_name(char *list, const char *layer, const char *weight)
{
    size_t length = strlen(list);
    if (length > LIST_SIZE - 2 * DENOISE__TEXT_SIZE - 16) {
        if (list[length - 1] != '.') denoise__format(list + length, LIST_SIZE - length, ", ...");
        return;
    }
    denoise__format(list + length, LIST_SIZE - length, "%s\"%s%s%s\"", length == 0 ? "" : ", ", layer,
                    weight[0] == '\0' ? "" : "/", weight);
}

/* Keras says so in every fit; once is enough for those who train batch by batch. */
static void warn_if_frozen(denoise_trainer *trainer)
{
    if (trainer->weight_count > 0 || trainer->has_warned) return;
    trainer->has_warned = true;
    denoise__log(DENOISE_LOG_WARNING, "The model \"%s\" does not have any trainable weights.", trainer->model->name);
}

/* Whether a weight (of the layer, if one is given) trains now and did not at compile, or the other way round. */
static bool has_changed(const denoise_trainer *trainer, const denoise_layer *layer)
{
    const denoise_model *model = trainer->model;
    int64_t listed = 0;
    for (int64_t i = 0; i < model->weight_count; i++) {
        const denoise__weight_ref *ref = &model->weights[i], *known = &trainer->weights[listed];
        bool trained = listed < trainer->weight_count && known->layer == ref->layer && known->index == ref->index;
        listed += trained;
        if ((layer == NULL || ref->layer == layer) && trained != denoise__model_trains(model, ref)) return true;
    }
    return false;
}

/* keras/src/trainers/trainer.py, _warn_if_trainable_state_changed */
static void warn_if_changed(denoise_trainer *trainer)
{
    char list[LIST_SIZE] = "";
    const denoise_model *model = trainer->model;
    if (trainer->has_warned_of_change) return;
    bool any = has_changed(trainer, NULL);
    for (int64_t i = 0; i < model->layer_count && !any; i++)
        any = trainer->is_frozen[i] == model->layers[i]->trainable;
    if (!any) return;
    for (int64_t i = 0; i < model->layer_count; i++) {
        const denoise_layer *layer = model->layers[i];
        if (trainer->is_frozen[i] == layer->trainable || has_changed(trainer, layer)) list_name(list, layer->name, "");
    }
    trainer->has_warned_of_change = true;
    denoise__log(
        DENOISE_LOG_WARNING,
        "What trains in the model \"%s\" has changed since it was compiled, which takes effect at the next compile: %s",
        model->name, list);
}

void denoise__warn_of_trainable(denoise_trainer *trainer)
{
    warn_if_frozen(trainer);
    warn_if_changed(trainer);
}

bool denoise__is_reached(const denoise__plan *plan, int64_t index)
{
    const denoise__weight_ref *ref = &plan->weights[index];
    const denoise__kind_ref *regularizer = ref->layer->weights[ref->index].spec.regularizer;
    if (regularizer != NULL && regularizer->kind != NULL) return true;
    for (int32_t i = 0; i < plan->order_count; i++) {
        const denoise__step *step = &plan->steps[plan->order[i]];
        for (int32_t w = 0; w < step->weight_count && step->runs_backward; w++) {
            if (step->weights[w].wanted == index) return true;
        }
    }
    return false;
}

/* keras/src/optimizers/base_optimizer.py, _filter_empty_gradients */
void denoise__warn_of_unreached(denoise_trainer *trainer, const denoise__plan *plan)
{
    char list[LIST_SIZE] = "";
    if (trainer->has_warned_of_unreached) return;
    for (int64_t i = 0; i < plan->weight_count; i++) {
        const denoise__weight_ref *ref = &plan->weights[i];
        if (!denoise__is_reached(plan, i)) list_name(list, ref->layer->name, ref->layer->weights[ref->index].spec.name);
    }
    if (list[0] == '\0') return;
    trainer->has_warned_of_unreached = true;
    denoise__log(DENOISE_LOG_WARNING,
                 "No loss of the model \"%s\" reaches %s, which will not learn. Was an output left without a loss by mistake?",
                 trainer->model->name, list);
}
