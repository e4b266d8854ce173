/* SPDX-License-Identifier: Apache-2.0 */
#include "determinism/sequence.h"
#include "support/temp_dir.h"
#include "train/trainer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 200, PREDICTED = 1100, WIDTH = 40, HIDDEN = 24, CLASSES = 5, ALIGNMENT = 64 };

const char *const sequence_net_names[SEQUENCE_NETS] = {"classifier", "autoencoder", "composite", "graph"};

static uint64_t hash_bytes(const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash;
}

void sequence_note(sequence *s, const char *name, const void *data, size_t size)
{
    if (s->count == SEQUENCE_MOST) fail_msg("the sequence has too many parts");
    (void)snprintf(s->parts[s->count].name, SEQUENCE_NAME, "%s", name);
    s->parts[s->count++].hash = hash_bytes(data, size);
}

void sequence_note_tensor(sequence *s, const char *name, const denoise_tensor *tensor)
{
    sequence_note(s, name, denoise_tensor_const_data(tensor), (size_t)denoise_tensor_bytes(tensor));
}

void sequence_note_model(sequence *s, const char *name, const denoise_model *model)
{
    uint64_t hash = hash_of_weights(model);
    sequence_note(s, name, &hash, sizeof hash);
}

static void note_text(sequence *s, const char *name, const char *text)
{
    sequence_note(s, name, text, strlen(text));
}

static void note_file(sequence *s, const char *path)
{
    char buffer[1 << 16];
    size_t size;
    uint64_t hash = 0;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    while ((size = fread(buffer, 1, sizeof buffer, file)) > 0)
        hash = hash * 31 + hash_bytes(buffer, size);
    (void)fclose(file);
    sequence_note(s, strrchr(path, '/') + 1, &hash, sizeof hash);
}

uint64_t sequence_hash(const sequence *s)
{
    uint64_t hash = (uint64_t)s->count;
    for (int i = 0; i < s->count; i++)
        hash = hash * 1099511628211u ^ s->parts[i].hash;
    return hash;
}

const char *sequence_difference(const sequence *a, const sequence *b)
{
    if (a->count != b->count) return "the number of parts";
    for (int i = 0; i < a->count; i++)
        if (a->parts[i].hash != b->parts[i].hash) return a->parts[i].name;
    return NULL;
}

static const char *file_in(const sequence_options *o, const char *name)
{
    static char path[TEMP_PATH_SIZE + 64];
    (void)snprintf(path, sizeof path, "%s/%s", o->folder, name);
    return path;
}

/* ---- arrays of the caller's, out of line */

static denoise_tensor *placed(denoise_tensor *tensor, const sequence_options *o)
{
    denoise_tensor *out;
    size_t bytes = (size_t)denoise_tensor_bytes(tensor);
    unsigned char *memory = aligned_alloc(ALIGNMENT, (bytes + 2 * ALIGNMENT) / ALIGNMENT * ALIGNMENT);
    assert_non_null(memory);
    memcpy(memory + o->offset, denoise_tensor_const_data(tensor), bytes);
    ASSERT_OK(denoise_tensor_borrow(&out, denoise_tensor_dtype(tensor), denoise_tensor_shape(tensor),
                                    denoise_tensor_rank(tensor), memory + o->offset, memory, free));
    denoise_tensor_free(tensor);
    return out;
}

static denoise_tensor *inputs(const sequence_options *o, int64_t rows, int64_t columns, uint64_t stream)
{
    denoise_tensor *numbers = random_rows(rows, columns, stream), *unit, *scaled;
    ASSERT_OK(denoise_tensor_clip(&unit, numbers, 0.0, 1.0));
    if (o->bytes) {
        denoise_tensor *wide;
        ASSERT_OK(denoise_tensor_scale(&wide, unit, 3.0));
        ASSERT_OK(denoise_tensor_astype(&scaled, wide, DENOISE_UINT8));
        denoise_tensor_free(wide);
    } else {
        ASSERT_OK(denoise_tensor_scale(&scaled, unit, o->subnormal ? 1e-39 : 1.0));
    }
    denoise_tensor_free(numbers);
    denoise_tensor_free(unit);
    return placed(scaled, o);
}

