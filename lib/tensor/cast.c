/* SPDX-License-Identifier: Apache-2.0 */
/* Copies, of the same or another element type. */
#include "core/cpu.h"
#include "core/threads.h"
#include "tensor/dtype.h"
#include "tensor/tensor.h"

typedef struct job {
    const denoise_tensor *from;
    denoise_tensor *to;
} job;

static void cast_range(void *context, int64_t first, int64_t count)
{
    const job *work = context;
    char *to = (char *)work->to->data + first * denoise__dtype_size(work->to->dtype);
    const char *from = (const char *)work->from->data + first * denoise__dtype_size(work->from->dtype);
    denoise__convert(work->to->dtype, to, work->from->dtype, from, count);
}

denoise_status denoise_tensor_astype(denoise_tensor **out, const denoise_tensor *tensor, int32_t dtype)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(tensor);
    DENOISE__TRY(denoise__tensor_make_unset(out, dtype, &tensor->shape));
    job work = {tensor, *out};
    denoise__fp_state state;
    denoise__fp_enter(&state);
    denoise__parallel_ranges(tensor->size, 4 * denoise__grain(1), cast_range, &work);
    denoise__fp_leave(&state);
    return DENOISE_OK;
}

denoise_status denoise_tensor_copy(denoise_tensor **out, const denoise_tensor *tensor)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(tensor);
    return denoise_tensor_astype(out, tensor, tensor->dtype);
}
