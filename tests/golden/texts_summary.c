/* SPDX-License-Identifier: Apache-2.0 */
/* summary_*.txt: the models of make_fixtures.py's text_files(). */
#include "golden/texts.h"
#include <string.h>

static denoise_layer *dense(int64_t units, const char *activation, const char *name)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = name;
    return denoise_layer_dense(units, activation, &options);
}

static denoise_layer *input(int64_t length, const char *name)
{
    return denoise_layer_input(&length, 1, name);
}

static denoise_graph *graph_of(fixture *f, const char *name)
{
    denoise_graph *graph;
    fixture_ok(f, denoise_graph_new(&graph, name));
    return fixture_keep_graph(f, graph);
}

static denoise_model *build(fixture *f, denoise_graph *graph, denoise_node *from, denoise_node *to)
{
    denoise_model *model;
    fixture_ok(f, denoise_graph_build(&model, graph, from, to, NULL));
    return fixture_keep_model(f, model);
}

static denoise_model *sequential(fixture *f, const char *name, denoise_layer *const *layers, size_t count)
{
    denoise_sequential *builder;
    fixture_ok(f, denoise_sequential_new(&builder, name));
    fixture_keep_sequential(f, builder);
    for (size_t i = 0; i < count; i++)
        (void)denoise_sequential_add(builder, layers[i]); /* the first failure comes out of the build */
    denoise_model *model;
    fixture_ok(f, denoise_sequential_build(&model, builder, NULL));
    return fixture_keep_model(f, model);
}

static denoise_model *autoencoder(fixture *f)
{
    denoise_graph *graph = graph_of(f, "autoencoder");
    denoise_node *image = denoise_graph_input_layer(graph, input(784, "image"));
    denoise_node *encoded = denoise_graph_apply(graph, dense(64, "relu", "encoded"), image);
    return build(f, graph, image, denoise_graph_apply(graph, dense(784, "sigmoid", "decoded"), encoded));
}

static denoise_model *classifier(fixture *f)
{
    denoise_layer *layers[] = {input(784, NULL), dense(256, "relu", "dense"), dense(256, "relu", "dense_1"),
                               dense(10, "softmax", "dense_2")};
    return sequential(f, "classifier", layers, sizeof(layers) / sizeof(*layers));
}

static denoise_model *denoise_and_classify(fixture *f)
{
    denoise_graph *graph = graph_of(f, "denoise_and_classify");
    denoise_node *noisy = denoise_graph_input_layer(graph, input(784, "noisy"));
    denoise_node *clean = denoise_graph_apply_model(graph, autoencoder(f), noisy);
    return build(f, graph, noisy, denoise_graph_apply_model(graph, classifier(f), clean));
}

static denoise_model *two_inputs(fixture *f)
{
    denoise_graph *graph = graph_of(f, "two_inputs");
    denoise_node *inputs[] = {denoise_graph_input_layer(graph, input(8, "a")), denoise_graph_input_layer(graph, input(8, "b"))};
    denoise_layer *shared = dense(4, NULL, "shared");
    denoise_node *parts[2];
    for (size_t i = 0; i < 2; i++)
        parts[i] = denoise_graph_apply(graph, shared, inputs[i]);
    denoise_node *joined = denoise_graph_apply_many(graph, denoise_layer_concatenate(-1, "joined"), parts, 2);
    denoise_model *model;
    fixture_ok(f, denoise_graph_build_many(&model, graph, inputs, 2, &joined, 1, NULL));
    return fixture_keep_model(f, model);
}

static denoise_model *trained(fixture *f)
{
    denoise_layer *layers[] = {input(784, NULL), dense(10, NULL, "dense")};
    return sequential(f, "trained", layers, sizeof(layers) / sizeof(*layers));
}

/* With the optimizer's variables, which are there after a fit. */
static char *trained_summary(fixture *f, denoise_model *model, const denoise_summary_options *options)
{
    denoise_trainer *trainer;
    fixture_ok(f,
               denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), denoise_loss_mean_squared_error(), NULL));
    fixture_keep_trainer(f, trainer);
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.verbose = 0;
    fixture_ok(f, denoise_trainer_fit(trainer, texts_zeros(f, 2, 784), texts_zeros(f, 2, 10), &fit));
    char *text;
    fixture_ok(f, denoise_trainer_summary(&text, trainer, options));
    return fixture_keep_text(f, text);
}

static const struct {
    const char *file;
    denoise_model *(*build)(fixture *f);
    char *(*summary)(fixture *f, denoise_model *model, const denoise_summary_options *options); /* NULL: the model's */
} summaries[] = {{"summary_autoencoder.txt", autoencoder, NULL},
                 {"summary_classifier.txt", classifier, NULL},
                 {"summary_denoise_and_classify.txt", denoise_and_classify, NULL},
                 {"summary_two_inputs.txt", two_inputs, NULL},
                 {"summary_trained.txt", trained, trained_summary}};

void texts_run_summary(fixture *f)
{
    size_t count = sizeof(summaries) / sizeof(*summaries), i = 0;
    while (i < count && strcmp(summaries[i].file, fixture_name(f)) != 0)
        i++;
    if (i == count) fixture_fail(f, "the test does not know how this model is built");
    denoise_model *model = summaries[i].build(f);
    denoise_summary_options options = DENOISE_SUMMARY_OPTIONS_INIT;
    options.line_length = 80;
    char *text;
    if (summaries[i].summary != NULL) {
        text = summaries[i].summary(f, model, &options);
    } else {
        fixture_ok(f, denoise_model_summary(&text, model, &options));
        fixture_keep_text(f, text);
    }
    fixture_compare_bytes(f, "the summary", text, texts_expected(f));
}
