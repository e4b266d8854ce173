/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors, random numbers, data sets, and losses, metrics and optimizers used alone. */
#include "faults/alloc_run.h"
#include "faults/alloc_state.h"
#include "support/nets.h"
#include <string.h>

typedef struct arrays {
    denoise_tensor *weight, *a, *b, *labels, *images;
    denoise_loss *loss;
    denoise_metric *metric;
    denoise_optimizer *optimizer;
} arrays;

static void *make(const void *data)
{
    static arrays o;
    const int64_t shape[] = {4, 2, 3};
    (void)data;
    const int64_t four = 4;
    ASSERT_OK(denoise_tensor_from_data(&o.weight, DENOISE_FLOAT32, &four, 1, (const float[]){1.0F, 2.0F, 0.5F, 0.0F}));
    o.a = random_rows(4, 6, 1);
    o.b = random_rows(4, 6, 2);
    o.labels = random_labels(4, 6, 3);
    ASSERT_OK(denoise_tensor_reshape(&o.images, o.a, shape, 3));
    o.loss = denoise_loss_mean_squared_error();
    o.metric = denoise_metric_accuracy();
    o.optimizer = denoise_optimizer_adam(NULL);
    return &o;
}

static void drop(void *objects)
{
    arrays *o = objects;
    denoise_tensor_free(o->weight);
    denoise_tensor_free(o->a);
    denoise_tensor_free(o->b);
    denoise_tensor_free(o->labels);
    denoise_tensor_free(o->images);
    denoise_loss_free(o->loss);
    denoise_metric_free(o->metric);
    denoise_optimizer_free(o->optimizer);
}

static uint64_t state(void *objects)
{
    const arrays *o = objects;
    double value = 0.0;
    int64_t iterations = denoise_optimizer_iterations(o->optimizer);
    (void)denoise_metric_result(&value, o->metric);
    uint64_t hash = alloc_hash_tensor(alloc_hash_tensor(0, o->a), o->b);
    hash = alloc_hash(hash, &iterations, sizeof iterations);
    return alloc_hash(hash, &value, sizeof value);
}

/* A call that gives one tensor. */
#define GIVES_TENSOR(name, expression)                                                                                         \
    static denoise_status name(void *objects, uint64_t *bits)                                                                  \
    {                                                                                                                          \
        const arrays *o = objects;                                                                                             \
        denoise_tensor *out;                                                                                                   \
        denoise_status status = (expression);                                                                                  \
        status = alloc_checked(status, &out);                                                                                  \
        if (status == DENOISE_OK && o != NULL) *bits = alloc_hash_tensor(0, out);                                              \
        denoise_tensor_free(out);                                                                                              \
        return status;                                                                                                         \
    }

static float borrowed[] = {1.0F, 2.0F};

GIVES_TENSOR(tensor_new, denoise_tensor_new(&out, DENOISE_INT64, (const int64_t[]){3, 2}, 2))
GIVES_TENSOR(from_data, denoise_tensor_from_data(&out, DENOISE_FLOAT32, (const int64_t[]){2}, 1, borrowed))
GIVES_TENSOR(copy, denoise_tensor_copy(&out, o->a))
GIVES_TENSOR(reshape, denoise_tensor_reshape(&out, o->a, (const int64_t[]){3, -1}, 2))
GIVES_TENSOR(rows, denoise_tensor_rows(&out, o->a, 1, 3))
GIVES_TENSOR(arange, denoise_tensor_arange(&out, DENOISE_INT32, 0, 9, 2))
GIVES_TENSOR(astype, denoise_tensor_astype(&out, o->a, DENOISE_FLOAT64))
GIVES_TENSOR(scale, denoise_tensor_scale(&out, o->a, 3.0))
GIVES_TENSOR(sum, denoise_tensor_add(&out, o->a, o->b))
GIVES_TENSOR(clip, denoise_tensor_clip(&out, o->a, -0.5, 0.5))
GIVES_TENSOR(clip_arrays, denoise_tensor_clip_arrays(&out, o->a, o->b, NULL))
GIVES_TENSOR(argmax, denoise_tensor_argmax(&out, o->a, 1))
GIVES_TENSOR(one_hot, denoise_tensor_one_hot(&out, o->labels, 6))
GIVES_TENSOR(images_to_rows, denoise_images_to_rows(&out, o->images, 0.5))
GIVES_TENSOR(noise_gaussian, denoise_noise_gaussian(&out, o->a, 0.5, 1))
GIVES_TENSOR(noise_uniform, denoise_noise_uniform(&out, o->a, 0.5, 1))
GIVES_TENSOR(noise_salt, denoise_noise_salt_and_pepper(&out, o->a, 0.5, 1))
GIVES_TENSOR(noise_masking, denoise_noise_masking(&out, o->a, 0.5, 1))

