/* SPDX-License-Identifier: Apache-2.0 */
/* Axes that parameters name: counted with the batch axis, which is 0, and negative from the end, as in Keras. */
#ifndef DENOISE_LAYERS_AXES_H
#define DENOISE_LAYERS_AXES_H

#include "layers/layer.h"

/* The axis of a sample, which has no batch axis; -1: there is none, or it is the batch axis. */
int32_t denoise__sample_axis(int64_t axis, const denoise__shape *sample);
/* DENOISE_ERR_SHAPE for an axis that is -1 above; `done` says what cannot be done along the batch axis: "joined". */
denoise_status denoise__fail_axis(int64_t axis, const denoise__shape *sample, const char *done);
/* Marks the axes of a list, which may have none twice. */
denoise_status denoise__mark_axes(const denoise__ints *axes, const denoise__shape *sample, const char *done,
                                  bool is_marked[DENOISE_MAX_RANK]);

/* Later inputs of a layer have the first one's rank, and its length on this axis. */
void denoise__keep_axis(int64_t axis, const denoise__shape *first, denoise__input_spec *spec);

#endif
