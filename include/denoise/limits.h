/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Limits: how much a file from elsewhere may ask for.
 *
 * Every reader of the library takes a denoise_limits (NULL = the defaults) and keeps to it: it never allocates what a
 * header merely declares, only what the data that is really there needs. What exceeds a limit is DENOISE_ERR_LIMIT.
 */
#ifndef DENOISE_LIMITS_H
#define DENOISE_LIMITS_H

#include <denoise/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Limits on untrusted input; each number is the greatest that is allowed, and is >= 0. A negative one is DENOISE_ERR_RANGE, a
 * wrong struct_size DENOISE_ERR_INVALID. Since 0.1.
 */
typedef struct denoise_limits {
    int64_t struct_size;  /**< sizeof(denoise_limits) */
    int64_t bytes;        /**< 1 GiB; of a file, and of what it unpacks to */
    int64_t elements;     /**< 2^30; of one tensor */
    int64_t dims;         /**< 8; rank of one tensor (DENOISE_MAX_RANK holds in any case) */
    int64_t ratio;        /**< 200; unpacked bytes per packed byte, looked at once 16 MiB are unpacked */
    int64_t header_bytes; /**< 100,000,000; text in front of the data, the limit that the safetensors format sets itself */
    int64_t json_depth;   /**< 64; lists and objects inside each other */
    int64_t tensors;      /**< 65,536; of one file, and of texts in its metadata */
    int64_t name_length;  /**< 255; bytes of a tensor's or a column's name */
    /** 0; 1: what a format does not have is an error also where the usual readers of the format pass over it: zeros behind a
     * gzip file, bytes behind a PNG's last chunk or its pixels, element types and fields of a safetensors file that are not
     * known. Since 0.2. */
    int32_t strict;
} denoise_limits;

/** The defaults as an initializer. Since 0.1. */
#define DENOISE_LIMITS_INIT                                                                                                    \
    {                                                                                                                          \
        sizeof(denoise_limits), 1073741824, 1073741824, 8, 200, 100000000, 64, 65536, 255, 0                                   \
    }

/**
 * Writes the defaults, as DENOISE_LIMITS_INIT does. C has the macro below for it.
 * @param limits NULL is accepted
 * @param size sizeof(denoise_limits) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_limits_init_sized(denoise_limits *limits, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_limits_init(limits) denoise_limits_init_sized((limits), sizeof(denoise_limits))

#ifdef __cplusplus
}
#endif
#endif
