/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a block between layouts: rows, panels, panels of another cut of columns, the last of them ragged; and sums of parts.
 * What lies outside of the block is never touched. */
#include "support/nets.h"
#include "support/plans.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES = 11, SIZE = 36, FIRST = 4, COUNT = 5, MOST_COLUMNS = 36, FLOATS = SAMPLES * SIZE * 16 + 4096, PANEL = 16 };

/* A plan of two values, `from` and `to`, each with a buffer in memory of its own; a third buffer is a part to be added. */
typedef struct bench {
    denoise__plan plan;
    denoise__plan_value values[2];
    denoise__buffer buffers[3];
    denoise__block block;
    _Alignas(64) float arena[3][FLOATS];
} bench;

static denoise__buffer buffer_of(int index, int32_t layout, int64_t columns, int32_t place)
{
    int64_t rows = SIZE / columns, samples = place == DENOISE__PLACE_FRAME ? COUNT : SAMPLES;
    return (denoise__buffer){.place = place,
                             .layout = layout,
                             .output = -1,
                             .rows = rows,
                             .columns = columns,
                             .panels = (columns + PANEL - 1) / PANEL,
                             .stride = (samples * rows | 1) * PANEL,
                             .offset = index * (int64_t)sizeof(float) * FLOATS};
}

/* A buffer in the memory of its number. */
static void set_buffer(bench *b, int index, denoise__buffer buffer)
{
    b->buffers[index] = buffer;
    denoise__plan_bind(&b->plan);
}

static void set_value(bench *b, int index, int32_t layout, int64_t columns, int32_t place)
{
    b->values[index] = (denoise__plan_value){
        .size = SIZE, .root = index, .layout = layout, .columns = columns, .buffer = index, .gradient = -1};
    set_buffer(b, index, buffer_of(index, layout, columns, place));
}

/* Samples FIRST .. FIRST + COUNT - 1 of a batch; frames begin at the arena itself, in slot 0. */
static void begin(bench *b)
{
    b->plan =
        (denoise__plan){.values = b->values, .buffers = b->buffers, .arena = (unsigned char *)b->arena, .buffer_count = 3};
    b->block = (denoise__block){.plan = &b->plan, .first = FIRST, .samples = COUNT};
    for (int i = 0; i < 3; i++)
        for (int64_t k = 0; k < FLOATS; k++)
            b->arena[i][k] = NAN;
}

/* Where element e of the block's sample lies, by the definition of the layout. */
static float *at(bench *b, int value, int64_t sample, int64_t e)
{
    const denoise__buffer *buffer = &b->buffers[value];
    int64_t columns = buffer->columns, place = buffer->place == DENOISE__PLACE_FRAME ? sample : FIRST + sample;
    int64_t row = place * (SIZE / columns) + e / columns, column = e % columns;
    if (buffer->layout == DENOISE__LAYOUT_ROWS) return &b->arena[value][row * columns + column];
    return &b->arena[value][column / PANEL * buffer->stride + row * PANEL + column % PANEL];
}

static float number(int64_t sample, int64_t e)
{
    return (float)(1 + sample * SIZE + e);
}

static void fill(bench *b, int value)
{
    for (int64_t s = 0; s < COUNT; s++)
        for (int64_t e = 0; e < SIZE; e++)
            *at(b, value, s, e) = number(s, e);
}

/* Every element is there, the columns that fill up the last panel are zero, and nothing else was written. */
static void check(bench *b, int value, const char *what)
{
    int64_t written = 0, expected = COUNT * SIZE;
    const denoise__buffer *buffer = &b->buffers[value];
    for (int64_t s = 0; s < COUNT; s++)
        for (int64_t e = 0; e < SIZE; e++)
            if (*at(b, value, s, e) != number(s, e)) fail_msg("%s: element %d of sample %d", what, (int)e, (int)s);
    if (buffer->layout == DENOISE__LAYOUT_PANELS) expected = COUNT * buffer->rows * buffer->panels * PANEL;
    for (int64_t k = 0; k < FLOATS; k++)
        written += !isnan(b->arena[value][k]);
    if (written != expected) fail_msg("%s: %d numbers were written, expected %d", what, (int)written, (int)expected);
    double sum = 0;
    for (int64_t k = 0; k < FLOATS; k++)
        if (!isnan(b->arena[value][k])) sum += (double)b->arena[value][k];
    assert_true(sum == (double)(COUNT * SIZE) * (1 + COUNT * SIZE) / 2); /* what fills up is zero */
}

static bench b;

static void between_all_layouts_and_cuts(void **state)
{
    (void)state;
    static const int64_t columns[] = {1, 2, 3, 4, 6, 9, 12, 18, 36};
    enum { CUTS = sizeof columns / sizeof *columns };
    for (size_t i = 0; i < CUTS; i++) {
        for (size_t k = 0; k < CUTS; k++) {
            for (int way = 0; way < 16; way++) {
                char what[80];
                (void)snprintf(what, sizeof what, "%d columns to %d, way %d", (int)columns[i], (int)columns[k], way);
                begin(&b);
                set_value(&b, 0, way & 1, columns[i], way >> 2 & 1);
                set_value(&b, 1, way >> 1 & 1, columns[k], way >> 3 & 1);
                denoise__plan_bind(&b.plan);
                fill(&b, 0);
                denoise__convert_block(&b.block, &b.values[0], 0, &b.values[1], 1);
                check(&b, 1, what);
            }
        }
    }
}

