/* SPDX-License-Identifier: Apache-2.0 */
/* The library's side of convolutions.py. */
#ifndef DENOISE_BENCH_PEERS_CONVOLUTIONS_H
#define DENOISE_BENCH_PEERS_CONVOLUTIONS_H

#include <stdbool.h>

enum { CONVOLUTIONS_SLOTS = 16 };

/* Answers a command that is one of the convolutional workloads, with the files of `folder`; false: it is none. */
bool convolutions_answer(const char *word, int slot, const char *folder);
/* Two steps of DnCNN with a large batch, for its memory. */
void convolutions_train_once(const char *folder);

#endif
