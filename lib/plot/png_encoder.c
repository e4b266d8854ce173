/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/png_encoder.h"
#include "core/memory.h"
#include "files/png_memory.h"
#include <setjmp.h>
#include <string.h>

/* All that the encoder changes lies here, not in locals, which longjmp may lose. */
typedef struct encoder {
    const denoise__canvas *canvas;
    png_structp png;
    png_infop info;
    uint8_t *row; /* grey pixels of a row */
    uint8_t *data;
    size_t size;
    size_t capacity;
    denoise_status status;
} encoder;

static void on_error(png_structp png, png_const_charp message)
{
    encoder *self = png_get_error_ptr(png);
    /* libpng itself fails here only for want of memory: what it writes was checked before */
    if (self->status == DENOISE_OK) self->status = denoise__fail(DENOISE_ERR_NOMEM, "libpng: %s", message);
    png_longjmp(png, 1);
}

static void write_bytes(png_structp png, png_bytep bytes, size_t count)
{
    encoder *self = png_get_io_ptr(png);
    if (count > self->capacity - self->size) {
        size_t capacity = (self->size + count) * 2;
        uint8_t *data = denoise__reallocate(self->data, capacity);
        if (data == NULL) {
            self->status = denoise__fail_nomem();
            png_error(png, "out of memory");
        }
        self->data = data;
        self->capacity = capacity;
    }
    memcpy(self->data + self->size, bytes, count);
    self->size += count;
}

static void flush_bytes(png_structp png)
{
    (void)png;
}

static bool is_grey(const denoise__canvas *canvas)
{
    const uint8_t *pixel = canvas->pixels, *end = pixel + canvas->width * canvas->height * 3;
    for (; pixel < end; pixel += 3)
        if (pixel[0] != pixel[1] || pixel[1] != pixel[2]) return false;
    return true;
}

static void write_row(encoder *self, int64_t y)
{
    int64_t width = self->canvas->width;
    const uint8_t *pixels = self->canvas->pixels + y * width * 3;
    if (self->row == NULL) {
        png_write_row(self->png, pixels);
        return;
    }
    for (int64_t x = 0; x < width; x++)
        self->row[x] = pixels[x * 3];
    png_write_row(self->png, self->row);
}

/* Level and filters are named, so that the bytes do not follow libpng's defaults. */
static void write_picture(encoder *self)
{
    png_set_write_fn(self->png, self, write_bytes, flush_bytes);
    png_set_IHDR(self->png, self->info, (png_uint_32)self->canvas->width, (png_uint_32)self->canvas->height, 8,
                 self->row != NULL ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(self->png, 6);
    png_set_filter(self->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE | PNG_FILTER_SUB | PNG_FILTER_UP);
    png_write_info(self->png, self->info);
    for (int64_t y = 0; y < self->canvas->height; y++)
        write_row(self, y);
    png_write_end(self->png, NULL);
}

static denoise_status encode(encoder *self)
{
    if (is_grey(self->canvas)) {
        self->row = denoise__allocate((size_t)self->canvas->width);
        if (self->row == NULL) return denoise__fail_nomem();
    }
    self->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, self, on_error, denoise__png_ignore_warning, NULL,
                                          denoise__png_allocate, denoise__png_release);
    if (self->png == NULL) return denoise__fail_nomem();
    self->info = png_create_info_struct(self->png);
    if (self->info == NULL) return denoise__fail_nomem();
    if (setjmp(png_jmpbuf(self->png)) == 0) write_picture(self);
    return self->status;
}

denoise_status denoise__png_encode(uint8_t **out, size_t *size, const denoise__canvas *canvas)
{
    encoder self = {.canvas = canvas, .status = DENOISE_OK};
    *out = NULL;
    denoise_status status = encode(&self);
    png_destroy_write_struct(&self.png, &self.info);
    denoise__release(self.row);
    if (status != DENOISE_OK) {
        denoise__release(self.data);
        return status;
    }
    *out = self.data;
    *size = self.size;
    return DENOISE_OK;
}
