/* SPDX-License-Identifier: Apache-2.0 */
/* Images as text: a cell holds two pixels, one above the other. */
#include "core/cpu.h"
#include "core/display_width.h"
#include "core/memory.h"
#include "core/text.h"
#include "plot/labels.h"
#include "plot/options.h"
#include "plot/pixels.h"
#include <denoise/plot.h>
#include <math.h>
#include <string.h>

enum { GAP = 1, NO_COLOR = -1, DEFAULT_COLOR = -2 };

typedef struct screen {
    denoise__images images;
    denoise__labels labels;
    int32_t style;
    int64_t shown, per_row;
    int64_t width, height; /* of an image in cells and in half cells */
    float *full;           /* one image as it is */
    float *tiles;          /* per_row images of width * height */
    denoise__text text;
    int32_t ink, paper; /* colours that the terminal has at the moment */
} screen;

/* Mean of the part of an image that a smaller pixel covers; weights are the covered shares. A NaN in it wins. */
static float area_mean(const screen *self, double x0, double x1, double y0, double y1)
{
    const denoise__images *images = &self->images;
    double sum = 0, weight = 0;
    for (int64_t y = (int64_t)y0; y < images->height && (double)y < y1; y++)
        for (int64_t x = (int64_t)x0; x < images->width && (double)x < x1; x++) {
            double share = (fmin(x1, (double)x + 1) - fmax(x0, (double)x)) * (fmin(y1, (double)y + 1) - fmax(y0, (double)y));
            sum += share * self->full[y * images->width + x];
            weight += share;
        }
    return isnan(sum) ? NAN : (float)fmin(sum / weight, 1);
}

static void read_tile(screen *self, int64_t index, float *tile)
{
    double across = (double)self->images.width / (double)self->width;
    double down = (double)self->images.height / (double)self->height;
    denoise__images_read(&self->images, index, self->full);
    for (int64_t y = 0; y < self->height; y++)
        for (int64_t x = 0; x < self->width; x++)
            tile[y * self->width + x] =
                area_mean(self, (double)x * across, (double)(x + 1) * across, (double)y * down, (double)(y + 1) * down);
}

static int32_t cell_color(const screen *self, float value)
{
    denoise__color color = denoise__images_color(&self->images, value);
    if (self->style == DENOISE_TERMINAL_TRUECOLOR) return color.red << 16 | color.green << 8 | color.blue;
    if (color.red != color.green) return 217; /* light red of the palette */
    /* the palette's greys are 8, 18, .. 238 at 232 .. 255; black is 16, white 231 */
    if (color.red < 4) return 16;
    if (color.red > 246) return 231;
    return color.red < 13 ? 232 : color.red >= 233 ? 255 : 232 + (color.red - 3) / 10;
}

static void set_color(screen *self, bool is_ink, int32_t color)
{
    int32_t *now = is_ink ? &self->ink : &self->paper;
    int kind = is_ink ? 38 : 48;
    if (*now == color) return;
    *now = color;
    if (color == DEFAULT_COLOR)
        denoise__text_printf(&self->text, "\x1b[%dm", kind + 1);
    else if (self->style == DENOISE_TERMINAL_256)
        denoise__text_printf(&self->text, "\x1b[%d;5;%dm", kind, (int)color);
    else
        denoise__text_printf(&self->text, "\x1b[%d;2;%d;%d;%dm", kind, (int)(color >> 16), (int)(color >> 8 & 255),
                             (int)(color & 255));
}

static void end_line(screen *self)
{
    if (self->ink != NO_COLOR || self->paper != NO_COLOR) denoise__text_append(&self->text, "\x1b[0m", 4);
    self->ink = self->paper = NO_COLOR;
    denoise__text_append(&self->text, "\n", 1);
}

