/* SPDX-License-Identifier: Apache-2.0 */
/* More data than memory: a generator gives gigabytes to fit, in a process that may have 300 MB. Budget: megabytes. */
#include "support/campaign.h"
#include "support/nets.h"
#include "support/sanitizer.h"
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { COLUMNS = 784, BATCH = 256, MEGABYTE = 1 << 20, LIMIT = 300 };

/* Rows that differ, at the price of writing them. */
typedef struct made {
    int64_t rows, total;
    denoise_tensor *rows_of_noise;
} made;

static denoise_status next(int64_t *count, denoise_tensor *const *x, denoise_tensor *const *y,
                           denoise_tensor *const *sample_weight, const denoise_dataset_place *place, void *user_data)
{
    made *m = user_data;
    float *to = denoise_tensor_data(x[0]), *target = denoise_tensor_data(y[0]);
    const float *noise = denoise_tensor_const_data(m->rows_of_noise);
    int64_t room = denoise_tensor_dim(x[0], 0), left = m->total - place->row;
    (void)sample_weight;
    *count = room < left ? room : left;
    for (int64_t i = 0; i < *count; i++) {
        int64_t row = place->row + i, shift = row % COLUMNS;
        memcpy(to + i * COLUMNS, noise + shift, COLUMNS * sizeof *to);
        target[i] = to[i * COLUMNS];
    }
    m->rows += *count;
    return DENOISE_OK;
}

/* Of /proc/self/status, in kilobytes; -1 where there is no such file. */
static int64_t kilobytes(const char *field)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long long value = -1;
    size_t length = strlen(field);
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, field, length) == 0) sscanf(line + length, ": %lld", &value);
    }
    if (file != NULL) fclose(file);
    return value;
}

static denoise_dataset *make_dataset(made *m)
{
    denoise_tensor *x, *y;
    denoise_dataset *dataset;
    denoise_dataset_generator table = DENOISE_DATASET_GENERATOR_INIT;
    ASSERT_OK(denoise_tensor_new(&x, DENOISE_FLOAT32, (const int64_t[]){0, COLUMNS}, 2));
    ASSERT_OK(denoise_tensor_new(&y, DENOISE_FLOAT32, (const int64_t[]){0, 1}, 2));
    table.x = (const denoise_tensor *const *)&x;
    table.y = (const denoise_tensor *const *)&y;
    table.input_count = table.target_count = 1;
    table.next = next;
    ASSERT_OK(denoise_dataset_from_generator(&dataset, &table, m, NULL));
    ASSERT_OK(denoise_dataset_shuffle(dataset, 4096, 1));
    ASSERT_OK(denoise_dataset_batch(dataset, BATCH, 0));
    ASSERT_OK(denoise_dataset_prefetch(dataset, 2));
    denoise_tensor_free(x), denoise_tensor_free(y);
    return dataset;
}

static void train(campaign *c)
{
    made m = {.total = c->budget * MEGABYTE / (COLUMNS * (int64_t)sizeof(float))};
    m.rows_of_noise = random_rows(2, COLUMNS, 1);
    denoise_dataset *dataset = make_dataset(&m);
    denoise_model *model = two_layers(COLUMNS, 8, "relu", 1, NULL);
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.verbose = 0;
    denoise_status status = denoise_trainer_fit_dataset(trainer, dataset, NULL, &options);
    campaign_check(c, status == DENOISE_OK, "fit: %s", denoise_last_error());
    campaign_check(c, m.rows == m.total, "%lld rows of %lld came", (long long)m.rows, (long long)m.total);
    const double *loss = denoise_history_values(denoise_trainer_history(trainer), "loss");
    campaign_check(c, loss != NULL && loss[0] > 0 && loss[0] < 1, "the loss is no loss of a net that has learned");
    denoise_trainer_free(trainer), denoise_model_free(model), denoise_dataset_free(dataset);
    denoise_tensor_free(m.rows_of_noise);
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "dataset_memory", argc, argv, 2048, 16384)) return campaign_end(&c);
    const struct rlimit limit = {(rlim_t)LIMIT * MEGABYTE, (rlim_t)LIMIT * MEGABYTE};
    bool is_limited = !DENOISE_TEST_ASAN && !DENOISE_TEST_TSAN && setrlimit(RLIMIT_DATA, &limit) == 0;
    if (!is_limited) campaign_note(&c, "the process is not limited");
    if (campaign_case(&c, 0)) train(&c);
    int64_t most = kilobytes("VmHWM");
    if (is_limited && most > 0) campaign_check(&c, most < LIMIT * 1024, "%lld KB of memory", (long long)most);
    campaign_count(&c, "MB that a generator gave", c.budget);
    campaign_count(&c, "KB of memory at most", most);
    return campaign_end(&c);
}
