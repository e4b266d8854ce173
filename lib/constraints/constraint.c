/* SPDX-License-Identifier: Apache-2.0 */
#include "constraints/constraint.h"
#include "core/cpu.h"
#include "tensor/tensor.h"

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

void denoise__constraint_apply(const denoise__kind_ref *ref, float *w, const denoise__shape *shape)
{
    if (ref != NULL && ref->kind != NULL) kind_of(ref)->apply(ref->config, w, shape);
}

static denoise_status apply(const denoise__kind_ref *ref, denoise_tensor *weight)
{
    if (weight->dtype != DENOISE_FLOAT32) {
        return denoise__fail(DENOISE_ERR_DTYPE, "the weight is %s, expected float32", denoise__dtype_name(weight->dtype));
    }
    DENOISE__TRY(denoise__constraint_check(ref, &weight->shape));
    denoise__fp_state caller;
    denoise__fp_enter_flushing(&caller);
    denoise__constraint_apply(ref, weight->data, &weight->shape);
    denoise__fp_leave(&caller);
    return DENOISE_OK;
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
