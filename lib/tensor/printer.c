/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors as text: NumPy's str(array) below a line with type and shape. */
#include "core/cpu.h"
#include "core/text.h"
#include "tensor/dtype.h"
#include "tensor/number_column.h"
#include "tensor/tensor.h"
#include <string.h>

enum { THRESHOLD = 1000, EDGE = 3, LINE_WIDTH = 75 }; /* numpy.set_printoptions' defaults */

typedef struct printer {
    const denoise_tensor *tensor;
    bool is_summary;
    denoise__column column;
    char *buffer;
    int64_t size;   /* of buffer */
    int64_t length; /* of the text, also what did not fit */
    int64_t spaces; /* held back: dropped before a line end */
} printer;

static void put_char(printer *p, char c)
{
    if (p->length < p->size - 1) p->buffer[p->length] = c;
    p->length++;
}

static void put(printer *p, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == ' ') {
            p->spaces++;
            continue;
        }
        if (*text == '\n') p->spaces = 0;
        for (; p->spaces > 0; p->spaces--)
            put_char(p, ' ');
        put_char(p, *text);
    }
}

/* The next index of an axis that is shown: the middle of a long one is left out. */
static int64_t next_index(const printer *p, int64_t index, int64_t length)
{
    const bool skip = p->is_summary && length > (int64_t)2 * EDGE && index + 1 == EDGE;
    return skip ? length - EDGE : index + 1;
}

static bool after_gap(const printer *p, int64_t index, int64_t length)
{
    return p->is_summary && length > (int64_t)2 * EDGE && index == length - EDGE;
}

static const void *element(const printer *p, int64_t index)
{
    return (const char *)p->tensor->data + index * denoise__dtype_size(p->tensor->dtype);
}

/* Shows every printed element to the column; `first` is the index, in blocks of this axis, of what lies before it. */
static void measure(printer *p, int32_t axis, int64_t first, void (*see)(denoise__column *column, const void *element))
{
    if (axis == p->tensor->shape.rank) {
        see(&p->column, element(p, first));
        return;
    }
    const int64_t length = p->tensor->shape.dim[axis];
    for (int64_t i = 0; i < length; i = next_index(p, i, length))
        measure(p, axis + 1, first * length + i, see);
}

static void put_line_end(printer *p, int32_t lines, int32_t indent)
{
    for (int32_t i = 0; i < lines; i++)
        put(p, "\n");
    p->spaces = indent;
}

/* A word of a row, on a new line when it would pass the right edge; *column is where the line stands. */
static void put_word(printer *p, const char *word, int32_t indent, int64_t *column)
{
    const int64_t width = (int64_t)strlen(word), edge = LINE_WIDTH - p->tensor->shape.rank;
    if (*column > indent && *column + width > edge) {
        put_line_end(p, 1, indent);
        *column = indent;
    }
    put(p, word);
    *column += width;
}

static void put_row(printer *p, int64_t first)
{
    char word[DENOISE__NUMBER_SIZE];
    const int32_t rank = p->tensor->shape.rank;
    const int64_t length = p->tensor->shape.dim[rank - 1];
    int64_t column = rank;
    for (int64_t i = 0; i < length; i = next_index(p, i, length)) {
        if (after_gap(p, i, length)) {
            put_word(p, "...", rank, &column);
            put(p, " ");
            column++;
        }
        denoise__column_text(&p->column, element(p, first * length + i), word);
        put_word(p, word, rank, &column);
        if (i + 1 < length) put(p, " ");
        column++;
    }
}

static void put_axis(printer *p, int32_t axis, int64_t first)
{
    const int32_t rank = p->tensor->shape.rank, below = rank - 1 - axis;
    const int64_t length = p->tensor->shape.dim[axis];
    put(p, "[");
    if (below == 0) {
        put_row(p, first);
    } else {
        for (int64_t i = 0; i < length; i = next_index(p, i, length)) {
            if (after_gap(p, i, length)) {
                put(p, "...");
                put_line_end(p, below, axis + 1);
            }
            put_axis(p, axis + 1, first * length + i);
            if (i + 1 < length) put_line_end(p, below, axis + 1);
        }
    }
    put(p, "]");
}

static void put_tensor(printer *p)
{
    char text[192];
    const denoise_tensor *tensor = p->tensor;
    put(p, denoise__dtype_name(tensor->dtype));
    put(p, " ");
    put(p, denoise__shape_text(&tensor->shape, false, text, sizeof text));
    put(p, "\n");
    if (tensor->size == 0) {
        put(p, "[]");
    } else if (tensor->shape.rank == 0) {
        denoise__number_text(tensor->dtype, tensor->data, text);
        put(p, text);
    } else {
        measure(p, 0, 0, denoise__column_range);
        measure(p, 0, 0, denoise__column_widen);
        put_axis(p, 0, 0);
    }
}

int64_t denoise_tensor_format(const denoise_tensor *tensor, char *buffer, int64_t size)
{
    printer p = {.tensor = tensor, .buffer = buffer, .size = buffer != NULL && size > 0 ? size : 0};
    if (tensor != NULL) {
        p.is_summary = tensor->size > THRESHOLD;
        p.column.dtype = tensor->dtype;
        denoise__fp_state state;
        denoise__fp_enter(&state);
        put_tensor(&p);
        denoise__fp_leave(&state);
    }
    if (p.size > 0) p.buffer[p.length < p.size ? p.length : p.size - 1] = '\0';
    return p.length;
}
