/* SPDX-License-Identifier: Apache-2.0 */
#include "train/split.h"
#include "core/memory.h"
#include "core/random.h"
#include "tensor/tensor.h"
#include "train/use.h"
#include <string.h>

enum { MOST_CLASSES = 1 << 20 };

/* Of each class: its rows, and how many of them are to validate yet. */
typedef struct share {
    int64_t rows, wanted, remainder;
} share;

typedef struct split {
    int64_t rows, training;
    int64_t *shuffled; /* all rows */
    bool *validates;   /* per row */
    int32_t *classes;  /* per row */
    int64_t class_count;
    share *shares; /* per class */
} split;

static void free_split(split *s)
{
    denoise__release(s->shuffled);
    denoise__release(s->validates);
    denoise__release(s->classes);
    denoise__release(s->shares);
}

static int32_t class_of_row(const denoise_tensor *target, int64_t row, int64_t columns)
{
    int32_t best = 0;
    float greatest = 0, value;
    for (int64_t i = 0; i < columns; i++) {
        denoise__tensor_read_floats(target, row * columns + i, 1, &value);
        if (i > 0 && !(value > greatest)) continue;
        best = (int32_t)i;
        greatest = value;
    }
    return best;
}

/* Labels, or one-hot rows. */
static denoise_status read_class(split *s, const denoise_tensor *target, int64_t row, int64_t columns)
{
    if (columns > 1) {
        s->classes[row] = class_of_row(target, row, columns);
        return DENOISE_OK;
    }
    denoise_status status = denoise__tensor_read_ints(target, row, 1, &s->classes[row]);
    if (status != DENOISE_OK)
        return denoise__context(status, "validation_split_order: no class, target 0: row %lld: ", (long long)row);
    if (s->classes[row] >= 0 && s->classes[row] < MOST_CLASSES) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_RANGE, "validation_split_order: target 0: row %lld has the label %d, expected 0 to %d",
                         (long long)row, (int)s->classes[row], MOST_CLASSES - 1);
}

static denoise_status read_classes(split *s, const denoise_tensor *target)
{
    int64_t columns = target->size / s->rows;
    if (columns < 1 || columns > MOST_CLASSES) {
        return denoise__fail(DENOISE_ERR_SHAPE,
                             "validation_split_order: the rows of target 0 have %lld numbers, expected 1 to %d",
                             (long long)columns, MOST_CLASSES);
    }
    s->classes = denoise__allocate_zeroed((size_t)s->rows, sizeof *s->classes);
    if (s->classes == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < s->rows; i++) {
        DENOISE__TRY(read_class(s, target, i, columns));
        if (s->classes[i] >= s->class_count) s->class_count = s->classes[i] + 1;
    }
    s->shares = denoise__allocate_zeroed((size_t)s->class_count, sizeof *s->shares);
    return s->shares == NULL ? denoise__fail_nomem() : DENOISE_OK;
}

/* The share of each class rounded down; those with the greatest remainders, of equal ones the first, have one more. */
static denoise_status find_shares(split *s)
{
    int64_t wanted = s->rows - s->training, left = wanted, product;
    for (int64_t i = 0; i < s->rows; i++)
        s->shares[s->classes[i]].rows++;
    for (int64_t i = 0; i < s->class_count; i++) {
        share *it = &s->shares[i];
        if (!denoise__multiply(it->rows, wanted, &product))
            return denoise__fail(DENOISE_ERR_OVERFLOW, "validation_split_order: too many rows");
        it->wanted = product / s->rows;
        it->remainder = product % s->rows;
        left -= it->wanted;
    }
    for (; left > 0; left--) {
        int64_t best = 0;
        for (int64_t i = 1; i < s->class_count; i++)
            if (s->shares[i].remainder > s->shares[best].remainder) best = i;
        s->shares[best].wanted++;
        s->shares[best].remainder = -1;
    }
    return DENOISE_OK;
}

static void choose(split *s, bool is_stratified)
{
    int64_t left = s->rows - s->training;
    for (int64_t i = 0; i < s->rows && left > 0; i++) {
        int64_t row = s->shuffled[i];
        if (is_stratified && s->shares[s->classes[row]].wanted-- <= 0) continue;
        s->validates[row] = true;
        left--;
    }
}

static denoise_status make(split *s, const denoise_tensor *target, int32_t order, uint64_t seed)
{
    s->shuffled = denoise__allocate_zeroed((size_t)s->rows, sizeof *s->shuffled);
    s->validates = denoise__allocate_zeroed((size_t)s->rows, sizeof *s->validates);
    if (s->shuffled == NULL || s->validates == NULL) return denoise__fail_nomem();
    if (order == DENOISE_SPLIT_STRATIFIED) {
        DENOISE__TRY(read_classes(s, target));
        DENOISE__TRY(find_shares(s));
    }
    denoise__random_permutation(seed, denoise__stream(DENOISE__STREAM_SPLIT, 0, 0, 0), s->shuffled, s->rows);
    choose(s, order == DENOISE_SPLIT_STRATIFIED);
    int64_t training = 0, validating = s->training;
    for (int64_t i = 0; i < s->rows; i++)
        s->shuffled[s->validates[i] ? validating++ : training++] = i;
    return DENOISE_OK;
}

denoise_status denoise__split(int64_t **kept, denoise_trainer *trainer, const denoise_tensor *target, int64_t training,
                              int32_t order, uint64_t seed)
{
    split s = {.rows = target == NULL ? 0 : target->shape.dim[0], .training = training};
    *kept = NULL;
    if (target == NULL) return denoise__fail(DENOISE_ERR_NULL, "validation_split_order: target 0 is NULL");
    denoise_status status = make(&s, target, order, seed);
    if (status == DENOISE_OK) {
        *kept = s.shuffled;
        s.shuffled = NULL;
        status = denoise__use_hold(trainer, denoise__release, *kept);
    }
    free_split(&s);
    return status;
}
