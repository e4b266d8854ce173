/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that is provably inside a run: a callback tells that it is there and waits until it is let go. */
#ifndef DENOISE_TESTS_LATCH_H
#define DENOISE_TESTS_LATCH_H

#include "threads/scene.h"
#include <pthread.h>

enum { HOLD_FIT, HOLD_EVALUATE, HOLD_PREDICT, HOLD_COUNT };

typedef struct latch {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool inside, go;
    int64_t batch; /* at whose end it waits */
    pthread_t thread;
    int kind; /* HOLD_ */
    denoise_trainer *trainer;
    const scene *s;
    denoise_status status; /* of the run */
    uint64_t weights;      /* at the end of the training, as the run itself saw them */
    uint64_t prediction;
} latch;

/* Adds the callback to the trainer; before any run. */
void latch_add(latch *l, denoise_trainer *trainer, const scene *s);
/* Starts a run of this kind in a thread of its own and returns once it waits at the end of the batch. */
void latch_hold(latch *l, int kind, int64_t batch);
/* Lets it go and joins the thread. */
void latch_release(latch *l);

#endif
