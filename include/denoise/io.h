/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Files of weights and of named tensors, in the safetensors format.
 *
 * A safetensors file is an 8-byte little-endian length, a JSON header {name: {dtype, shape, data_offsets}}, and the
 * numbers, little-endian and without holes (https://github.com/huggingface/safetensors). It holds no code. Python reads
 * what is written here with `safetensors.numpy.load_file`.
 *
 * Writing is atomic: the new file is written beside the old one, brought to the disk and then renamed over it, so that
 * after a failure or a crash there is either the old file or the whole new one. The file beside it is called
 * ".denoise-<host>-<number>.tmp"; what a killed process leaves of one, the next save in the folder on this host removes.
 * Reading is strict: all of the header is
 * checked before the first tensor is made, within denoise_limits.
 */
#ifndef DENOISE_IO_H
#define DENOISE_IO_H

#include <denoise/limits.h>
#include <denoise/model.h>
#include <denoise/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Saves all weights of a model under their names, "dense_1/kernel", as F32.
 * @param model the model
 * @param path the file; its folder must exist. A regular file there is replaced and keeps its mode; a symbolic link stays, and
 *        what it leads to is replaced; a device, a pipe, or a file that may not be written (for root too, when its mode has no
 *        w at all) is an error
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_BUSY, DENOISE_ERR_NOMEM, DENOISE_ERR_IO or DENOISE_ERR_NOT_FOUND with
 *         path and cause; an old file is then unchanged, unless the message says "cannot sync the folder": the new file is in
 *         place, but a power cut may still bring the old one back. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_save_weights(const denoise_model *model, const char *path);

/**
 * Sets all weights of a model from a file.
 *
 * The file must hold each weight of the model, F32 and of its shape, and nothing else. All is read and checked before
 * the first weight changes.
 * @param model the model; unchanged on failure
 * @param path the file
 * @param limits NULL = defaults
 * @return DENOISE_OK; DENOISE_ERR_SCHEMA when a weight is missing, unknown or of another shape or type, naming it; the
 *         errors of denoise_safetensors_open(); DENOISE_ERR_BUSY. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_load_weights(denoise_model *model, const char *path, const denoise_limits *limits);

/**
 * Writes tensors to a safetensors file.
 * @param path as in denoise_model_save_weights()
 * @param names count names, UTF-8, all different, none "__metadata__"; NULL when count is 0
 * @param tensors count tensors; NULL when count is 0
 * @param count >= 0
 * @param keys metadata_count keys, UTF-8, all different; NULL when metadata_count is 0
 * @param values metadata_count texts, UTF-8; NULL when metadata_count is 0
 * @param metadata_count >= 0; 0 = no metadata
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE for a negative count, DENOISE_ERR_NAME, DENOISE_ERR_DUPLICATE,
 *         DENOISE_ERR_OVERFLOW, DENOISE_ERR_NOMEM, DENOISE_ERR_IO, DENOISE_ERR_NOT_FOUND. Since 0.1.
 */
DENOISE_API denoise_status denoise_safetensors_save(const char *path, const char *const *names,
                                                    const denoise_tensor *const *tensors, int64_t count,
                                                    const char *const *keys, const char *const *values, int64_t metadata_count);

/** An open safetensors file; may be read from several threads at once. Since 0.1. */
typedef struct denoise_safetensors denoise_safetensors;

/**
 * Opens and checks a safetensors file; it is read into memory as a whole.
 *
 * Stricter than the format's reference reader: the header must begin with `{`, and a key may appear once. What is not known
 * (element types that came later, fields beside the three of a tensor) does not keep the other tensors from being read, unless
 * limits are strict.
 * @param out the reader, freed by the caller with denoise_safetensors_free()
 * @param path the file; a regular one
 * @param limits NULL = defaults
 * @return DENOISE_OK; DENOISE_ERR_NULL, DENOISE_ERR_INVALID, DENOISE_ERR_NOT_FOUND, DENOISE_ERR_IO, DENOISE_ERR_NOMEM; and,
 *         naming tensor and field or the byte, DENOISE_ERR_MAGIC for another known format, DENOISE_ERR_TRUNCATED,
 *         DENOISE_ERR_TRAILING, DENOISE_ERR_SYNTAX, DENOISE_ERR_DUPLICATE, DENOISE_ERR_DTYPE when limits are strict,
 * DENOISE_ERR_SHAPE when shape and size differ, DENOISE_ERR_RANGE for offsets with holes or overlaps, DENOISE_ERR_OVERFLOW,
 * DENOISE_ERR_LIMIT. Since 0.1.
 */
DENOISE_API denoise_status denoise_safetensors_open(denoise_safetensors **out, const char *path, const denoise_limits *limits);

/** Closes the file. @param reader NULL is accepted. Since 0.1. */
DENOISE_API void denoise_safetensors_free(denoise_safetensors *reader);

/** Number of tensors. @param reader the reader. @return -1 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_safetensors_count(const denoise_safetensors *reader);

/**
 * Name of a tensor, in the order of the data.
 * @param reader the reader
 * @param index 0 .. count - 1
 * @return borrowed from the reader; NULL out of range; NULL for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_safetensors_name(const denoise_safetensors *reader, int64_t index);

/**
 * Reads a tensor.
 * @param out the new tensor, freed by the caller: F32, F64, I32, I64 or U8
 * @param reader the reader
 * @param name of the tensor
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NAME when there is none of this name, DENOISE_ERR_UNSUPPORTED for one of
 *         the format's other element types or one that is not known, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_safetensors_get(denoise_tensor **out, const denoise_safetensors *reader, const char *name);

/**
 * A text of the file's `__metadata__`.
 * @param reader the reader
 * @param key which
 * @return borrowed from the reader; NULL when there is none; NULL for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_safetensors_metadata(const denoise_safetensors *reader, const char *key);

#ifdef __cplusplus
}
#endif
#endif
