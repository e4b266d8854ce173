/* SPDX-License-Identifier: Apache-2.0 */
#include "files/png.h"
#include "files/limits.h"
#include "files/png_check.h"
#include "files/png_memory.h"
#include "files/read_file.h"
#include "files/system_error.h"
#include "tensor/tensor.h"
#include <denoise/dataset.h>
#include <inttypes.h>
#include <setjmp.h>
#include <string.h>

/* All that changes while libpng reads lies here, not in locals, which longjmp may lose. */
typedef struct decoder {
    denoise__png_facts facts;
    const uint8_t *data;
    denoise__png_range sources[5]; /* what libpng is shown: nothing that is optional */
    int source;
    png_structp png;
    png_infop info;
    denoise_tensor *tensor;
    denoise_status status;
    bool is_out_of_memory;
    bool has_all; /* of the picture, once libpng is through with the last row */
} decoder;

/* What is wrong with a file was found before libpng sees it. */
static void on_error(png_structp png, png_const_charp message)
{
    decoder *self = png_get_error_ptr(png);
    /* With the last row libpng wants to see the end of the packed data, after that row is in its place. */
    if (self->facts.is_cut && self->has_all && !self->is_out_of_memory) png_longjmp(png, 1);
    self->status = self->is_out_of_memory
                       ? denoise__fail_nomem()
                       : denoise__fail_at(DENOISE_ERR_SYNTAX, self->facts.pixels.begin, "IDAT", "libpng: %s", message);
    png_longjmp(png, 1);
}

static void read_bytes(png_structp png, png_bytep bytes, size_t count)
{
    decoder *self = png_get_io_ptr(png);
    while (count > 0 && self->source < 5) {
        denoise__png_range *from = &self->sources[self->source];
        size_t left = (size_t)(from->end - from->begin);
        size_t taken = left < count ? left : count;
        memcpy(bytes, self->data + from->begin, taken);
        from->begin += (int64_t)taken;
        bytes += taken;
        count -= taken;
        if (taken == left) self->source++;
    }
    if (count > 0) png_error(png, "the data ends");
}

/* 8 bits a sample; palettes are looked up by expand_palette(), which checks the indices. */
static void set_transforms(decoder *self)
{
    png_set_user_limits(self->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* denoise_limits was asked */
    png_set_chunk_malloc_max(self->png, 0);
    if (self->facts.color == DENOISE__PNG_PALETTE) {
        png_set_packing(self->png);
    } else {
        png_set_expand(self->png);
        png_set_scale_16(self->png);
    }
}

/* Indices of a palette go to the end of the picture's memory, where looking them up does not overtake them. */
static void read_rows(decoder *self)
{
    const denoise__png_facts *facts = &self->facts;
    png_set_read_fn(self->png, self, read_bytes);
    set_transforms(self);
    png_read_info(self->png, self->info);
    int passes = png_set_interlace_handling(self->png);
    png_read_update_info(self->png, self->info);
    bool is_palette = facts->color == DENOISE__PNG_PALETTE;
    int64_t stride = is_palette ? facts->width : facts->width * facts->channels;
    uint8_t *first = denoise_tensor_data(self->tensor);
    if (is_palette) first += facts->width * facts->height * (facts->channels - 1);
    if (png_get_rowbytes(self->png, self->info) != (size_t)stride) png_error(self->png, "another length of rows");
    for (int pass = 0; pass < passes; pass++) {
        for (int64_t y = 0; y < facts->height; y++) {
            self->has_all = pass == passes - 1 && y == facts->height - 1;
            png_read_row(self->png, first + y * stride, NULL);
        }
    }
    png_read_end(self->png, NULL);
}

static denoise_status expand_palette(const denoise__png_facts *facts, const uint8_t *data, uint8_t *pixels)
{
    const uint8_t *colors = data + facts->palette.begin + 8;
    const uint8_t *alpha = data + facts->transparency.begin + 8;
    int64_t alphas = facts->transparency.end - facts->transparency.begin - 12;
    int64_t count = facts->width * facts->height;
    const uint8_t *indices = pixels + count * (facts->channels - 1);
    for (int64_t i = 0; i < count; i++) {
        int index = indices[i];
        if (index >= facts->colors) {
            return denoise__fail_at(DENOISE_ERR_RANGE, facts->pixels.begin, "index",
                                    "of row %" PRId64 ", column %" PRId64 " is %d, PLTE has %" PRId64 " colors",
                                    i / facts->width, i % facts->width, index, facts->colors);
        }
        memcpy(pixels, colors + (ptrdiff_t)3 * index, 3);
        if (facts->channels == 4) pixels[3] = index < alphas ? alpha[index] : 255;
        pixels += facts->channels;
    }
    return DENOISE_OK;
}

static denoise_status decode(decoder *self)
{
    const int64_t shape[3] = {self->facts.height, self->facts.width, self->facts.channels};
    denoise__shape checked;
    DENOISE__TRY(denoise__shape_make(&checked, shape, 3, NULL));
    DENOISE__TRY(denoise__tensor_make_unset(&self->tensor, DENOISE_UINT8, &checked));
    self->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, self, on_error, denoise__png_ignore_warning,
                                         &self->is_out_of_memory, denoise__png_allocate, denoise__png_release);
    if (self->png == NULL) return denoise__fail_nomem();
    self->info = png_create_info_struct(self->png);
    if (self->info == NULL) return denoise__fail_nomem();
    if (setjmp(png_jmpbuf(self->png)) == 0) read_rows(self);
    if (self->status != DENOISE_OK || self->facts.color != DENOISE__PNG_PALETTE) return self->status;
    return expand_palette(&self->facts, self->data, denoise_tensor_data(self->tensor));
}

denoise_status denoise__png_parse(denoise_tensor **out, const uint8_t *data, int64_t size, const denoise_limits *limits)
{
    decoder self = {.data = data};
    *out = NULL;
    denoise_status status = denoise__png_check(&self.facts, data, size, limits);
    const denoise__png_facts *facts = &self.facts;
    const denoise__png_range sources[5] = {{0, 33}, facts->palette, facts->transparency, facts->pixels, facts->end};
    memcpy(self.sources, sources, sizeof sources);
    if (facts->is_cut) self.sources[4] = (denoise__png_range){0, 0};
    if (status == DENOISE_OK) status = decode(&self);
    png_destroy_read_struct(&self.png, &self.info, NULL);
    if (status != DENOISE_OK) {
        denoise_tensor_free(self.tensor);
        return denoise__context(status, "PNG: ");
    }
    *out = self.tensor;
    return DENOISE_OK;
}

denoise_status denoise_png_load(denoise_tensor **out, const char *path, const denoise_limits *limits)
{
    DENOISE__CHECK_NULL(out);
    *out = NULL;
    DENOISE__CHECK_NULL(path);
    denoise_limits allowed;
    DENOISE__TRY(denoise__limits_resolve(&allowed, limits));
    denoise__bytes file = {0};
    DENOISE__TRY(denoise__read_file(&file, path, &allowed));
    denoise_status status = denoise__png_parse(out, file.data, file.length, &allowed);
    denoise__bytes_free(&file);
    return status == DENOISE_OK ? DENOISE_OK : denoise__context_path(status, path);
}
