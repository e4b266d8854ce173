/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that a tensor and its views share: the library's own, or the caller's with its destroy function. */
#ifndef DENOISE_TENSOR_STORAGE_H
#define DENOISE_TENSOR_STORAGE_H

#include "tensor/tensor.h"

/* bytes >= 0 of own memory on a 64-byte line, not set. NULL when out of memory. */
denoise__storage *denoise__storage_new(int64_t bytes);
/* Over the caller's memory; destroy may be NULL and is not called on failure. NULL when out of memory. */
denoise__storage *denoise__storage_borrow(void *data, void *user_data, void (*destroy)(void *user_data));
void *denoise__storage_data(denoise__storage *storage);
void denoise__storage_retain(denoise__storage *storage);
void denoise__storage_disown(denoise__storage *storage); /* destroy will not be called */
void denoise__storage_release(denoise__storage *storage);

#endif
