/* SPDX-License-Identifier: Apache-2.0 */
/* Every .txt and .csv of the fixtures, byte by byte, in the user's locale and in one whose decimal point is a comma. */
#include "golden/texts.h"
#include "support/cmocka_test.h"
#include "support/temp_dir.h"
#include <dirent.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILES = 64, NAME_SIZE = 256 };

typedef struct file_list {
    char names[MAX_FILES][NAME_SIZE];
    size_t count;
} file_list;

const char *texts_expected(fixture *f)
{
    FILE *file = fopen(fixtures_path(fixture_name(f)), "rb");
    if (file == NULL) fixture_fail(f, "cannot read the file");
    enum { MOST = 1 << 20 };
    char *text = calloc(1, MOST);
    size_t length = text == NULL ? 0 : fread(text, 1, MOST - 1, file);
    (void)fclose(file);
    char *kept = fixture_alloc(f, length + 1);
    if (text != NULL) memcpy(kept, text, length);
    free(text);
    if (length == MOST - 1) fixture_fail(f, "the file is too long");
    return kept;
}

denoise_tensor *texts_zeros(fixture *f, int64_t rows, int64_t columns)
{
    denoise_tensor *out;
    fixture_ok(f, denoise_tensor_new(&out, DENOISE_FLOAT32, (int64_t[]){rows, columns}, 2));
    return fixture_keep_tensor(f, out);
}

denoise_trainer *texts_trainer(fixture *f)
{
    denoise_sequential *sequential;
    fixture_ok(f, denoise_sequential_new(&sequential, NULL));
    fixture_keep_sequential(f, sequential);
    fixture_ok(f, denoise_sequential_add(sequential, denoise_layer_input((int64_t[]){1}, 1, NULL)));
    fixture_ok(f, denoise_sequential_add(sequential, denoise_layer_dense(1, NULL, NULL)));
    denoise_model *model;
    denoise_trainer *trainer;
    fixture_ok(f, denoise_sequential_build(&model, sequential, NULL));
    fixture_keep_model(f, model);
    fixture_ok(f, denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    return fixture_keep_trainer(f, trainer);
}

/* The numbers of make_fixtures.py's csv_log(). */
static denoise_status set_csv_values(denoise_trainer *trainer, int64_t epoch, denoise_logs *logs, void *user_data)
{
    (void)trainer;
    (void)user_data;
    denoise_status status = denoise_logs_set(logs, "loss", 1.0 / (double)(epoch + 3));
    if (status == DENOISE_OK) status = denoise_logs_set(logs, "accuracy", 0.5 + (double)epoch / 7.0);
    return status == DENOISE_OK ? denoise_logs_set(logs, "val_loss", pow(10.0, -(double)epoch)) : status;
}

static char *csv_of_fit(fixture *f, const temp_dir *folder, int64_t epochs)
{
    denoise_trainer *trainer = texts_trainer(f);
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_epoch_end = set_csv_values;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.epochs = epochs;
    fit.verbose = 0;
    const denoise_tensor *row = texts_zeros(f, 1, 1);
    denoise_callback *logger = denoise_callback_csv_logger(temp_dir_file(folder, "log.csv"), ",", 0);
    denoise_status status = denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, NULL, NULL));
    if (status == DENOISE_OK) status = denoise_trainer_add_callback(trainer, logger);
    if (status == DENOISE_OK) status = denoise_trainer_fit(trainer, row, row, &fit);
    return status == DENOISE_OK ? temp_dir_read(folder, "log.csv", NULL) : NULL;
}

static void run_csv(fixture *f)
{
    const char *expected = texts_expected(f);
    int64_t epochs = -1; /* the first line has the names */
    for (const char *at = expected; *at != '\0'; at++)
        epochs += *at == '\n';
    temp_dir folder;
    temp_dir_make(&folder);
    char *text = csv_of_fit(f, &folder, epochs);
    temp_dir_remove(&folder);
    if (text == NULL) fixture_fail(f, "%s", denoise_last_error());
    char *kept = fixture_alloc(f, strlen(text) + 1);
    memcpy(kept, text, strlen(text));
    free(text);
    fixture_compare_bytes(f, "the file", kept, expected);
}

static void run_unknown(fixture *f)
{
    fixture_fail(f, "the test knows no such text");
}

static void run_file(fixtures *set, const char *name, json_t *bars)
{
    const char *end = strrchr(name, '.');
    if (end == NULL || (strcmp(end, ".txt") != 0 && strcmp(end, ".csv") != 0)) return;
    if (strncmp(name, "summary_", strlen("summary_")) == 0) {
        fixtures_run_case(set, name, NULL, texts_run_summary);
    } else if (strncmp(name, "progress_", strlen("progress_")) == 0) {
        json_t *info = json_object_get(bars, name);
        fixtures_run_case(set, name, info, info == NULL ? run_unknown : texts_run_progress);
        bool has_length = json_is_integer(json_object_get(info, "target"));
        if (has_length) fixtures_run_case(set, name, info, texts_run_progress_in_fit);
    } else {
        fixtures_run_case(set, name, NULL, strcmp(name, "csv_logger.csv") == 0 ? run_csv : run_unknown);
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static file_list *list_files(void)
{
    file_list *list = calloc(1, sizeof(*list));
    DIR *folder = opendir(fixtures_path("."));
    assert_non_null(list);
    if (folder == NULL) fail_msg("cannot read %s", fixtures_path("."));
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        assert_true(list->count < MAX_FILES);
        (void)snprintf(list->names[list->count++], NAME_SIZE, "%s", entry->d_name);
    }
    (void)closedir(folder);
    qsort(list->names, list->count, NAME_SIZE, compare_names);
    return list;
}

static void run_texts(void)
{
    json_error_t error;
    json_t *bars = json_load_file(fixtures_path("progress.json"), JSON_REJECT_DUPLICATES, &error);
    if (bars == NULL) fail_msg("progress.json: %s", error.text);
    file_list *list = list_files();
    fixtures *set = fixtures_begin("texts");
    for (size_t i = 0; i < list->count; i++)
        run_file(set, list->names[i], bars);
    free(list);
    json_decref(bars);
    fixtures_end(set);
}

static void test_texts_are_those_of_keras(void **state)
{
    (void)state;
    run_texts();
}

static void test_a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "fr_FR.utf8"};
    char before[NAME_SIZE];
    (void)snprintf(before, sizeof(before), "%s", setlocale(LC_ALL, NULL));
    const char *set = NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names) && set == NULL; i++)
        set = setlocale(LC_ALL, names[i]);
    if (set == NULL) {
        print_message("no locale with a decimal comma is installed\n");
        skip();
    }
    assert_string_equal(localeconv()->decimal_point, ",");
    run_texts();
    (void)setlocale(LC_ALL, before);
}

int main(void)
{
    (void)setlocale(LC_ALL, "");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts_are_those_of_keras),
                                       cmocka_unit_test(test_a_decimal_comma_changes_nothing)};
    return cmocka_run_group_tests_name("golden_texts", tests, NULL, NULL);
}
