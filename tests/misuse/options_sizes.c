/* SPDX-License-Identifier: Apache-2.0 */
/* Every struct with a struct_size in every size from 0 to twice its own, at the end of its memory: sizes of no version are
 * refused with the struct's name and, where there is one, its init function; what lies behind today's struct must be zero; init
 * writes nothing beyond the size that it is given. */
#include "misuse/options_first.h"
#include "support/campaign.h"
#include "support/nets.h"
#include "support/temp_dir.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static denoise_tensor *x, *y, *image;
static denoise_model *model;
static denoise_trainer *trainer;
static char csv_path[512], png_path[512];

/* ---- one call for each struct */

static denoise_status of_layer(denoise_layer *layer)
{
    denoise_status status = denoise_layer_status(layer);
    denoise_layer_free(layer);
    return status;
}

static denoise_status of_loss(denoise_loss *loss)
{
    denoise_status status = denoise_loss_status(loss);
    denoise_loss_free(loss);
    return status;
}

static denoise_status of_optimizer(denoise_optimizer *optimizer)
{
    denoise_status status = denoise_optimizer_status(optimizer);
    denoise_optimizer_free(optimizer);
    return status;
}

static denoise_status of_callback(denoise_callback *callback)
{
    denoise_status status = denoise_callback_status(callback);
    denoise_callback_free(callback);
    return status;
}

static denoise_status dense(void *options)
{
    return of_layer(denoise_layer_dense(2, NULL, options));
}

static denoise_status conv(void *options)
{
    return of_layer(denoise_layer_conv2d(2, 3, NULL, options));
}

static denoise_status batch_norm(void *options)
{
    return of_layer(denoise_layer_batch_normalization(options));
}

static denoise_status layer_norm(void *options)
{
    return of_layer(denoise_layer_layer_normalization(options));
}

static denoise_status group_norm(void *options)
{
    return of_layer(denoise_layer_group_normalization(2, options));
}

static denoise_status crossentropy(void *options)
{
    return of_loss(denoise_loss_categorical_crossentropy(options));
}

static denoise_status sgd(void *options)
{
    return of_optimizer(denoise_optimizer_sgd(options));
}

static denoise_status rmsprop(void *options)
{
    return of_optimizer(denoise_optimizer_rmsprop(options));
}

static denoise_status adam(void *options)
{
    return of_optimizer(denoise_optimizer_adam(options));
}

static denoise_status adamw(void *options)
{
    return of_optimizer(denoise_optimizer_adamw(options));
}

static denoise_status hooks(void *options)
{
    return of_callback(denoise_callback_lambda(options, NULL, NULL));
}

static denoise_status early_stopping(void *options)
{
    return of_callback(denoise_callback_early_stopping(options));
}

static denoise_status reduce_lr(void *options)
{
    return of_callback(denoise_callback_reduce_lr_on_plateau(options));
}

static denoise_status csv(void *options)
{
    denoise_tensor *table = NULL;
    denoise_status status = denoise_csv_load(&table, NULL, csv_path, options, NULL);
    denoise_tensor_free(table);
    return status;
}

static denoise_status limits(void *options)
{
    denoise_tensor *table = NULL;
    denoise_status status = denoise_csv_load(&table, NULL, csv_path, NULL, options);
    denoise_tensor_free(table);
    return status;
}

static denoise_status build(void *options)
{
    const int64_t shape[] = {2};
    denoise_sequential *layers;
    denoise_model *built = NULL;
    ASSERT_OK(denoise_sequential_new(&layers, NULL));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_input(shape, 1, NULL)));
    ASSERT_OK(denoise_sequential_add(layers, denoise_layer_dense(2, NULL, NULL)));
    denoise_status status = denoise_sequential_build(&built, layers, options);
    denoise_model_free(built);
    denoise_sequential_free(layers);
    return status;
}

static denoise_status predict(void *options)
{
    denoise_tensor *out = NULL;
    denoise_status status = denoise_model_predict(&out, model, x, options);
    denoise_tensor_free(out);
    return status;
}

