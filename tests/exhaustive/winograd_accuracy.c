/* SPDX-License-Identifier: Apache-2.0 */
/* winograd_accuracy [weights.safetensors picture.png ...]: errors of both forms of a convolution with a kernel of 3 x 3 against
 * double, over random numbers; and, where they are given, over DnCNN's hidden layers (17 convolutions of 64 channels, as Keras
 * names them) on the middle 64 x 64 pixels of photographs with noise of 25/255, each layer on the same numbers, and of the
 * whole network's output. Errors are told by the root mean square of the exact numbers; the last two columns have the largest
 * error by the sum of the magnitudes of a number's own products. A minute; not part of ctest:
 *
 *   cmake -S . -B build -DDENOISE_TESTS=ON && cmake --build build --target winograd_accuracy
 *   build/tests/exhaustive/winograd_accuracy dncnn_s_sigma25.safetensors set12/??.png
 */
#include "layers/winograd_correlation.h"
#include <denoise/denoise.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 64, CHANNELS = 64, LAYERS = 17, PIXELS = SIDE * SIDE };

typedef struct errors {
    double squares, largest, values, count;
    double worst; /* largest error by the sum of its number's magnitudes */
} errors;

static void add(errors *e, double got, double exact, double magnitudes)
{
    double error = fabs(got - exact);
    e->squares += error * error;
    if (error > e->largest) e->largest = error;
    if (magnitudes > 0 && error / magnitudes > e->worst) e->worst = error / magnitudes;
    e->values += exact * exact;
    e->count++;
}

static void tell(const char *what, const errors *direct, const errors *winograd)
{
    double scale = sqrt(direct->values / direct->count);
    printf("| %-34s | %.2e | %.2e | %.2e | %.2e | %.2f | %.1e | %.1e |\n", what, sqrt(direct->squares / direct->count) / scale,
           sqrt(winograd->squares / winograd->count) / scale, direct->largest / scale, winograd->largest / scale,
           sqrt(winograd->squares / direct->squares), direct->worst, winograd->worst);
}

static void *room(int64_t count, size_t size)
{
    void *memory = aligned_alloc(64, ((size_t)count * size + 63) / 64 * 64);
    if (memory == NULL) exit(1);
    return memory;
}

static void check(denoise_status status)
{
    if (status == DENOISE_OK) return;
    fprintf(stderr, "%s\n", denoise_last_error());
    exit(1);
}

static denoise__correlation correlation_of(int64_t side, int64_t in, int64_t out)
{
    denoise__correlation c = {.groups = 1};
    c.input = c.output = (denoise__spatial){.axes = 2};
    c.input.channels = in;
    c.output.channels = out;
    for (int i = 0; i < 3; i++) {
        c.window[i] = (denoise__window){.input = i == 0 ? 1 : side, .size = i == 0 ? 1 : 3, .stride = 1, .dilation = 1};
        check(denoise__window_make(&c.window[i], "same"));
        c.input.length[i] = c.output.length[i] = c.window[i].input;
    }
    return c;
}

/* "same" padding, no bias; kernel (3, 3, in, out). */
static void exact(const double *x, const float *kernel, int64_t side, int64_t in, int64_t out, double *y)
{
    for (int64_t p = 0; p < side * side; p++) {
        double *to = y + p * out;
        memset(to, 0, (size_t)out * sizeof *to);
        for (int64_t t = 0; t < 9; t++) {
            int64_t row = p / side - 1 + t / 3, column = p % side - 1 + t % 3;
            if (row < 0 || row >= side || column < 0 || column >= side) continue;
            for (int64_t i = 0; i < in; i++) {
                double v = x[(row * side + column) * in + i];
                const float *w = kernel + (t * in + i) * out;
                for (int64_t o = 0; o < out; o++)
                    to[o] += v * (double)w[o];
            }
        }
    }
}

