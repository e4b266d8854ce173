/* SPDX-License-Identifier: Apache-2.0 */
#include "core/display_width.h"
#include "plot/font.h"
#include "plot/painter.h"
#include "plot/save.h"
#include <string.h>

static denoise_status told(const denoise__painter *painter)
{
    return painter->svg.failed ? denoise__fail_nomem() : DENOISE_OK;
}

/* XML has no place for most control characters and for U+FFFE and U+FFFF; they become U+FFFD, as do bytes that are no UTF-8. */
static void write_escaped(denoise__text *out, const char *words)
{
    const char *next = words;
    for (uint32_t code = denoise__utf8_next(&next); code != 0; words = next, code = denoise__utf8_next(&next)) {
        if (code == '<')
            denoise__text_append(out, "&lt;", 4);
        else if (code == '>')
            denoise__text_append(out, "&gt;", 4);
        else if (code == '&')
            denoise__text_append(out, "&amp;", 5);
        else if (code == '"')
            denoise__text_append(out, "&quot;", 6);
        else if (code == '\n' || code == '\r' || code == '\t')
            denoise__text_append(out, " ", 1);
        else if (code < 32 || code == 127 || code == 0xFFFD || code == 0xFFFE || code == 0xFFFF)
            denoise__text_append(out, "\xEF\xBF\xBD", 3);
        else
            denoise__text_append(out, words, (size_t)(next - words));
    }
}

static void write_color(denoise__text *out, const char *name, denoise__color color)
{
    denoise__text_printf(out, " %s=\"#%02x%02x%02x\"", name, color.red, color.green, color.blue);
}

static denoise_status rectangle(denoise__painter *painter, const denoise__area *area, denoise__color fill)
{
    denoise__text *out = &painter->svg;
    denoise__text_printf(out, "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"", area->x, area->y, area->width,
                         area->height);
    write_color(out, "fill", fill);
    denoise__text_append(out, "/>\n", 3);
    return told(painter);
}

static denoise_status polyline(denoise__painter *painter, const double *points, int64_t count, const denoise__stroke *stroke)
{
    denoise__text *out = &painter->svg;
    denoise__text_printf(out, "<polyline fill=\"none\" stroke-linecap=\"round\" ");
    denoise__text_printf(out, "stroke-linejoin=\"round\" stroke-width=\"%.2f\"", stroke->width);
    if (stroke->dash > 0) denoise__text_printf(out, " stroke-dasharray=\"%.2f %.2f\"", stroke->dash, stroke->gap);
    write_color(out, "stroke", stroke->color);
    denoise__text_printf(out, " points=\"");
    for (int64_t i = 0; i < count; i++)
        denoise__text_printf(out, "%s%.2f,%.2f", i > 0 ? " " : "", points[2 * i], points[2 * i + 1]);
    if (count == 1) denoise__text_printf(out, " %.2f,%.2f", points[0], points[1]); /* a dot: two equal points with round ends */
    denoise__text_printf(out, "\"/>\n");
    return told(painter);
}

static denoise_status text(denoise__painter *painter, const char *words, const denoise__text_place *place)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    denoise__text *out = &painter->svg;
    denoise__text_printf(out, "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"%s\"", place->x, place->y, anchors[place->anchor]);
    if (place->is_bold) denoise__text_printf(out, " font-weight=\"bold\"");
    if (place->is_upward) denoise__text_printf(out, " transform=\"rotate(-90 %.2f %.2f)\"", place->x, place->y);
    write_color(out, "fill", place->color);
    denoise__text_append(out, ">", 1);
    write_escaped(out, words);
    denoise__text_printf(out, "</text>\n");
    return told(painter);
}

/* A guess that holds for the usual sans-serif fonts, which are somewhat wider than the bitmap font. */
static double text_width(const char *words, bool is_bold)
{
    return 1.15 * (double)denoise__font_width(words, is_bold) + 2;
}

/* An inner <svg> clips without a name that two pictures in one page could share. */
static denoise_status clip(denoise__painter *painter, const denoise__area *area)
{
    if (area == NULL)
        denoise__text_printf(&painter->svg, "</svg>\n");
    else
        denoise__text_printf(&painter->svg,
                             "<svg x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" viewBox=\"%.2f %.2f %.2f %.2f\">\n",
                             area->x, area->y, area->width, area->height, area->x, area->y, area->width, area->height);
    return told(painter);
}

static const denoise__painter_kind svg = {rectangle, polyline, text, text_width, clip};

denoise_status denoise__painter_svg(denoise__painter *painter, int64_t width, int64_t height, const char *title)
{
    memset(painter, 0, sizeof *painter);
    painter->kind = &svg;
    painter->scale = 1;
    denoise__text *out = &painter->svg;
    denoise__text_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    denoise__text_printf(out,
                         "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%lld\" height=\"%lld\" viewBox=\"0 0 %lld %lld\" ",
                         (long long)width, (long long)height, (long long)width, (long long)height);
    denoise__text_printf(out, "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"12\">\n");
    if (title != NULL) {
        denoise__text_printf(out, "<title>");
        write_escaped(out, title);
        denoise__text_printf(out, "</title>\n");
    }
    return told(painter);
}

denoise_status denoise__painter_save(denoise__painter *painter, const char *path)
{
    if (painter->kind != &svg) return denoise__plot_save_png(path, &painter->canvas);
    denoise__text_printf(&painter->svg, "</svg>\n");
    DENOISE__TRY(told(painter));
    return denoise__plot_save(path, painter->svg.data, painter->svg.length);
}

void denoise__painter_clear(denoise__painter *painter)
{
    denoise__canvas_clear(&painter->canvas);
    denoise__text_free(&painter->svg);
}
