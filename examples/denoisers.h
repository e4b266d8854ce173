/* SPDX-License-Identifier: Apache-2.0 */
/* What the denoisers of digits share: each is trained with fresh noise, judged by the notebook's classifier, and drawn. */
#ifndef DENOISE_EXAMPLES_DENOISERS_H
#define DENOISE_EXAMPLES_DENOISERS_H

#include "models.h"
#include "training.h"

/* One denoiser: a model that makes pictures of digits out of pictures of its own shape. */
typedef struct denoiser {
    const char *name; /* of its files */
    denoise_status (*build)(denoise_model **out, const example_options *options);
    double learning_rate; /* of the first step */
    int64_t batch_size;
    int64_t epochs; /* without --epochs */
} denoiser;

/* One digit in eight is given without noise: who has never seen a clean one spoils it. */
enum { CLEAN_EVERY = 8 };

/* The notebook's classifier: of an earlier run in the same folder, else it learns now. */
static inline denoise_status get_judge(denoise_model **judge, const digits *d, const example_options *options)
{
    const char *path = example_path(options, "classifier.safetensors");
    denoise_trainer *trainer = NULL;
    denoise_status status = build_classifier(judge, options);
    if (status != DENOISE_OK) return status;
    if (access(path, R_OK) == 0) return denoise_model_load_weights(*judge, path, NULL);
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.batch_size = 512;
    fit.epochs = 3;
    fit.seed = options->seed;
    fit.verbose = 2;
    printf("The classifier of the notebook learns first:\n");
    status = compile_classifier(&trainer, *judge);
    if (status == DENOISE_OK) status = denoise_trainer_fit(trainer, d->x_train, d->train_labels, &fit);
    if (status == DENOISE_OK) status = denoise_model_save_weights(*judge, path);
    denoise_trainer_free(trainer);
    return status;
}

/* x = Input(784); Model(x, judge(Flatten()(model(Reshape(its shape)(x))))) */
static inline denoise_status join(denoise_model **out, denoise_model *model, denoise_model *judge)
{
    denoise_graph *g;
    int64_t shape[DENOISE_MAX_RANK];
    int32_t rank;
    *out = NULL;
    denoise_status status = denoise_model_input_shape(model, 0, shape, &rank);
    if (status == DENOISE_OK) status = denoise_graph_new(&g, "denoise_and_classify");
    if (status != DENOISE_OK) return status;
    denoise_node *x = denoise_graph_input(g, (const int64_t[]){784}, 1);
    denoise_node *picture = denoise_graph_apply(g, denoise_layer_reshape(shape, rank, NULL), x);
    denoise_node *clean = denoise_graph_apply_model(g, model, picture);
    denoise_node *row = denoise_graph_apply(g, denoise_layer_flatten(NULL), clean);
    status = denoise_graph_build(out, g, x, denoise_graph_apply_model(g, judge, row), NULL);
    denoise_graph_free(g);
    return status;
}

/* model.fit(x_train + fresh noise, x_train): all digits but the last twelfth, which validate. */
static inline denoise_status train_denoiser(denoise_trainer **out, denoise_model *model, const digits *d, const char *kind,
                                            const denoiser *what, const example_options *options)
{
    fresh_noise noise = {kind, options->seed, CLEAN_EVERY};
    denoise_tensor *pictures = NULL, *train = NULL, *kept = NULL, *kept_noisy = NULL;
    denoise_dataset *dataset = NULL;
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    const int64_t rows = denoise_tensor_dim(d->x_train, 0), count = rows - rows / 12;
    denoise_status status = as_input(&pictures, d->x_train, model);
    if (status == DENOISE_OK) status = denoise_tensor_rows(&train, pictures, 0, count);
    if (status == DENOISE_OK) status = denoise_tensor_rows(&kept, pictures, count, rows);
    if (status == DENOISE_OK) status = digits_add_noise(&kept_noisy, kept, kind, options->seed + 2);
    if (status == DENOISE_OK) status = noisy_dataset(&dataset, train, train, what->batch_size, &noise);
    fit.epochs = options->epochs > 0 ? options->epochs : what->epochs;
    fit.validation_x = (const denoise_tensor *const *)&kept_noisy;
    fit.validation_y = (const denoise_tensor *const *)&kept;
    fit.validation_batch_size = 256;
    fit.seed = options->seed;
    fit.verbose = 2;
    denoise_optimizer *adam = adam_with_cosine(what->learning_rate, count_steps(count, what->batch_size, fit.epochs));
    if (status == DENOISE_OK)
        status = denoise_model_compile(out, model, adam, denoise_loss_binary_crossentropy(NULL), NULL);
    else
        denoise_optimizer_free(adam);
    if (status == DENOISE_OK) status = denoise_trainer_fit_dataset(*out, dataset, NULL, &fit);
    denoise_dataset_free(dataset), denoise_tensor_free(pictures), denoise_tensor_free(train), denoise_tensor_free(kept);
    denoise_tensor_free(kept_noisy);
    return status;
}

