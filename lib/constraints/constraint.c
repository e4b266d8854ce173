/* SPDX-License-Identifier: Apache-2.0 */
#include "constraints/constraint.h"
#include "core/cpu.h"
#include "core/memory.h"
#include "tensor/tensor.h"
#include <string.h>

static const denoise__constraint_kind *kind_of(const denoise__kind_ref *ref)
{
    return (const denoise__constraint_kind *)(const void *)ref->kind;
}

denoise_status denoise__constraint_check(const denoise__kind_ref *ref, const denoise__shape *shape)
{
    if (ref == NULL || ref->kind == NULL || kind_of(ref)->check == NULL) return DENOISE_OK;
    denoise_status status = kind_of(ref)->check(ref->config, shape);
    return status == DENOISE_OK ? status : denoise__context(status, "%s: ", ref->kind->name);
}

bool denoise__constraint_can_fail(const denoise__kind_ref *ref)
{
    return ref != NULL && ref->kind != NULL && kind_of(ref)->try_apply != NULL;
}

denoise_status denoise__constraint_apply(const denoise__kind_ref *ref, float *w, const denoise__shape *shape)
{
    if (ref == NULL || ref->kind == NULL) return DENOISE_OK;
    if (kind_of(ref)->try_apply != NULL) return kind_of(ref)->try_apply(ref->config, w, shape);
    kind_of(ref)->apply(ref->config, w, shape);
    return DENOISE_OK;
}

/* A weight that is brought back as a copy, where that may fail. */
static denoise_status apply_to_copy(const denoise__kind_ref *ref, denoise_tensor *weight)
{
    size_t bytes = (size_t)weight->size * sizeof(float);
    float *copy = denoise__allocate_aligned(bytes + 1);
    if (copy == NULL) return denoise__fail_nomem();
    if (bytes > 0) memcpy(copy, weight->data, bytes);
    denoise_status status = denoise__constraint_apply(ref, copy, &weight->shape);
    if (status == DENOISE_OK && bytes > 0) memcpy(weight->data, copy, bytes);
    denoise__release_aligned(copy);
    return status;
}

static denoise_status apply(const denoise__kind_ref *ref, denoise_tensor *weight)
{
    if (weight->dtype != DENOISE_FLOAT32) {
        return denoise__fail(DENOISE_ERR_DTYPE, "the weight is %s, expected float32", denoise__dtype_name(weight->dtype));
    }
    DENOISE__TRY(denoise__constraint_check(ref, &weight->shape));
    denoise__fp_state caller;
    denoise__fp_enter_flushing(&caller);
    denoise_status status = denoise__constraint_can_fail(ref) ? apply_to_copy(ref, weight)
                                                              : denoise__constraint_apply(ref, weight->data, &weight->shape);
    denoise__fp_leave(&caller);
    return status;
}

denoise_status denoise_constraint_apply(denoise_tensor *weight, const char *constraint, const denoise_params *params)
{
    DENOISE__CHECK_NULL(weight);
    DENOISE__CHECK_NULL(constraint);
    denoise__kind_ref ref;
    DENOISE__TRY(denoise__kind_ref_make(&ref, &denoise__constraint_registry, constraint, params));
    denoise_status status = apply(&ref, weight);
    denoise__kind_ref_clear(&ref);
    return status;
}
