/* SPDX-License-Identifier: Apache-2.0 */
#include "golden/training.h"
#include <stdio.h>
#include <string.h>

enum { MAX_METRICS = 8, MAX_CLASSES = 64 };

/* What make_fixtures.py's compile call says of a case of kind "training_two" and the file does not. */
static const struct {
    const char *output, *loss, *metric;
} compiled_outputs[] = {{"digit", "sparse_categorical_crossentropy", "accuracy"}, {"clean", "mse", NULL}};

typedef struct compilation {
    denoise_optimizer *optimizer;
    denoise_loss *losses[TRAINING_ENDS];
    double loss_weights[TRAINING_ENDS];
    denoise_metric *metrics[MAX_METRICS];
    int64_t metric_outputs[MAX_METRICS], metric_count;
} compilation;

denoise_tensor *training_rows(fixture *f, denoise_tensor *tensor, int64_t rows)
{
    denoise_tensor *out;
    fixture_ok(f, denoise_tensor_rows(&out, tensor, 0, rows));
    return fixture_keep_tensor(f, out);
}

/* Rows of another shape, which the model says. */
static denoise_tensor *shaped(fixture *f, denoise_tensor *rows, const int64_t *shape, int32_t rank)
{
    int64_t full[DENOISE_MAX_RANK + 1] = {denoise_tensor_dim(rows, 0)};
    memcpy(full + 1, shape, (size_t)rank * sizeof(*shape));
    denoise_tensor *out;
    fixture_ok(f, denoise_tensor_reshape(&out, rows, full, rank + 1));
    return fixture_keep_tensor(f, out);
}

static denoise_tensor *data(fixture *f, const char *name)
{
    const char *from = fixture_case_of_kind(f, "data");
    if (from == NULL) fixture_fail(f, "there is no case of kind \"data\"");
    return fixture_tensor_of(f, from, name);
}

/* "x", "noisy", "labels" or "one_hot(labels)", in a shape of samples. */
static denoise_tensor *source(fixture *f, json_t *text, const int64_t *shape, int32_t rank)
{
    const char *name = json_string_value(text);
    if (name == NULL) fixture_fail(f, "an input or target is no text");
    if (strcmp(name, "labels") == 0) return data(f, "labels");
    if (strcmp(name, "one_hot(labels)") == 0) {
        denoise_tensor *out;
        fixture_ok(f, denoise_tensor_one_hot(&out, data(f, "labels"), shape[rank - 1]));
        return fixture_keep_tensor(f, out);
    }
    if (strcmp(name, "x") != 0 && strcmp(name, "noisy") != 0) fixture_fail(f, "unknown input or target \"%s\"", name);
    return shaped(f, data(f, name), shape, rank);
}

denoise_tensor *training_source(fixture *f, json_t *text, const denoise_model *model)
{
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    fixture_ok(f, denoise_model_input_shape(model, 0, shape, &rank));
    return source(f, text, shape, rank);
}

/* Inputs or targets: a text, or a list of them. */
static int64_t sources(fixture *f, denoise_tensor **out, json_t *texts, const training *t, bool is_input)
{
    int64_t count = json_is_array(texts) ? (int64_t)json_array_size(texts) : 1;
    if (count < 1 || count > TRAINING_ENDS) fixture_fail(f, "%lld inputs or targets", (long long)count);
    for (int64_t i = 0; i < count; i++) {
        int64_t shape[DENOISE_MAX_RANK];
        int32_t rank;
        fixture_ok(f, is_input ? denoise_model_input_shape(t->model, i, shape, &rank)
                               : denoise_model_output_shape(t->model, i, shape, &rank));
        out[i] = source(f, json_is_array(texts) ? json_array_get(texts, (size_t)i) : texts, shape, rank);
    }
    return count;
}

static void set_first_weights(fixture *f, const char *name, denoise_model *model)
{
    for (int64_t i = 0; i < denoise_model_weight_count(model); i++) {
        char weight[64];
        (void)snprintf(weight, sizeof(weight), "init%lld", (long long)i);
        fixture_ok(f, denoise_model_set_weight(model, i, fixture_tensor_of(f, name, weight)));
    }
}

static void add_metric(fixture *f, compilation *c, const char *kind, int64_t output)
{
    if (kind == NULL || c->metric_count == MAX_METRICS) fixture_fail(f, "a metric that this test cannot read");
    c->metric_outputs[c->metric_count] = output;
    c->metrics[c->metric_count++] = keras_metric(f, kind, NULL);
}

/* Keras' get_compile_config(). */
static void read_compilation(fixture *f, compilation *c, json_t *config)
{
    json_t *optimizer = json_object_get(config, "optimizer"), *metric;
    const char *kind = json_string_value(json_object_get(optimizer, "class_name"));
    if (kind == NULL) fixture_fail(f, "the optimizer has no class name");
    c->optimizer = keras_optimizer(f, kind, json_object_get(optimizer, "config"));
    c->losses[0] = keras_loss(f, json_object_get(config, "loss"));
    size_t i;
    json_array_foreach(json_object_get(config, "metrics"), i, metric)
    {
        add_metric(f, c, json_string_value(metric), 0);
    }
}

