/* SPDX-License-Identifier: Apache-2.0 */
/* Sequences of calls: each byte of the input chooses a call, those behind it the arguments. Whatever is called in whatever
 * order, each call answers with a status, failures leave NULL, and at the end everything can be freed, in any order. */
#include "fuzz/api.h"
#include "fuzz/builder.h"
#include "fuzz/memory.h"
#include <math.h>
#include <string.h>

int64_t api_anywhere;

unsigned api_byte(api *a)
{
    return a->at < a->end ? *a->at++ : 0;
}

unsigned api_pick(api *a, unsigned count)
{
    return api_byte(a) % count;
}

int64_t api_size(api *a)
{
    static const int64_t odd[] = {-1, 0, INT64_C(1) << 28, INT64_C(1) << 40, INT64_MAX, INT64_MIN, 33, 7};
    unsigned byte = api_byte(a);
    return byte < 224 ? byte % 6 : odd[byte % 8];
}

double api_number(api *a)
{
    static const double odd[] = {NAN, INFINITY, -INFINITY, -1, 1e300, -1e-300, 0.99999, 100};
    unsigned byte = api_byte(a);
    return byte < 192 ? (double)(byte % 9) / 8 : odd[byte % 8];
}

const char *api_name(api *a)
{
    static const char *const names[] = {
        NULL,      "relu",       "softmax",  "sigmoid",  "dense",     "dense_1",        "input_layer", "units", "activation",
        "name",    "val_loss",   "loss",     "Dense",    "l2(0.1)",   "elu(alpha=2)",   "adam",        "mse",   "accuracy",
        "dropout", "rate",       "a/b",      "",         "no such",   "learning_rate",  "monitor",     "shape", "add",
        "flatten", "csv_logger", "filename", "\xff\x01", "reduction", "early_stopping", "patience",    "sgd",   "momentum"};
    return names[api_pick(a, sizeof names / sizeof names[0])];
}

int32_t api_shape(api *a, int64_t *shape)
{
    static const int32_t odd[] = {-1, 9, 8, INT32_MAX};
    int32_t rank = (int32_t)api_pick(a, 4);
    for (int32_t i = 0; i < rank; i++) {
        shape[i] = api_size(a);
    }
    unsigned byte = api_byte(a);
    if (byte < 240) return rank;
    for (int32_t i = rank; i < 8; i++) {
        shape[i] = 1;
    }
    return odd[byte % 4];
}

bool api_done(denoise_status status)
{
    fuzz_check_status(status);
    (void)fuzz_nomem(status);
    return status == DENOISE_OK;
}

bool api_made(denoise_status status, const void *out)
{
    void *made;
    memcpy(&made, out, sizeof made);
    FUZZ_CHECK((made != NULL) == (status == DENOISE_OK));
    return api_done(status);
}

denoise_tensor *api_tensor(api *a)
{
    return a->tensors[api_pick(a, API_TENSORS)];
}

void api_keep_tensor(api *a, denoise_tensor *tensor)
{
    if (tensor == NULL) return;
    for (int i = 0; i < API_TENSORS; i++) {
        if (a->tensors[i] != NULL) continue;
        a->tensors[i] = tensor;
        return;
    }
    if (a->running > 0) {
        denoise_tensor_free(tensor);
        return;
    }
    unsigned slot = api_pick(a, API_TENSORS);
    denoise_tensor_free(a->tensors[slot]);
    a->tensors[slot] = tensor;
}

void api_keep_model(api *a, denoise_model *model)
{
    if (model == NULL) return;
    for (int i = 0; i < API_MODELS; i++) {
        if (a->models[i] != NULL) continue;
        a->models[i] = model;
        return;
    }
    denoise_model_free(model);
}

api_part *api_empty_part(api_part *parts, int count)
{
    for (int i = 0; i < count; i++) {
        if (parts[i].part == NULL) return &parts[i];
    }
    return NULL;
}

static void forget_parts(api_part *parts, int count, int64_t owner)
{
    for (int i = 0; i < count; i++) {
        if (parts[i].owner == owner) parts[i] = (api_part){NULL, 0};
    }
}

