/* SPDX-License-Identifier: Apache-2.0 */
#include "threads/plugin.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

bool plugin_open(plugin *p)
{
    memset(p, 0, sizeof *p);
    p->handle = dlopen(DENOISE_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (p->handle == NULL) {
        (void)printf("cannot load %s: %s\n", DENOISE_LIBRARY, dlerror());
        return false;
    }
    bool complete = true;
    void *address;
#define PLUGIN_FIND(name)                                                                                                      \
    address = dlsym(p->handle, "denoise_" #name);                                                                              \
    memcpy(&p->name, &address, sizeof address);                                                                                \
    complete = complete && address != NULL;
    PLUGIN_FUNCTIONS(PLUGIN_FIND)
#undef PLUGIN_FIND
    if (!complete) (void)printf("a function is missing in %s\n", DENOISE_LIBRARY);
    return complete;
}

bool plugin_close(plugin *p)
{
    bool closed = dlclose(p->handle) == 0;
    memset(p, 0, sizeof *p);
    return closed;
}

typedef struct training {
    denoise_model *model;
    denoise_trainer *trainer;
    denoise_tensor *x, *weight;
} training;

static denoise_status make_model(const plugin *p, training *t)
{
    const int64_t columns = 40;
    denoise_sequential *s;
    denoise_status status = p->sequential_new(&s, "plugin");
    if (status == DENOISE_OK) status = p->sequential_add(s, p->layer_input(&columns, 1, NULL));
    if (status == DENOISE_OK) status = p->sequential_add(s, p->layer_dense(64, "relu", NULL));
    if (status == DENOISE_OK) status = p->sequential_add(s, p->layer_dense(columns, "tanh", NULL));
    if (status == DENOISE_OK) status = p->sequential_build(&t->model, s, NULL);
    p->sequential_free(s);
    if (status != DENOISE_OK) return status;
    return p->model_compile(&t->trainer, t->model, p->optimizer_adam(NULL), p->loss_mean_squared_error(), NULL);
}

static denoise_status make_rows(const plugin *p, training *t)
{
    denoise_rng *rng;
    denoise_status status = p->rng_new(&rng, 3, 4);
    if (status != DENOISE_OK) return status;
    status = p->tensor_random_uniform(&t->x, (const int64_t[]){160, 40}, 2, rng, -1.0, 1.0);
    p->rng_free(rng);
    return status;
}

static denoise_status train_and_save(const plugin *p, training *t, const char *folder)
{
    char csv[600], path[600];
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    (void)snprintf(csv, sizeof csv, "%s/log.csv", folder);
    (void)snprintf(path, sizeof path, "%s/w.safetensors", folder);
    options.epochs = 2;
    options.verbose = 2;
    denoise_status status = p->trainer_add_callback(t->trainer, p->callback_csv_logger(csv, ",", 0));
    if (status == DENOISE_OK) status = p->trainer_fit(t->trainer, t->x, t->x, &options);
    if (status == DENOISE_OK) status = p->model_save_weights(t->model, path);
    if (status == DENOISE_OK) status = p->model_load_weights(t->model, path, NULL);
    if (status == DENOISE_OK) status = p->model_get_weight(&t->weight, t->model, 0);
    return status;
}

uint64_t plugin_train(const plugin *p, int32_t threads, const char *folder)
{
    training t = {0};
    uint64_t hash = 14695981039346656037U; /* FNV-1a */
    denoise_status status = threads == 0 ? DENOISE_OK : p->set_num_threads(threads);
    if (status == DENOISE_OK) status = make_model(p, &t);
    if (status == DENOISE_OK) status = make_rows(p, &t);
    if (status == DENOISE_OK) status = train_and_save(p, &t, folder);
    if (status == DENOISE_OK) {
        const unsigned char *bytes = p->tensor_const_data(t.weight);
        for (int64_t i = 0; i < p->tensor_bytes(t.weight); i++)
            hash = (hash ^ bytes[i]) * 1099511628211U;
    } else {
        (void)printf("%s: %s\n", p->status_name(status), p->last_error());
    }
    p->tensor_free(t.weight);
    p->tensor_free(t.x);
    p->trainer_free(t.trainer);
    p->model_free(t.model);
    return status == DENOISE_OK ? hash : 0;
}
