/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of text with lines between rows, as the Python package rich draws them for Keras' summary (box HEAVY_HEAD). */
#ifndef DENOISE_MODELS_TABLE_H
#define DENOISE_MODELS_TABLE_H

#include "core/text.h"
#include <stdint.h>

enum { DENOISE__TABLE_COLUMNS = 5 };
enum { DENOISE__ALIGN_LEFT, DENOISE__ALIGN_RIGHT, DENOISE__ALIGN_CENTER };

typedef struct denoise__table {
    int32_t columns;
    int64_t widths[DENOISE__TABLE_COLUMNS]; /* with one space of padding on each side */
    int32_t align[DENOISE__TABLE_COLUMNS];
} denoise__table;

/* Wanted widths without padding, cut evenly so that the table with its borders has `total` columns. */
void denoise__table_init(denoise__table *table, const int64_t *widths, const int32_t *align, int32_t columns, int64_t total);
void denoise__table_header(const denoise__table *table, denoise__text *text, const char *const *cells);
/* Text that does not fit is wrapped at spaces; a word that does not fit ends with an ellipsis. */
void denoise__table_row(const denoise__table *table, denoise__text *text, const char *const *cells, bool is_first);
void denoise__table_end(const denoise__table *table, denoise__text *text);

#endif
