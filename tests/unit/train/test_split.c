/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows validation_split takes: read off by a metric of the validation rows alone. */
#include "support/nets.h"
#include "train/split.h"
#include "train/use.h"
#include <string.h>

enum { ROWS = 40 };

static denoise_trainer *trainer;
static denoise_model *model;

static int make(void **state)
{
    (void)state;
    model = two_layers(3, 4, "relu", 5, "softmax");
    return denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL),
                                 denoise_loss_sparse_categorical_crossentropy(NULL), NULL);
}

static int end(void **state)
{
    (void)state;
    denoise_trainer_free(trainer), denoise_model_free(model);
    return 0;
}

typedef struct parts {
    int64_t rows[ROWS];
} parts;

static denoise_status split(parts *out, const denoise_tensor *target, int64_t training, int32_t order, uint64_t seed)
{
    denoise__use use;
    int64_t *kept;
    ASSERT_OK(denoise__use_begin(&use, trainer, "split"));
    denoise_status status = denoise__split(&kept, trainer, target, training, order, seed);
    if (status == DENOISE_OK) memcpy(out->rows, kept, (size_t)denoise_tensor_dim(target, 0) * sizeof *kept);
    return denoise__use_end(&use, status);
}

static void assert_parts(const parts *p, int64_t training)
{
    bool seen[ROWS] = {false};
    for (int64_t i = 0; i < ROWS; i++) {
        assert_false(seen[p->rows[i]]);
        seen[p->rows[i]] = true;
        if (i > 0 && i != training) assert_true(p->rows[i] > p->rows[i - 1]);
    }
}

static void both_parts_are_whole_and_ascending(void **state)
{
    (void)state;
    denoise_tensor *labels = random_labels(ROWS, 5, 1);
    parts a, b, c;
    for (int32_t order = DENOISE_SPLIT_SHUFFLED; order <= DENOISE_SPLIT_STRATIFIED; order++) {
        ASSERT_OK(split(&a, labels, 31, order, 1));
        ASSERT_OK(split(&b, labels, 31, order, 1));
        ASSERT_OK(split(&c, labels, 31, order, 2));
        assert_parts(&a, 31), assert_parts(&c, 31);
        assert_memory_equal(&a, &b, sizeof a);
        assert_memory_not_equal(&a, &c, sizeof a);
    }
    denoise_tensor_free(labels);
}

/* Classes of 20, 10, 6, 4 and 0 rows, sorted as in a file. */
static void each_class_has_its_share(void **state)
{
    (void)state;
    int32_t values[ROWS];
    for (int32_t i = 0; i < ROWS; i++)
        values[i] = i < 20 ? 4 : i < 30 ? 0 : i < 36 ? 1 : 2;
    const int64_t shape[] = {ROWS};
    denoise_tensor *labels, *one_hot, *floats;
    ASSERT_OK(denoise_tensor_from_data(&labels, DENOISE_INT32, shape, 1, values));
    ASSERT_OK(denoise_tensor_one_hot(&one_hot, labels, 5));
    ASSERT_OK(denoise_tensor_astype(&floats, labels, DENOISE_FLOAT32));
    const denoise_tensor *targets[] = {labels, one_hot, floats};
    parts first;
    for (int32_t i = 0; i < 3; i++) {
        parts p;
        int64_t count[5] = {0};
        ASSERT_OK(split(&p, targets[i], 30, DENOISE_SPLIT_STRATIFIED, 3));
        assert_parts(&p, 30);
        for (int64_t row = 30; row < ROWS; row++)
            count[values[p.rows[row]]]++;
        assert_int_equal(count[4], 5);
        assert_in_range(count[0], 2, 3); /* 2.5, 1.5 and 1 of 10 */
        assert_in_range(count[1], 1, 2);
        assert_int_equal(count[2], 1);
        assert_int_equal(count[0] + count[1], 4);
        if (i == 0) first = p;
        assert_memory_equal(&p, &first, sizeof p);
    }
    denoise_tensor_free(labels), denoise_tensor_free(one_hot), denoise_tensor_free(floats);
}