static denoise_tensor *labels(const sequence_options *o)
{
    sequence_options whole = *o;
    whole.offset = o->offset / 4 * 4;
    return placed(random_labels(ROWS, CLASSES, 3), &whole);
}

/* ---- nets */

static denoise_model *stack(const char *name, int64_t inputs, const int64_t *units, const char *const *activations, int count)
{
    denoise_sequential *s;
    denoise_model *model;
    ASSERT_OK(denoise_sequential_new(&s, name));
    ASSERT_OK(denoise_sequential_add(s, denoise_layer_input(&inputs, 1, NULL)));
    for (int i = 0; i < count; i++)
        ASSERT_OK(denoise_sequential_add(s, denoise_layer_dense(units[i], activations[i], NULL)));
    ASSERT_OK(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    return model;
}

static denoise_model *classifier(void)
{
    return stack("classifier", WIDTH, (const int64_t[]){HIDDEN, 19, CLASSES}, (const char *const[]){"relu", "tanh", "softmax"},
                 3);
}

static denoise_model *autoencoder(void)
{
    return stack("autoencoder", WIDTH, (const int64_t[]){HIDDEN, WIDTH}, (const char *const[]){"relu", "sigmoid"}, 2);
}

static denoise_model *composite(void)
{
    const int64_t width = WIDTH;
    denoise_graph *g;
    denoise_model *model, *first = autoencoder(), *second = classifier();
    ASSERT_OK(denoise_graph_new(&g, "composite"));
    denoise_node *x = denoise_graph_input(g, &width, 1);
    denoise_node *y = denoise_graph_apply_model(g, second, denoise_graph_apply_model(g, first, x));
    ASSERT_OK(denoise_graph_build(&model, g, x, y, NULL));
    denoise_graph_free(g);
    denoise_model_free(first);
    denoise_model_free(second);
    return model;
}

static denoise_model *graph(void)
{
    const int64_t width = WIDTH;
    denoise_graph *g;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&g, "graph"));
    denoise_node *x = denoise_graph_input(g, &width, 1);
    denoise_node *noisy = denoise_graph_apply(g, denoise_layer_gaussian_noise(0.1, NULL), x);
    denoise_node *sides[] = {denoise_graph_apply(g, denoise_layer_dense(HIDDEN, "elu", NULL), noisy),
                             denoise_graph_apply(g, denoise_layer_dense(HIDDEN, "softplus", NULL), noisy)};
    denoise_node *sum = denoise_graph_apply_many(g, denoise_layer_add(NULL), sides, 2);
    denoise_node *parts[] = {sum, denoise_graph_apply(g, denoise_layer_dropout(0.25, NULL), sides[0])};
    denoise_node *joined = denoise_graph_apply_many(g, denoise_layer_concatenate(-1, NULL), parts, 2);
    denoise_node *y = denoise_graph_apply(g, denoise_layer_dense(CLASSES, "softmax", NULL), joined);
    ASSERT_OK(denoise_graph_build(&model, g, x, y, NULL));
    denoise_graph_free(g);
    return model;
}

static denoise_model *(*const makers[SEQUENCE_NETS])(void) = {classifier, autoencoder, composite, graph};

static void shrink_weights(denoise_model *model)
{
    for (int64_t i = 0; i < denoise_model_weight_count(model); i += 3) {
        denoise_tensor *weight, *scaled;
        ASSERT_OK(denoise_model_get_weight(&weight, model, i));
        ASSERT_OK(denoise_tensor_scale(&scaled, weight, 1e-38));
        ASSERT_OK(denoise_model_set_weight(model, i, scaled));
        denoise_tensor_free(weight);
        denoise_tensor_free(scaled);
    }
}

