/* SPDX-License-Identifier: Apache-2.0 */
#include "threads/latch.h"

static denoise_status wait_at(int64_t batch, void *user_data)
{
    latch *l = user_data;
    if (batch != l->batch || l->go) return DENOISE_OK;
    (void)pthread_mutex_lock(&l->mutex);
    l->inside = true;
    (void)pthread_cond_broadcast(&l->changed);
    while (!l->go)
        (void)pthread_cond_wait(&l->changed, &l->mutex);
    (void)pthread_mutex_unlock(&l->mutex);
    return DENOISE_OK;
}

static denoise_status batch_end(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)trainer;
    (void)logs;
    return wait_at(batch, user_data);
}

static denoise_status train_end(denoise_trainer *trainer, denoise_logs *logs, void *user_data)
{
    latch *l = user_data;
    denoise_status status;
    (void)logs;
    l->weights = scene_weights(&status, denoise_trainer_model(trainer));
    return status;
}

void latch_add(latch *l, denoise_trainer *trainer, const scene *s)
{
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    *l = (latch){.trainer = trainer, .s = s};
    (void)pthread_mutex_init(&l->mutex, NULL);
    (void)pthread_cond_init(&l->changed, NULL);
    hooks.on_train_batch_end = hooks.on_test_batch_end = hooks.on_predict_batch_end = batch_end;
    hooks.on_train_end = train_end;
    NEED(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, l, NULL)));
}

static void *run(void *context)
{
    latch *l = context;
    if (l->kind == HOLD_FIT) l->status = scene_fit(l->trainer, l->s, 2, 1);
    if (l->kind == HOLD_EVALUATE) {
        denoise_evaluate_options options = DENOISE_EVALUATE_OPTIONS_INIT;
        options.verbose = 0;
        l->status = denoise_trainer_evaluate(NULL, l->trainer, l->s->x, l->s->y, &options);
    }
    if (l->kind == HOLD_PREDICT) {
        denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
        denoise_tensor *out = NULL;
        options.verbose = 0;
        l->status = denoise_trainer_predict(&out, l->trainer, l->s->x, &options);
        if (l->status == DENOISE_OK) {
            l->prediction = scene_hash(denoise_tensor_const_data(out), (size_t)denoise_tensor_bytes(out));
        }
        denoise_tensor_free(out);
    }
    return NULL;
}

void latch_hold(latch *l, int kind, int64_t batch)
{
    l->inside = l->go = false;
    l->kind = kind;
    l->batch = batch;
    if (pthread_create(&l->thread, NULL, run, l) != 0) scene_need(DENOISE_ERR_NOMEM, "pthread_create");
    (void)pthread_mutex_lock(&l->mutex);
    while (!l->inside)
        (void)pthread_cond_wait(&l->changed, &l->mutex);
    (void)pthread_mutex_unlock(&l->mutex);
}

void latch_release(latch *l)
{
    (void)pthread_mutex_lock(&l->mutex);
    l->go = true;
    (void)pthread_cond_broadcast(&l->changed);
    (void)pthread_mutex_unlock(&l->mutex);
    (void)pthread_join(l->thread, NULL);
}
