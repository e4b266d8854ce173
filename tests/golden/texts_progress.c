/* SPDX-License-Identifier: Apache-2.0 */
/* progress_*.txt: what the bar writes for the numbers and times of progress.json. The bar has no public name, so it is driven
 * by its own header; then as fit shows it, with a clock of the test's own. */
#include "callbacks/progress_bar.h"
#include "golden/texts.h"
#include "support/log_capture.h"
#include <stdlib.h>
#include <string.h>

static const double START = 1000.0; /* make_fixtures.py's clock begins here */

typedef struct progress {
    fixture *f;
    json_t *steps; /* [[key, number], ...] for each step */
    int64_t count, target;
    int32_t verbose;
    double seconds_per_step, now;
} progress;

static progress read_progress(fixture *f)
{
    json_t *target = fixture_member(f, "target"), *steps = fixture_member(f, "values");
    return (progress){.f = f,
                      .steps = steps,
                      .count = (int64_t)json_array_size(steps),
                      .target = json_is_null(target) ? -1 : json_integer_value(target),
                      .verbose = (int32_t)json_integer_value(fixture_member(f, "verbose")),
                      .seconds_per_step = json_number_value(fixture_member(f, "seconds_per_step")),
                      .now = START};
}

static denoise_status set_values(const progress *p, int64_t step, denoise_logs *logs)
{
    size_t i;
    json_t *pair;
    json_array_foreach(json_array_get(p->steps, (size_t)step), i, pair)
    {
        const char *key = json_string_value(json_array_get(pair, 0));
        denoise_status status = denoise_logs_set(logs, key, json_number_value(json_array_get(pair, 1)));
        if (status != DENOISE_OK) return status;
    }
    return DENOISE_OK;
}

/* With `at_last_step` the last step is the bar's last update, as in the files; else one more update follows it, as in fit. */
static denoise_status drive(progress *p, denoise__progress_bar *bar, denoise_logs *logs, bool at_last_step, denoise__text *text)
{
    denoise_status status = DENOISE_OK;
    denoise__progress_bar_start(bar, p->target, p->verbose, true, p->now);
    for (int64_t step = 0; step < p->count && status == DENOISE_OK; step++) {
        p->now += p->seconds_per_step;
        status = set_values(p, step, logs);
        if (status != DENOISE_OK) break;
        status = denoise__progress_bar_update(bar, step + 1, logs, at_last_step && step + 1 == p->count, p->now, text);
    }
    if (status != DENOISE_OK || at_last_step) return status;
    return denoise__progress_bar_update(bar, p->count, logs, true, p->now, text);
}

static const char *bar_text(progress *p, bool at_last_step)
{
    denoise__progress_bar *bar = fixture_alloc(p->f, sizeof(*bar));
    denoise_logs *logs;
    fixture_ok(p->f, denoise__logs_new(&bar->values));
    fixture_keep_logs(p->f, bar->values);
    fixture_ok(p->f, denoise__logs_new(&logs));
    fixture_keep_logs(p->f, logs);
    denoise__text text = {0};
    char *out = NULL;
    denoise_status status = drive(p, bar, logs, at_last_step, &text);
    if (status == DENOISE_OK) denoise__text_append(&text, "", 0);
    if (status == DENOISE_OK) status = denoise__text_take(&text, &out);
    denoise__text_free(&text);
    fixture_ok(p->f, status);
    return fixture_keep_text(p->f, out);
}

void texts_run_progress(fixture *f)
{
    progress p = read_progress(f);
    fixture_compare_bytes(f, "the bar", bar_text(&p, true), texts_expected(f));
}

static double read_clock(void *user_data)
{
    return ((const progress *)user_data)->now;
}

static denoise_status end_batch(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    progress *p = user_data;
    (void)trainer;
    p->now += p->seconds_per_step;
    return set_values(p, batch, logs);
}

static denoise_status end_epoch(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    progress *p = user_data;
    (void)trainer;
    (void)epoch;
    return set_values(p, p->count - 1, logs);
}

static char *fit_text(progress *p)
{
    fixture *f = p->f;
    denoise_trainer *trainer = texts_trainer(f);
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = end_batch;
    hooks.on_epoch_end = end_epoch;
    fixture_ok(f, denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, p, NULL)));
    fixture_ok(f, denoise_trainer_set_clock(trainer, read_clock, p));
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.batch_size = 1;
    fit.verbose = p->verbose;
    const denoise_tensor *rows = texts_zeros(f, p->target, 1);
    log_capture_start(true, 0);
    denoise_status status = denoise_trainer_fit(trainer, rows, rows, &fit);
    char *text = fixture_alloc(f, log_capture_length() + 1);
    memcpy(text, log_capture_text(), log_capture_length());
    log_capture_stop();
    fixture_ok(f, status);
    return text;
}

/* fit, which knows the number of its steps, updates the bar once more after the last step, at verbose 1 visibly: there the file
 * agrees up to its last redrawing. */
void texts_run_progress_in_fit(fixture *f)
{
    progress p = read_progress(f);
    char *text = fit_text(&p);
    const char *expected = texts_expected(f);
    if (p.verbose != 1) {
        fixture_compare_bytes(f, "fit's output", text, expected);
        return;
    }
    progress again = read_progress(f);
    fixture_compare_bytes(f, "fit's output", text, bar_text(&again, false));
    const char *last = strrchr(expected, '\r');
    while (last != NULL && last > expected && last[-1] == '\b')
        last--;
    if (last == NULL || strncmp(text, expected, (size_t)(last - expected)) != 0)
        fixture_fail(f, "fit's bar begins differently");
}