static void write_plain(screen *self, float upper, float lower)
{
    static const char ramp[] = " .:-=+*#%@";
    float value = (upper + lower) / 2;
    if (isnan(value)) {
        denoise__text_append(&self->text, "?", 1);
        return;
    }
    if (self->images.colormap == DENOISE_COLORMAP_GRAY) value = 1 - value;
    denoise__text_append(&self->text, &ramp[(int32_t)(value * 9 + 0.5f)], 1);
}

static void write_cell(screen *self, const float *tile, int64_t x, int64_t y)
{
    bool has_lower = y + 1 < self->height;
    float upper = tile[y * self->width + x];
    float lower = has_lower ? tile[(y + 1) * self->width + x] : upper;
    if (self->style == DENOISE_TERMINAL_PLAIN) {
        write_plain(self, upper, lower);
        return;
    }
    set_color(self, true, cell_color(self, upper));
    if (has_lower || self->paper != NO_COLOR) set_color(self, false, has_lower ? cell_color(self, lower) : DEFAULT_COLOR);
    denoise__text_append(&self->text, "\xE2\x96\x80", 3); /* upper half block */
}

static void write_gap(screen *self)
{
    if (self->paper != NO_COLOR) set_color(self, false, DEFAULT_COLOR);
    denoise__text_append(&self->text, " ", GAP);
}

static void write_images(screen *self, int64_t first, int64_t count)
{
    int64_t size = self->width * self->height;
    for (int64_t i = 0; i < count; i++)
        read_tile(self, first + i, self->tiles + i * size);
    for (int64_t y = 0; y < self->height; y += 2) {
        for (int64_t i = 0; i < count; i++) {
            if (i > 0) write_gap(self);
            for (int64_t x = 0; x < self->width; x++)
                write_cell(self, self->tiles + i * size, x, y);
        }
        end_line(self);
    }
}

/* Control characters, which a terminal would obey, become '?', line ends blanks. */
static void write_clean(screen *self, const char *text, const char *end)
{
    for (const char *next = text; text < end; text = next) {
        uint32_t code = denoise__utf8_next(&next);
        if (code == '\n' || code == '\r' || code == '\t')
            denoise__text_append(&self->text, " ", 1);
        else if (code < 32 || (code >= 127 && code < 160))
            denoise__text_append(&self->text, "?", 1);
        else if (code == 0xFFFD)
            denoise__text_append(&self->text, "\xEF\xBF\xBD", 3);
        else
            denoise__text_append(&self->text, text, (size_t)(next - text));
    }
}

/* As much of the text as fits into `room` cells, from *end on it does not; returns its cells. */
static int64_t fit(const char *text, int64_t room, const char **end)
{
    int64_t used = 0;
    for (*end = text; *text != '\0'; *end = text) {
        int32_t cells = denoise__display_next(&text);
        if (used + cells > room) break;
        used += cells;
    }
    return used;
}

static void write_blanks(screen *self, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        denoise__text_append(&self->text, " ", 1);
}

static denoise_status write_labels(screen *self, int64_t first, int64_t count)
{
    int64_t behind = 0; /* blanks that are owed before the next label */
    for (int64_t i = 0; i < count; i++) {
        char label[256];
        bool is_wrong;
        DENOISE__TRY(denoise__labels_get(&self->labels, first + i, label, sizeof label, &is_wrong));
        const char *end;
        int64_t length = fit(label, self->width, &end), left = (self->width - length) / 2;
        if (length > 0) write_blanks(self, behind + left);
        bool is_red = is_wrong && self->style != DENOISE_TERMINAL_PLAIN;
        if (is_red) denoise__text_append(&self->text, "\x1b[31m", 5);
        write_clean(self, label, end);
        if (is_red) denoise__text_append(&self->text, "\x1b[0m", 4);
        behind = (length > 0 ? self->width - length - left : behind + self->width) + GAP;
    }
    end_line(self);
    return DENOISE_OK;
}

