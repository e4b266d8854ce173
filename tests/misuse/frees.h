/* SPDX-License-Identifier: Apache-2.0 */
/* free_<type>() for each type that has a free of its own, all of one signature. */
#ifndef DENOISE_TESTS_MISUSE_FREES_H
#define DENOISE_TESTS_MISUSE_FREES_H

#include <denoise/denoise.h>

#define FREE(type)                                                                                                             \
    static inline void free_##type(void *object)                                                                               \
    {                                                                                                                          \
        denoise_##type##_free(object);                                                                                         \
    }
FREE(tensor)
FREE(params)
FREE(rng)
FREE(safetensors)
FREE(layer)
FREE(loss)
FREE(metric)
FREE(schedule)
FREE(optimizer)
FREE(callback)
FREE(logs)
FREE(sequential)
FREE(graph)
FREE(model)
FREE(workspace)
FREE(trainer)
FREE(dataset)
#undef FREE

#endif
