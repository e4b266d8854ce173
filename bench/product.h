/* SPDX-License-Identifier: Apache-2.0 */
/* One matrix product of a training step, C (m, n) = A (m, k) B (k, n), ready to be computed again and again. */
#ifndef DENOISE_BENCH_PRODUCT_H
#define DENOISE_BENCH_PRODUCT_H

#include <stdint.h>

/* The three products of a dense layer y = x W, with dy the gradient of y:
 * forward y = x W, weights dW = x^T dy, input dx = dy W^T. */
typedef enum product_form { PRODUCT_FORWARD, PRODUCT_WEIGHTS, PRODUCT_INPUT, PRODUCT_FORMS } product_form;

typedef struct product {
    product_form form;
    int64_t m, n, k;
    float *a, *b, *c;
    void (*run)(const struct product *p);
} product;

/* Row-major matrices, through the engine's general interface. */
product product_in_rows(product_form form, int64_t m, int64_t n, int64_t k);
/* Panels of 16 columns, cut over the threads as the native engine's training step cuts them (lib/models/product.h). */
product product_in_panels(product_form form, int64_t m, int64_t n, int64_t k);
void product_free(product *p);

#endif