static denoise_status lay_out(screen *self, const denoise_plot_terminal_options *options)
{
    int64_t width = self->images.width, columns = options->columns;
    int64_t per_row = options->per_row;
    if (per_row == -1) per_row = width >= columns ? 1 : (columns + GAP) / (width + GAP);
    if (per_row > (columns + GAP) / (1 + GAP))
        return denoise__fail(DENOISE_ERR_RANGE, "%lld images do not fit side by side into %lld columns", (long long)per_row,
                             (long long)columns);
    int64_t room = (columns - (per_row - 1) * GAP) / per_row;
    self->width = width < room ? width : room;
    double height = (double)self->images.height * (double)self->width / (double)width;
    self->height = height < 1 ? 1 : (int64_t)(height + 0.5);
    self->per_row = per_row < self->shown ? per_row : self->shown;
    return DENOISE_OK;
}

static denoise_status allocate(screen *self)
{
    int64_t size;
    if (!denoise__multiply(self->width * self->per_row, self->height, &size)) return denoise__fail_nomem();
    self->full = denoise__allocate_zeroed((size_t)(self->images.height * self->images.width), sizeof(float));
    self->tiles = denoise__allocate_zeroed((size_t)size, sizeof(float));
    return self->full != NULL && self->tiles != NULL ? DENOISE_OK : denoise__fail_nomem();
}

static denoise_status write_all(screen *self)
{
    for (int64_t first = 0; first < self->shown; first += self->per_row) {
        int64_t count = self->shown - first < self->per_row ? self->shown - first : self->per_row;
        write_images(self, first, count);
        if (denoise__labels_any(&self->labels)) DENOISE__TRY(write_labels(self, first, count));
        if (self->text.failed) return denoise__fail_nomem();
    }
    return DENOISE_OK;
}

static denoise_status render(char **out, screen *self, const denoise_plot_terminal_options *options)
{
    denoise_status status;
    DENOISE__TRY_OR_FAIL(lay_out(self, options));
    DENOISE__TRY_OR_FAIL(allocate(self));
    DENOISE__TRY_OR_FAIL(write_all(self));
    status = denoise__text_take(&self->text, out);
fail:
    denoise__text_free(&self->text);
    denoise__release(self->full);
    denoise__release(self->tiles);
    return status;
}

static denoise_status plot(char **out, const denoise_tensor *images, const denoise_plot_terminal_options *given)
{
    denoise_plot_terminal_options options;
    DENOISE__TRY(denoise__plot_terminal_read(&options, given));
    DENOISE__TRY(denoise__plot_check_range("columns", options.columns, 1, 10000));
    if (options.per_row != -1) DENOISE__TRY(denoise__plot_check_range("per_row", options.per_row, 1, 10000));
    if (options.count != -1) DENOISE__TRY(denoise__plot_check_range("count", options.count, 1, INT64_MAX));
    if (options.style < DENOISE_TERMINAL_TRUECOLOR || options.style > DENOISE_TERMINAL_PLAIN)
        return denoise__fail(DENOISE_ERR_INVALID, "style is %d, expected DENOISE_TERMINAL_TRUECOLOR, _256 or _PLAIN",
                             (int)options.style);
    screen self = {.style = options.style, .ink = NO_COLOR, .paper = NO_COLOR};
    DENOISE__TRY(denoise__images_init(&self.images, images, options.vmin, options.vmax, options.colormap));
    self.shown = options.count != -1 && options.count < self.images.count ? options.count : self.images.count;
    self.labels = (denoise__labels){options.labels,   options.label_count, options.predictions,
                                    options.expected, options.class_names, options.class_count};
    DENOISE__TRY(denoise__labels_check(&self.labels, self.shown));
    return render(out, &self, &options);
}

denoise_status denoise_plot_images_terminal(char **out, const denoise_tensor *images,
                                            const denoise_plot_terminal_options *options)
{
    denoise__fp_state state;
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(images);
    denoise__fp_enter(&state);
    denoise_status status = plot(out, images, options);
    denoise__fp_leave(&state);
    return status;
}
