/* SPDX-License-Identifier: Apache-2.0 */
/* The three models of the tasks; task 4, 5 and 8 introduce them. */
#ifndef DENOISE_EXAMPLES_MODELS_H
#define DENOISE_EXAMPLES_MODELS_H

#include "common.h"

/* Sequential([Input(784), Dense(256, relu), Dense(256, relu), Dense(10, softmax)]) */
static inline denoise_status build_classifier(denoise_model **out, const example_options *options)
{
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    build.seed = options->seed;
    denoise_sequential *s;
    *out = NULL;
    denoise_status status = denoise_sequential_new(&s, "classifier");
    if (status != DENOISE_OK) return status;
    denoise_sequential_add(s, denoise_layer_input((const int64_t[]){784}, 1, NULL));
    denoise_sequential_add(s, denoise_layer_dense(options->units, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_dense(256, "relu", NULL));
    denoise_sequential_add(s, denoise_layer_dense(10, "softmax", NULL));
    status = denoise_sequential_build(out, s, &build); /* the first error of the lines above comes out here */
    denoise_sequential_free(s);
    return status;
}

/* x = Input(784); Model(x, Dense(784, sigmoid)(Dense(64, relu)(x))) */
static inline denoise_status build_autoencoder(denoise_model **out, const example_options *options)
{
    denoise_build_options build = DENOISE_BUILD_OPTIONS_INIT;
    build.seed = options->seed;
    denoise_graph *g;
    *out = NULL;
    denoise_status status = denoise_graph_new(&g, "autoencoder");
    if (status != DENOISE_OK) return status;
    denoise_node *image = denoise_graph_input(g, (const int64_t[]){784}, 1);
    denoise_node *encoded = denoise_graph_apply(g, denoise_layer_dense(64, "relu", NULL), image);
    denoise_node *decoded = denoise_graph_apply(g, denoise_layer_dense(784, "sigmoid", NULL), encoded);
    status = denoise_graph_build(out, g, image, decoded, &build);
    denoise_graph_free(g);
    return status;
}

/* x = Input(784); Model(x, classifier(autoencoder(x))): the weights are shared, not copied */
static inline denoise_status build_composite(denoise_model **out, denoise_model *autoencoder, denoise_model *classifier)
{
    denoise_graph *g;
    *out = NULL;
    denoise_status status = denoise_graph_new(&g, "denoise_and_classify");
    if (status != DENOISE_OK) return status;
    denoise_node *image = denoise_graph_input(g, (const int64_t[]){784}, 1);
    denoise_node *clean = denoise_graph_apply_model(g, autoencoder, image);
    status = denoise_graph_build(out, g, image, denoise_graph_apply_model(g, classifier, clean), NULL);
    denoise_graph_free(g);
    return status;
}

/* Weights that an earlier task left in the output folder. */
static inline denoise_status load_trained(denoise_model *model, const example_options *options, const char *name,
                                          const char *task)
{
    const char *path = example_path(options, name);
    if (access(path, R_OK) != 0) fprintf(stderr, "There is no \"%s\" yet: run %s first.\n", path, task);
    return denoise_model_load_weights(model, path, NULL);
}

/* The accuracy of a compiled classifier on rows and labels. */
static inline denoise_status evaluate_accuracy(double *accuracy, denoise_trainer *trainer, const denoise_tensor *x,
                                               const denoise_tensor *y)
{
    denoise_logs *logs;
    denoise_status status = denoise_trainer_evaluate(&logs, trainer, x, y, NULL);
    if (status == DENOISE_OK) status = denoise_logs_get(logs, "accuracy", accuracy);
    denoise_logs_free(logs);
    return status;
}

/* classifier.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['accuracy']) */
static inline denoise_status compile_classifier(denoise_trainer **out, denoise_model *classifier)
{
    denoise_metric *accuracy = denoise_metric_accuracy();
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    compile.metrics = &accuracy;
    compile.metric_count = 1;
    return denoise_model_compile(out, classifier, denoise_optimizer_adam(NULL),
                                 denoise_loss_sparse_categorical_crossentropy(NULL), &compile);
}

/* The figure of a metric on two tensors; the metric is freed. */
static inline denoise_status measure(double *value, denoise_metric *metric, const denoise_tensor *target,
                                     const denoise_tensor *prediction)
{
    denoise_status status = denoise_metric_update_state(metric, target, prediction, NULL);
    if (status == DENOISE_OK) status = denoise_metric_result(value, metric);
    denoise_metric_free(metric);
    return status;
}

#endif
