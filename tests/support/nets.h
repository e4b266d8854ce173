/* SPDX-License-Identifier: Apache-2.0 */
/* Small models and arrays for the tests of models and training. */
#ifndef DENOISE_TESTS_NETS_H
#define DENOISE_TESTS_NETS_H

#include "support/cmocka_test.h"
#include <denoise/denoise.h>

#define ASSERT_OK(call) assert_ok((call), #call, __FILE__, __LINE__)
void assert_ok(denoise_status status, const char *call, const char *file, int line);
/* The call failed with this code, and the message has this piece. */
#define ASSERT_FAILS(call, code, piece) assert_fails((call), (code), (piece), #call, __FILE__, __LINE__)
void assert_fails(denoise_status status, denoise_status code, const char *piece, const char *call, const char *file, int line);

/* float32 (rows, columns), normal numbers of a stream. */
denoise_tensor *random_rows(int64_t rows, int64_t columns, uint64_t stream);
/* int32 (rows), 0 .. classes - 1. */
denoise_tensor *random_labels(int64_t rows, int32_t classes, uint64_t stream);

/* Input(inputs) -> Dense(hidden, activation) -> Dense(outputs, last), sequential. */
denoise_model *two_layers(int64_t inputs, int64_t hidden, const char *activation, int64_t outputs, const char *last);
/* Inputs a, b (6): shared Dense(4, tanh) on both, joined, Add with itself through a Dense; outputs digit (3, softmax), clean
 * (6). */
denoise_model *branches(void);

/* Activation `index` as a text, with 1 for what must be given: "threshold(threshold=1, default_value=1)"; NULL past the end. In
 * one of eight buffers in turn. */
const char *activation_text(int64_t index);

uint64_t hash_of(const denoise_tensor *tensor);
uint64_t hash_of_weights(const denoise_model *model);

#endif
