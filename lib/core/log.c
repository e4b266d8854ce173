/* SPDX-License-Identifier: Apache-2.0 */
#include "core/log.h"
#include "core/cancel.h"
#include "core/text.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { LINE_SIZE = 1024, DEFAULT_COLUMNS = 80, ATTEMPTS = 8 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
/* One for each attempt to have fork() handled: the system may have no memory for it. */
static pthread_once_t fork_once[ATTEMPTS] = {PTHREAD_ONCE_INIT, PTHREAD_ONCE_INIT, PTHREAD_ONCE_INIT, PTHREAD_ONCE_INIT,
                                             PTHREAD_ONCE_INIT, PTHREAD_ONCE_INIT, PTHREAD_ONCE_INIT, PTHREAD_ONCE_INIT};
static atomic_int attempt;
static atomic_bool fork_handled;
static denoise_log_sink sink; /* write == NULL: silent */
static atomic_bool was_set;   /* there has been a sink; before that nobody takes the lock, which fork() does not yet know */

static _Thread_local bool writing; /* this thread is inside the sink: what it logs there is dropped */

/* A child must not inherit a lock that another thread of its parent holds. A sink that forks holds it itself. */
static void before_fork(void)
{
    if (!writing) (void)pthread_mutex_lock(&mutex);
}

static void after_fork(void)
{
    if (!writing) (void)pthread_mutex_unlock(&mutex);
}

static void handle_fork(void)
{
    bool handled = pthread_atfork(before_fork, after_fork, after_fork) == 0;
    atomic_store(&fork_handled, handled);
    if (!handled && atomic_load(&attempt) < ATTEMPTS - 1) atomic_fetch_add(&attempt, 1);
}

static const denoise_log_sink silent;

denoise_status denoise_set_log_sink(const denoise_log_sink *replacement)
{
    if (replacement != NULL) {
        DENOISE__TRY(denoise__check_struct_size("denoise_set_log_sink", replacement->struct_size, sizeof *replacement));
    }
    if (replacement != NULL && replacement->write == NULL) {
        return denoise__fail(DENOISE_ERR_INVALID, "denoise_set_log_sink: write is NULL");
    }
    if (writing) return denoise__fail(DENOISE_ERR_STATE, "denoise_set_log_sink: called from inside the sink");
    if (replacement == NULL && !atomic_load(&was_set)) return DENOISE_OK;
    (void)pthread_once(&fork_once[atomic_load(&attempt)], handle_fork);
    if (!atomic_load(&fork_handled)) return denoise__fail_nomem();
    atomic_store(&was_set, true);
    (void)pthread_mutex_lock(&mutex);
    denoise_log_sink before = sink;
    sink = replacement == NULL ? silent : *replacement;
    (void)pthread_mutex_unlock(&mutex);
    if (before.destroy != NULL) before.destroy(before.user_data);
    return DENOISE_OK;
}

void denoise__log_write(int32_t level, const char *text, int64_t length)
{
    if (writing || !atomic_load(&was_set)) return;
    (void)pthread_mutex_lock(&mutex);
    if (sink.write != NULL) {
        int cancel = denoise__cancel_hold();
        writing = true;
        sink.write(level, text, length, sink.user_data);
        writing = false;
        denoise__cancel_release(cancel);
    }
    (void)pthread_mutex_unlock(&mutex);
}

void denoise__log(int32_t level, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list list;
    va_start(list, format);
    int wanted = denoise__format_list(line, sizeof(line) - 1, format, list);
    va_end(list);
    size_t length = strlen(line);
    if (wanted >= (int)sizeof(line) - 1) {
        while (length > 0 && ((unsigned char)line[length - 1] & 0xC0U) == 0x80U) {
            length--; /* not within a character */
        }
        if (length > 0 && (unsigned char)line[length - 1] >= 0xC0U) length--;
    }
    line[length++] = '\n';
    line[length] = '\0';
    denoise__log_write(level, line, (int64_t)length);
}

/* A copy, so that nothing is read while another thread replaces the sink. */
static denoise_log_sink present(void)
{
    if (writing) return sink; /* this thread holds the mutex */
    if (!atomic_load(&was_set)) return silent;
    (void)pthread_mutex_lock(&mutex);
    denoise_log_sink copy = sink;
    (void)pthread_mutex_unlock(&mutex);
    return copy;
}

bool denoise__log_enabled(void)
{
    return present().write != NULL;
}

bool denoise__log_is_terminal(void)
{
    denoise_log_sink now = present();
    return now.write != NULL && now.is_terminal != 0;
}

int32_t denoise__log_columns(void)
{
    denoise_log_sink now = present();
    return now.write != NULL && now.columns > 0 ? now.columns : DEFAULT_COLUMNS;
}