static denoise_status summary(void *options)
{
    char *text = NULL;
    denoise_status status = denoise_model_summary(&text, model, options);
    denoise_free(text);
    return status;
}

static denoise_status compile(void *options)
{
    denoise_trainer *made = NULL;
    denoise_status status =
        denoise_model_compile(&made, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), options);
    denoise_trainer_free(made);
    return status;
}

static denoise_status fit(void *options)
{
    return denoise_trainer_fit(trainer, x, y, options);
}

static denoise_status evaluate(void *options)
{
    return denoise_trainer_evaluate(NULL, trainer, x, y, options);
}

static denoise_status plot_images(void *options)
{
    return denoise_plot_images(png_path, image, options);
}

static denoise_status plot_terminal(void *options)
{
    char *text = NULL;
    denoise_status status = denoise_plot_images_terminal(&text, image, options);
    denoise_free(text);
    return status;
}

static denoise_status plot_curves(void *options)
{
    const double values[] = {1, 2};
    const denoise_plot_curve curve = {.name = "loss", .values = values, .length = 2};
    return denoise_plot_curves(png_path, &curve, 1, options);
}

static denoise_status param_info(void *options)
{
    return denoise_kind_param(options, "layer", "dense", 0);
}

static void swallow(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length, (void)user_data;
}

static denoise_status log_sink(void *options)
{
    denoise_status status = denoise_set_log_sink(options);
    ASSERT_OK(denoise_set_log_sink(NULL));
    return status;
}

/* One without functions, so that nothing is set: a struct that was read is refused for them. */
static denoise_status allocator(void *options)
{
    denoise_status status = denoise_set_allocator(options);
    return strstr(denoise_last_error(), "must all be given") != NULL ? DENOISE_OK : status;
}

/* ---- the structs */

typedef void (*init_function)(void *options, int64_t size);
typedef struct structure {
    const char *what; /* in messages */
    const char *init; /* likewise; NULL: there is none */
    size_t size;
    const void *written; /* by the macro */
    denoise_status (*use)(void *options);
    init_function init_sized;
} structure;

#define INIT(name, type)                                                                                                       \
    static void name##_init(void *options, int64_t size)                                                                       \
    {                                                                                                                          \
        denoise_##type##_init_sized(options, size);                                                                            \
    }
#define WRITTEN(name, type, MACRO) static const denoise_##type name##_written = DENOISE_##MACRO##_INIT;
#define EACH(X)                                                                                                                \
    X(dense, dense_options, dense_options, DENSE_OPTIONS, "dense options")                                                     \
    X(conv, conv_options, conv_options, CONV_OPTIONS, "conv options")                                                          \
    X(batch_norm, batch_normalization_options, batch_normalization_options, BATCH_NORMALIZATION_OPTIONS,                       \
      "batch_normalization options")                                                                                           \
    X(layer_norm, layer_normalization_options, layer_normalization_options, LAYER_NORMALIZATION_OPTIONS,                       \
      "layer_normalization options")                                                                                           \
    X(group_norm, group_normalization_options, group_normalization_options, GROUP_NORMALIZATION_OPTIONS,                       \
      "group_normalization options")                                                                                           \
    X(crossentropy, crossentropy_options, crossentropy_options, CROSSENTROPY_OPTIONS, "crossentropy options")                  \
    X(sgd, sgd_options, sgd_options, SGD_OPTIONS, "sgd options")                                                               \
    X(rmsprop, rmsprop_options, rmsprop_options, RMSPROP_OPTIONS, "rmsprop options")                                           \
    X(adam, adam_options, adam_options, ADAM_OPTIONS, "adam options")                                                          \
    X(adamw, adamw_options, adam_options, ADAMW_OPTIONS, "adamw options")                                                      \
    X(hooks, callback_hooks, callback_hooks, CALLBACK_HOOKS, "callback hooks")                                                 \
    X(early_stopping, early_stopping_options, early_stopping_options, EARLY_STOPPING_OPTIONS, "early_stopping options")        \
    X(reduce_lr, reduce_lr_options, reduce_lr_options, REDUCE_LR_OPTIONS, "reduce_lr options")                                 \
    X(csv, csv_options, csv_options, CSV_OPTIONS, "denoise_csv_options")                                                       \
    X(limits, limits, limits, LIMITS, "denoise_limits")                                                                        \
    X(build, build_options, build_options, BUILD_OPTIONS, "build options")                                                     \
    X(predict, predict_options, predict_options, PREDICT_OPTIONS, "predict options")                                           \
    X(summary, summary_options, summary_options, SUMMARY_OPTIONS, "summary options")                                           \
    X(compile, compile_options, compile_options, COMPILE_OPTIONS, "compile options")                                           \
    X(fit, fit_options, fit_options, FIT_OPTIONS, "fit options")                                                               \
    X(evaluate, evaluate_options, evaluate_options, EVALUATE_OPTIONS, "evaluate options")                                      \
    X(plot_images, plot_images_options, plot_images_options, PLOT_IMAGES_OPTIONS, "denoise_plot_images_options")               \
    X(plot_terminal, plot_terminal_options, plot_terminal_options, PLOT_TERMINAL_OPTIONS, "denoise_plot_terminal_options")     \
    X(plot_curves, plot_curves_options, plot_curves_options, PLOT_CURVES_OPTIONS, "denoise_plot_curves_options")
