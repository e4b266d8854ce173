/* SPDX-License-Identifier: Apache-2.0 */
#include "core/threads.h"
#include "kernels/winograd.h"
#include "layers/winograd_correlation.h"
#include "support/cmocka_test.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The numbers are those of a correlation, as near as the direct form's; and bit for bit what the header says, tile by tile. */

enum { TILE = DENOISE__WINOGRAD_TILE, POINTS = DENOISE__WINOGRAD_POINTS, READ = 6, GUARD = 64 };

static uint32_t seed = 3;

static float *numbers(int64_t count)
{
    void *memory = NULL;
    memory = aligned_alloc(64, (size_t)(count + GUARD + 15) / 16 * 64);
    float *values = memory;
    assert_non_null(values);
    for (int64_t i = 0; i < count + GUARD; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = (float)((int32_t)seed >> 12) / 524288.0f;
    }
    return values;
}

typedef struct case_ {
    denoise__correlation c;
    int64_t batch, from_size, to_size; /* of a sample */
    bool adjoint;
    const denoise__spatial *source, *target;
    float *from, *to, *kernel, *packed, *scratch;
} case_;

static void make(case_ *k, int64_t height, int64_t width, int64_t in, int64_t out, const char *padding, int64_t batch,
                 bool adjoint)
{
    *k = (case_){.batch = batch, .adjoint = adjoint};
    k->c.groups = 1;
    k->c.input = k->c.output = (denoise__spatial){.axes = 2};
    k->c.input.channels = in;
    k->c.output.channels = out;
    for (int i = 0; i < 3; i++) {
        k->c.window[i] = (denoise__window){.input = i == 0   ? 1
                                                    : i == 1 ? height
                                                             : width,
                                           .size = i == 0 ? 1 : 3,
                                           .stride = 1,
                                           .dilation = 1};
        assert_int_equal(denoise__window_make(&k->c.window[i], i == 0 ? "valid" : padding), DENOISE_OK);
        k->c.input.length[i] = k->c.window[i].input;
        k->c.output.length[i] = k->c.window[i].output;
    }
    k->source = adjoint ? &k->c.output : &k->c.input;
    k->target = adjoint ? &k->c.input : &k->c.output;
    k->from_size = denoise__spatial_positions(k->source) * k->source->channels;
    k->to_size = denoise__spatial_positions(k->target) * k->target->channels;
    k->from = numbers(batch * k->from_size);
    k->to = numbers(batch * k->to_size);
    k->kernel = numbers(9 * in * out);
    k->packed = numbers(denoise__winograd_packed(&k->c, adjoint));
    k->scratch = numbers(denoise__winograd_scratch(&k->c, adjoint, batch));
    denoise__winograd_pack(&k->c, k->kernel, k->packed, adjoint);
}

static void release(case_ *k)
{
    free(k->from), free(k->to), free(k->kernel), free(k->packed), free(k->scratch);
}

static int64_t before(const case_ *k, int axis)
{
    return k->adjoint ? 2 - k->c.window[axis].before : k->c.window[axis].before;
}

static bool exists(const denoise__spatial *s, int64_t y, int64_t x)
{
    return y >= 0 && y < s->length[1] && x >= 0 && x < s->length[2];
}

/* Tap t from channel `read` to channel `written`, of the kernel that slides over what is read. */
static float tap(const case_ *k, int64_t t, int64_t read, int64_t written)
{
    int64_t in = k->adjoint ? written : read, out = k->adjoint ? read : written;
    return k->kernel[((k->adjoint ? 8 - t : t) * k->c.input.channels + in) * k->c.output.channels + out];
}

static double exact(const case_ *k, int64_t sample, int64_t y, int64_t x, int64_t written)
{
    double sum = 0;
    for (int64_t t = 0; t < 9; t++) {
        int64_t row = y - before(k, 1) + t / 3, column = x - before(k, 2) + t % 3;
        if (!exists(k->source, row, column)) continue;
        const float *from = k->from + sample * k->from_size + (row * k->source->length[2] + column) * k->source->channels;
        for (int64_t read = 0; read < k->source->channels; read++)
            sum += (double)from[read] * (double)tap(k, t, read, written);
    }
    return sum;
}

static double rms_error(const case_ *k, const float *got, double *largest)
{
    double sum = 0;
    *largest = 0;
    for (int64_t i = 0; i < k->batch * k->to_size; i++) {
        int64_t channels = k->target->channels, position = i % k->to_size / channels, width = k->target->length[2];
        double error = fabs((double)got[i] - exact(k, i / k->to_size, position / width, position % width, i % channels));
        if (error > *largest) *largest = error;
        sum += error * error;
    }
    return sqrt(sum / (double)(k->batch * k->to_size));
}

