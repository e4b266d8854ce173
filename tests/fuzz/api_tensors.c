/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/api.h"
#include <math.h>
#include <string.h>

static double numbers[4096]; /* data of any element type */

static int64_t product(const int64_t *shape, int32_t rank)
{
    int64_t size = 1;
    for (int32_t i = 0; i < rank && i < 3; i++) {
        if (shape[i] < 0 || shape[i] > 4096) return -1;
        size *= shape[i];
        if (size > 4096) return -1;
    }
    return rank >= 0 && rank <= 3 ? size : -1;
}

static int32_t dtype_of(api *a)
{
    static const int32_t types[] = {DENOISE_FLOAT32,
                                    DENOISE_FLOAT32,
                                    DENOISE_FLOAT32,
                                    DENOISE_FLOAT64,
                                    DENOISE_INT32,
                                    DENOISE_INT64,
                                    DENOISE_UINT8,
                                    0,
                                    6,
                                    -1};
    return types[api_pick(a, 10)];
}

static void fill(denoise_tensor *tensor, unsigned kind)
{
    if (denoise_tensor_dtype(tensor) != DENOISE_FLOAT32) return;
    float *values = denoise_tensor_data(tensor);
    for (int64_t i = 0; i < denoise_tensor_size(tensor); i++) {
        values[i] = kind == 1 ? (float)(i % 2) : (float)(i % 7) * 0.25F - 0.5F;
    }
    if (kind == 2 && denoise_tensor_size(tensor) > 0) values[denoise_tensor_size(tensor) / 2] = NAN;
}

/* Rows as the models here want them. */
static void make_rows(api *a)
{
    static const int64_t rows[] = {4, 4, 5, 1, 0}, columns[] = {3, 3, 2, 1};
    const int64_t shape[2] = {rows[api_pick(a, 5)], columns[api_pick(a, 4)]};
    denoise_tensor *tensor = API_ANYWHERE;
    if (!api_made(denoise_tensor_new(&tensor, DENOISE_FLOAT32, shape, 2), &tensor)) return;
    fill(tensor, api_pick(a, 3));
    api_keep_tensor(a, tensor);
}

static void make_labels(api *a)
{
    static const int32_t labels[] = {0, 1, 0, 1, 2, -1};
    const int64_t shape[2] = {4 + api_pick(a, 3), 1};
    denoise_tensor *tensor = API_ANYWHERE;
    if (api_made(denoise_tensor_from_data(&tensor, DENOISE_INT32, shape, 1 + (int32_t)api_pick(a, 2), labels), &tensor)) {
        api_keep_tensor(a, tensor);
    }
}

static void make_any(api *a)
{
    int64_t shape[9] = {0};
    int32_t rank = api_shape(a, shape);
    denoise_tensor *tensor = API_ANYWHERE;
    if (api_made(denoise_tensor_new(&tensor, dtype_of(a), shape, rank), &tensor)) api_keep_tensor(a, tensor);
}

static void hand_back(void *user_data)
{
    ((api *)user_data)->returned++;
}

static void borrow(api *a)
{
    int64_t shape[9] = {0};
    int32_t rank = api_shape(a, shape);
    if (product(shape, rank) < 0) return;
    denoise_tensor *tensor = API_ANYWHERE;
    size_t shift = api_pick(a, 8) == 7 ? 1 : 0; /* not aligned */
    denoise_status status =
        denoise_tensor_borrow(&tensor, dtype_of(a), shape, rank, (char *)numbers + shift, a, shift ? NULL : hand_back);
    bool done = api_made(status, &tensor);
    if (done && shift == 0) a->borrowed++;
    if (done) api_keep_tensor(a, tensor);
}

static void view(api *a)
{
    int64_t shape[9] = {0};
    int32_t rank = api_shape(a, shape);
    denoise_tensor *tensor = API_ANYWHERE, *base = api_tensor(a);
    denoise_status status = api_pick(a, 2) == 0 ? denoise_tensor_reshape(&tensor, base, shape, rank)
                                                : denoise_tensor_rows(&tensor, base, api_size(a), api_size(a));
    if (api_made(status, &tensor)) api_keep_tensor(a, tensor);
}