/* "adamw 0.002" */
static denoise_optimizer *optimizer_of(fixture *f, const char *text)
{
    char kind[32];
    double rate;
    if (text == NULL || sscanf(text, "%31s %lf", kind, &rate) != 2) fixture_fail(f, "the optimizer is not \"name rate\"");
    denoise_params *params = keras_params(f, "optimizer", kind, NULL);
    fixture_ok(f, denoise_params_set_double(params, "learning_rate", rate));
    denoise_optimizer *optimizer;
    fixture_ok(f, denoise_optimizer_create(&optimizer, kind, params));
    return fixture_keep_optimizer(f, optimizer);
}

static void read_outputs(fixture *f, compilation *c, const training *t, json_t *info)
{
    c->optimizer = optimizer_of(f, json_string_value(json_object_get(info, "optimizer")));
    for (int64_t i = 0; i < t->output_count; i++) {
        const char *output = denoise_model_output_name(t->model, i);
        size_t row = 0, rows = sizeof(compiled_outputs) / sizeof(*compiled_outputs);
        while (row < rows && strcmp(compiled_outputs[row].output, output) != 0)
            row++;
        if (row == rows) fixture_fail(f, "no loss is known for output \"%s\"", output);
        denoise_params *params = keras_params(f, "loss", compiled_outputs[row].loss, NULL);
        fixture_ok(f, denoise_loss_create(&c->losses[i], compiled_outputs[row].loss, params));
        fixture_keep_loss(f, c->losses[i]);
        if (compiled_outputs[row].metric != NULL) add_metric(f, c, compiled_outputs[row].metric, i);
        c->loss_weights[i] = json_number_value(json_array_get(json_object_get(info, "loss_weights"), (size_t)i));
    }
}

static void compile(fixture *f, training *t, json_t *info)
{
    compilation *c = fixture_alloc(f, sizeof(*c));
    bool is_keras_config = json_object_get(info, "compile") != NULL;
    if (is_keras_config) {
        read_compilation(f, c, json_object_get(info, "compile"));
    } else {
        read_outputs(f, c, t, info);
    }
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    options.losses = c->losses;
    options.loss_weights = is_keras_config ? NULL : c->loss_weights;
    options.loss_count = t->output_count;
    options.metrics = c->metrics;
    options.metric_outputs = c->metric_outputs;
    options.metric_count = c->metric_count;
    fixture_release(f, c->optimizer);
    for (int64_t i = 0; i < t->output_count; i++)
        fixture_release(f, c->losses[i]);
    for (int64_t i = 0; i < c->metric_count; i++)
        fixture_release(f, c->metrics[i]);
    fixture_ok(f, denoise_model_compile(&t->trainer, t->model, c->optimizer, NULL, &options));
    fixture_keep_trainer(f, t->trainer);
}

/* {"0": 1.0, "1": 1.1, ...} */
static void read_class_weight(fixture *f, denoise_fit_options *fit, json_t *given)
{
    double *weights = fixture_alloc(f, MAX_CLASSES * sizeof(*weights));
    for (int64_t i = 0; i < MAX_CLASSES; i++) {
        char key[32];
        (void)snprintf(key, sizeof(key), "%lld", (long long)i);
        json_t *weight = json_object_get(given, key);
        weights[i] = weight == NULL ? 1.0 : json_number_value(weight);
    }
    fit->class_weight = weights;
    fit->class_count = MAX_CLASSES;
}

static void read_fit(fixture *f, denoise_fit_options *fit, json_t *given)
{
    const char *key;
    json_t *value;
    json_object_foreach(given, key, value)
    {
        if (strcmp(key, "batch_size") == 0) {
            fit->batch_size = json_integer_value(value);
        } else if (strcmp(key, "epochs") == 0) {
            fit->epochs = json_integer_value(value);
        } else if (strcmp(key, "validation_split") == 0) {
            fit->validation_split = json_number_value(value);
        } else if (strcmp(key, "class_weight") == 0) {
            read_class_weight(f, fit, value);
        } else {
            fixture_fail(f, "fit has an option \"%s\" that this test does not know", key);
        }
    }
}

static void cut_rows(fixture *f, training *t, json_t *rows)
{
    if (rows == NULL) return;
    for (int64_t i = 0; i < t->input_count; i++)
        t->x[i] = training_rows(f, t->x[i], json_integer_value(rows));
    for (int64_t i = 0; i < t->output_count; i++)
        t->y[i] = training_rows(f, t->y[i], json_integer_value(rows));
}

training *training_run(fixture *f, const char *name)
{
    if (name == NULL) fixture_fail(f, "the name of a fit is no text");
    json_t *info = fixture_info_of(f, name);
    training *t = fixture_alloc(f, sizeof(*t));
    t->model = keras_model(f, json_object_get(info, "layers"));
    set_first_weights(f, name, t->model);
    t->input_count = sources(f, t->x, json_object_get(info, "inputs"), t, true);
    t->output_count = sources(f, t->y, json_object_get(info, "targets"), t, false);
    cut_rows(f, t, json_object_get(info, "rows"));
    compile(f, t, info);
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    read_fit(f, &fit, json_object_get(info, "fit"));
    fit.shuffle = 0;
    fit.verbose = 0;
    fixture_ok(f, denoise_trainer_fit_many(t->trainer, (const denoise_tensor *const *)t->x, t->input_count,
                                           (const denoise_tensor *const *)t->y, t->output_count, &fit));
    return t;
}
