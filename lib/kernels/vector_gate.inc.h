/* SPDX-License-Identifier: Apache-2.0 */
/* Activations whose slopes follow from x, not from y: dx = dy f'(x). */
#ifndef DENOISE_KERNELS_VECTOR_GATE_INC_H
#define DENOISE_KERNELS_VECTOR_GATE_INC_H

#include "kernels/simd_gate.h"
#include "kernels/simd_loop.h"

#define GATE(name)                                                                                                             \
    static void name##_array(const float *x, float *y, int64_t count)                                                          \
    {                                                                                                                          \
        VF_LOOP_ONCE(count, { vf_store_some(y + i, vf_##name(vf_load_some(x + i, n)), n); })                                   \
    }                                                                                                                          \
    static void name##_backward_array(const float *x, const float *dy, float *dx, int64_t count)                               \
    {                                                                                                                          \
        VF_LOOP_ONCE(count, {                                                                                                  \
            vf slope = vf_##name##_slope(vf_load_some(x + i, n));                                                              \
            vf_store_some(dx + i, vf_mul(vf_load_some(dy + i, n), slope), n);                                                  \
        })                                                                                                                     \
    }
GATE(gelu)
GATE(gelu_tanh)
GATE(silu)
GATE(mish)
GATE(hard_silu)
GATE(tanh_shrink)
#undef GATE

#endif