/* Both forms of x, and what is exact of it. */
static void compare(const float *x, const float *kernel, int64_t side, int64_t in, int64_t out, double *y, errors *direct,
                    errors *winograd)
{
    denoise__correlation c = correlation_of(side, in, out);
    int64_t count = side * side * out;
    double *wide = room(side * side * in, sizeof *wide), *magnitudes = room(count, sizeof *magnitudes);
    float *got = room(count, sizeof *got), *packed = room(denoise__correlation_packed(&c, false), sizeof *packed);
    float *points = room(denoise__winograd_packed(&c, false), sizeof *points);
    float *scratch = room(denoise__winograd_scratch(&c, false, 1), sizeof *scratch);
    for (int64_t i = 0; i < side * side * in; i++)
        wide[i] = (double)x[i];
    exact(wide, kernel, side, in, out, y);
    for (int64_t i = 0; i < side * side * in; i++)
        wide[i] = fabs(wide[i]);
    float *positive = room(9 * in * out, sizeof *positive);
    for (int64_t i = 0; i < 9 * in * out; i++)
        positive[i] = fabsf(kernel[i]);
    exact(wide, positive, side, in, out, magnitudes);
    denoise__correlation_pack(&c, kernel, packed, false);
    denoise__correlation_run(&c, false, x, packed, got, 1, NULL);
    for (int64_t i = 0; i < count; i++)
        add(direct, (double)got[i], y[i], magnitudes[i]);
    denoise__winograd_pack(&c, kernel, points, false);
    denoise__winograd_run(&c, false, x, points, got, 1, scratch, NULL);
    for (int64_t i = 0; i < count; i++)
        add(winograd, (double)got[i], y[i], magnitudes[i]);
    free(wide), free(magnitudes), free(positive), free(got), free(packed), free(points), free(scratch);
}

static uint64_t state = 1;

static double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (double)(state >> 11) * 0x1p-53;
}

static double normal(void)
{
    return sqrt(-2 * log(1 - uniform())) * cos(6.283185307179586 * uniform());
}

static void random_numbers(const char *what, int64_t in, int64_t out, double (*draw)(void))
{
    errors direct = {0}, winograd = {0};
    float *x = room(PIXELS * in, sizeof *x), *kernel = room(9 * in * out, sizeof *kernel);
    double *y = room(PIXELS * out, sizeof *y);
    for (int64_t i = 0; i < PIXELS * in; i++)
        x[i] = (float)draw();
    for (int64_t i = 0; i < 9 * in * out; i++)
        kernel[i] = (float)normal();
    compare(x, kernel, SIDE, in, out, y, &direct, &winograd);
    tell(what, &direct, &winograd);
    free(x), free(kernel), free(y);
}

static double rectified(void)
{
    double x = normal();
    return x > 0 ? x : 0;
}

/* A tenth of a percent of the numbers are a thousand times as large. */
static double spiked(void)
{
    return uniform() < 1e-3 ? 1000 * normal() : normal();
}

/* ---- DnCNN */

static denoise_model *dncnn(const char *path)
{
    denoise_graph *graph;
    denoise_model *model;
    denoise_conv_options options = DENOISE_CONV_OPTIONS_INIT;
    options.padding = "same";
    check(denoise_graph_new(&graph, NULL));
    denoise_node *image = denoise_graph_input(graph, (const int64_t[]){SIDE, SIDE, 1}, 3), *at = image;
    for (int i = 0; i < LAYERS; i++)
        at = denoise_graph_apply(
            graph, denoise_layer_conv2d(i == LAYERS - 1 ? 1 : CHANNELS, 3, i == LAYERS - 1 ? NULL : "relu", &options), at);
    check(denoise_graph_build(&model, graph, image, at, NULL));
    denoise_graph_free(graph);
    check(denoise_model_load_weights(model, path, NULL));
    return model;
}

typedef struct weights {
    denoise_tensor *kernel[LAYERS], *bias[LAYERS];
} weights;

static void read_weights(weights *w, const char *path)
{
    denoise_safetensors *file;
    char name[64];
    check(denoise_safetensors_open(&file, path, NULL));
    for (int i = 0; i < LAYERS; i++) {
        for (int part = 0; part < 2; part++) {
            if (i == 0)
                (void)snprintf(name, sizeof name, "conv2d/%s", part == 0 ? "kernel" : "bias");
            else
                (void)snprintf(name, sizeof name, "conv2d_%d/%s", i, part == 0 ? "kernel" : "bias");
            check(denoise_safetensors_get(part == 0 ? &w->kernel[i] : &w->bias[i], file, name));
        }
    }
    denoise_safetensors_free(file);
}

