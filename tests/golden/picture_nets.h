/* SPDX-License-Identifier: Apache-2.0 */
/* Networks on pictures for the golden bits: every way that convolutions, pooling and what goes with them take. */
#ifndef DENOISE_TESTS_PICTURE_NETS_H
#define DENOISE_TESTS_PICTURE_NETS_H

#include <denoise/denoise.h>
#include <stdbool.h>

typedef struct picture_net {
    const char *name;
    bool denoises; /* the output is a picture, 0 .. 1; else 10 classes */
    denoise_node *(*build)(denoise_graph *graph, denoise_node *picture, int64_t side);
} picture_net;

extern const picture_net picture_nets[];
extern const int picture_net_count;

/* Of rows of `side` x `side` pixels. */
denoise_model *picture_model(const picture_net *net, int64_t side);

#endif
