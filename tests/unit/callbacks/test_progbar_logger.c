/* SPDX-License-Identifier: Apache-2.0 */
/* Where the texts that Keras recorded (test_golden_texts) do not reach. */
#include "callbacks/progress_bar.h"
#include "core/display_width.h"
#include "support/failing_alloc.h"
#include "support/log_capture.h"
#include "unit/callbacks/run.h"
#include <stdio.h>
#include <string.h>

static double ticking(void *user_data)
{
    double *now = user_data;
    return *now += 0.5;
}

static void test_bar_without_terminal_is_plain_lines(void **state)
{
    (void)state;
    bench b = start();
    double now = 1000.0;
    ASSERT_OK(denoise_trainer_set_clock(b.trainer, ticking, &now));
    b.options.verbose = 1;
    b.options.epochs = 2;
    log_capture_start(false, 80);
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    assert_null(strchr(log_capture_text(), '\r'));
    assert_null(strchr(log_capture_text(), '\x1b'));
    assert_non_null(strstr(log_capture_text(), "Epoch 1/2\n1/1 ━━━━━━━━━━━━━━━━━━━━ "));
    int lines = 0;
    for (const char *at = log_capture_text(); (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_int_equal(lines, 4);
    log_capture_clear();
    b.options.verbose = 0;
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    assert_string_equal(log_capture_text(), "");
    ASSERT_OK(denoise_trainer_evaluate(NULL, b.trainer, b.x, b.y, NULL)); /* verbose by default */
    assert_non_null(strstr(log_capture_text(), "1/1 ━"));
    log_capture_stop();
    end(&b);
}

/* As in Keras: one bar, not two. */
static void test_an_added_bar_replaces_the_trainers(void **state)
{
    (void)state;
    bench b = start();
    denoise_callback *bar;
    double now = 1000.0;
    char expected[1024];
    ASSERT_OK(denoise_trainer_set_clock(b.trainer, ticking, &now));
    b.options.verbose = 1;
    b.options.epochs = 1;
    log_capture_start(false, 80);
    ASSERT_OK(denoise_trainer_evaluate(NULL, b.trainer, b.x, b.y, NULL));
    (void)snprintf(expected, sizeof expected, "%s", log_capture_text());
    log_capture_clear();
    now = 1000.0;
    ASSERT_OK(denoise_callback_create(&bar, "ProgbarLogger", NULL));
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, bar));
    ASSERT_OK(denoise_trainer_evaluate(NULL, b.trainer, b.x, b.y, NULL));
    assert_string_equal(log_capture_text(), expected);
    log_capture_stop();
    end(&b);
}

static void test_bar_counts_to_ten(void **state)
{
    (void)state;
    bench b = start();
    double now = 1000.0;
    ASSERT_OK(denoise_trainer_set_clock(b.trainer, ticking, &now));
    b.options.verbose = 1;
    b.options.epochs = 1;
    b.options.batch_size = 1;
    log_capture_start(true, 80);
    ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
    assert_non_null(strstr(log_capture_text(), " 1/10")); /* as wide as 10 */
    assert_non_null(strstr(log_capture_text(), "10/10"));
    log_capture_stop();
    end(&b);
}

typedef struct drawing {
    denoise__progress_bar bar;
    denoise_logs *logs;
    denoise__text text;
} drawing;

static drawing start_drawing(int32_t columns)
{
    drawing d = {.bar = {.columns = columns}};
    ASSERT_OK(denoise__logs_new(&d.bar.values));
    ASSERT_OK(denoise__logs_new(&d.logs));
    denoise__progress_bar_start(&d.bar, 1875, 1, true, 0);
    ASSERT_OK(denoise_logs_set(d.logs, "accuracy", 0.9123));
    ASSERT_OK(denoise_logs_set(d.logs, "loss", 0.3));
    return d;
}

static void end_drawing(drawing *d)
{
    denoise_logs_free(d->bar.values);
    denoise_logs_free(d->logs);
    denoise__text_free(&d->text);
}

/* The last line that is drawn, without colours. */
static char *draw_line(drawing *d, int64_t step, bool is_last)
{
    static char line[500];
    size_t length = 0;
    denoise__text_clear(&d->text);
    ASSERT_OK(denoise__progress_bar_update(&d->bar, step, d->logs, is_last, (double)step, &d->text));
    for (const char *at = strrchr(d->text.data, '\r') + 1; *at != '\0'; at++) {
        if (*at == '\x1b')
            at = strchr(at, 'm');
        else
            line[length++] = *at;
    }
    line[length] = '\0';
    return line;
}