static void noisy_middle(const char *path, float *x)
{
    denoise_tensor *picture;
    check(denoise_png_load(&picture, path, NULL));
    int64_t height = denoise_tensor_dim(picture, 0), width = denoise_tensor_dim(picture, 1);
    const uint8_t *bytes = denoise_tensor_data(picture);
    if (height < SIDE || width < SIDE || denoise_tensor_dim(picture, 2) != 1) exit(1);
    for (int64_t i = 0; i < PIXELS; i++) {
        int64_t row = (height - SIDE) / 2 + i / SIDE, column = (width - SIDE) / 2 + i % SIDE;
        x[i] = (float)bytes[row * width + column] / 255 + (float)(25.0 / 255 * normal());
    }
    denoise_tensor_free(picture);
}

static void add_output(const denoise_model *model, const denoise_tensor *x, const char *form, const double *y, errors *e)
{
    denoise_tensor *got;
    denoise_predict_options options = DENOISE_PREDICT_OPTIONS_INIT;
    options.convolution = form;
    check(denoise_model_predict(&got, model, x, &options));
    for (int64_t i = 0; i < PIXELS; i++)
        add(e, (double)((const float *)denoise_tensor_data(got))[i], y[i], 0);
    denoise_tensor_free(got);
}

/* All layers in double; each hidden one also in both forms, on what the one before it gives, rounded. */
static void photograph(const denoise_model *model, const weights *w, const char *path, errors *layers, errors *outputs)
{
    double *from = room(PIXELS * CHANNELS, sizeof *from), *to = room(PIXELS * CHANNELS, sizeof *to);
    float *x = room(PIXELS * CHANNELS, sizeof *x), *noisy = room(PIXELS, sizeof *noisy);
    noisy_middle(path, noisy);
    for (int64_t i = 0; i < PIXELS; i++)
        from[i] = (double)noisy[i];
    for (int l = 0; l < LAYERS; l++) {
        int64_t in = l == 0 ? 1 : CHANNELS, out = l == LAYERS - 1 ? 1 : CHANNELS;
        const float *kernel = denoise_tensor_data(w->kernel[l]), *bias = denoise_tensor_data(w->bias[l]);
        if (in == out) {
            for (int64_t i = 0; i < PIXELS * in; i++)
                x[i] = (float)from[i];
            compare(x, kernel, SIDE, in, out, to, &layers[0], &layers[1]);
        }
        exact(from, kernel, SIDE, in, out, to);
        for (int64_t i = 0; i < PIXELS * out; i++) {
            to[i] += (double)bias[i % out];
            if (l < LAYERS - 1 && to[i] < 0) to[i] = 0;
        }
        double *turn = from;
        from = to;
        to = turn;
    }
    denoise_tensor *picture;
    check(denoise_tensor_from_data(&picture, DENOISE_FLOAT32, (const int64_t[]){1, SIDE, SIDE, 1}, 4, noisy));
    add_output(model, picture, "direct", from, &outputs[0]);
    add_output(model, picture, "auto", from, &outputs[1]);
    denoise_tensor_free(picture);
    free(from), free(to), free(x), free(noisy);
}

int main(int count, char **arguments)
{
    puts("| numbers, channels                  | direct, rms | Winograd, rms | direct, largest | Winograd, largest | rms, "
         "ratio | "
         "direct, by products | Winograd, by products |");
    puts("|---|---|---|---|---|---|---|---|");
    random_numbers("normal, 24", 24, 24, normal);
    random_numbers("normal, 64", 64, 64, normal);
    random_numbers("normal, 256", 256, 64, normal);
    random_numbers("max(normal, 0), 64", 64, 64, rectified);
    random_numbers("uniform in [0, 1), 64", 64, 64, uniform);
    random_numbers("normal, 1 of 1000 times 1000, 64", 64, 64, spiked);
    if (count < 3) return 0;
    errors layers[2] = {{0}}, outputs[2] = {{0}};
    weights w;
    denoise_model *model = dncnn(arguments[1]);
    read_weights(&w, arguments[1]);
    for (int i = 2; i < count; i++)
        photograph(model, &w, arguments[i], layers, outputs);
    tell("DnCNN, hidden layers, photographs", &layers[0], &layers[1]);
    tell("DnCNN, output", &outputs[0], &outputs[1]);
    for (int i = 0; i < LAYERS; i++)
        denoise_tensor_free(w.kernel[i]), denoise_tensor_free(w.bias[i]);
    denoise_model_free(model);
    return 0;
}
