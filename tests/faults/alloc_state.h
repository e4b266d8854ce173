/* SPDX-License-Identifier: Apache-2.0 */
/* States as one number, so that they can be compared bit for bit. Nothing here allocates through the library. */
#ifndef DENOISE_TESTS_FAULTS_ALLOC_STATE_H
#define DENOISE_TESTS_FAULTS_ALLOC_STATE_H

#include "support/temp_dir.h"
#include <denoise/denoise.h>

uint64_t alloc_hash_weights(uint64_t hash, const denoise_model *model);
/* Names, shapes and weights. */
uint64_t alloc_hash_model(uint64_t hash, const denoise_model *model);
/* Weights, the optimizer's slots, its rate and iterations. */
uint64_t alloc_hash_trainer(uint64_t hash, const denoise_trainer *trainer);
uint64_t alloc_hash_history(uint64_t hash, const denoise_history *history);
uint64_t alloc_hash_logs(uint64_t hash, const denoise_logs *logs);
/* Names and contents of all files in a folder, whatever their order. */
uint64_t alloc_hash_folder(uint64_t hash, const temp_dir *dir);

#endif
