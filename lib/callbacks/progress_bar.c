/* SPDX-License-Identifier: Apache-2.0 */
#include "callbacks/progress_bar.h"
#include "core/display_width.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 20, SHORTEST = 5, NO_LIMIT = 1 << 30 };
static const double refresh_interval = 0.05;

void denoise__progress_bar_start(denoise__progress_bar *bar, int64_t target, int32_t verbose, bool is_dynamic, double now)
{
    denoise_logs *values = bar->values;
    int32_t columns = bar->columns;
    *bar = (denoise__progress_bar){
        .target = target, .verbose = verbose, .is_dynamic = is_dynamic, .columns = columns, .start = now, .values = values};
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
    *columns += denoise__display_width(piece);
}

/* A colour or weight of the following text: not seen. */
static void put_style(const denoise__progress_bar *bar, denoise__text *text, const char *code)
{
    if (bar->is_dynamic) denoise__text_append(text, code, strlen(code));
}

static void format_count(const denoise__progress_bar *bar, char *buffer, size_t size, int64_t current)
{
    if (bar->target < 1) {
        denoise__format(buffer, size, "%7lld/Unknown", (long long)current);
    } else {
        denoise__format(buffer, size, "%*lld/%lld", (int)digits_of(bar->target), (long long)current, (long long)bar->target);
    }
}

/* length: of the bar, 0 = none. */
static void put_bar(const denoise__progress_bar *bar, denoise__text *text, int64_t *columns, int64_t current, int64_t length)
{
    char count[64];
    format_count(bar, count, sizeof count, current);
    if (bar->target < 1) {
        put(text, columns, count);
        return;
    }
    put_style(bar, text, "\x1b[1m");
    put(text, columns, count);
    put_style(bar, text, "\x1b[0m");
    if (length == 0) return;
    put(text, columns, " ");
    int64_t done = (int64_t)((double)length * ((double)current / (double)bar->target));
    if (done > 0) {
        put_style(bar, text, "\x1b[32m");
        for (int64_t i = 0; i < done; i++)
            put(text, columns, "━");
        put_style(bar, text, "\x1b[0m");
    }
    put_style(bar, text, "\x1b[37m");
    for (int64_t i = done; i < length; i++)
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

/* ": 0.1234"; verbose 2 tests the value, verbose 1 its magnitude, as Keras does. */
static void format_value(const denoise__progress_bar *bar, char *buffer, size_t size, double value)
{
    bool is_plain = (bar->verbose == 1 ? fabs(value) : value) > 1e-3;
    if (isnan(value) || isinf(value)) {
        denoise__format(buffer, size, ": %s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    } else {
        denoise__format(buffer, size, is_plain ? ": %.4f" : ": %.4e", value);
    }
}

static void put_values(const denoise__progress_bar *bar, denoise__text *text, int64_t *columns, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        char number[400];
        format_value(bar, number, sizeof number, bar->values->entries[i].value);
        put(text, columns, " - ");
        put(text, columns, bar->values->entries[i].key);
        put(text, columns, number);
    }
}

/* What of a line fits into the terminal. */
typedef struct layout {
    int64_t length; /* of the bar */
    bool has_duration;
    int64_t values; /* how many */
} layout;

static int64_t value_width(const denoise__progress_bar *bar, int64_t index)
{
    char number[400];
    format_value(bar, number, sizeof number, bar->values->entries[index].value);
    return 3 + denoise__display_width(bar->values->entries[index].key) + (int64_t)strlen(number);
}

/* First the bar gets shorter, then it goes, then the time of a step. A line that will be drawn again also leaves out its last
 * values: one that wraps cannot be drawn over. The last one of an epoch shows all of them, wrapped or not. */
static layout lay_out(const denoise__progress_bar *bar, int64_t fixed, int64_t duration, bool is_last)
{
    bool has_bar = bar->target > 0;
    layout l = {has_bar ? WIDTH : 0, true, bar->values->count};
    int64_t limit = bar->is_dynamic && bar->columns > 0 ? bar->columns - 1 : NO_LIMIT;
    int64_t total = fixed + duration + (has_bar ? WIDTH + 1 : 0);
    for (int64_t i = 0; i < bar->values->count; i++)
        total += value_width(bar, i);
    if (total <= limit) return l;
    if (has_bar && total - (WIDTH - SHORTEST) <= limit) {
        l.length = WIDTH - (total - limit);
        return l;
    }
    if (has_bar) total -= WIDTH + 1;
    l.length = 0;
    if (total > limit) {
        l.has_duration = false;
        total -= duration;
    }
    if (is_last || total <= limit) return l;
    while (l.values > 0 && total + 2 > limit)
        total -= value_width(bar, --l.values);
    return l;
}

static void write_bar(denoise__progress_bar *bar, denoise__text *text, int64_t current, double duration, bool finalize,
                      double now)
{
    char count[64], time[64], step[64];
    int64_t columns = 0;
    format_count(bar, count, sizeof count, current);
    if (bar->target > 0 && !finalize) {
        format_eta(time, sizeof time, duration * (double)(bar->target - current));
    } else {
        denoise__format(time, sizeof time, "%.0fs", now - bar->start);
    }
    format_duration(step, sizeof step, duration);
    layout l = lay_out(bar, (int64_t)strlen(count) + 1 + (int64_t)strlen(time), (int64_t)strlen(step), finalize);
    for (int64_t i = 0; i < bar->previous_width && bar->is_dynamic; i++)
        denoise__text_append(text, "\b", 1);
    if (bar->is_dynamic) denoise__text_append(text, "\r", 1);
    put_bar(bar, text, &columns, current, l.length);
    put(text, &columns, " ");
    put_style(bar, text, "\x1b[1m");
    put(text, &columns, time);
    put_style(bar, text, "\x1b[0m");
    if (l.has_duration) put(text, &columns, step);
    put_values(bar, text, &columns, l.values);
    if (l.values < bar->values->count) put(text, &columns, " …");
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
    put_values(bar, text, &columns, bar->values->count);
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