static void what_is_no_class_is_named(void **state)
{
    (void)state;
    const float half[] = {0, 1, 0.5F, 2};
    const int32_t below[] = {0, 1, 2, -1};
    denoise_tensor *fraction, *negative;
    parts p;
    ASSERT_OK(denoise_tensor_from_data(&fraction, DENOISE_FLOAT32, (const int64_t[]){4}, 1, half));
    ASSERT_OK(denoise_tensor_from_data(&negative, DENOISE_INT32, (const int64_t[]){4}, 1, below));
    ASSERT_FAILS(split(&p, fraction, 2, DENOISE_SPLIT_STRATIFIED, 0), DENOISE_ERR_RANGE, "row 2");
    ASSERT_FAILS(split(&p, negative, 2, DENOISE_SPLIT_STRATIFIED, 0), DENOISE_ERR_RANGE, "row 3 has the label -1");
    ASSERT_OK(split(&p, fraction, 2, DENOISE_SPLIT_SHUFFLED, 0));
    denoise_tensor_free(fraction), denoise_tensor_free(negative);
}

/* Sorted data: the last rows are all of one class, so that only a split that mixes can validate on others. */
static void fit_validates_on_those_rows(void **state)
{
    (void)state;
    denoise_tensor *x = random_rows(ROWS, 3, 1), *y = random_labels(ROWS, 5, 2), *rows[2][2];
    for (int32_t order = DENOISE_SPLIT_SHUFFLED; order <= DENOISE_SPLIT_STRATIFIED; order++) {
        parts p;
        double wanted, got;
        denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
        options.validation_split = 0.25;
        options.validation_split_order = order;
        options.seed = 9;
        options.verbose = 0;
        ASSERT_OK(split(&p, y, 30, order, 9));
        float *xs = denoise_tensor_data(x), chosen[ROWS * 3];
        int32_t *ys = denoise_tensor_data(y), labels[ROWS];
        for (int64_t i = 0; i < ROWS; i++) {
            memcpy(&chosen[i * 3], &xs[p.rows[i] * 3], 3 * sizeof *xs);
            labels[i] = ys[p.rows[i]];
        }
        for (int32_t part = 0; part < 2; part++) {
            int64_t first = part == 0 ? 0 : 30, count = part == 0 ? 30 : 10;
            ASSERT_OK(
                denoise_tensor_from_data(&rows[part][0], DENOISE_FLOAT32, (const int64_t[]){count, 3}, 2, chosen + 3 * first));
            ASSERT_OK(denoise_tensor_from_data(&rows[part][1], DENOISE_INT32, (const int64_t[]){count}, 1, labels + first));
        }
        uint64_t hash[2];
        for (int32_t i = 0; i < 2; i++) {
            denoise_model *net = two_layers(3, 4, "relu", 5, "softmax");
            denoise_trainer *t;
            ASSERT_OK(denoise_model_compile(&t, net, denoise_optimizer_sgd(NULL),
                                            denoise_loss_sparse_categorical_crossentropy(NULL), NULL));
            if (i == 1) {
                options.validation_split = 0;
                options.validation_x = (const denoise_tensor *const *)&rows[1][0];
                options.validation_y = (const denoise_tensor *const *)&rows[1][1];
            }
            ASSERT_OK(i == 0 ? denoise_trainer_fit(t, x, y, &options)
                             : denoise_trainer_fit(t, rows[0][0], rows[0][1], &options));
            *(i == 0 ? &got : &wanted) = denoise_history_values(denoise_trainer_history(t), "val_loss")[0];
            hash[i] = hash_of_weights(net);
            denoise_trainer_free(t), denoise_model_free(net);
        }
        assert_memory_equal(&got, &wanted, sizeof got);
        assert_int_equal(hash[0], hash[1]); /* the rows that train come in their order, shuffled alike */
        for (int32_t i = 0; i < 4; i++)
            denoise_tensor_free(rows[i / 2][i % 2]);
    }
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.validation_split_order = 3;
    ASSERT_FAILS(denoise_trainer_fit(trainer, x, y, &options), DENOISE_ERR_RANGE, "validation_split_order is 3");
    denoise_tensor_free(x), denoise_tensor_free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_parts_are_whole_and_ascending),
        cmocka_unit_test(each_class_has_its_share),
        cmocka_unit_test(what_is_no_class_is_named),
        cmocka_unit_test(fit_validates_on_those_rows),
    };
    return cmocka_run_group_tests(tests, make, end);
}
