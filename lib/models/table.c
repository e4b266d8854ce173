/* SPDX-License-Identifier: Apache-2.0 */
#include "models/table.h"
#include "core/display_width.h"
#include <string.h>

/* amount / parts to the nearest, half to even. */
static int64_t rounded_share(int64_t amount, int64_t parts)
{
    int64_t share = amount / parts, twice = 2 * (amount % parts);
    return twice > parts || (twice == parts && share % 2 != 0) ? share + 1 : share;
}

/* Takes the excess away in equal shares, rounded half to even, as rich's ratio_reduce does. */
void denoise__table_init(denoise__table *table, const int64_t *widths, const int32_t *align, int32_t columns, int64_t total)
{
    int64_t room = total - columns - 1, sum = 0;
    table->columns = columns;
    for (int32_t i = 0; i < columns; i++) {
        table->widths[i] = widths[i] + 2 < room ? widths[i] + 2 : room;
        table->align[i] = align[i];
        sum += table->widths[i];
    }
    int64_t excess = sum - room;
    for (int32_t i = 0; i < columns && excess > 0; i++) {
        int64_t share = rounded_share(excess, columns - i);
        int64_t taken = share < table->widths[i] ? share : table->widths[i];
        table->widths[i] -= taken;
        excess -= taken;
    }
}

static void repeat(denoise__text *text, const char *piece, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        denoise__text_append(text, piece, strlen(piece));
}

static void line(const denoise__table *table, denoise__text *text, const char *left, const char *fill, const char *middle,
                 const char *right)
{
    for (int32_t i = 0; i < table->columns; i++) {
        repeat(text, i == 0 ? left : middle, 1);
        repeat(text, fill, table->widths[i]);
    }
    denoise__text_printf(text, "%s\n", right);
}

typedef struct piece {
    const char *start;
    size_t bytes;
    int64_t width;  /* in cells, as all widths here */
    int64_t blanks; /* where half of a wide character would be */
    bool is_cut;    /* an ellipsis stands for the rest */
} piece;

/* As much of a word as leaves a cell for the ellipsis; of a wide character that does not fit, blanks stand for the part. */
static void cut_word(piece *line_piece, const char *word, int64_t width)
{
    const char *end = word;
    int64_t used = 0;
    for (const char *next = word;; end = next) {
        int32_t cells = denoise__display_next(&next);
        if (used + cells > width - 1) break;
        used += cells;
    }
    line_piece->bytes = (size_t)(end - line_piece->start);
    line_piece->width = width;
    line_piece->blanks = width - 1 - used;
    line_piece->is_cut = true;
}

/* The next line of a cell that is at most `width` wide; *at moves behind it. */
static piece next_line(const char **at, int64_t width)
{
    piece line_piece = {.start = *at};
    const char *cursor = *at;
    int64_t used = 0;
    while (*cursor != '\0') {
        const char *word = cursor;
        int64_t length = 0, spaces = 0;
        while (*cursor != '\0' && *cursor != ' ')
            length += denoise__display_next(&cursor);
        if (used > 0 && used + length > width) break;
        bool fits = used + length <= width;
        if (!fits) {
            cut_word(&line_piece, word, width);
        } else if (length > 0) {
            line_piece.bytes = (size_t)(cursor - line_piece.start);
            line_piece.width = used + length;
        }
        for (; *cursor == ' '; cursor++)
            spaces++;
        used += length + spaces;
        *at = cursor;
        if (!fits) break;
    }
    return line_piece;
}

static void cell(const denoise__table *table, denoise__text *text, int32_t column, const piece *content)
{
    int64_t room = table->widths[column] - 2 - content->width, before = 0;
    if (table->align[column] == DENOISE__ALIGN_RIGHT) before = room;
    if (table->align[column] == DENOISE__ALIGN_CENTER) before = room / 2;
    repeat(text, " ", 1 + before);
    denoise__text_append(text, content->start, content->bytes);
    repeat(text, " ", content->blanks);
    if (content->is_cut) repeat(text, "…", 1);
    repeat(text, " ", room - before + 1);
}

static int64_t room_of(const denoise__table *table, int32_t column)
{
    return table->widths[column] > 3 ? table->widths[column] - 2 : 1;
}

static int64_t lines_of(const char *content, int64_t width)
{
    int64_t lines = 0;
    do {
        (void)next_line(&content, width);
        lines++;
    } while (*content != '\0');
    return lines;
}

/* Cells begin on the first line, those of the header end on the last one. */
static void cells_of(const denoise__table *table, denoise__text *text, const char *const *cells, const char *border,
                     bool is_header)
{
    const char *rest[DENOISE__TABLE_COLUMNS];
    int64_t lines[DENOISE__TABLE_COLUMNS], most = 1;
    for (int32_t i = 0; i < table->columns; i++) {
        rest[i] = cells[i];
        lines[i] = lines_of(cells[i], room_of(table, i));
        if (lines[i] > most) most = lines[i];
    }
    for (int64_t row = 0; row < most; row++) {
        for (int32_t i = 0; i < table->columns; i++) {
            bool is_due = !is_header || row >= most - lines[i];
            piece content = is_due ? next_line(&rest[i], room_of(table, i)) : (piece){.start = ""};
            repeat(text, border, 1);
            cell(table, text, i, &content);
        }
        denoise__text_printf(text, "%s\n", border);
    }
}

void denoise__table_header(const denoise__table *table, denoise__text *text, const char *const *cells)
{
    line(table, text, "┏", "━", "┳", "┓");
    cells_of(table, text, cells, "┃", true);
    line(table, text, "┡", "━", "╇", "┩");
}

void denoise__table_row(const denoise__table *table, denoise__text *text, const char *const *cells, bool is_first)
{
    if (!is_first) line(table, text, "├", "─", "┼", "┤");
    cells_of(table, text, cells, "│", false);
}

void denoise__table_end(const denoise__table *table, denoise__text *text)
{
    line(table, text, "└", "─", "┴", "┘");
}
