/* SPDX-License-Identifier: Apache-2.0 */
/* A step on the caller's own tensors. */
#include "core/cpu.h"
#include "core/memory.h"
#include "optimizers/optimizer.h"
#include "tensor/tensor.h"

static denoise_status check_float32(const char *name, const char *what, int64_t index, const denoise_tensor *tensor)
{
    if (tensor == NULL) {
        return denoise__fail(DENOISE_ERR_NULL, "%s: %s %lld is NULL", name, what, (long long)index);
    }
    if (tensor->dtype == DENOISE_FLOAT32) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_DTYPE, "%s: %s %lld is %s, expected float32", name, what, (long long)index,
                         denoise__dtype_name(tensor->dtype));
}

static denoise_status check_pair(const char *name, int64_t index, const denoise_tensor *weight, const denoise_tensor *gradient)
{
    DENOISE__TRY(check_float32(name, "weight", index, weight));
    DENOISE__TRY(check_float32(name, "gradient", index, gradient));
    if (denoise__shape_equal(&weight->shape, &gradient->shape)) return DENOISE_OK;
    char weight_text[192], gradient_text[192];
    return denoise__fail(DENOISE_ERR_SHAPE, "%s: gradient %lld has shape %s, its weight has shape %s", name, (long long)index,
                         denoise__shape_text(&gradient->shape, false, gradient_text, sizeof gradient_text),
                         denoise__shape_text(&weight->shape, false, weight_text, sizeof weight_text));
}

static denoise_status check(const denoise_optimizer *optimizer, denoise_tensor *const *weights,
                            const denoise_tensor *const *gradients, int64_t count)
{
    const denoise__part *part = &optimizer->part;
    if (part->status != DENOISE_OK) return denoise__fail_text(part->status, part->message);
    const char *name = part->kind->name;
    if (part->owner != NULL) {
        return denoise__fail(DENOISE_ERR_OWNED, "%s: belongs to a trainer, which makes its steps", name);
    }
    if (count < 1) return denoise__fail(DENOISE_ERR_RANGE, "%s: count is %lld, expected >= 1", name, (long long)count);
    for (int64_t i = 0; i < count; i++)
        DENOISE__TRY(check_pair(name, i, weights[i], gradients[i]));
    return DENOISE_OK;
}

/* What a step wants to have side by side. */
typedef struct lists {
    int64_t *sizes;
    float **weights;
    const float **gradients;
} lists;

static void release(lists *of)
{
    denoise__release(of->sizes);
    denoise__release(of->weights);
    denoise__release(of->gradients);
}

static denoise_status collect(lists *out, denoise_tensor *const *weights, const denoise_tensor *const *gradients, int64_t count)
{
    out->sizes = denoise__allocate_zeroed((size_t)count, sizeof *out->sizes);
    out->weights = denoise__allocate_zeroed((size_t)count, sizeof *out->weights);
    out->gradients = denoise__allocate_zeroed((size_t)count, sizeof *out->gradients);
    if (out->sizes == NULL || out->weights == NULL || out->gradients == NULL) return denoise__fail_nomem();
    for (int64_t i = 0; i < count; i++) {
        out->sizes[i] = weights[i]->size;
        out->weights[i] = weights[i]->data;
        out->gradients[i] = gradients[i]->data;
    }
    return DENOISE_OK;
}

denoise_status denoise_optimizer_apply(denoise_optimizer *optimizer, denoise_tensor *const *weights,
                                       const denoise_tensor *const *gradients, int64_t count)
{
    DENOISE__CHECK_NULL(optimizer);
    DENOISE__CHECK_NULL(weights);
    DENOISE__CHECK_NULL(gradients);
    DENOISE__TRY(check(optimizer, weights, gradients, count));
    lists of = {0};
    denoise_status status;
    DENOISE__TRY_OR_FAIL(collect(&of, weights, gradients, count));
    DENOISE__TRY_OR_FAIL(denoise__optimizer_build(optimizer, of.sizes, count));
    denoise__fp_state caller;
    denoise__fp_enter_flushing(&caller);
    denoise__optimizer_note_unchecked(optimizer);
    denoise__optimizer_step(optimizer, of.weights, of.gradients);
    denoise__fp_leave(&caller);
fail:
    release(&of);
    return status;
}
