/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of images as a PNG. */
#include "core/cpu.h"
#include "core/memory.h"
#include "plot/canvas.h"
#include "plot/font.h"
#include "plot/labels.h"
#include "plot/options.h"
#include "plot/pixels.h"
#include "plot/save.h"
#include <denoise/plot.h>

enum { TILE = 112, TEXT_SIZE = 256 };

static const denoise__color ink = {32, 32, 32}, frame_color = {90, 90, 90}, wrong_color = {200, 16, 46};

/* One tensor, wrapped into rows, or a row for each of several tensors. */
typedef struct source {
    denoise__images images;
    denoise__labels labels;
    int64_t scale;
} source;

typedef struct sheet {
    const denoise_plot_images_options *options;
    source *sources;
    int64_t source_count;
    bool is_wrapped; /* one tensor; else row r shows sources[r] */
    int64_t shown, rows, columns;
    int64_t tile_width, tile_height, gap, margin;
    int64_t text_scale, left, top;
    denoise__canvas canvas;
    float *values;
} sheet;

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Whole factors; the largest image gets the wanted one, smaller ones as much as fits into its tile. */
static denoise_status choose_scales(sheet *self)
{
    int64_t width = 0, height = 0;
    for (int64_t i = 0; i < self->source_count; i++) {
        width = larger(width, self->sources[i].images.width);
        height = larger(height, self->sources[i].images.height);
    }
    if (width > DENOISE__CANVAS_SIDE || height > DENOISE__CANVAS_SIDE)
        return denoise__fail(DENOISE_ERR_RANGE, "images have %lld x %lld pixels, a picture at most %d x %d", (long long)width,
                             (long long)height, DENOISE__CANVAS_SIDE, DENOISE__CANVAS_SIDE);
    int64_t scale = self->options->scale != -1 ? self->options->scale : larger(1, TILE / larger(width, height));
    self->tile_width = width * scale;
    self->tile_height = height * scale;
    for (int64_t i = 0; i < self->source_count; i++) {
        const denoise__images *images = &self->sources[i].images;
        self->sources[i].scale = smaller(self->tile_width / images->width, self->tile_height / images->height);
    }
    return DENOISE_OK;
}

static const char *row_caption(const sheet *self, int64_t row)
{
    const denoise_plot_images_options *options = self->options;
    if (options->row_captions == NULL || row >= options->row_caption_count) return NULL;
    return options->row_captions[row];
}

static const source *row_source(const sheet *self, int64_t row)
{
    return &self->sources[self->is_wrapped ? 0 : row];
}

/* Frame, labels if the row has any, and the gap to the next row. */
static int64_t row_height(const sheet *self, int64_t row)
{
    int64_t text = (DENOISE__FONT_ROWS + 4) * self->text_scale;
    return self->tile_height + 2 + self->gap + (denoise__labels_any(&row_source(self, row)->labels) ? text : 0);
}

/* Distances follow the tile and the text, so that small and large images look alike. */
static denoise_status lay_out(sheet *self)
{
    DENOISE__TRY(choose_scales(self));
    if (self->rows > DENOISE__CANVAS_SIDE || self->columns > DENOISE__CANVAS_SIDE)
        return denoise__fail(DENOISE_ERR_RANGE, "%lld rows of %lld images do not fit into %d x %d pixels",
                             (long long)self->rows, (long long)self->columns, DENOISE__CANVAS_SIDE, DENOISE__CANVAS_SIDE);
    int64_t wanted = self->options->text_scale;
    self->text_scale = wanted != -1 ? wanted : self->tile_width >= 84 ? 2 : 1;
    int64_t line = DENOISE__FONT_ROWS * self->text_scale;
    self->gap = larger(4, smaller(self->tile_width, self->tile_height) / 9);
    self->margin = larger(8, self->gap);
    int64_t captions = 0;
    for (int64_t row = 0; row < self->rows && row < self->options->row_caption_count; row++)
        if (row_caption(self, row) != NULL) captions = larger(captions, denoise__font_width(row_caption(self, row), false));
    captions = smaller(captions, 400) * self->text_scale;
    self->left = self->margin + (captions > 0 ? captions + self->margin : 0);
    self->top = self->margin + (self->options->title != NULL ? line + self->margin * 3 / 4 : 0);
    return DENOISE_OK;
}

static denoise_status make_canvas(sheet *self)
{
    int64_t width = self->left + self->columns * (self->tile_width + 2 + self->gap) - self->gap + self->margin;
    int64_t height = self->top - self->gap + self->margin;
    for (int64_t row = 0; row < self->rows; row++)
        height += row_height(self, row);
    if (self->options->title != NULL) {
        int64_t title = denoise__font_width(self->options->title, true) * self->text_scale + 2 * self->margin;
        width = larger(width, smaller(title, 800));
    }
    return denoise__canvas_init(&self->canvas, width, height);
}

