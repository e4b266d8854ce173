/* SPDX-License-Identifier: Apache-2.0 */
/* Small nets for the campaign "nonfinite": every kind of layer, activation, loss and optimizer in one of them. */
#ifndef DENOISE_TESTS_NONFINITE_NETS_H
#define DENOISE_TESTS_NONFINITE_NETS_H

#include "support/nets.h"
#include "train/trainer.h"
#include <stdbool.h>

enum { NET_ROWS = 24, NET_BATCH = 8, NET_BATCHES = 3, NET_EPOCHS = 2, NET_INPUTS = 6, NET_OUTPUTS = 4 };

typedef struct net {
    const char *layer;    /* kind in the middle of a deep net; NULL: dense layers alone */
    char activation[200]; /* of the dense layers */
    bool alternates;      /* with tanh: alone it may overflow */
    const char *loss, *optimizer;
    bool penalised; /* a regularizer on the kernels */
    bool is_plain;  /* step by step on the whole batch, nothing fused (models/plan.h) */
} net;

/* Net number `index`; false past the last one. */
bool net_at(net *out, int64_t index);
denoise_model *net_model(const net *n);
/* rate: learning rate; loss_weight as in compile's options. */
denoise_status net_compile(denoise_trainer **out, denoise_model *model, const net *n, double rate);
const char *net_text(const net *n, char *text, size_t size);

denoise_tensor *net_inputs(void);
denoise_tensor *net_targets(const net *n); /* float32, also for labels */
bool net_is_sparse(const net *n);
bool net_keeps_nan(const net *n); /* from inputs to outputs */

/* Weights, the optimizer's state and its number of steps in one number. */
uint64_t state_hash(denoise_trainer *trainer);
bool state_is_finite(denoise_trainer *trainer);

#endif