/* The test's digits with noise of their own: four figures and a picture. */
static inline int judge_denoiser(denoise_model *model, denoise_model *judge, const digits *d, const char *kind,
                                 const char *picture, const example_options *options)
{
    denoise_tensor *noisy = NULL, *x = NULL, *denoised = NULL, *y = NULL, *classes = NULL, *of_clean = NULL;
    denoise_model *composite = NULL;
    double accuracy, on_clean, psnr, ssim;
    int result = 1;
    CHECK(digits_add_noise(&noisy, d->x_test, kind, options->seed + 1));
    CHECK(as_input(&x, noisy, model));
    CHECK(denoise_model_predict(&denoised, model, x, NULL));
    CHECK(denoise_tensor_reshape(&y, denoised, (const int64_t[]){-1, 784}, 2));
    CHECK(denoise_model_predict(&classes, judge, y, NULL));
    CHECK(join(&composite, model, judge));
    CHECK(denoise_model_predict(&of_clean, composite, d->x_test, NULL));
    CHECK(measure(&accuracy, denoise_metric_sparse_categorical_accuracy(), d->test_labels, classes));
    CHECK(measure(&on_clean, denoise_metric_sparse_categorical_accuracy(), d->test_labels, of_clean));
    CHECK(measure(&psnr, denoise_metric_psnr(28, 28, 1.0), d->x_test, y));
    CHECK(measure(&ssim, denoise_metric_ssim(28, 28, 1.0), d->x_test, y));
    printf("%s noise: accuracy %.4f on denoised digits, PSNR %.2f dB, SSIM %.4f, composite %.4f on clean digits\n", kind,
           accuracy, psnr, ssim, on_clean);

    const denoise_tensor *rows[] = {noisy, y, d->x_test}, *labels[] = {NULL, classes, NULL};
    const char *captions[] = {"noisy", "denoised", "clean"};
    denoise_plot_images_options plot = DENOISE_PLOT_IMAGES_OPTIONS_INIT;
    plot.row_captions = captions;
    plot.row_caption_count = 3;
    plot.expected = d->test_labels;
    CHECK(denoise_plot_image_rows(picture, rows, labels, 3, &plot));
    result = 0;
done:
    denoise_model_free(composite), denoise_tensor_free(noisy), denoise_tensor_free(x), denoise_tensor_free(denoised);
    denoise_tensor_free(y), denoise_tensor_free(classes), denoise_tensor_free(of_clean);
    return result;
}

/* Trains and judges one denoiser for one kind of noise; leaves NAME_KIND.safetensors, .png and _training.png. */
static inline int run_kind(const denoiser *what, const char *kind, denoise_model *judge, const digits *d,
                           const example_options *options)
{
    denoise_model *model = NULL;
    denoise_trainer *trainer = NULL;
    char weights[64], picture[64], curves[64];
    int result = 1;
    snprintf(weights, sizeof weights, "%s_%s.safetensors", what->name, kind);
    snprintf(picture, sizeof picture, "%s_%s.png", what->name, kind);
    snprintf(curves, sizeof curves, "%s_%s_training.png", what->name, kind);
    printf("\n== %s, %s noise, new in every epoch ==\n", what->name, kind);
    CHECK(what->build(&model, options));
    CHECK(denoise_model_print_summary(model, NULL));
    CHECK(train_denoiser(&trainer, model, d, kind, what, options));
    CHECK(denoise_model_save_weights(model, example_path(options, weights)));
    CHECK(draw_curves(example_path(options, curves), trainer, "loss", "binary cross-entropy"));
    result = judge_denoiser(model, judge, d, kind, example_path(options, picture), options);
done:
    denoise_trainer_free(trainer), denoise_model_free(model);
    return result;
}

/* The whole program: both kinds of noise, or the one of --noise. */
static inline int run_denoiser(const denoiser *what, int argc, char **argv)
{
    static const char *const kinds[] = {"gaussian", "uniform"};
    example_options options;
    digits d = {0};
    denoise_model *judge = NULL;
    int result = 1;
    if (!example_start(&options, argc, argv)) return 1;
    CHECK(digits_load(&d, &options));
    CHECK(get_judge(&judge, &d, &options));
    result = 0;
    for (int i = 0; i < 2; i++) {
        if (options.noise == NULL || strcmp(options.noise, kinds[i]) == 0)
            result |= run_kind(what, kinds[i], judge, &d, &options);
    }
done:
    denoise_model_free(judge), digits_free(&d);
    return result;
}

#endif
