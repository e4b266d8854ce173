/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/alloc_state.h"
#include "faults/alloc_run.h"
#include "models/model.h"
#include "train/trainer.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

uint64_t alloc_hash_weights(uint64_t hash, const denoise_model *model)
{
    for (int64_t i = 0; i < model->weight_count; i++) {
        denoise_layer *layer = model->weights[i].layer;
        denoise__layer_bring_home(layer);
        const denoise__weight *weight = &layer->weights[model->weights[i].index];
        hash = alloc_hash(hash, denoise__weight_values(weight), (size_t)weight->variable.count * sizeof(float));
    }
    return hash;
}

uint64_t alloc_hash_model(uint64_t hash, const denoise_model *model)
{
    int64_t shape[DENOISE_MAX_RANK] = {0};
    int32_t rank = 0;
    char name[256];
    hash = alloc_hash_text(hash, denoise_model_name(model));
    for (int64_t i = 0; i < denoise_model_layer_count(model); i++)
        hash = alloc_hash_text(hash, denoise_model_layer_name(model, i));
    for (int64_t i = 0; i < denoise_model_output_count(model); i++) {
        hash = alloc_hash_text(hash, denoise_model_output_name(model, i));
        (void)denoise_model_output_shape(model, i, shape, &rank);
        hash = alloc_hash(hash, shape, (size_t)rank * sizeof *shape);
    }
    for (int64_t i = 0; i < denoise_model_weight_count(model); i++) {
        (void)denoise_model_weight_name(model, i, name, (int64_t)sizeof name);
        hash = alloc_hash_text(hash, name);
    }
    return alloc_hash_weights(hash, model);
}

uint64_t alloc_hash_trainer(uint64_t hash, const denoise_trainer *trainer)
{
    denoise_optimizer *optimizer = trainer->optimizer;
    denoise__optimizer_bring_home(optimizer);
    hash = alloc_hash_weights(hash, trainer->model);
    hash = alloc_hash(hash, &optimizer->learning_rate, sizeof optimizer->learning_rate);
    hash = alloc_hash(hash, &optimizer->iterations, sizeof optimizer->iterations);
    if (optimizer->iterations == 0) return hash; /* slots that no step has touched are as good as none */
    for (int64_t i = 0; i < optimizer->weight_count * optimizer->slot_count; i++)
        hash = alloc_hash(hash, optimizer->slots[i].values, (size_t)optimizer->slots[i].count * sizeof(float));
    return hash;
}

uint64_t alloc_hash_history(uint64_t hash, const denoise_history *history)
{
    int64_t epochs = denoise_history_epochs(history);
    for (int64_t i = 0; i < epochs; i++) {
        int64_t epoch = denoise_history_epoch(history, i);
        hash = alloc_hash(hash, &epoch, sizeof epoch);
    }
    for (int64_t i = 0; i < denoise_history_key_count(history); i++) {
        const char *key = denoise_history_key(history, i);
        hash = alloc_hash_text(hash, key);
        hash = alloc_hash(hash, denoise_history_values(history, key), (size_t)epochs * sizeof(double));
    }
    return hash;
}

uint64_t alloc_hash_logs(uint64_t hash, const denoise_logs *logs)
{
    for (int64_t i = 0; i < denoise_logs_count(logs); i++) {
        double value = 0.0;
        const char *key = denoise_logs_key(logs, i);
        (void)denoise_logs_get(logs, key, &value);
        hash = alloc_hash_text(hash, key);
        hash = alloc_hash(hash, &value, sizeof value);
    }
    return hash;
}

uint64_t alloc_hash_folder(uint64_t hash, const temp_dir *dir)
{
    uint64_t sum = 0;
    DIR *folder = opendir(dir->path);
    if (folder == NULL) abort();
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        size_t size;
        char *content = temp_dir_read(dir, entry->d_name, &size);
        sum += alloc_hash(alloc_hash_text(0, entry->d_name), content, size);
        free(content);
    }
    (void)closedir(folder);
    return alloc_hash(hash, &sum, sizeof sum);
}