static denoise_trainer *compile(int net, denoise_model *model, const sequence_options *o)
{
    denoise_trainer *trainer;
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_metric *metric = net == 1 ? denoise_metric_mean_absolute_error() : denoise_metric_accuracy();
    options.metrics = &metric;
    options.metric_count = 1;
    denoise_optimizer *optimizer = net == 2 ? denoise_optimizer_rmsprop(NULL) : denoise_optimizer_adam(NULL);
    denoise_loss *loss = net == 1 ? denoise_loss_binary_crossentropy(NULL) : denoise_loss_sparse_categorical_crossentropy(NULL);
    if (o->subnormal) shrink_weights(model);
    ASSERT_OK(denoise_model_compile(&trainer, model, optimizer, loss, &options));
    denoise_early_stopping_options early = DENOISE_EARLY_STOPPING_OPTIONS_INIT;
    early.patience = 3;
    early.restore_best_weights = 1;
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_early_stopping(&early)));
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_reduce_lr_on_plateau(NULL)));
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_csv_logger(file_in(o, "log.csv"), NULL, 0)));
    return trainer;
}

static void note_optimizer(sequence *s, denoise_optimizer *optimizer)
{
    denoise__optimizer_bring_home(optimizer);
    uint64_t hash = (uint64_t)optimizer->iterations;
    for (int64_t i = 0; i < optimizer->weight_count * optimizer->slot_count; i++)
        hash = hash * 31 + hash_bytes(optimizer->slots[i].values, (size_t)optimizer->slots[i].count * sizeof(float));
    sequence_note(s, "optimizer", &hash, sizeof hash);
}

static void note_history(sequence *s, const denoise_history *history)
{
    for (int64_t k = 0; k < denoise_history_key_count(history); k++) {
        const char *key = denoise_history_key(history, k);
        sequence_note(s, key, denoise_history_values(history, key), (size_t)denoise_history_epochs(history) * sizeof(double));
    }
}

/* Predictions of pieces of o->prediction rows, each a call of its own. */
static void note_prediction(sequence *s, const denoise_model *model, denoise_tensor *x, const sequence_options *o)
{
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    int64_t rows = denoise_tensor_dim(x, 0), size = o->prediction > 0 ? o->prediction : rows, columns = 0;
    float *all = NULL;
    options.batch_size = size;
    for (int64_t first = 0; first < rows; first += size) {
        denoise_tensor *piece, *out;
        int64_t end = first + size < rows ? first + size : rows;
        ASSERT_OK(denoise_tensor_rows(&piece, x, first, end));
        ASSERT_OK(denoise_model_predict(&out, model, piece, &options));
        columns = denoise_tensor_dim(out, 1);
        if (all == NULL) all = malloc((size_t)(rows * columns) * sizeof *all);
        assert_non_null(all);
        memcpy(all + first * columns, denoise_tensor_const_data(out), (size_t)denoise_tensor_bytes(out));
        denoise_tensor_free(piece);
        denoise_tensor_free(out);
    }
    sequence_note(s, "predictions", all, (size_t)(rows * columns) * sizeof *all);
    free(all);
}

void sequence_train(sequence *s, int net, const sequence_options *o)
{
    denoise_model *model = makers[net]();
    denoise_trainer *trainer = compile(net, model, o);
    denoise_tensor *x = inputs(o, ROWS, WIDTH, 1), *y = net == 1 ? inputs(o, ROWS, WIDTH, 2) : labels(o),
                   *predicted = inputs(o, PREDICTED, WIDTH, 4);
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    denoise_evaluate_options evaluate = DENOISE_EVALUATE_OPTIONS_INIT;
    denoise_logs *logs;
    double loss;
    sequence_note_model(s, "first weights", model);
    sequence_note_tensor(s, "inputs", x);
    sequence_note_tensor(s, "targets", y);
    fit.epochs = 3;
    fit.validation_split = 0.2;
    fit.seed = 9;
    fit.verbose = 0;
    evaluate.verbose = 0;
    ASSERT_OK(denoise_trainer_fit(trainer, x, y, &fit));
    ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
    sequence_note_model(s, sequence_net_names[net], model);
    note_optimizer(s, denoise_trainer_optimizer(trainer));
    note_history(s, denoise_trainer_history(trainer));
    note_file(s, file_in(o, "log.csv"));
    ASSERT_OK(denoise_trainer_evaluate(&logs, trainer, x, y, &evaluate));
    ASSERT_OK(denoise_logs_get(logs, "loss", &loss));
    sequence_note(s, "evaluated", &loss, sizeof loss);
    denoise_logs_free(logs);
    note_prediction(s, model, predicted, o);
    ASSERT_OK(denoise_model_save_weights(model, file_in(o, "weights.safetensors")));
    note_file(s, file_in(o, "weights.safetensors"));
    ASSERT_OK(denoise_model_load_weights(model, file_in(o, "weights.safetensors"), NULL));
    sequence_note_model(s, "loaded", model);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_tensor_free(predicted);
}

