/* SPDX-License-Identifier: Apache-2.0 */
#include "tensor/broadcast.h"
#include "core/cpu.h"
#include "core/threads.h"
#include "tensor/dtype.h"
#include <string.h>

/* Elements per call of a kernel: what it needs stays in the first cache. */
enum { BLOCK = 1024 };

typedef union block {
    float float32[BLOCK];
    double float64[BLOCK];
    int32_t int32[BLOCK];
    int64_t int64[BLOCK];
    uint8_t uint8[BLOCK];
} block;

/* An input as seen from the result: axes from the innermost outwards, neighbours with one step merged. Tensors are
 * contiguous, so the innermost step is 1, or 0 where the input is repeated. */
typedef struct operand {
    const char *data;
    int32_t dtype;
    int32_t axes;
    int64_t length[DENOISE_MAX_RANK];
    int64_t step[DENOISE_MAX_RANK];
} operand;

typedef struct job {
    const denoise__broadcast *operation;
    operand inputs[3];
    denoise_tensor *out;
    bool is_direct; /* the kernel writes into out itself */
} job;

static void add_axis(operand *input, int64_t length, int64_t step)
{
    if (length == 1) return;
    const int32_t last = input->axes - 1;
    if (last >= 0 && step == input->step[last] * input->length[last]) {
        input->length[last] *= length;
        return;
    }
    input->length[input->axes] = length;
    input->step[input->axes] = step;
    input->axes++;
}

static operand view_operand(const denoise_tensor *tensor, const denoise__shape *result)
{
    operand input = {.data = tensor->data, .dtype = tensor->dtype};
    const denoise__shape *shape = &tensor->shape;
    int64_t step = 1;
    for (int32_t i = 1; i <= result->rank; i++) {
        const int64_t length = i <= shape->rank ? shape->dim[shape->rank - i] : 1;
        add_axis(&input, result->dim[result->rank - i], length == 1 ? 0 : step);
        step *= length;
    }
    if (input.axes == 0) { /* one element */
        input.axes = 1;
        input.length[0] = input.step[0] = 1;
    }
    return input;
}

/* Where element `position` of the result lies in the input; *run counts the elements up to the end of the inner axis. */
static int64_t locate(const operand *input, int64_t position, int64_t *run)
{
    int64_t offset = 0;
    *run = input->length[0] - position % input->length[0];
    for (int32_t i = 0; i < input->axes; i++) {
        offset += position % input->length[i] * input->step[i];
        position /= input->length[i];
    }
    return offset;
}

static void repeat(char *values, int64_t item, int64_t count)
{
    const int64_t total = item * count;
    for (int64_t done = item; done < total; done *= 2)
        memcpy(values + done, values, (size_t)(done < total - done ? done : total - done));
}

/* Elements first.. of an input as seen from the result, dense and of the computing type: in place or in room. */
static const void *fetch(const operand *input, int32_t dtype, int64_t first, int64_t count, block *room)
{
    const int64_t item = denoise__dtype_size(input->dtype), size = denoise__dtype_size(dtype);
    if (input->dtype == dtype && input->axes == 1 && input->step[0] == 1) return input->data + first * item;
    char *values = (char *)room;
    for (int64_t done = 0, run = 0; done < count; done += run) {
        const char *from = input->data + locate(input, first + done, &run) * item;
        if (run > count - done) run = count - done;
        const bool repeated = input->step[0] == 0;
        denoise__convert(dtype, values + done * size, input->dtype, from, repeated ? 1 : run);
        if (repeated) repeat(values + done * size, size, run);
    }
    return room;
}

static void compute_block(const job *work, int64_t first, int64_t count)
{
    const denoise__broadcast *operation = work->operation;
    block rooms[3], result;
    const void *inputs[3] = {NULL, NULL, NULL};
    for (int32_t i = 0; i < operation->count; i++)
        inputs[i] = fetch(&work->inputs[i], operation->dtype, first, count, &rooms[i]);
    char *target = (char *)work->out->data + first * denoise__dtype_size(work->out->dtype);
    operation->kernel(inputs, work->is_direct ? (void *)target : &result, count, operation->context);
    if (!work->is_direct) denoise__convert(work->out->dtype, target, operation->dtype, &result, count);
}