void api_forget(api *a, int64_t owner)
{
    if (owner == 0) return;
    forget_parts(a->layers, API_LAYERS, owner);
    forget_parts(a->optimizers, API_PARTS, owner);
    forget_parts(a->losses, API_PARTS, owner);
    forget_parts(a->metrics, API_PARTS, owner);
    forget_parts(a->callbacks, API_PARTS, owner);
    for (int i = 0; i < API_NODES; i++) {
        if (a->nodes[i].owner == owner) a->nodes[i] = (api_node){NULL, 0};
    }
}

/* Owner 0: there is none, so a part that nobody had is gone. */
void api_adopted(api_part *part, int64_t owner)
{
    if (part->part == NULL || part->owner != 0) return;
    *part = owner == 0 ? (api_part){NULL, 0} : (api_part){part->part, owner};
}

void api_free_sequential(api *a, unsigned slot)
{
    denoise_sequential_free(a->sequentials[slot]);
    api_forget(a, a->sequentials[slot] != NULL ? a->sequential_owner[slot] : 0);
    a->sequentials[slot] = NULL;
}

void api_free_graph(api *a, unsigned slot)
{
    denoise_graph_free(a->graphs[slot]);
    api_forget(a, a->graphs[slot] != NULL ? a->graph_owner[slot] : 0);
    a->graphs[slot] = NULL;
}

void api_free_trainer(api *a, unsigned slot)
{
    denoise_trainer_free(a->trainers[slot]);
    api_forget(a, a->trainers[slot] != NULL ? a->trainer_owner[slot] : 0);
    a->trainers[slot] = NULL;
}

static void free_tensor(api *a)
{
    unsigned slot = api_pick(a, API_TENSORS);
    denoise_tensor_free(a->tensors[slot]);
    a->tensors[slot] = NULL;
}

static void free_model(api *a)
{
    unsigned slot = api_pick(a, API_MODELS);
    denoise_model_free(a->models[slot]);
    a->models[slot] = NULL;
}

static void free_builder(api *a)
{
    if (api_pick(a, 2) == 0) {
        api_free_sequential(a, api_pick(a, API_BUILDERS));
    } else {
        api_free_graph(a, api_pick(a, API_BUILDERS));
    }
}

static void free_trainer(api *a)
{
    api_free_trainer(a, api_pick(a, API_TRAINERS));
}

/* Freeing a part that somebody adopted does nothing. */
static void free_part(api *a)
{
    unsigned kind = api_pick(a, 5), slot = api_pick(a, API_PARTS);
    api_part *parts[5] = {&a->layers[slot], &a->optimizers[slot], &a->losses[slot], &a->metrics[slot], &a->callbacks[slot]};
    api_part *it = parts[kind];
    if (kind == 0) denoise_layer_free(it->part);
    if (kind == 1) denoise_optimizer_free(it->part);
    if (kind == 2) denoise_loss_free(it->part);
    if (kind == 3) denoise_metric_free(it->part);
    if (kind == 4) denoise_callback_free(it->part);
    if (it->owner == 0) it->part = NULL;
}

static void free_others(api *a)
{
    unsigned slot = api_pick(a, 2);
    denoise_params_free(a->params[slot]);
    a->params[slot] = NULL;
    denoise_workspace_free(a->workspace);
    a->workspace = NULL;
}

const api_call api_freeing_calls[] = {free_tensor, free_model, free_builder, free_trainer, free_part, free_others, NULL};

static unsigned length(const api_call *calls)
{
    unsigned count = 0;
    while (calls[count] != NULL) {
        count++;
    }
    return count;
}

void api_run(api *a, int calls)
{
    static const api_call *const groups[] = {api_tensor_calls, api_part_calls, api_model_calls, api_training_calls,
                                             api_freeing_calls};
    unsigned total = 0;
    for (int g = 0; g < 5; g++) {
        total += length(groups[g]);
    }
    for (int i = 0; i < calls && a->at < a->end; i++) {
        unsigned choice = api_pick(a, total);
        for (int g = 0; g < 5; g++) {
            unsigned count = length(groups[g]);
            if (choice < count) {
                if (g < 4 || a->running == 0) groups[g][choice](a);
                break;
            }
            choice -= count;
        }
    }
}