static void one_operand(api *a)
{
    denoise_tensor *tensor = API_ANYWHERE, *base = api_tensor(a);
    denoise_status status = DENOISE_OK;
    switch (api_pick(a, 6)) {
    case 0:
        status = denoise_tensor_copy(&tensor, base);
        break;
    case 1:
        status = denoise_tensor_astype(&tensor, base, dtype_of(a));
        break;
    case 2:
        status = denoise_tensor_scale(&tensor, base, api_number(a));
        break;
    case 3:
        status = denoise_tensor_clip(&tensor, base, api_number(a), api_number(a));
        break;
    case 4:
        status = denoise_tensor_argmax(&tensor, base, (int32_t)api_size(a));
        break;
    default:
        status = denoise_tensor_one_hot(&tensor, base, api_size(a));
        break;
    }
    if (api_made(status, &tensor)) api_keep_tensor(a, tensor);
}

static void several_operands(api *a)
{
    denoise_tensor *tensor = API_ANYWHERE, *x = api_tensor(a), *y = api_tensor(a), *z = api_tensor(a);
    if (api_pick(a, 2) == 0) {
        denoise_status status =
            api_pick(a, 2) == 0 ? denoise_tensor_add(&tensor, x, y) : denoise_tensor_clip_arrays(&tensor, x, y, z);
        if (api_made(status, &tensor)) api_keep_tensor(a, tensor);
        return;
    }
    switch (api_pick(a, 4)) {
    case 0:
        (void)api_done(denoise_tensor_add_into(x, y, z));
        break;
    case 1:
        (void)api_done(denoise_tensor_scale_into(x, y, api_number(a)));
        break;
    case 2:
        (void)api_done(denoise_tensor_clip_into(x, y, api_number(a), api_number(a)));
        break;
    default:
        (void)api_done(denoise_tensor_clip_arrays_into(x, y, z, api_tensor(a)));
        break;
    }
}

static void range(api *a)
{
    denoise_tensor *tensor = API_ANYWHERE;
    denoise_status status = denoise_tensor_arange(&tensor, dtype_of(a), api_number(a), api_number(a), api_number(a));
    if (api_made(status, &tensor)) api_keep_tensor(a, tensor);
}

static void random_numbers(api *a)
{
    int64_t shape[9] = {0};
    int32_t rank = api_shape(a, shape);
    denoise_rng *rng = API_ANYWHERE;
    denoise_tensor *tensor = API_ANYWHERE;
    if (!api_made(denoise_rng_new(&rng, api_byte(a), 1), &rng)) return;
    denoise_status status = api_pick(a, 2) == 0
                                ? denoise_tensor_random_normal(&tensor, shape, rank, rng, api_number(a), api_number(a))
                                : denoise_tensor_random_uniform(&tensor, shape, rank, rng, api_number(a), api_number(a));
    if (api_made(status, &tensor)) api_keep_tensor(a, tensor);
    denoise_rng_free(rng);
}

static void data_set(api *a)
{
    denoise_tensor *tensor = API_ANYWHERE, *base = api_tensor(a);
    denoise_status status = DENOISE_OK;
    switch (api_pick(a, 4)) {
    case 0:
        status = denoise_images_to_rows(&tensor, base, api_number(a));
        break;
    case 1:
        status = denoise_noise_gaussian(&tensor, base, api_number(a), 1);
        break;
    case 2:
        status = denoise_noise_uniform(&tensor, base, api_number(a), 1);
        break;
    default:
        status = denoise_noise_salt_and_pepper(&tensor, base, api_number(a), 1);
        break;
    }
    if (api_made(status, &tensor)) api_keep_tensor(a, tensor);
}

static void look(api *a)
{
    denoise_tensor *tensor = api_tensor(a);
    char text[64];
    double value = 0;
    (void)denoise_tensor_equal(tensor, api_tensor(a));
    (void)api_done(denoise_tensor_item(tensor, api_size(a), &value));
    int64_t length = denoise_tensor_format(tensor, text, (int64_t)sizeof text);
    FUZZ_CHECK(length >= 0 && strlen(text) == (size_t)(length < 63 ? length : 63));
    (void)denoise_tensor_dim(tensor, (int32_t)api_size(a));
    FUZZ_CHECK(tensor == NULL || denoise_tensor_bytes(tensor) >= denoise_tensor_size(tensor));
}

const api_call api_tensor_calls[] = {make_rows,        make_rows, make_labels,    make_any, borrow, view, one_operand,
                                     several_operands, range,     random_numbers, data_set, look,   NULL};
