/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of each kind: an old file stays as it is until the new one is whole. */
#include "faults/alloc_run.h"
#include "faults/alloc_state.h"
#include "support/nets.h"
#include <string.h>

typedef struct picture {
    temp_dir dir;
    const char *file;
    denoise_tensor *images, *predictions, *expected;
} picture;

static void *make(const void *data)
{
    static picture p;
    const int64_t shape[] = {6, 5, 4};
    p.file = data;
    denoise_tensor *rows = random_rows(6, 20, 1);
    ASSERT_OK(denoise_tensor_reshape(&p.images, rows, shape, 3));
    denoise_tensor_free(rows);
    p.predictions = random_rows(6, 3, 2);
    p.expected = random_labels(6, 3, 3);
    temp_dir_make(&p.dir);
    temp_dir_write(&p.dir, p.file, "old", 3);
    return &p;
}

static void drop(void *objects)
{
    picture *p = objects;
    denoise_tensor_free(p->images);
    denoise_tensor_free(p->predictions);
    denoise_tensor_free(p->expected);
    temp_dir_remove(&p->dir);
}

static uint64_t state(void *objects)
{
    return alloc_hash_folder(0, &((const picture *)objects)->dir);
}

static denoise_status hashed(denoise_status status, const picture *p, uint64_t *bits)
{
    if (status == DENOISE_OK) *bits = alloc_hash_folder(0, &p->dir);
    return status;
}

static void choose(denoise_plot_images_options *options, const picture *p)
{
    static const char *const words[] = {"one", "two", "three"};
    options->title = "A <picture> & \"more\"";
    options->predictions = p->predictions;
    options->expected = p->expected;
    options->class_names = words;
    options->class_count = 3;
    options->columns = 3;
}

static denoise_status images(void *objects, uint64_t *bits)
{
    const picture *p = objects;
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    choose(&options, p);
    return hashed(denoise_plot_images(temp_dir_file(&p->dir, p->file), p->images, &options), p, bits);
}

static denoise_status image_rows(void *objects, uint64_t *bits)
{
    static const char *const captions[] = {"noisy", "clean"};
    const picture *p = objects;
    const denoise_tensor *rows[] = {p->images, p->images}, *predictions[] = {p->predictions, NULL};
    denoise_plot_images_options options = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    options.row_captions = captions;
    options.row_caption_count = 2;
    return hashed(denoise_plot_image_rows(temp_dir_file(&p->dir, p->file), rows, predictions, 2, &options), p, bits);
}

static denoise_status curves(void *objects, uint64_t *bits)
{
    static const double loss[] = {3.0, 2.0, 1.5, 1.2}, validation[] = {3.1, 2.2, 1.9, 1.8};
    const denoise_plot_curve both[] = {{"loss", loss, NULL, 4}, {NULL, validation, NULL, 4}};
    const picture *p = objects;
    denoise_plot_curves_options options = DENOISE_PLOT_CURVES_OPTIONS_INIT;
    options.title = "Training";
    options.y_label = "loss";
    options.width = 300;
    options.height = 200;
    return hashed(denoise_plot_curves(temp_dir_file(&p->dir, p->file), both, 2, &options), p, bits);
}

static denoise_status on_terminal(const picture *p, int32_t style, uint64_t *bits)
{
    denoise_plot_terminal_options options = DENOISE_PLOT_TERMINAL_OPTIONS_INIT;
    char *text;
    options.style = style;
    options.predictions = p->predictions;
    options.expected = p->expected;
    denoise_status status = denoise_plot_images_terminal(&text, p->images, &options);
    status = alloc_checked(status, &text);
    if (status == DENOISE_OK) *bits = alloc_hash_text(0, text);
    denoise_free(text);
    return status;
}

static denoise_status terminal_colours(void *objects, uint64_t *bits)
{
    return on_terminal(objects, DENOISE_TERMINAL_TRUECOLOR, bits);
}

static denoise_status terminal_greys(void *objects, uint64_t *bits)
{
    return on_terminal(objects, DENOISE_TERMINAL_256, bits);
}

static denoise_status terminal_plain(void *objects, uint64_t *bits)
{
    return on_terminal(objects, DENOISE_TERMINAL_PLAIN, bits);
}

void alloc_plotting(alloc_run *run)
{
    static const struct {
        const char *name, *file;
        denoise_status (*call)(void *objects, uint64_t *bits);
    } pictures[] = {
        {"images", "picture.png", images},
        {"images", "picture.svg", images},
        {"image rows", "rows.png", image_rows},
        {"image rows", "rows.svg", image_rows},
        {"curves", "curves.png", curves},
        {"curves", "curves.svg", curves},
        {"terminal, true colour", "none", terminal_colours},
        {"terminal, 256 colours", "none", terminal_greys},
        {"terminal, plain", "none", terminal_plain},
    };
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
        alloc_try(run, &(alloc_case){.name = pictures[i].name,
                                     .variant = pictures[i].file,
                                     .data = pictures[i].file,
                                     .make = make,
                                     .call = pictures[i].call,
                                     .state = state,
                                     .drop = drop});
}