/* destroy is called exactly once; not when the call fails: the memory stays the caller's then. */
static void give_back(void *user_data)
{
    ++*(int *)user_data;
}

static denoise_status borrow(void *objects, uint64_t *bits)
{
    const int64_t two = 2;
    int given_back = 0;
    denoise_tensor *out;
    (void)objects;
    *bits = 0;
    denoise_status status = denoise_tensor_borrow(&out, DENOISE_FLOAT32, &two, 1, borrowed, &given_back, give_back);
    status = alloc_checked(status, &out);
    denoise_tensor_free(out);
    return given_back == (status == DENOISE_OK) ? status : DENOISE_ERR_INTERNAL;
}

static denoise_status random_numbers(void *objects, uint64_t *bits)
{
    denoise_rng *rng;
    denoise_tensor *out[2] = {NULL, NULL};
    int64_t order[9];
    (void)objects;
    denoise_status status = denoise_rng_new(&rng, 3, 4);
    status = alloc_checked(status, &rng);
    if (status == DENOISE_OK) status = denoise_tensor_random_normal(&out[0], (const int64_t[]){7}, 1, rng, 0.0, 1.0);
    if (status == DENOISE_OK) status = denoise_tensor_random_uniform(&out[1], (const int64_t[]){7}, 1, rng, 0.0, 1.0);
    if (status == DENOISE_OK) status = denoise_rng_permutation(rng, order, 9);
    for (int i = 0; i < 2; i++) {
        if (status == DENOISE_OK) *bits = alloc_hash_tensor(*bits, out[i]);
        denoise_tensor_free(out[i]);
    }
    denoise_rng_free(rng);
    return status;
}

static denoise_status synthetic_digits(void *objects, uint64_t *bits)
{
    denoise_tensor *images, *labels;
    (void)objects;
    denoise_status status = denoise_synthetic_digits(&images, &labels, 3, 1, 0);
    status = alloc_checked(status, &images);
    status = alloc_checked(status, &labels);
    if (status == DENOISE_OK) *bits = alloc_hash_tensor(alloc_hash_tensor(0, images), labels);
    denoise_tensor_free(images);
    denoise_tensor_free(labels);
    return status;
}

static denoise_status loss_compute(void *objects, uint64_t *bits)
{
    const arrays *o = objects;
    double value = 0.0;
    denoise_tensor *gradient;
    denoise_status status = denoise_loss_compute(&value, &gradient, o->loss, o->a, o->b, NULL);
    status = alloc_checked(status, &gradient);
    if (status == DENOISE_OK) *bits = alloc_hash(alloc_hash_tensor(0, gradient), &value, sizeof value);
    denoise_tensor_free(gradient);
    return status;
}

static denoise_status metric_update(void *objects, uint64_t *bits)
{
    const arrays *o = objects;
    *bits = 0;
    return denoise_metric_update_state(o->metric, o->labels, o->a, NULL);
}

static denoise_status weighted_metric_update(void *objects, uint64_t *bits)
{
    const arrays *o = objects;
    *bits = 0;
    return denoise_metric_update_state(o->metric, o->labels, o->a, o->weight);
}

static denoise_status optimizer_apply(void *objects, uint64_t *bits)
{
    arrays *o = objects;
    *bits = 0;
    return denoise_optimizer_apply(o->optimizer, &o->a, (const denoise_tensor *const *)&o->b, 1);
}

#define CALL(function)                                                                                                         \
    {                                                                                                                          \
#function, function                                                                                                    \
    }

void alloc_arrays(alloc_run *run)
{
    static const struct {
        const char *name;
        denoise_status (*call)(void *objects, uint64_t *bits);
    } calls[] = {
        CALL(tensor_new),
        CALL(from_data),
        CALL(borrow),
        CALL(copy),
        CALL(reshape),
        CALL(rows),
        CALL(arange),
        CALL(astype),
        CALL(scale),
        CALL(sum),
        CALL(clip),
        CALL(clip_arrays),
        CALL(argmax),
        CALL(one_hot),
        CALL(images_to_rows),
        CALL(noise_gaussian),
        CALL(noise_uniform),
        CALL(noise_salt),
        CALL(noise_masking),
        CALL(random_numbers),
        CALL(synthetic_digits),
        CALL(loss_compute),
        CALL(metric_update),
        CALL(weighted_metric_update),
        CALL(optimizer_apply),
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        alloc_try(run, &(alloc_case){.name = calls[i].name, .make = make, .call = calls[i].call, .state = state, .drop = drop});
}