/* ---- tensors, texts, pictures */

static void note_new(sequence *s, const char *name, denoise_tensor *tensor)
{
    char text[4096];
    sequence_note_tensor(s, name, tensor);
    (void)denoise_tensor_format(tensor, text, (int64_t)sizeof text);
    note_text(s, "its text", text);
    denoise_tensor_free(tensor);
}

static void run_tensors(sequence *s)
{
    denoise_tensor *x = random_rows(37, 11, 5), *y = random_rows(37, 11, 6), *wide, *out;
    ((float *)denoise_tensor_data(x))[5] = 1e-41f;
    ASSERT_OK(denoise_tensor_astype(&wide, x, DENOISE_FLOAT64));
    ((double *)denoise_tensor_data(wide))[3] = 0.1;
    ASSERT_OK(denoise_tensor_add(&out, x, y)), note_new(s, "sum", out);
    ASSERT_OK(denoise_tensor_add(&out, wide, y)), note_new(s, "wide sum", out);
    ASSERT_OK(denoise_tensor_scale(&out, x, 1.0 / 3)), note_new(s, "multiple", out);
    ASSERT_OK(denoise_tensor_scale(&out, wide, 1.0 / 3)), note_new(s, "wide multiple", out);
    ASSERT_OK(denoise_tensor_clip(&out, x, -0.3, 0.7)), note_new(s, "clipped", out);
    ASSERT_OK(denoise_tensor_argmax(&out, x, -1)), note_new(s, "argmax", out);
    ASSERT_OK(denoise_tensor_arange(&out, DENOISE_FLOAT32, 0.1, 7.3, 0.7)), note_new(s, "range", out);
    for (int32_t dtype = DENOISE_FLOAT32; dtype <= DENOISE_UINT8; dtype++)
        ASSERT_OK(denoise_tensor_astype(&out, wide, dtype)), note_new(s, "converted", out);
    int32_t same = denoise_tensor_equal(x, wide);
    sequence_note(s, "equal", &same, sizeof same);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    denoise_tensor_free(wide);
}

static void run_noise(sequence *s)
{
    denoise_tensor *images, *labels, *rows, *out;
    ASSERT_OK(denoise_synthetic_digits(&images, &labels, 6, 3, 0));
    sequence_note_tensor(s, "digits", images);
    ASSERT_OK(denoise_images_to_rows(&rows, images, 1.0 / 255));
    sequence_note_tensor(s, "rows", rows);
    ASSERT_OK(denoise_noise_gaussian(&out, rows, 0.9, 4)), note_new(s, "gaussian", out);
    ASSERT_OK(denoise_noise_uniform(&out, rows, 0.9, 4)), note_new(s, "uniform", out);
    ASSERT_OK(denoise_noise_salt_and_pepper(&out, rows, 0.1, 4)), note_new(s, "salt", out);
    ASSERT_OK(denoise_noise_masking(&out, rows, 0.1, 4)), note_new(s, "masked", out);
    ASSERT_OK(denoise_tensor_one_hot(&out, labels, 10)), note_new(s, "one hot", out);
    denoise_tensor_free(images);
    denoise_tensor_free(labels);
    denoise_tensor_free(rows);
}

