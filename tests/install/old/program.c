/* SPDX-License-Identifier: Apache-2.0 */
/* A program of version 0.1: compiled against tests/install/headers-0.1, it runs with today's library. It has each struct from
 * its INIT macro and from its function, in memory that ends where the struct of 0.1 ends, trains, and measures by the old
 * names. */
#include <denoise/denoise.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void check(int condition, const char *what)
{
    if (condition) return;
    printf("%s: %s\n", what, denoise_last_error());
    failures++;
}

/* Behind the struct lie bytes that nobody may write. */
#define EACH_INIT(type, function, macro)                                                                                       \
    do {                                                                                                                       \
        struct {                                                                                                               \
            type options;                                                                                                      \
            unsigned char behind[256];                                                                                         \
        } place;                                                                                                               \
        const type written = macro;                                                                                            \
        size_t i, touched = 0;                                                                                                 \
        memset(&place, 0xAA, sizeof place);                                                                                    \
        function(&place.options);                                                                                              \
        for (i = 0; i < sizeof place.behind; i++)                                                                              \
            touched += place.behind[i] != 0xAA;                                                                                \
        check(touched == 0, #function " writes behind the struct");                                                            \
        check(place.options.struct_size == (int64_t)sizeof(type) && written.struct_size == (int64_t)sizeof(type), #function);  \
        function(NULL);                                                                                                        \
    } while (0)

static void init_structs(void)
{
    EACH_INIT(denoise_callback_hooks, denoise_callback_hooks_init, DENOISE_CALLBACK_HOOKS_INIT);
    EACH_INIT(denoise_early_stopping_options, denoise_early_stopping_options_init, DENOISE_EARLY_STOPPING_OPTIONS_INIT);
    EACH_INIT(denoise_reduce_lr_options, denoise_reduce_lr_options_init, DENOISE_REDUCE_LR_OPTIONS_INIT);
    EACH_INIT(denoise_csv_options, denoise_csv_options_init, DENOISE_CSV_OPTIONS_INIT);
    EACH_INIT(denoise_dense_options, denoise_dense_options_init, DENOISE_DENSE_OPTIONS_INIT);
    EACH_INIT(denoise_limits, denoise_limits_init, DENOISE_LIMITS_INIT);
    EACH_INIT(denoise_crossentropy_options, denoise_crossentropy_options_init, DENOISE_CROSSENTROPY_OPTIONS_INIT);
    EACH_INIT(denoise_build_options, denoise_build_options_init, DENOISE_BUILD_OPTIONS_INIT);
    EACH_INIT(denoise_predict_options, denoise_predict_options_init, DENOISE_PREDICT_OPTIONS_INIT);
    EACH_INIT(denoise_summary_options, denoise_summary_options_init, DENOISE_SUMMARY_OPTIONS_INIT);
    EACH_INIT(denoise_sgd_options, denoise_sgd_options_init, DENOISE_SGD_OPTIONS_INIT);
    EACH_INIT(denoise_rmsprop_options, denoise_rmsprop_options_init, DENOISE_RMSPROP_OPTIONS_INIT);
    EACH_INIT(denoise_adam_options, denoise_adam_options_init, DENOISE_ADAM_OPTIONS_INIT);
    EACH_INIT(denoise_adam_options, denoise_adamw_options_init, DENOISE_ADAMW_OPTIONS_INIT);
    EACH_INIT(denoise_plot_images_options, denoise_plot_images_options_init, DENOISE_PLOT_IMAGES_OPTIONS_INIT);
    EACH_INIT(denoise_plot_terminal_options, denoise_plot_terminal_options_init, DENOISE_PLOT_TERMINAL_OPTIONS_INIT);
    EACH_INIT(denoise_plot_curves_options, denoise_plot_curves_options_init, DENOISE_PLOT_CURVES_OPTIONS_INIT);
    EACH_INIT(denoise_compile_options, denoise_compile_options_init, DENOISE_COMPILE_OPTIONS_INIT);
    EACH_INIT(denoise_fit_options, denoise_fit_options_init, DENOISE_FIT_OPTIONS_INIT);
    EACH_INIT(denoise_evaluate_options, denoise_evaluate_options_init, DENOISE_EVALUATE_OPTIONS_INIT);
}

static void swallow(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length, (void)user_data;
}

static void use_small_structs(void)
{
    denoise_param_info info;
    denoise_log_sink sink = {0};
    denoise_allocator allocator = {0};
    memset(&info, 0, sizeof info);
    info.struct_size = (int64_t)sizeof info;
    check(denoise_kind_param(&info, "layer", "dense", 0) == DENOISE_OK && info.name != NULL, "denoise_kind_param");
    sink.struct_size = (int64_t)sizeof sink;
    sink.write = swallow;
    check(denoise_set_log_sink(&sink) == DENOISE_OK && denoise_set_log_sink(NULL) == DENOISE_OK, "denoise_set_log_sink");
    allocator.struct_size = 8;
    check(denoise_set_allocator(&allocator) == DENOISE_ERR_INVALID &&
              strstr(denoise_last_error(), "denoise_set_allocator: struct_size is 8") != NULL,
          "a struct that is too short");
}

static denoise_model *make_model(void)
{
    const int64_t shape[1] = {2};
    denoise_model *model = NULL;
    denoise_sequential *layers = NULL;
    denoise_dense_options dense = DENOISE_DENSE_OPTIONS_INIT;
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    dense.kernel_regularizer = "l2(0.001)";
    build.seed = 7;
    check(denoise_sequential_new(&layers, NULL) == DENOISE_OK, "new");
    check(denoise_sequential_add(layers, denoise_layer_input(shape, 1, NULL)) == DENOISE_OK, "input");
    check(denoise_sequential_add(layers, denoise_layer_dense(3, "tanh", &dense)) == DENOISE_OK, "dense");
    check(denoise_sequential_add(layers, denoise_layer_dense(1, "sigmoid", NULL)) == DENOISE_OK, "dense");
    check(denoise_sequential_build(&model, layers, &build) == DENOISE_OK, "build");
    denoise_sequential_free(layers);
    return model;
}

static void train(denoise_model *model, const denoise_tensor *x, const denoise_tensor *y)
{
    denoise_trainer *trainer = NULL;
    denoise_adam_options adam = DENOISE_ADAM_OPTIONS_INIT;
    denoise_crossentropy_options loss = DENOISE_CROSSENTROPY_OPTIONS_INIT;
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_early_stopping_options early = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_evaluate_options evaluate = DENOISE_EVALUATE_OPTIONS_INIT;
    denoise_predict_options predict = DENOISE_PREDICT_OPTIONS_INIT;
    denoise_tensor *out = NULL;
    adam.learning_rate = 0.05;
    fit.epochs = 3;
    fit.verbose = evaluate.verbose = predict.verbose = 0;
    early.monitor = "loss";
    check(denoise_model_compile(&trainer, model, denoise_optimizer_adam(&adam), denoise_loss_binary_crossentropy(&loss),
                                &compile) == DENOISE_OK,
          "compile");
    check(denoise_trainer_add_callback(trainer, denoise_callback_early_stopping(&early)) == DENOISE_OK, "early stopping");
    check(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, NULL, NULL)) == DENOISE_OK, "lambda");
    check(denoise_trainer_fit(trainer, x, y, &fit) == DENOISE_OK, "fit");
    check(denoise_history_epochs(denoise_trainer_history(trainer)) == 3, "history");
    check(denoise_trainer_evaluate(NULL, trainer, x, y, &evaluate) == DENOISE_OK, "evaluate");
    check(denoise_model_predict(&out, model, x, &predict) == DENOISE_OK && denoise_tensor_size(out) == 4, "predict");
    fit.struct_size -= 8;
    check(denoise_trainer_fit(trainer, x, y, &fit) == DENOISE_ERR_INVALID &&
              strstr(denoise_last_error(), "fit options: struct_size is") != NULL,
          "a struct that never was");
    denoise_tensor_free(out);
    denoise_trainer_free(trainer);
}