#define DEFINE(name, noun, type, MACRO, text) WRITTEN(name, type, MACRO) INIT(name, noun)
EACH(DEFINE)

static const denoise_param_info info_written = {.struct_size = sizeof info_written};
static const denoise_log_sink sink_written = {.struct_size = sizeof sink_written, .write = swallow};
static const denoise_allocator allocator_written = {sizeof allocator_written, NULL, NULL, NULL, NULL};

#define ROW(name, noun, type, MACRO, text)                                                                                     \
    {text, "DENOISE_" #MACRO "_INIT or denoise_" #noun "_init()", sizeof(name##_written), &name##_written, name, name##_init},
static const structure structures[] = {
    EACH(ROW) //
    {"denoise_kind_param", NULL, sizeof info_written, &info_written, param_info, NULL},
    {"denoise_set_log_sink", NULL, sizeof sink_written, &sink_written, log_sink, NULL},
    {"denoise_set_allocator", NULL, sizeof allocator_written, &allocator_written, allocator, NULL},
};
enum { STRUCTURES = (int)(sizeof structures / sizeof *structures) };

/* ---- what is asked of each */

/* A copy in memory of its own that ends with the struct: a byte behind it is no one's. */
static unsigned char *copy_of(const structure *s, size_t size, unsigned char *memory, size_t room)
{
    unsigned char *place = memory + room - (size + 15) / 16 * 16;
    memset(memory, 0xAA, room);
    memset(place, 0, size);
    memcpy(place, s->written, size < s->size ? size : s->size);
    int64_t told = (int64_t)size;
    if (size >= sizeof told) memcpy(place, &told, sizeof told);
    return place;
}

/* The struct of the first version that had it; today's where 0.1 did not. */
static size_t first_of(const structure *s)
{
    for (const first_size *first = first_sizes; first->what != NULL; first++) {
        if (strcmp(first->what, s->what) == 0) return first->size;
    }
    return s->size;
}

static bool is_version(const structure *s, size_t size)
{
    return size >= first_of(s) && size % _Alignof(int64_t) == 0;
}

static void check_refused(campaign *c, const structure *s, size_t size, denoise_status status)
{
    char start[160];
    (void)snprintf(start, sizeof start, "%s: ", s->what);
    campaign_check(c, status == DENOISE_ERR_INVALID, "%s of %zu bytes: status %d", s->what, size, (int)status);
    campaign_check(c, strncmp(denoise_last_error(), start, strlen(start)) == 0, "%s of %zu bytes: %s", s->what, size,
                   denoise_last_error());
}

static void try_size(campaign *c, const structure *s, size_t size)
{
    const size_t room = 1024;
    unsigned char *memory = malloc(room);
    if (!campaign_check(c, memory != NULL, "out of memory")) return;
    unsigned char shown[8] = {0}; /* less than a struct_size cannot be handed over: it reads as zero */
    void *place = size >= sizeof shown ? copy_of(s, size, memory, room) : (void *)shown;
    if (size < sizeof shown) memcpy(shown, &(int64_t){(int64_t)size}, sizeof shown);
    denoise_status status = s->use(place);
    if (is_version(s, size)) {
        campaign_check(c, status == DENOISE_OK, "%s of %zu bytes: %s", s->what, size, denoise_last_error());
    } else {
        check_refused(c, s, size, status);
        if (s->init != NULL)
            campaign_check(c, strstr(denoise_last_error(), s->init) != NULL, "%s: no %s in \"%s\"", s->what, s->init,
                           denoise_last_error());
    }
    for (size_t i = s->size; is_version(s, size) && i < size; i++) {
        unsigned char *spoilt = copy_of(s, size, memory, room);
        spoilt[i] = (unsigned char)(1 + campaign_below(c, 255));
        status = s->use(spoilt);
        /* what the library writes has no unknown fields: it becomes zero */
        if (s->use == param_info)
            campaign_check(c, status == DENOISE_OK && spoilt[i] == 0, "byte %zu was not cleared", i);
        else
            check_refused(c, s, size, status);
    }
    free(memory);
}

static void try_init(campaign *c, const structure *s, size_t size)
{
    const size_t room = 1024;
    unsigned char *memory = malloc(room), *place;
    if (s->init_sized == NULL || !campaign_check(c, memory != NULL, "out of memory")) {
        free(memory);
        return;
    }
    memset(memory, 0xAA, room);
    place = memory + 64;
    s->init_sized(place, (int64_t)size);
    size_t outside = 0;
    for (size_t i = 0; i < room; i++)
        outside += (i < 64 || i >= 64 + (size < 8 ? 0 : size)) && memory[i] != 0xAA;
    campaign_check(c, outside == 0, "%s: init of %zu bytes writes %zu beyond them", s->what, size, outside);
    if (is_version(s, size))
        campaign_check(c, s->use(place) == DENOISE_OK, "%s: what init wrote into %zu bytes: %s", s->what, size,
                       denoise_last_error());
    free(memory);
}

static void make_world(const temp_dir *dir)
{
    (void)snprintf(csv_path, sizeof csv_path, "%s", temp_dir_file(dir, "table.csv"));
    (void)snprintf(png_path, sizeof png_path, "%s", temp_dir_file(dir, "plot.png"));
    FILE *file = fopen(csv_path, "w");
    assert_non_null(file);
    assert_true(fputs("a,b\n1,2\n", file) >= 0 && fclose(file) == 0);
    x = random_rows(4, 2, 1), y = random_rows(4, 1, 2), image = random_rows(4, 4, 3);
    denoise_tensor *square = NULL;
    const int64_t shape[] = {1, 4, 4};
    ASSERT_OK(denoise_tensor_reshape(&square, image, shape, 3));
    denoise_tensor_free(image);
    image = square;
    model = two_layers(2, 2, "tanh", 1, NULL);
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
}

static void free_world(void)
{
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_tensor_free(image);
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "options_sizes", argc, argv, 1, 1)) return campaign_end(&c);
    temp_dir dir;
    temp_dir_make(&dir);
    make_world(&dir);
    int64_t sizes = 0;
    for (int i = 0; i < STRUCTURES; i++) {
        if (!campaign_case(&c, i)) continue;
        for (size_t size = 0; size <= 2 * structures[i].size; size++, sizes++) {
            try_size(&c, &structures[i], size);
            try_init(&c, &structures[i], size);
        }
    }
    free_world();
    temp_dir_remove(&dir);
    campaign_check(&c, denoise_memory_blocks() == 0, "%lld blocks are left", (long long)denoise_memory_blocks());
    campaign_count(&c, "structs", STRUCTURES);
    campaign_count(&c, "structs of a size", sizes);
    return campaign_end(&c);
}