static void draw_text(sheet *self, const char *text, int64_t middle, int64_t baseline, denoise__color color, bool is_bold)
{
    denoise__text_style style = {color, self->text_scale, is_bold, false};
    int64_t width = denoise__font_width(text, is_bold) * self->text_scale;
    denoise__canvas_text(&self->canvas, middle - width / 2, baseline, text, &style);
}

static void draw_title(sheet *self)
{
    char text[TEXT_SIZE];
    if (self->options->title == NULL) return;
    int64_t room = (self->canvas.width - 2 * self->margin) / self->text_scale;
    denoise__font_fit(text, sizeof text, self->options->title, room, true);
    draw_text(self, text, self->canvas.width / 2, self->margin + DENOISE__FONT_ASCENT * self->text_scale, ink, true);
}

static void draw_caption(sheet *self, int64_t row, int64_t y)
{
    char text[TEXT_SIZE];
    if (row_caption(self, row) == NULL) return;
    int64_t room = self->left - 2 * self->margin;
    denoise__font_fit(text, sizeof text, row_caption(self, row), room / self->text_scale, false);
    int64_t width = denoise__font_width(text, false) * self->text_scale;
    int64_t baseline = y + 1 + (self->tile_height + DENOISE__FONT_ASCENT * self->text_scale) / 2;
    draw_text(self, text, self->left - self->margin - width / 2, baseline, ink, false);
}

/* x, y is the corner of the tile's frame. */
static void draw_image(sheet *self, const source *from, int64_t index, int64_t x, int64_t y)
{
    const denoise__images *images = &from->images;
    int64_t width = images->width * from->scale, height = images->height * from->scale;
    int64_t left = x + (self->tile_width - width) / 2, top = y + (self->tile_height - height) / 2;
    denoise__canvas_frame(&self->canvas, (denoise__box){left, top, left + width + 2, top + height + 2}, 1, frame_color);
    denoise__images_read(images, index, self->values);
    for (int64_t i = 0; i < images->height; i++)
        for (int64_t j = 0; j < images->width; j++) {
            int64_t px = left + 1 + j * from->scale, py = top + 1 + i * from->scale;
            denoise__canvas_fill(&self->canvas, (denoise__box){px, py, px + from->scale, py + from->scale},
                                 denoise__images_color(images, self->values[i * images->width + j]));
        }
}

static denoise_status draw_label(sheet *self, const source *from, int64_t index, int64_t x, int64_t y)
{
    char text[TEXT_SIZE], fitted[TEXT_SIZE];
    bool is_wrong;
    DENOISE__TRY(denoise__labels_get(&from->labels, index, text, sizeof text, &is_wrong));
    if (text[0] == 0) return DENOISE_OK;
    denoise__font_fit(fitted, sizeof fitted, text, (self->tile_width + self->gap - 2) / self->text_scale, false);
    int64_t baseline = y + self->tile_height + 2 + (DENOISE__FONT_ASCENT + 4) * self->text_scale;
    draw_text(self, fitted, x + 1 + self->tile_width / 2, baseline, is_wrong ? wrong_color : ink, false);
    return DENOISE_OK;
}

static denoise_status draw_rows(sheet *self)
{
    int64_t y = self->top;
    for (int64_t row = 0; row < self->rows; y += row_height(self, row), row++) {
        const source *from = row_source(self, row);
        int64_t first = self->is_wrapped ? row * self->columns : 0;
        int64_t count = smaller(self->columns, (self->is_wrapped ? self->shown : from->images.count) - first);
        draw_caption(self, row, y);
        for (int64_t column = 0; column < count; column++) {
            int64_t x = self->left + column * (self->tile_width + 2 + self->gap);
            draw_image(self, from, first + column, x, y);
            DENOISE__TRY(draw_label(self, from, first + column, x, y));
        }
    }
    return DENOISE_OK;
}

static denoise_status make_values(sheet *self)
{
    int64_t size = 0;
    for (int64_t i = 0; i < self->source_count; i++)
        size = larger(size, self->sources[i].images.height * self->sources[i].images.width);
    self->values = denoise__allocate((size_t)size * sizeof(float));
    return self->values != NULL ? DENOISE_OK : denoise__fail_nomem();
}

static denoise_status draw_sheet(sheet *self, const char *path)
{
    denoise_status status;
    DENOISE__TRY_OR_FAIL(lay_out(self));
    DENOISE__TRY_OR_FAIL(make_canvas(self));
    DENOISE__TRY_OR_FAIL(make_values(self));
    draw_title(self);
    DENOISE__TRY_OR_FAIL(draw_rows(self));
    status = denoise__plot_save_png(path, &self->canvas);
fail:
    denoise__release(self->values);
    denoise__canvas_clear(&self->canvas);
    return status;
}

