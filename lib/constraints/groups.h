/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of a weight in groups: those that differ along some axes alone, such as the column of a dense kernel that leads to
 * one unit, along axis 0. */
#ifndef DENOISE_CONSTRAINTS_GROUPS_H
#define DENOISE_CONSTRAINTS_GROUPS_H

#include "core/kind.h"
#include "tensor/shape.h"

/* Whether these are axes of the shape, each once; -1 is the last one. */
denoise_status denoise__groups_check(const denoise__ints *axes, const denoise__shape *shape);

/* Multiplies each group by factor(config, norm), where norm is the root of the sum of its squares. Sums go in double, along the
 * group in ascending order, in DENOISE__SUM_LANES interleaved ones where the group lies in one piece. */
void denoise__groups_scale(float *w, const denoise__shape *shape, const denoise__ints *axes,
                           double (*factor)(const void *config, double norm), const void *config);

#endif