static void free_all(api *a, unsigned order)
{
    for (unsigned i = 0; i < 8; i++) {
        switch ((i * 5 + order) % 8) {
        case 0:
            for (unsigned k = 0; k < API_TENSORS; k++) {
                denoise_tensor_free(a->tensors[k]);
            }
            break;
        case 1:
            for (unsigned k = 0; k < API_MODELS; k++) {
                denoise_model_free(a->models[k]);
            }
            break;
        case 2:
            for (unsigned k = 0; k < API_TRAINERS; k++) {
                api_free_trainer(a, k);
            }
            break;
        case 3:
            for (unsigned k = 0; k < API_BUILDERS; k++) {
                api_free_sequential(a, k);
            }
            break;
        case 4:
            for (unsigned k = 0; k < API_BUILDERS; k++) {
                api_free_graph(a, k);
            }
            break;
        case 5:
            denoise_params_free(a->params[0]);
            denoise_params_free(a->params[1]);
            break;
        case 6:
            denoise_workspace_free(a->workspace);
            break;
        default:
            break;
        }
    }
    for (unsigned k = 0; k < API_PARTS; k++) {
        denoise_optimizer_free(a->optimizers[k].part);
        denoise_loss_free(a->losses[k].part);
        denoise_metric_free(a->metrics[k].part);
        denoise_callback_free(a->callbacks[k].part);
    }
    for (unsigned k = 0; k < API_LAYERS; k++) {
        denoise_layer_free(a->layers[k].part);
    }
}

static void run(const uint8_t *data, size_t size)
{
    api a = {.at = data, .end = data + size};
    unsigned order = size > 0 ? data[size - 1] : 0;
    (void)denoise_set_num_threads(1);
    api_run(&a, API_CALLS);
    fuzz_memory_stop_failing();
    a.at = a.end;
    free_all(&a, order);
    FUZZ_CHECK(a.lambdas == a.gone);
    FUZZ_CHECK(a.borrowed == a.returned);
    denoise_shutdown();
}

/* The number of a call in api_run(). */
static unsigned number_of(const api_call *calls, unsigned index)
{
    static const api_call *const groups[] = {api_tensor_calls, api_part_calls, api_model_calls, api_training_calls,
                                             api_freeing_calls};
    unsigned before = 0;
    for (int g = 0; groups[g] != calls; g++) {
        before += length(groups[g]);
    }
    return before + index;
}

/* A model, rows, labels, a trainer, a fit; and everything behind it once. */
static void seeds(const fuzz_sink *sink)
{
    unsigned all = number_of(api_freeing_calls, length(api_freeing_calls));
    for (unsigned call = 0; call < all; call++) {
        for (unsigned loss = 0; loss < 2; loss++) {
            builder b = {.size = 0};
            builder_byte(&b, number_of(api_model_calls, 5)); /* ready_model: hidden layer, no dropout, 2 units, softmax */
            builder_bytes(&b, "\1\1\1\0", 4);
            builder_byte(&b, number_of(api_tensor_calls, 0)); /* rows (4, 3) */
            builder_bytes(&b, "\0\0\0", 3);
            builder_byte(&b, number_of(api_tensor_calls, loss == 0 ? 2 : 0)); /* labels (4), or rows (4, 2) */
            builder_bytes(&b, loss == 0 ? "\0\0" : "\0\2\1", loss == 0 ? 2 : 3);
            builder_byte(&b, number_of(api_training_calls, 0)); /* a lambda with every hook */
            builder_bytes(&b, "\6\x7f", 2);
            builder_byte(&b, number_of(api_training_calls, 3)); /* ready_trainer */
            builder_bytes(&b, loss == 0 ? "\0\1\0\0" : "\0\1\1\0", 4);
            builder_byte(&b, number_of(api_training_calls, 5)); /* the lambda into it */
            builder_bytes(&b, "\0\0", 2);
            builder_byte(&b, number_of(api_training_calls, 6)); /* fit on the two */
            builder_bytes(&b, "\0\0\1\0\1\2\1\7\17", 9);
            for (unsigned i = 0; i < 24; i++) {
                builder_byte(&b, i % 3 == 1 ? call : i * 7 % 13);
            }
            builder_seed(sink, "training", &b);
        }
    }
}

static const char *const dictionary[] = {"\"\\x26\\x01\\x01\\x01\\x00\"", "\"\\x00\\x00\\x00\\x00\"",
                                         "\"\\x2f\\x00\\x01\\x00\\x00\"", NULL};

const fuzz_target fuzz_target_api = {"api", run, seeds, NULL, dictionary, 512};
