/* SPDX-License-Identifier: Apache-2.0 */
/* Two reports beside each other. */
#ifndef DENOISE_BENCH_COMPARE_H
#define DENOISE_BENCH_COMPARE_H

#include <jansson.h>

/* Prints old, new and new / old of every figure that both have. False when the file is none of ours. */
int compare_print(json_t *report, const char *path);

#endif