static void measure(const denoise_tensor *y)
{
    double value = -1;
    denoise_metric *metric = denoise_metric_mean_absolute_error();
    check(denoise_metric_update(metric, y, y, NULL) == DENOISE_OK, "denoise_metric_update");
    check(denoise_metric_compute(&value, metric) == DENOISE_OK && value == 0, "denoise_metric_compute");
    check(denoise_metric_clear(metric) == DENOISE_OK, "denoise_metric_clear");
    denoise_metric_free(metric);
}

int main(void)
{
    const int64_t x_shape[2] = {4, 2}, y_shape[2] = {4, 1};
    const float x_data[8] = {0, 0, 0, 1, 1, 0, 1, 1}, y_data[4] = {0, 1, 1, 1};
    denoise_tensor *x = NULL, *y = NULL;
    denoise_model *model;
    init_structs();
    use_small_structs();
    check(denoise_tensor_from_data(&x, DENOISE_FLOAT32, x_shape, 2, x_data) == DENOISE_OK, "x");
    check(denoise_tensor_from_data(&y, DENOISE_FLOAT32, y_shape, 2, y_data) == DENOISE_OK, "y");
    model = make_model();
    train(model, x, y);
    measure(y);
    denoise_model_free(model);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    printf("compiled against %s, runs with %s: %d failures\n", DENOISE_VERSION_TEXT, denoise_version(), failures);
    return failures != 0;
}
