/* SPDX-License-Identifier: Apache-2.0 */
#include "core/worker.h"
#include "core/memory.h"
#include "core/platform/mutex.h"
#include "core/platform/process.h"
#include "core/platform/thread.h"
#include <stdint.h>

struct denoise__worker {
    denoise__mutex mutex;
    denoise__condition changed;
    denoise__thread thread;
    bool is_started;
    int64_t process; /* that the thread is in */
};

denoise__worker *denoise__worker_new(void)
{
    denoise__worker *worker = denoise__allocate_zeroed(1, sizeof *worker);
    if (worker == NULL) return NULL;
    if (denoise__mutex_init(&worker->mutex)) {
        if (denoise__condition_init(&worker->changed)) return worker;
        denoise__mutex_free(&worker->mutex);
    }
    denoise__release(worker);
    return NULL;
}

bool denoise__worker_start(denoise__worker *worker, void (*body)(void *context), void *context)
{
    if (worker->is_started) return false;
    worker->process = denoise__process_number();
    worker->is_started = denoise__thread_start(&worker->thread, body, context) == 0;
    return worker->is_started;
}

bool denoise__worker_is_running(const denoise__worker *worker)
{
    return worker->is_started && worker->process == denoise__process_number();
}

bool denoise__worker_is_lost(const denoise__worker *worker)
{
    return worker->is_started && worker->process != denoise__process_number();
}

void denoise__worker_lock(denoise__worker *worker)
{
    denoise__mutex_lock(&worker->mutex);
}

void denoise__worker_unlock(denoise__worker *worker)
{
    denoise__mutex_unlock(&worker->mutex);
}

void denoise__worker_wait(denoise__worker *worker)
{
    denoise__condition_wait(&worker->changed, &worker->mutex);
}

void denoise__worker_wake(denoise__worker *worker)
{
    denoise__condition_broadcast(&worker->changed);
}

void denoise__worker_free(denoise__worker *worker)
{
    if (worker == NULL) return;
    if (!denoise__worker_is_lost(worker)) { /* a lock that a lost thread may hold is left as it is */
        if (worker->is_started) denoise__thread_join(&worker->thread);
        denoise__condition_free(&worker->changed);
        denoise__mutex_free(&worker->mutex);
    }
    denoise__release(worker);
}