static void run_pictures(sequence *s, const sequence_options *o)
{
    static const double values[] = {0.1, 0.25, 1.0 / 3, 1e-3, 0.7};
    denoise_plot_curve curve = {.name = "loss", .values = values, .length = 5};
    denoise_tensor *images, *labels;
    char *text;
    ASSERT_OK(denoise_synthetic_digits(&images, &labels, 4, 3, 0));
    ASSERT_OK(denoise_plot_curves(file_in(o, "curves.svg"), &curve, 1, NULL));
    note_file(s, file_in(o, "curves.svg"));
    ASSERT_OK(denoise_plot_curves(file_in(o, "curves.png"), &curve, 1, NULL));
    note_file(s, file_in(o, "curves.png"));
    ASSERT_OK(denoise_plot_images(file_in(o, "images.png"), images, NULL));
    note_file(s, file_in(o, "images.png"));
    ASSERT_OK(denoise_plot_images_terminal(&text, images, NULL));
    note_text(s, "terminal", text);
    denoise_free(text);
    denoise_tensor_free(images);
    denoise_tensor_free(labels);
}

static void run_texts(sequence *s)
{
    denoise_model *model = graph();
    denoise_layer *layer;
    denoise_params *params;
    double number = 0;
    char *text;
    ASSERT_OK(denoise_model_summary(&text, model, NULL));
    note_text(s, "summary", text);
    denoise_free(text);
    ASSERT_OK(denoise_model_dot(&text, model));
    note_text(s, "dot", text);
    denoise_free(text);
    denoise_model_free(model);
    ASSERT_OK(denoise_params_new(&params));
    ASSERT_OK(denoise_params_set_int(params, "units", 3));
    ASSERT_OK(denoise_params_set_text(params, "kernel_initializer", "random_normal(stddev=0.125e-1)"));
    ASSERT_OK(denoise_layer_create(&layer, "dense", params));
    denoise_params_free(params);
    const char *name;
    const denoise_params *nested;
    ASSERT_OK(denoise_layer_params(&params, layer));
    ASSERT_OK(denoise_params_get_kind(params, "kernel_initializer", &name, &nested));
    ASSERT_OK(denoise_params_get_double(nested, "stddev", &number));
    sequence_note(s, "stddev", &number, sizeof number);
    ASSERT_FAILS(denoise_tensor_random_normal(&(denoise_tensor *){NULL}, NULL, 2, NULL, 0, 1), DENOISE_ERR_NULL, "");
    note_text(s, "message", denoise_last_error());
    denoise_params_free(params);
    denoise_layer_free(layer);
}

static void run_losses(sequence *s)
{
    denoise_tensor *x = random_rows(9, CLASSES, 5), *y = random_rows(9, CLASSES, 6), *gradient, *inputs, *outputs;
    denoise_loss *loss = denoise_loss_mean_squared_error();
    denoise_metric *metric = denoise_metric_psnr(1, CLASSES, 1.0);
    denoise_model *model = stack("one", CLASSES, (const int64_t[]){CLASSES}, (const char *const[]){"tanh"}, 1);
    double value;
    ASSERT_OK(denoise_loss_compute(&value, &gradient, loss, y, x, NULL));
    sequence_note(s, "loss", &value, sizeof value);
    note_new(s, "slopes", gradient);
    ASSERT_OK(denoise_metric_update_state(metric, y, x, NULL));
    ASSERT_OK(denoise_metric_result(&value, metric));
    sequence_note(s, "psnr", &value, sizeof value);
    ASSERT_OK(denoise_model_gradients(&inputs, NULL, &outputs, model, (const denoise_tensor *const *)&x,
                                      (const denoise_tensor *const *)&y, 0, 0));
    note_new(s, "input gradients", inputs);
    note_new(s, "outputs", outputs);
    denoise_model_free(model);
    denoise_loss_free(loss);
    denoise_metric_free(metric);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
}

void sequence_run(sequence *s, const sequence_options *o)
{
    for (int net = 0; net < SEQUENCE_NETS; net++)
        sequence_train(s, net, o);
    run_tensors(s);
    run_noise(s);
    run_pictures(s, o);
    run_texts(s);
    run_losses(s);
}
