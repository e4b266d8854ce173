/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/canvas.h"
#include "core/memory.h"
#include "plot/font.h"
#include <string.h>

denoise_status denoise__canvas_init(denoise__canvas *canvas, int64_t width, int64_t height)
{
    memset(canvas, 0, sizeof *canvas);
    if (width < 1 || height < 1 || width > DENOISE__CANVAS_SIDE || height > DENOISE__CANVAS_SIDE)
        return denoise__fail(DENOISE_ERR_RANGE, "the picture would have %lld x %lld pixels, 1 x 1 to %d x %d are possible",
                             (long long)width, (long long)height, DENOISE__CANVAS_SIDE, DENOISE__CANVAS_SIDE);
    size_t size = (size_t)width * (size_t)height * 3;
    canvas->pixels = denoise__allocate(size);
    if (canvas->pixels == NULL) return denoise__fail_nomem();
    memset(canvas->pixels, 255, size);
    canvas->width = width;
    canvas->height = height;
    return DENOISE_OK;
}

void denoise__canvas_clear(denoise__canvas *canvas)
{
    denoise__release(canvas->pixels);
    denoise__release(canvas->mask);
    memset(canvas, 0, sizeof *canvas);
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

void denoise__canvas_fill(denoise__canvas *canvas, denoise__box box, denoise__color color)
{
    int64_t x0 = clamp(box.x0, 0, canvas->width), x1 = clamp(box.x1, 0, canvas->width);
    int64_t y0 = clamp(box.y0, 0, canvas->height), y1 = clamp(box.y1, 0, canvas->height);
    for (int64_t y = y0; y < y1; y++) {
        uint8_t *pixel = canvas->pixels + (y * canvas->width + x0) * 3;
        for (int64_t x = x0; x < x1; x++, pixel += 3) {
            pixel[0] = color.red;
            pixel[1] = color.green;
            pixel[2] = color.blue;
        }
    }
}

void denoise__canvas_frame(denoise__canvas *canvas, denoise__box box, int64_t thickness, denoise__color color)
{
    denoise__canvas_fill(canvas, (denoise__box){box.x0, box.y0, box.x1, box.y0 + thickness}, color);
    denoise__canvas_fill(canvas, (denoise__box){box.x0, box.y1 - thickness, box.x1, box.y1}, color);
    denoise__canvas_fill(canvas, (denoise__box){box.x0, box.y0, box.x0 + thickness, box.y1}, color);
    denoise__canvas_fill(canvas, (denoise__box){box.x1 - thickness, box.y0, box.x1, box.y1}, color);
}

static uint8_t mix(uint8_t below, uint8_t above, uint32_t coverage)
{
    return (uint8_t)((above * coverage + below * (255 - coverage) + 127) / 255);
}

void denoise__canvas_blend(denoise__canvas *canvas, int64_t x, int64_t y, denoise__color color, uint32_t coverage)
{
    if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height || coverage == 0) return;
    uint8_t *pixel = canvas->pixels + (y * canvas->width + x) * 3;
    pixel[0] = mix(pixel[0], color.red, coverage);
    pixel[1] = mix(pixel[1], color.green, coverage);
    pixel[2] = mix(pixel[2], color.blue, coverage);
}

static bool ink(const denoise__glyph *glyph, int64_t x, int64_t y)
{
    return x >= 0 && y >= 0 && x < glyph->width && y < DENOISE__FONT_ROWS && glyph->rows[y][x] == '#';
}

/* Coverage 0 .. 255 of a picture pixel that lies at (u, v), in picture pixels, inside font pixel (x, y). Where two neighbours
 * meet at a corner and the opposite ones differ from them, the corner's triangle takes their value: steps become slopes. */
static uint32_t coverage_at(const denoise__glyph *glyph, int64_t x, int64_t y, int64_t u, int64_t v, int64_t scale)
{
    bool here = ink(glyph, x, y);
    bool right = u * 2 >= scale, below = v * 2 >= scale;
    bool side = ink(glyph, x + (right ? 1 : -1), y), far_side = ink(glyph, x + (right ? -1 : 1), y);
    bool level = ink(glyph, x, y + (below ? 1 : -1)), far_level = ink(glyph, x, y + (below ? -1 : 1));
    if (scale == 1 || side != level || side == here || side == far_side || level == far_level) return here ? 255 : 0;
    /* u + v + 1 from the corner in halves of a pixel; the triangle ends at scale / 2 */
    int64_t distance = (right ? scale - 1 - u : u) + (below ? scale - 1 - v : v) + 1;
    int64_t share = clamp((scale - 2 * distance + 1) * 255 / 2, 0, 255);
    return (uint32_t)(here ? 255 - share : share);
}

static void draw_glyph(denoise__canvas *canvas, int64_t x, int64_t y, int64_t pen, const denoise__glyph *glyph,
                       const denoise__text_style *style)
{
    int64_t scale = style->scale;
    for (int64_t row = 0; row < DENOISE__FONT_ROWS * scale; row++)
        for (int64_t column = 0; column < glyph->width * scale; column++) {
            uint32_t coverage = coverage_at(glyph, column / scale, row / scale, column % scale, row % scale, scale);
            int64_t along = pen + column, across = row - DENOISE__FONT_ASCENT * scale;
            if (style->is_upward)
                denoise__canvas_blend(canvas, x + across, y - 1 - along, style->color, coverage);
            else
                denoise__canvas_blend(canvas, x + along, y + across, style->color, coverage);
        }
}

void denoise__canvas_text(denoise__canvas *canvas, int64_t x, int64_t y, const char *text, const denoise__text_style *style)
{
    int64_t pen = 0;
    int32_t cells;
    denoise__glyph glyph;
    for (uint32_t code = denoise__font_next(&text, &cells); code != 0; code = denoise__font_next(&text, &cells)) {
        if (cells == 0) continue;
        denoise__font_glyph(&glyph, code);
        draw_glyph(canvas, x, y, pen, &glyph, style);
        if (style->is_bold) draw_glyph(canvas, x, y, pen + style->scale, &glyph, style);
        pen += denoise__font_advance(code, cells, style->is_bold) * style->scale;
    }
}