static void run(const case_ *k, float *to)
{
    denoise__winograd_run(&k->c, k->adjoint, k->from, k->packed, to, k->batch, k->scratch, NULL);
}

static const struct {
    int64_t height, width, in, out, batch;
} cases[] = {
    {1, 1, 16, 16, 3},  {1, 3, 17, 32, 2}, {3, 1, 32, 17, 2},  {2, 2, 16, 33, 1},   {3, 3, 40, 16, 5},
    {4, 4, 16, 16, 40}, {5, 9, 24, 70, 2}, {7, 7, 33, 48, 11}, {13, 70, 16, 20, 1}, {30, 18, 70, 16, 2},
};
enum { CASES = sizeof cases / sizeof *cases };

/* False: nothing would come out. */
static bool make_case(case_ *k, size_t i, int how)
{
    bool is_valid = (how & 1) != 0;
    if (is_valid && (cases[i].height < 3 || cases[i].width < 3)) return false;
    make(k, cases[i].height, cases[i].width, cases[i].in, cases[i].out, is_valid ? "valid" : "same", cases[i].batch,
         (how & 2) != 0);
    return true;
}

static void as_near_as_the_direct_form(void **state)
{
    (void)state;
    double worst = 0;
    for (size_t i = 0; i < CASES; i++)
        for (int how = 0; how < 4; how++) {
            case_ k;
            if (!make_case(&k, i, how)) continue;
            float *direct = numbers(k.batch * k.to_size), *packed = numbers(denoise__correlation_packed(&k.c, k.adjoint));
            denoise__correlation_pack(&k.c, k.kernel, packed, k.adjoint);
            denoise__correlation_run(&k.c, k.adjoint, k.from, packed, direct, k.batch, NULL);
            double largest, direct_largest;
            run(&k, k.to);
            double rms = rms_error(&k, k.to, &largest), direct_rms = rms_error(&k, direct, &direct_largest);
            if (rms / direct_rms > worst) worst = rms / direct_rms;
            double reach = (double)k.source->channels; /* of sums of so many times 9 products of numbers up to 1 */
            if (rms > 4e-7 * sqrt(reach * 9) || largest > 3e-6 * sqrt(reach * 9))
                fail_msg("case %d, way %d: rms %.3g, largest %.3g; direct %.3g, %.3g", (int)i, how, rms, largest, direct_rms,
                         direct_largest);
            free(direct), free(packed);
            release(&k);
        }
    print_message("rms error is at most %.2f times the direct form's\n", worst);
}

/* One tile by itself: its points through the kernels of one tile, and the chains. */
static void plain_tile(const case_ *k, int64_t sample, int64_t y, int64_t x, float *to)
{
    const denoise__winograd *kernels = denoise__winograd_table();
    int64_t read = k->source->channels, read_step = (read + 15) / 16 * 16;
    int64_t written = k->target->channels, step = (written + 15) / 16 * 16;
    float *v = numbers(POINTS * read_step), *m = numbers(POINTS * step), u[POINTS * 16], g[9 * 16] = {0};
    denoise__winograd_tiles t = {
        k->source->length[1], k->source->length[2], read, y - before(k, 1), x - before(k, 2), 1, read_step, read_step};
    kernels->input(&t, k->from + sample * k->from_size, v);
    memset(m, 0, (size_t)(POINTS * step) * sizeof *m);
    for (int64_t i = 0; i < read; i++)
        for (int64_t o = 0; o < written; o++) {
            for (int64_t j = 0; j < 9; j++)
                g[j * 16] = tap(k, j, i, o);
            kernels->kernels(g, u, 16);
            for (int64_t p = 0; p < POINTS; p++)
                m[p * step + o] = fmaf(v[p * read_step + i], u[p * 16], m[p * step + o]);
        }
    denoise__winograd_tiles out = {k->target->length[1], k->target->length[2], written, y, x, 1, step, step};
    kernels->output(&out, m, NULL, false, NULL, to + sample * k->to_size);
    free(v), free(m);
}

static void every_tile_is_for_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++)
        for (int how = 0; how < 4; how++) {
            case_ k;
            if (!make_case(&k, i, how)) continue;
            int64_t all = k.batch * k.to_size;
            float *plain = numbers(all);
            memcpy(k.to + all, plain + all, GUARD * sizeof *plain);
            run(&k, k.to);
            for (int64_t n = 0; n < k.batch; n++)
                for (int64_t y = 0; y < k.target->length[1]; y += TILE)
                    for (int64_t x = 0; x < k.target->length[2]; x += TILE)
                        plain_tile(&k, n, y, x, plain);
            for (int64_t j = 0; j < all + GUARD; j++)
                if (memcmp(&plain[j], &k.to[j], sizeof *plain) != 0)
                    fail_msg("case %d, way %d, number %d of %d: %a, expected %a", (int)i, how, (int)j, (int)all,
                             (double)k.to[j], (double)plain[j]);
            free(plain);
            release(&k);
        }
}

