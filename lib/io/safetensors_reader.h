/* SPDX-License-Identifier: Apache-2.0 */
/* Reading beside what denoise/io.h offers. */
#ifndef DENOISE_IO_SAFETENSORS_READER_H
#define DENOISE_IO_SAFETENSORS_READER_H

#include <denoise/io.h>

/* As denoise_safetensors_get(), but in the reader's own memory where that is possible: the tensor must not outlive it. */
denoise_status denoise__safetensors_view(denoise_tensor **out, const denoise_safetensors *reader, const char *name);

#endif
