/* SPDX-License-Identifier: Apache-2.0 */
#include "support/made_rows.h"
#include "support/nets.h"
#include <string.h>

static void copy_row(denoise_tensor *to, int64_t to_row, const denoise_tensor *from, int64_t row)
{
    int64_t rows = denoise_tensor_dim(from, 0), bytes = denoise_tensor_bytes(from) / rows;
    memcpy((char *)denoise_tensor_data(to) + to_row * bytes, (const char *)denoise_tensor_const_data(from) + row % rows * bytes,
           (size_t)bytes);
}

static denoise_status next(int64_t *count, denoise_tensor *const *x, denoise_tensor *const *y,
                           denoise_tensor *const *sample_weight, const denoise_dataset_place *place, void *user_data)
{
    made_rows *made = user_data;
    int64_t room = denoise_tensor_dim(x[0], 0);
    (void)sample_weight;
    made->calls++;
    made->last_pass = place->pass;
    if (made->also != NULL) made->also(made, x);
    if (made->calls == made->fails_at) return made->failure;
    if (made->most > 0 && room > made->most) room = made->most;
    if (made->total >= 0 && room > made->total - made->at) room = made->total - made->at;
    for (int64_t i = 0; i < room; i++) {
        copy_row(x[0], i, made->x, made->at + i);
        if (made->y != NULL) copy_row(y[0], i, made->y, made->at + i);
    }
    made->at += room;
    *count = made->calls == made->lies_at ? made->lie : room;
    return DENOISE_OK;
}

static denoise_status restart(const denoise_dataset_place *place, void *user_data)
{
    made_rows *made = user_data;
    made->at = place->row;
    made->restarts++;
    return DENOISE_OK;
}

static denoise_status seek(const denoise_dataset_place *place, void *user_data)
{
    made_rows *made = user_data;
    made->at = place->row;
    made->seeks++;
    return DENOISE_OK;
}

void made_rows_destroy(void *user_data)
{
    made_rows *made = user_data;
    made->destroyed++;
}

denoise_dataset_generator made_rows_table(made_rows *made, bool restarts, bool seeks)
{
    denoise_dataset_generator table = DENOISE_DATASET_GENERATOR_INIT;
    table.x = &made->x;
    table.input_count = 1;
    table.y = made->y == NULL ? NULL : &made->y;
    table.target_count = made->y != NULL;
    table.next = next;
    table.restart = restarts ? restart : NULL;
    table.seek = seeks ? seek : NULL;
    return table;
}

denoise_dataset *made_rows_dataset(made_rows *made, int64_t rows, bool restarts)
{
    denoise_dataset *dataset;
    denoise_dataset_generator table = made_rows_table(made, restarts, false);
    table.rows = rows;
    ASSERT_OK(denoise_dataset_from_generator(&dataset, &table, made, made_rows_destroy));
    return dataset;
}
