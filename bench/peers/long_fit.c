/* SPDX-License-Identifier: Apache-2.0 */
#include "long_fit.h"
#include "../check.h"
#include <pthread.h>

enum { MANY_EPOCHS = 1000000 };

struct long_fit {
    denoise_trainer *trainer;
    const denoise_tensor *x, *y;
    int64_t batch;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int64_t wanted, done; /* epochs */
    double loss;
};

static denoise_status begin_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    long_fit *f = user_data;
    (void)trainer, (void)logs;
    (void)pthread_mutex_lock(&f->lock);
    while (f->wanted <= epoch)
        (void)pthread_cond_wait(&f->changed, &f->lock);
    (void)pthread_mutex_unlock(&f->lock);
    return DENOISE_OK;
}

static denoise_status end_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    long_fit *f = user_data;
    (void)trainer;
    (void)pthread_mutex_lock(&f->lock);
    check(denoise_logs_get(logs, "loss", &f->loss));
    f->done = epoch + 1;
    (void)pthread_cond_signal(&f->changed);
    (void)pthread_mutex_unlock(&f->lock);
    return DENOISE_OK;
}

static void *run(void *user_data)
{
    long_fit *f = user_data;
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.batch_size = f->batch;
    options.epochs = MANY_EPOCHS;
    options.verbose = 0;
    check(denoise_trainer_fit(f->trainer, f->x, f->y, &options));
    return NULL;
}

long_fit *long_fit_new(denoise_trainer *trainer, const denoise_tensor *x, const denoise_tensor *y, int64_t batch)
{
    pthread_t thread;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    long_fit *f = malloc(sizeof *f);
    check_that(f != NULL, "out of memory");
    *f = (long_fit){.trainer = trainer, .x = x, .y = y, .batch = batch};
    check_that(pthread_mutex_init(&f->lock, NULL) == 0 && pthread_cond_init(&f->changed, NULL) == 0, "cannot make a lock");
    hooks.on_epoch_begin = begin_epoch;
    hooks.on_epoch_end = end_epoch;
    check(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, f, NULL)));
    check_that(pthread_create(&thread, NULL, run, f) == 0, "cannot start a thread");
    (void)pthread_detach(thread);
    return f;
}

double long_fit_epoch(long_fit *f)
{
    (void)pthread_mutex_lock(&f->lock);
    f->wanted++;
    (void)pthread_cond_signal(&f->changed);
    while (f->done < f->wanted)
        (void)pthread_cond_wait(&f->changed, &f->lock);
    double loss = f->loss;
    (void)pthread_mutex_unlock(&f->lock);
    return loss;
}
