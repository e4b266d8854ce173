/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Constraints: what weights are brought back to after each step.
 *
 * A layer has them by its options, as it has regularizers: `options.kernel_constraint = "max_norm(2)"`. After each step of
 * training, behind the moving averages, the weights of layers that train are brought back to their constraints:
 *
 *     max_norm(max_value=2, axis=0)         norms up to max_value
 *     min_max_norm(min_value=0, max_value=1, rate=1, axis=0)
 *                                           norms in between, or a share `rate` of the way there
 *     unit_norm(axis=0)                     norms of 1
 *     non_neg                               no weight below 0
 *     radial_constraint                     kernels (n, n, inputs, outputs) with one value for each ring around the centre
 *
 * A norm is that of the elements that differ along `axis` alone, one axis or a list: in a dense kernel, axis 0, the weights
 * that lead to one unit; in a kernel of a convolution [0, 1, 2]. denoise_kind_name("constraint", i) tells all kinds. Formulas
 * are those of keras/src/constraints/constraints.py, and of Keras 2 for radial_constraint, which Keras 3 lacks.
 */
#ifndef DENOISE_CONSTRAINT_H
#define DENOISE_CONSTRAINT_H

#include <denoise/params.h>
#include <denoise/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Brings a weight of the caller's back, for training loops of one's own.
 * @param weight float32, changed in place
 * @param constraint a kind, "MaxNorm" or "max_norm(2, axis=0)"; "None" changes nothing
 * @param params its parameters where they are not in the text; NULL = all defaults; not kept
 * @return DENOISE_OK, and the weight is as it was otherwise: DENOISE_ERR_NULL; DENOISE_ERR_NAME for an unknown kind or setting;
 *         DENOISE_ERR_DTYPE, DENOISE_ERR_RANGE, DENOISE_ERR_INVALID for a setting of wrong type or value, and DENOISE_ERR_DTYPE
 *         for a weight that is not float32; DENOISE_ERR_SYNTAX for the form of the text; DENOISE_ERR_SHAPE for a weight that
 *         has no such axis or form; DENOISE_ERR_NOMEM; what a kind of one's own answers (denoise/ext.h). Since 0.2.
 */
DENOISE_API denoise_status denoise_constraint_apply(denoise_tensor *weight, const char *constraint,
                                                    const denoise_params *params);

#ifdef __cplusplus
}
#endif
#endif