static void test_bar_fits_into_the_terminal(void **state)
{
    (void)state;
    static const struct {
        int32_t columns;
        const char *expected;
    } cases[] = {
        {0, " 900/1875 ━━━━━━━━━━━━━━━━━━━━ 16:15 1s/step - accuracy: 0.9123 - loss: 0.3000"},
        {79, " 900/1875 ━━━━━━━━━━━━━━━━━━━━ 16:15 1s/step - accuracy: 0.9123 - loss: 0.3000"},
        {70, " 900/1875 ━━━━━━━━━━━ 16:15 1s/step - accuracy: 0.9123 - loss: 0.3000"},
        {63, " 900/1875 16:15 1s/step - accuracy: 0.9123 - loss: 0.3000"},
        {55, " 900/1875 16:15 - accuracy: 0.9123 - loss: 0.3000"},
        {50, " 900/1875 16:15 - accuracy: 0.9123 - loss: 0.3000"},
        {49, " 900/1875 16:15 - accuracy: 0.9123 …"},
        {30, " 900/1875 16:15 …"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        drawing d = start_drawing(cases[i].columns);
        (void)draw_line(&d, 1, false);
        assert_string_equal(draw_line(&d, 900, false), cases[i].expected);
        if (cases[i].columns > 0) assert_true(denoise__display_width(cases[i].expected) < cases[i].columns);
        end_drawing(&d);
    }
    drawing d = start_drawing(40); /* the last line leaves no value out, though it wraps */
    assert_string_equal(draw_line(&d, 1875, true), "1875/1875 1875s - accuracy: 0.9123 - loss: 0.3000\n");
    end_drawing(&d);
}

static denoise_status fail_in_the_third(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)logs, (void)user_data;
    return batch == 3 ? DENOISE_ERR_STATE : DENOISE_OK;
}

static void test_a_failed_run_ends_its_line(void **state)
{
    (void)state;
    bench b = start();
    double now = 1000.0;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_begin = fail_in_the_third;
    ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
    ASSERT_OK(denoise_trainer_set_clock(b.trainer, ticking, &now));
    b.options.verbose = 1;
    b.options.batch_size = 1;
    log_capture_start(true, 80);
    assert_int_not_equal(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options), DENOISE_OK);
    const char *text = log_capture_text();
    assert_non_null(strstr(text, " 3/10"));
    assert_int_equal(text[strlen(text) - 1], '\n');
    log_capture_stop();
    end(&b);
}

static denoise_status add_long_keys(denoise_trainer *trainer, int64_t batch, denoise_logs *logs, void *user_data)
{
    char key[64];
    (void)trainer, (void)batch, (void)user_data;
    for (int i = 0; i < 60; i++) {
        (void)snprintf(key, sizeof key, "%02d_a_long_key_of_which_sixty_do_not_fit_into_a_line", i);
        denoise_status status = denoise_logs_set(logs, key, i);
        if (status != DENOISE_OK) return status;
    }
    return DENOISE_OK;
}

/* A line that found no memory must not keep all later ones from being drawn. */
static void test_bar_is_drawn_again(void **state)
{
    (void)state;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = add_long_keys;
    log_capture_start(true, 80);
    failing_alloc_install();
    bool failed = true;
    for (int64_t n = 1; failed; n++) {
        bench b = start();
        b.options.verbose = 1;
        ASSERT_OK(denoise_trainer_add_callback(b.trainer, denoise_callback_lambda(&hooks, NULL, NULL)));
        failing_alloc_arm(n, false);
        denoise_status status = denoise_trainer_fit(b.trainer, b.x, b.y, &b.options);
        failed = failing_alloc_disarm();
        assert_int_equal(status, failed ? DENOISE_ERR_NOMEM : DENOISE_OK);
        ASSERT_OK(denoise_trainer_fit(b.trainer, b.x, b.y, &b.options));
        end(&b);
    }
    denoise_shutdown();
    failing_alloc_remove();
    log_capture_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bar_without_terminal_is_plain_lines),
        cmocka_unit_test(test_an_added_bar_replaces_the_trainers),
        cmocka_unit_test(test_bar_counts_to_ten),
        cmocka_unit_test(test_bar_fits_into_the_terminal),
        cmocka_unit_test(test_a_failed_run_ends_its_line),
        cmocka_unit_test(test_bar_is_drawn_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
