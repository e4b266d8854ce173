/* SPDX-License-Identifier: Apache-2.0 */
/* Reading beside what denoise/io.h offers. */
#ifndef DENOISE_IO_SAFETENSORS_READER_H
#define DENOISE_IO_SAFETENSORS_READER_H

#include <denoise/io.h>

/* As denoise_safetensors_get(), but in the reader's own memory where that is possible: the tensor must not outlive it. *place
 * is the byte of the file that describes it, -1 when there is none of this name. */
denoise_status denoise__safetensors_view(denoise_tensor **out, int64_t *place, const denoise_safetensors *reader,
                                         const char *name);

/* The byte of the file that describes tensor `index`. */
int64_t denoise__safetensors_place(const denoise_safetensors *reader, int64_t index);

#endif
