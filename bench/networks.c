/* SPDX-License-Identifier: Apache-2.0 */
#include "networks.h"
#include "check.h"

const network network_classifier = {
    .key = "w1", .name = "classifier 784-256-256-10", .widths = {784, 256, 256, 10}, .layers = 3, .last_activation = "softmax"};
const network network_autoencoder = {.key = "w2",
                                     .name = "autoencoder 784-64-784",
                                     .widths = {784, 64, 784},
                                     .layers = 2,
                                     .last_activation = "sigmoid",
                                     .validation_split = 0.2};

denoise_model *network_build(const network *n, bool divides)
{
    denoise_sequential *s;
    denoise_model *model;
    check(denoise_sequential_new(&s, n->key));
    check(denoise_sequential_add(s, denoise_layer_input(n->widths, 1, NULL)));
    if (divides) check(denoise_sequential_add(s, denoise_layer_rescaling(1.0 / 255, 0.0, NULL)));
    for (int32_t i = 1; i <= n->layers; i++) {
        check(denoise_sequential_add(s, denoise_layer_dense(n->widths[i], i == n->layers ? n->last_activation : "relu", NULL)));
    }
    check(denoise_sequential_build(&model, s, NULL));
    denoise_sequential_free(s);
    return model;
}

denoise_model *network_build_composite(bool divides)
{
    denoise_graph *g;
    denoise_model *composite, *denoiser = network_build(&network_autoencoder, divides),
                              *classifier = network_build(&network_classifier, false);
    check(denoise_graph_new(&g, "denoise_and_classify"));
    denoise_node *image = denoise_graph_input(g, network_autoencoder.widths, 1);
    denoise_node *clean = denoise_graph_apply_model(g, denoiser, image);
    check(denoise_graph_build(&composite, g, image, denoise_graph_apply_model(g, classifier, clean), NULL));
    denoise_graph_free(g);
    denoise_model_free(denoiser), denoise_model_free(classifier);
    return composite;
}

denoise_trainer *network_compile_with(const network *n, bool divides, bool accuracy)
{
    denoise_trainer *trainer;
    denoise_model *model = network_build(n, divides);
    denoise_compile_options compile = DENOISE_COMPILE_OPTIONS_INIT;
    bool classifies = n == &network_classifier;
    denoise_metric *metric = accuracy ? denoise_metric_accuracy() : NULL;
    denoise_loss *loss =
        classifies ? denoise_loss_sparse_categorical_crossentropy(NULL) : denoise_loss_binary_crossentropy(NULL);
    compile.metrics = accuracy ? &metric : NULL;
    compile.metric_count = accuracy;
    check(denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL), loss, &compile));
    denoise_model_free(model);
    return trainer;
}

denoise_trainer *network_compile(const network *n, bool divides)
{
    return network_compile_with(n, divides, n == &network_classifier);
}

double network_epoch_flops(const network *n, double rows, double validation_rows)
{
    double sum = 0.0;
    for (int32_t i = 0; i < n->layers; i++) {
        double product = 2.0 * (double)n->widths[i] * (double)n->widths[i + 1];
        sum += product * (rows * (i == 0 ? 2.0 : 3.0) + validation_rows);
    }
    return sum;
}

double network_composite_flops(void)
{
    return network_epoch_flops(&network_autoencoder, 0.0, 1.0) + network_epoch_flops(&network_classifier, 0.0, 1.0);
}
