/* SPDX-License-Identifier: Apache-2.0 */
/* All kernels and their table, compiled once per instruction set with DENOISE__VECTOR_TABLE (the table's name) and
 * DENOISE__VECTOR_NAME (its text) defined. */
#include "kernels/vector.h"
#include "kernels/vector_activation.inc.h"
#include "kernels/vector_loss.inc.h"
#include "kernels/vector_optimizer.inc.h"

extern const denoise__vector DENOISE__VECTOR_TABLE;
const denoise__vector DENOISE__VECTOR_TABLE = {
    .name = DENOISE__VECTOR_NAME,
    .exp = exp_array,
    .log = log_array,
    .erf = erf_array,
    .sin = sin_array,
    .cos = cos_array,
    .sigmoid = sigmoid_array,
    .tanh = tanh_array,
    .softplus = softplus_array,
    .relu = relu_array,
    .leaky_relu = leaky_relu_array,
    .elu = elu_array,
    .softmax = softmax_row,
    .relu_backward = relu_backward_array,
    .leaky_relu_backward = leaky_relu_backward_array,
    .elu_backward = elu_backward_array,
    .sigmoid_backward = sigmoid_backward_array,
    .tanh_backward = tanh_backward_array,
    .softplus_backward = softplus_backward_array,
    .softmax_backward = softmax_backward_row,
    .bce_logits = bce_logits_row,
    .bce_probability = bce_probability_row,
    .cce_logits = cce_logits_row,
    .cce_probability = cce_probability_row,
    .scce_logits = scce_logits_row,
    .scce_probability = scce_probability_row,
    .squared_error = squared_error_row,
    .absolute_error = absolute_error_row,
    .decay = decay_array,
    .sgd = sgd_array,
    .sgd_momentum = sgd_momentum_array,
    .sgd_nesterov = sgd_nesterov_array,
    .rmsprop = rmsprop_array,
    .adam = adam_array,
    .adam_amsgrad = adam_amsgrad_array,
};