static void between_panels_and_plain_rows(void **state)
{
    (void)state;
    static const int64_t columns[] = {4, 9, 18, 36};
    float rows[COUNT * SIZE];
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        begin(&b);
        set_value(&b, 0, DENOISE__LAYOUT_PANELS, columns[i], DENOISE__PLACE_BATCH);
        set_value(&b, 1, DENOISE__LAYOUT_PANELS, columns[i], DENOISE__PLACE_FRAME);
        denoise__plan_bind(&b.plan);
        fill(&b, 0);
        denoise__panels_to_rows(&b.block, &b.values[0], 0, rows);
        for (int64_t e = 0; e < COUNT * SIZE; e++)
            assert_true(rows[e] == number(0, e));
        denoise__rows_to_panels(&b.block, &b.values[1], rows, 1);
        check(&b, 1, "rows to panels");
    }
}

/* In every panel, and in plain rows. */
static void parts_are_added(void **state)
{
    (void)state;
    int32_t input = 0, gradient = 2;
    for (int32_t layout = DENOISE__LAYOUT_ROWS; layout <= DENOISE__LAYOUT_PANELS; layout++) {
        begin(&b);
        set_value(&b, 0, layout, 18, DENOISE__PLACE_BATCH);
        b.values[0].gradient = 1;
        set_buffer(&b, 1, buffer_of(1, layout, 18, DENOISE__PLACE_FRAME));
        set_buffer(&b, 2, buffer_of(2, layout, 18, DENOISE__PLACE_FRAME));
        memset(b.arena[1], 0, sizeof b.arena[1]);
        memset(b.arena[2], 0, sizeof b.arena[2]);
        denoise__plan_bind(&b.plan);
        fill(&b, 2);
        denoise__step step = {.inputs = &input, .input_gradients = &gradient};
        denoise__add_part(&b.block, &step, 0);
        denoise__add_part(&b.block, &step, 0);
        for (int64_t s = 0; s < COUNT; s++)
            for (int64_t e = 0; e < SIZE; e++)
                assert_true(*at(&b, 1, s, e) == 2 * number(s, e));
    }
}

/* The memory of an output is the caller's, that of a step's parts one block's behind the other. */
static void where_buffers_lie(void **state)
{
    (void)state;
    float output[SAMPLES * SIZE], *outputs[] = {output};
    denoise__pass pass = {.outputs = outputs};
    begin(&b);
    set_value(&b, 0, DENOISE__LAYOUT_ROWS, SIZE, DENOISE__PLACE_CALLER);
    b.buffers[0].output = 0;
    denoise__plan_bind(&b.plan);
    b.block.pass = &pass;
    denoise__plan_bind(&b.plan);
    assert_ptr_equal(denoise__at(&b.block, 0, 0), output + FIRST * SIZE);
    b.block.index = 2;
    const denoise__buffer parts = {.layout = DENOISE__LAYOUT_BYTES, .bytes = 128, .parts = 3, .offset = 64};
    denoise__plan_bind(&b.plan);
    set_buffer(&b, 1, parts);
    assert_ptr_equal((unsigned char *)denoise__at(&b.block, 1, 0), (unsigned char *)b.arena + 64 + 2 * 128);
    b.buffers[1].parts = 1;
    denoise__plan_bind(&b.plan);
    denoise__plan_bind(&b.plan);
    assert_ptr_equal((unsigned char *)denoise__at(&b.block, 1, 0), (unsigned char *)b.arena + 64);
    set_buffer(&b, 1, parts);
    b.buffers[1].place = DENOISE__PLACE_FRAME;
    b.plan.frames_offset = 1024, b.plan.frame_bytes = 512;
    denoise__plan_bind(&b.plan);
    denoise__plan_bind(&b.plan);
    b.block.slot = 3;
    assert_ptr_equal((unsigned char *)denoise__at(&b.block, 1, 0), (unsigned char *)b.arena + 1024 + 3 * 512 + 64);
    assert_null(denoise__at(&b.block, -1, 0));
}

/* Row i of a batch is row first + order[start + i]. */
static void rows_of_a_shuffled_batch(void **state)
{
    (void)state;
    static const int64_t order[] = {7, 0, 3, 5, 1};
    denoise_tensor *x = random_rows(10, 3, 1);
    const float *values = denoise_tensor_const_data(x);
    denoise__batch_rows rows = {.tensor = x, .size = 3, .order = order, .first = 2, .start = 1};
    float got[6];
    assert_int_equal(denoise__batch_rows_index(&rows, 0), 2);
    assert_int_equal(denoise__batch_rows_index(&rows, 2), 7);
    denoise__batch_rows_read(&rows, 1, 2, got);
    assert_memory_equal(got, values + 5 * 3, 3 * sizeof *got);
    assert_memory_equal(got + 3, values + 7 * 3, 3 * sizeof *got);
    rows.order = NULL;
    denoise__batch_rows_read(&rows, 1, 2, got);
    assert_memory_equal(got, values + 4 * 3, 6 * sizeof *got);
    denoise_tensor_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_all_layouts_and_cuts),
        cmocka_unit_test(between_panels_and_plain_rows),
        cmocka_unit_test(parts_are_added),
        cmocka_unit_test(where_buffers_lie),
        cmocka_unit_test(rows_of_a_shuffled_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
