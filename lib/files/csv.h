/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of numbers as text; see denoise_csv_load(). */
#ifndef DENOISE_FILES_CSV_H
#define DENOISE_FILES_CSV_H

#include <denoise/dataset.h>

/* The table in the bytes of a CSV file; options and limits must be resolved, names may be NULL. */
denoise_status denoise__csv_parse(denoise_tensor **out, char **names, const uint8_t *data, int64_t size,
                                  const denoise_csv_options *options, const denoise_limits *limits);

#endif
