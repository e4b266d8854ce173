/* SPDX-License-Identifier: Apache-2.0 */
#include "core/log.h"
#include "core/options.h"
#include "core/platform/mutex.h"
#include "core/platform/process.h"
#include "core/platform/stack.h"
#include "core/platform/thread.h"
#include "core/text.h"
#include <stdatomic.h>
#include <string.h>

enum { LINE_SIZE = 1024, DEFAULT_COLUMNS = 80, ATTEMPTS = 8 };

static denoise__mutex mutex = DENOISE__MUTEX_INIT;
/* One for each attempt to have fork() handled: the system may have no memory for it. */
static denoise__once fork_once[ATTEMPTS] = {DENOISE__ONCE_INIT, DENOISE__ONCE_INIT, DENOISE__ONCE_INIT, DENOISE__ONCE_INIT,
                                            DENOISE__ONCE_INIT, DENOISE__ONCE_INIT, DENOISE__ONCE_INIT, DENOISE__ONCE_INIT};
static atomic_int attempt;
static atomic_bool is_fork_handled;
static denoise_log_sink sink; /* write == NULL: silent */
static bool is_line_open;     /* under the lock: what was written last has not ended its line */
static atomic_bool was_set;   /* there has been a sink; before that nobody takes the lock, which fork() does not yet know */

static _Thread_local bool is_writing; /* this thread is inside the sink: what it logs there is dropped */
/* Of that call: how deep it stands, and what to put back when it ends. */
static _Thread_local uintptr_t writing_depth;
static _Thread_local int writing_cancel;

static void end_writing(void)
{
    is_writing = false;
    denoise__mutex_unlock(&mutex);
    denoise__cancel_release(writing_cancel);
}

/* Its frame lay deeper than one that is alive. */
void denoise__log_end_left(uintptr_t depth)
{
    if (is_writing && depth >= writing_depth) end_writing();
}

/* A child must not inherit a lock that another thread of its parent holds. A sink that forks holds it itself. */
static void before_fork(void)
{
    if (!is_writing) denoise__mutex_lock(&mutex);
}

static void after_fork(void)
{
    if (!is_writing) denoise__mutex_unlock(&mutex);
}

static void handle_fork(void)
{
    bool handled = denoise__at_fork(before_fork, after_fork, after_fork);
    atomic_store(&is_fork_handled, handled);
    if (!handled && atomic_load(&attempt) < ATTEMPTS - 1) atomic_fetch_add(&attempt, 1);
}

static const denoise_log_sink silent = {sizeof silent, NULL, NULL, NULL, 0, 0};
static const denoise__options sink_known = {"denoise_set_log_sink", NULL, sizeof(denoise_log_sink), sizeof(denoise_log_sink),
                                            &silent};

denoise_status denoise_set_log_sink(const denoise_log_sink *replacement)
{
    denoise_log_sink next;
    DENOISE__TRY(denoise__options_read(&sink_known, &next, replacement));
    if (replacement != NULL && next.write == NULL) {
        return denoise__fail(DENOISE_ERR_INVALID, "denoise_set_log_sink: write is NULL");
    }
    denoise__log_end_left(denoise__stack_depth());
    if (is_writing) return denoise__fail(DENOISE_ERR_STATE, "denoise_set_log_sink: called from inside the sink");
    if (replacement == NULL && !atomic_load(&was_set)) return DENOISE_OK;
    denoise__once_run(&fork_once[atomic_load(&attempt)], handle_fork);
    if (!atomic_load(&is_fork_handled)) return denoise__fail_nomem();
    atomic_store(&was_set, true);
    denoise__mutex_lock(&mutex);
    denoise_log_sink before = sink;
    sink = next;
    is_line_open = false;
    denoise__mutex_unlock(&mutex);
    if (before.destroy != NULL) before.destroy(before.user_data);
    return DENOISE_OK;
}

/* Ends a line that something else has left open. */
static void write_line_by_line(int32_t level, const char *text, int64_t length)
{
    if (is_line_open && length > 0 && strchr("\b\r\n", text[0]) == NULL) {
        is_line_open = false; /* before the sink, which may not return */
        sink.write(DENOISE_LOG_OUTPUT, "\n", 1, sink.user_data);
    }
    if (length > 0) is_line_open = strchr("\r\n", text[length - 1]) == NULL;
    sink.write(level, text, length, sink.user_data);
}

void denoise__log_write(int32_t level, const char *text, int64_t length)
{
    uintptr_t depth = denoise__stack_depth();
    denoise__log_end_left(depth);
    if (is_writing || !atomic_load(&was_set)) return;
    writing_cancel = denoise__cancel_hold();
    denoise__mutex_lock(&mutex);
    is_writing = true;
    writing_depth = depth;
    if (sink.write != NULL) write_line_by_line(level, text, length);
    end_writing();
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
    if (is_writing) return sink; /* this thread holds the mutex */
    if (!atomic_load(&was_set)) return silent;
    denoise__mutex_lock(&mutex);
    denoise_log_sink copy = sink;
    denoise__mutex_unlock(&mutex);
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

int32_t denoise__log_known_columns(void)
{
    denoise_log_sink now = present();
    return now.write != NULL && now.columns > 0 ? now.columns : 0;
}

int32_t denoise__log_columns(void)
{
    int32_t known = denoise__log_known_columns();
    return known > 0 ? known : DEFAULT_COLUMNS;
}

/* Between the question and the writing another thread may have ended the line: then there is an empty one. */
void denoise__log_end_line(void)
{
    denoise__log_end_left(denoise__stack_depth());
    if (is_writing || !atomic_load(&was_set)) return;
    denoise__mutex_lock(&mutex);
    bool is_open = is_line_open;
    denoise__mutex_unlock(&mutex);
    if (is_open) denoise__log_write(DENOISE_LOG_OUTPUT, "\n", 1);
}