static void compute_range(void *context, int64_t first, int64_t count)
{
    for (int64_t done = 0; done < count; done += BLOCK)
        compute_block(context, first + done, count - done < BLOCK ? count - done : BLOCK);
}

static void compute(job *work)
{
    denoise__fp_state state;
    denoise__fp_enter(&state);
    denoise__parallel_ranges(work->out->size, 4 * denoise__grain(1), compute_range, work);
    denoise__fp_leave(&state);
}

static bool overlaps(const denoise_tensor *a, const denoise_tensor *b)
{
    const uintptr_t first = (uintptr_t)a->data, second = (uintptr_t)b->data;
    return first < second + (uintptr_t)denoise_tensor_bytes(b) && second < first + (uintptr_t)denoise_tensor_bytes(a);
}

/* Whether element i of the input lies exactly under element i of out, so that each block reads only what it writes. */
static bool coincides(const denoise_tensor *input, const denoise_tensor *out)
{
    return input->data == out->data && input->dtype == out->dtype && input->size == out->size;
}

static denoise_status result_shape(denoise__shape *out, const denoise__broadcast *operation)
{
    *out = operation->inputs[0]->shape;
    for (int32_t i = 1; i < operation->count; i++) {
        const denoise__shape before = *out;
        DENOISE__TRY(denoise__shape_broadcast(out, &before, &operation->inputs[i]->shape));
    }
    return DENOISE_OK;
}

denoise_status denoise__broadcast_new(denoise_tensor **out, const denoise__broadcast *operation)
{
    denoise__shape shape;
    DENOISE__TRY(result_shape(&shape, operation));
    DENOISE__TRY(denoise__tensor_make_unset(out, operation->dtype, &shape));
    job work = {.operation = operation, .out = *out, .is_direct = true};
    for (int32_t i = 0; i < operation->count; i++)
        work.inputs[i] = view_operand(operation->inputs[i], &shape);
    compute(&work);
    return DENOISE_OK;
}

static denoise_status check_out(const denoise_tensor *out, int32_t dtype, const denoise__shape *shape)
{
    char want[192], got[192];
    if (!denoise__shape_equal(&out->shape, shape))
        return denoise__fail(DENOISE_ERR_SHAPE, "out has shape %s, the result has %s",
                             denoise__shape_text(&out->shape, false, got, sizeof got),
                             denoise__shape_text(shape, false, want, sizeof want));
    if (!denoise__dtype_same_kind(dtype, out->dtype))
        return denoise__fail(DENOISE_ERR_DTYPE, "a %s result cannot be written into out of type %s", denoise__dtype_name(dtype),
                             denoise__dtype_name(out->dtype));
    return DENOISE_OK;
}

denoise_status denoise__broadcast_into(denoise_tensor *out, const denoise__broadcast *operation)
{
    denoise__shape shape;
    DENOISE__TRY(result_shape(&shape, operation));
    DENOISE__TRY(check_out(out, operation->dtype, &shape));
    job work = {.operation = operation, .out = out, .is_direct = out->dtype == operation->dtype};
    denoise_tensor *copies[3] = {NULL, NULL, NULL};
    denoise_status status = DENOISE_OK;
    for (int32_t i = 0; i < operation->count; i++) {
        const denoise_tensor *input = operation->inputs[i];
        if (coincides(input, out)) {
            work.is_direct = false;
        } else if (overlaps(input, out)) {
            DENOISE__TRY_OR_FAIL(denoise_tensor_copy(&copies[i], input));
            input = copies[i];
        }
        work.inputs[i] = view_operand(input, &shape);
    }
    compute(&work);
fail:
    for (int32_t i = 0; i < 3; i++)
        denoise_tensor_free(copies[i]);
    return status;
}
