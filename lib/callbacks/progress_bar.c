/* SPDX-License-Identifier: Apache-2.0 */
#include "callbacks/progress_bar.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 20 };
static const double refresh_interval = 0.05;

void denoise__progress_bar_start(denoise__progress_bar *bar, int64_t target, int32_t verbose, bool is_dynamic, double now)
{
    denoise_logs *values = bar->values;
    *bar =
        (denoise__progress_bar){.target = target, .verbose = verbose, .is_dynamic = is_dynamic, .start = now, .values = values};
    denoise__logs_clear(values);
}

/* Seconds per step; the first step, which often takes longer, is left out once there are others. */
static double step_duration(denoise__progress_bar *bar, int64_t current, double now)
{
    if (current < 1) return 0.0;
    double duration = (now - bar->start) / (double)current;
    if (bar->has_first_step && current > 1) duration = (now - bar->after_first_step) / (double)(current - 1);
    if (current == 1) {
        bar->after_first_step = now;
        bar->has_first_step = true;
    }
    return duration;
}

static int32_t digits_of(int64_t number)
{
    int32_t digits = 1;
    for (; number >= 10; number /= 10)
        digits++;
    return digits;
}

/* A piece of the line; columns counts what is seen on the screen. */
static void put(denoise__text *text, int64_t *columns, const char *piece)
{
    denoise__text_append(text, piece, strlen(piece));
    for (; *piece != '\0'; piece++)
        *columns += ((unsigned char)*piece & 0xc0) != 0x80;
}

/* A colour or weight of the following text: not seen. */
static void put_style(const denoise__progress_bar *bar, denoise__text *text, const char *code)
{
    if (bar->is_dynamic) denoise__text_append(text, code, strlen(code));
}

static void put_bar(const denoise__progress_bar *bar, denoise__text *text, int64_t *columns, int64_t current)
{
    char count[64];
    if (bar->target < 1) {
        denoise__format(count, sizeof count, "%7lld/Unknown", (long long)current);
        put(text, columns, count);
        return;
    }
    denoise__format(count, sizeof count, "%*lld/%lld", (int)digits_of(bar->target), (long long)current, (long long)bar->target);
    put_style(bar, text, "\x1b[1m");
    put(text, columns, count);
    put_style(bar, text, "\x1b[0m");
    put(text, columns, " ");
    int64_t done = (int64_t)(WIDTH * ((double)current / (double)bar->target));
    if (done > 0) {
        put_style(bar, text, "\x1b[32m");
        for (int64_t i = 0; i < done; i++)
            put(text, columns, "━");
        put_style(bar, text, "\x1b[0m");
    }
    put_style(bar, text, "\x1b[37m");
    for (int64_t i = done; i < WIDTH; i++)
        put(text, columns, "━");
    put_style(bar, text, "\x1b[0m");
}

static void format_eta(char *buffer, size_t size, double eta)
{
    long long seconds = eta > 9e15 ? 9000000000000000LL : (long long)eta;
    if (eta > 3600.0) {
        denoise__format(buffer, size, "%lld:%02lld:%02lld", seconds / 3600, seconds % 3600 / 60, seconds % 60);
    } else if (eta > 60.0) {
        denoise__format(buffer, size, "%lld:%02lld", seconds / 60, seconds % 60);
    } else {
        denoise__format(buffer, size, "%llds", seconds);
    }
}

static void format_duration(char *buffer, size_t size, double duration)
{
    if (duration >= 1.0 || duration == 0.0) {
        denoise__format(buffer, size, " %.0fs/step", duration);
    } else if (duration >= 1e-3) {
        denoise__format(buffer, size, " %.0fms/step", duration * 1e3);
    } else {
        denoise__format(buffer, size, " %.0fus/step", duration * 1e6);
    }
}

/* " - loss: 0.1234"; verbose 2 tests the value, verbose 1 its magnitude, as Keras does. */
static void put_values(const denoise__progress_bar *bar, denoise__text *text, int64_t *columns)
{
    for (int64_t i = 0; i < bar->values->count; i++) {
        double value = bar->values->entries[i].value;
        bool is_plain = (bar->verbose == 1 ? fabs(value) : value) > 1e-3;
        char number[400];
        put(text, columns, " - ");
        put(text, columns, bar->values->entries[i].key);
        if (isnan(value) || isinf(value)) {
            denoise__format(number, sizeof number, ": %s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        } else {
            denoise__format(number, sizeof number, is_plain ? ": %.4f" : ": %.4e", value);
        }
        put(text, columns, number);
    }
}

static void write_bar(denoise__progress_bar *bar, denoise__text *text, int64_t current, double duration, bool finalize,
                      double now)
{
    char time[64];
    int64_t columns = 0;
    for (int64_t i = 0; i < bar->previous_width && bar->is_dynamic; i++)
        denoise__text_append(text, "\b", 1);
    if (bar->is_dynamic) denoise__text_append(text, "\r", 1);
    put_bar(bar, text, &columns, current);
    put(text, &columns, " ");
    if (bar->target > 0 && !finalize) {
        format_eta(time, sizeof time, duration * (double)(bar->target - current));
    } else {
        denoise__format(time, sizeof time, "%.0fs", now - bar->start);
    }
    put_style(bar, text, "\x1b[1m");
    put(text, &columns, time);
    put_style(bar, text, "\x1b[0m");
    format_duration(time, sizeof time, duration);
    put(text, &columns, time);
    put_values(bar, text, &columns);
    for (int64_t i = columns; i < bar->previous_width && bar->is_dynamic; i++)
        denoise__text_append(text, " ", 1);
    if (finalize) denoise__text_append(text, "\n", 1);
    bar->previous_width = columns;
}

static void write_line(const denoise__progress_bar *bar, denoise__text *text, int64_t current, double duration, double now)
{
    char piece[128];
    int64_t columns = 0;
    denoise__format(piece, sizeof piece, "%*lld/%lld - %.0fs -", (int)digits_of(bar->target), (long long)current,
                    (long long)bar->target, now - bar->start);
    put(text, &columns, piece);
    format_duration(piece, sizeof piece, duration);
    put(text, &columns, piece);
    put_values(bar, text, &columns);
    put(text, &columns, "\n");
}

denoise_status denoise__progress_bar_update(denoise__progress_bar *bar, int64_t current, const denoise_logs *logs,
                                            bool finalize, double now, denoise__text *text)
{
    if (logs != NULL) DENOISE__TRY(denoise__logs_copy(bar->values, logs));
    double duration = step_duration(bar, current, now);
    if (bar->verbose == 1) {
        bool is_due = now - bar->last_update >= refresh_interval && bar->is_dynamic;
        if (!is_due && !finalize) return DENOISE_OK;
        write_bar(bar, text, current, duration, finalize, now);
    } else if (finalize && bar->target > 0) {
        write_line(bar, text, current, duration, now);
    }
    bar->last_update = now;
    return text->failed ? denoise__fail_nomem() : DENOISE_OK;
}