static void neither_threads_nor_batches_matter(void **state)
{
    (void)state;
    for (int adjoint = 0; adjoint < 2; adjoint++) {
        case_ k;
        make(&k, 37, 61, 20, 35, "same", 9, adjoint != 0);
        int64_t all = k.batch * k.to_size;
        float *other = numbers(all);
        for (int32_t threads = 1; threads <= 8; threads++) {
            assert_int_equal(denoise_set_num_threads(threads), DENOISE_OK);
            memset(other, 0, (size_t)all * sizeof *other);
            run(&k, threads == 1 ? k.to : other);
            if (threads > 1) assert_memory_equal(other, k.to, (size_t)all * sizeof *other);
        }
        assert_int_equal(denoise_set_num_threads(0), DENOISE_OK);
        for (int64_t size = 1; size < k.batch; size++) {
            memset(other, 0, (size_t)all * sizeof *other);
            for (int64_t first = 0; first < k.batch; first += size) {
                case_ part = k;
                part.batch = k.batch - first < size ? k.batch - first : size;
                part.from += first * k.from_size;
                run(&part, other + first * k.to_size);
            }
            assert_memory_equal(other, k.to, (size_t)all * sizeof *other);
        }
        free(other);
        release(&k);
    }
}

typedef struct seen {
    _Atomic(int32_t) *count;
    int64_t positions;
} seen;

static void note(void *context, int64_t first, int64_t count)
{
    const seen *s = context;
    assert_true(first >= 0 && count > 0 && first + count <= s->positions);
    for (int64_t i = first; i < first + count; i++)
        s->count[i]++;
}

static void every_position_is_told_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++)
        for (int how = 0; how < 4; how++) {
            case_ k;
            if (!make_case(&k, i, how)) continue;
            seen s = {.positions = k.batch * denoise__spatial_positions(k.target)};
            s.count = calloc((size_t)s.positions, sizeof *s.count);
            assert_non_null(s.count);
            const denoise__correlation_end end = {.done = note, .context = &s};
            denoise__winograd_run(&k.c, k.adjoint, k.from, k.packed, k.to, k.batch, k.scratch, &end);
            for (int64_t j = 0; j < s.positions; j++)
                assert_int_equal(s.count[j], 1);
            free(s.count);
            release(&k);
        }
}

/* What is not finite spreads over its tiles, and no further. */
static void infinity_spreads_over_tiles(void **state)
{
    (void)state;
    case_ k;
    make(&k, 16, 16, 16, 16, "same", 1, false);
    k.from[(6 * 16 + 6) * 16 + 3] = INFINITY; /* read by rows and columns 5 to 7: by the tile of 4 to 7 alone */
    run(&k, k.to);
    for (int64_t y = 0; y < 16; y++)
        for (int64_t x = 0; x < 16; x++)
            assert_true(isfinite(k.to[(y * 16 + x) * 16]) != (y / 4 == 1 && x / 4 == 1));
    release(&k);
}

static void it_is_for_some_correlations(void **state)
{
    (void)state;
    case_ k;
    make(&k, 8, 8, 24, 24, "same", 1, false);
    assert_true(denoise__winograd_pays(&k.c));
    denoise__correlation c = k.c;
    c.input.channels = 23;
    assert_true(denoise__winograd_fits(&c) && !denoise__winograd_pays(&c));
    c = k.c;
    c.output.channels = 23;
    assert_false(denoise__winograd_pays(&c));
    c = k.c;
    c.window[1].stride = 2;
    assert_false(denoise__winograd_fits(&c));
    c = k.c;
    c.window[2].dilation = 2;
    assert_false(denoise__winograd_fits(&c));
    c = k.c;
    c.window[2].size = 5;
    assert_false(denoise__winograd_fits(&c));
    c = k.c;
    c.groups = 2;
    assert_false(denoise__winograd_fits(&c));
    c = k.c;
    c.is_depthwise = true;
    assert_false(denoise__winograd_fits(&c));
    c = k.c;
    c.input.axes = 3;
    assert_false(denoise__winograd_fits(&c));
    c = k.c;
    c.input.channels = c.output.channels = INT64_MAX / 64;
    assert_int_equal(denoise__winograd_packed(&c, false), -1);
    release(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_near_as_the_direct_form),         cmocka_unit_test(every_tile_is_for_itself),
        cmocka_unit_test(neither_threads_nor_batches_matter), cmocka_unit_test(every_position_is_told_once),
        cmocka_unit_test(infinity_spreads_over_tiles),        cmocka_unit_test(it_is_for_some_correlations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