static denoise_status read_options(denoise_plot_images_options *options, const denoise_plot_images_options *given)
{
    DENOISE__TRY(denoise__plot_images_read(options, given));
    DENOISE__TRY(denoise__plot_check_range("columns", options->columns, 1, INT64_MAX));
    if (options->count != -1) DENOISE__TRY(denoise__plot_check_range("count", options->count, 1, INT64_MAX));
    if (options->scale != -1) DENOISE__TRY(denoise__plot_check_range("scale", options->scale, 1, DENOISE__CANVAS_SIDE));
    if (options->text_scale != -1) DENOISE__TRY(denoise__plot_check_range("text_scale", options->text_scale, 1, 8));
    return DENOISE_OK;
}

static denoise_status check_expected(const denoise_plot_images_options *options, bool has_predictions)
{
    if (options->expected == NULL || has_predictions) return DENOISE_OK;
    return denoise__fail(DENOISE_ERR_INVALID, "expected is given without predictions to compare it with");
}

static denoise_status make_source(source *out, const denoise_tensor *images, const denoise_tensor *predictions,
                                  const denoise_plot_images_options *options, int64_t most, int64_t *shown)
{
    DENOISE__TRY(denoise__images_init(&out->images, images, options->vmin, options->vmax, options->colormap));
    *shown = smaller(out->images.count, most);
    out->labels = (denoise__labels){options->labels,      options->label_count,
                                    predictions,          predictions != NULL ? options->expected : NULL,
                                    options->class_names, options->class_count};
    return denoise__labels_check(&out->labels, *shown);
}

static denoise_status plot_images(const char *path, const denoise_tensor *images, const denoise_plot_images_options *given)
{
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    source only = {.scale = 1};
    DENOISE__TRY(read_options(&options, given));
    DENOISE__TRY(check_expected(&options, options.predictions != NULL));
    sheet self = {.options = &options, .sources = &only, .source_count = 1, .is_wrapped = true};
    int64_t most = options.count == -1 ? INT64_MAX : options.count;
    DENOISE__TRY(make_source(&only, images, options.predictions, &options, most, &self.shown));
    self.columns = smaller(options.columns, self.shown);
    self.rows = (self.shown - 1) / self.columns + 1;
    return draw_sheet(&self, path);
}

denoise_status denoise_plot_images(const char *path, const denoise_tensor *images, const denoise_plot_images_options *options)
{
    denoise__fp_state state;
    DENOISE__CHECK_NULL(path);
    DENOISE__CHECK_NULL(images);
    denoise__fp_enter(&state);
    denoise_status status = plot_images(path, images, options);
    denoise__fp_leave(&state);
    return status;
}

static denoise_status fill_sources(sheet *self, const denoise_tensor *const *rows, const denoise_tensor *const *predictions)
{
    for (int64_t row = 0; row < self->rows; row++) {
        int64_t shown = 0;
        if (rows[row] == NULL) return denoise__fail(DENOISE_ERR_NULL, "rows[%lld] is NULL", (long long)row);
        denoise_status status = make_source(&self->sources[row], rows[row], predictions != NULL ? predictions[row] : NULL,
                                            self->options, self->options->columns, &shown);
        if (status != DENOISE_OK) return denoise__context(status, "row %lld: ", (long long)row);
        self->columns = larger(self->columns, shown);
    }
    return DENOISE_OK;
}

static denoise_status plot_rows(const char *path, const denoise_tensor *const *rows, const denoise_tensor *const *predictions,
                                int64_t row_count, const denoise_plot_images_options *given)
{
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    DENOISE__TRY(read_options(&options, given));
    DENOISE__TRY(denoise__plot_check_range("row_count", row_count, 1, DENOISE__CANVAS_SIDE));
    if (options.labels != NULL || options.predictions != NULL)
        return denoise__fail(DENOISE_ERR_INVALID, "options have labels or predictions, which belong to one tensor of images; "
                                                  "give predictions for each row");
    DENOISE__TRY(check_expected(&options, predictions != NULL));
    sheet self = {.options = &options, .source_count = row_count, .rows = row_count};
    self.sources = denoise__allocate_zeroed((size_t)row_count, sizeof *self.sources);
    if (self.sources == NULL) return denoise__fail_nomem();
    denoise_status status = fill_sources(&self, rows, predictions);
    if (status == DENOISE_OK) status = draw_sheet(&self, path);
    denoise__release(self.sources);
    return status;
}

denoise_status denoise_plot_image_rows(const char *path, const denoise_tensor *const *rows,
                                       const denoise_tensor *const *predictions, int64_t row_count,
                                       const denoise_plot_images_options *options)
{
    denoise__fp_state state;
    DENOISE__CHECK_NULL(path);
    DENOISE__CHECK_NULL(rows);
    denoise__fp_enter(&state);
    denoise_status status = plot_rows(path, rows, predictions, row_count, options);
    denoise__fp_leave(&state);
    return status;
}
