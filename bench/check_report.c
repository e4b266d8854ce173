/* SPDX-License-Identifier: Apache-2.0 */
/* check_report FILE: whether a report of denoise_bench holds all figures that it must, and whether they agree with each other.
 * Names the first that does not and exits with 1. */
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const threads[] = {"1", "2"};
enum { COUNTS = 2, PRODUCTS = 13, CONV_SHAPES = 43, CONV_TRAININGS = 12 };

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

static const json_t *object(const json_t *parent, const char *key)
{
    const json_t *value = json_object_get(parent, key);
    if (!json_is_object(value)) fail("there is no object \"%s\"", key);
    return value;
}

static double positive(const json_t *parent, const char *key)
{
    const json_t *value = json_object_get(parent, key);
    if (!json_is_number(value)) fail("there is no number \"%s\"", key);
    if (!(json_number_value(value) > 0.0)) fail("\"%s\" is %g", key, json_number_value(value));
    return json_number_value(value);
}

static void text(const json_t *parent, const char *key)
{
    const char *value = json_string_value(json_object_get(parent, key));
    if (value == NULL || value[0] == '\0') fail("there is no text \"%s\"", key);
}

/* The ratio of two medians and the median of ratios are the same thing for one sample only. */
static double tolerance;

static void equal(const char *what, double a, double b)
{
    if (!(fabs(a - b) <= tolerance * fabs(b))) fail("%s: %g is not %g", what, a, b);
}

static void check_machine(const json_t *report)
{
    const json_t *machine = object(report, "machine"), *peak = object(machine, "peak_gflops");
    text(machine, "cpu");
    text(machine, "isa");
    text(machine, "huge_pages");
    for (int i = 0; i < COUNTS; i++)
        (void)positive(peak, threads[i]);
    (void)positive(machine, "l2_gb_s");
    (void)positive(machine, "l2_write_gb_s");
    (void)positive(machine, "clock_ghz");
}

/* What is said of the samples: the least is not above the greatest, and no more are kept than were taken. */
static void check_spread(const json_t *spread)
{
    double kept = json_number_value(json_object_get(spread, "kept"));
    if (positive(spread, "least") > positive(spread, "greatest")) fail("the least sample is above the greatest");
    if (kept > positive(spread, "tries")) fail("more samples were kept than taken");
    if (!json_is_boolean(json_object_get(spread, "trusted"))) fail("there is no \"trusted\"");
    if (json_is_true(json_object_get(spread, "trusted")) && kept < 1) fail("no sample was kept, but they are trusted");
}

/* Seconds against the floor; flops = floor x peak x threads. */
static void check_epoch(const json_t *epoch, double gflop, double count)
{
    const json_t *spread = object(epoch, "spread");
    double floor = positive(epoch, "floor");
    check_spread(spread);
    equal("floor", floor, gflop / (positive(spread, "peak_gflops") * count));
    equal("ratio", positive(epoch, "ratio"), positive(epoch, "seconds") / floor);
}

/* The formulas of the issue for whole MNIST, in proportion to the rows. */
static double gflop_of(const char *key, double rows)
{
    if (strcmp(key, "w1") == 0) return 2e-9 * rows * (2 * 200704.0 + 3 * 65536.0 + 3 * 2560.0);
    double training = floor(rows * 0.8);
    return 2e-9 * (training * 5 * 50176.0 + (rows - training) * 2 * 50176.0);
}

static void check_training(const json_t *report, const char *key)
{
    const json_t *training = object(report, key);
    double gflop = positive(training, "gflop");
    equal("gflop", gflop, gflop_of(key, positive(report, "rows")));
    for (int i = 0; i < COUNTS; i++) {
        const json_t *figure = object(training, threads[i]), *epochs = object(figure, "epochs"),
                     *steps = object(figure, "steps");
        check_epoch(figure, gflop, i + 1);
        check_epoch(object(epochs, "1"), gflop, i + 1);
        check_epoch(object(epochs, "2-8"), gflop, i + 1);
        check_epoch(object(epochs, "20"), gflop, i + 1);
        (void)positive(figure, "loss_after_8");
        if (json_number_value(json_object_get(steps, "allocations")) != 0.0) fail("%s: a step allocates", key);
    }
    equal("scaling", positive(training, "scaling"),
          positive(object(training, "1"), "seconds") / positive(object(training, "2"), "seconds"));
    equal("loss of 1 and 2 threads", positive(object(training, "1"), "loss_after_8"),
          positive(object(training, "2"), "loss_after_8"));
}

static void check_one_image(const json_t *report, const char *key)
{
    for (int i = 0; i < COUNTS; i++) {
        const json_t *single = object(object(report, key), threads[i]), *modes = object(single, "modes");
        if (positive(single, "p99") < positive(single, "microseconds")) fail("p99 of one image is below the median");
        equal("hot", positive(single, "microseconds"), positive(object(modes, "hot"), "microseconds"));
        (void)positive(object(modes, "after_1_ms"), "microseconds");
        (void)positive(object(modes, "after_64_mb"), "microseconds");
        (void)positive(object(modes, "cycle_1000"), "microseconds");
    }
}

static void check_prediction(const json_t *report)
{
    const json_t *batch = object(report, "w3_batch");
    for (int i = 0; i < COUNTS; i++) {
        const json_t *many = object(batch, threads[i]);
        equal("share", positive(many, "share_of_limit"), positive(many, "images_per_second") / positive(many, "limit"));
    }
    check_one_image(report, "w3_one");
}

static void check_overhead(const json_t *report)
{
    for (int i = 0; i < COUNTS; i++) {
        const json_t *ways = object(object(report, "overhead"), threads[i]);
        (void)positive(object(ways, "accuracy"), "ratio");
        (void)positive(object(ways, "callbacks"), "ratio");
        (void)positive(object(ways, "progress_bar"), "ratio");
    }
}

/* An epoch of w1 with something more over one of plain w1. */
static void check_variants(const json_t *report)
{
    static const char *const keys[] = {"w1_dropout", "w1_l2", "w1_activation", "two_outputs", "w1_noise"};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        for (int i = 0; i < COUNTS; i++) {
            const json_t *figure = object(object(report, keys[k]), threads[i]);
            check_spread(object(figure, "spread"));
            equal(keys[k], positive(figure, "ratio"), positive(figure, "seconds") / positive(figure, "plain_seconds"));
        }
}

static void check_subnormals(const json_t *report)
{
    static const char *const works[] = {"fit_dense", "fit_dropout", "predict_dense", "predict_dropout", "tensor_scale"};
    for (int i = 0; i < COUNTS; i++)
        for (size_t w = 0; w < sizeof works / sizeof *works; w++)
            (void)positive(object(object(object(report, "subnormals"), threads[i]), works[w]), "ratio");
}

static void check_process(const json_t *report)
{
    const json_t *w4 = object(report, "w4");
    if (positive(w4, "first_prediction_ms") < positive(w4, "main_to_prediction_ms"))
        fail("the start of a process takes less than no time");
    if (positive(w4, "rss_train_mb") < 1.0 || positive(w4, "rss_predict_mb") < 1.0) fail("a process has less than 1 MB");
    (void)positive(w4, "library_kb");
}

static void check_products(const json_t *report)
{
    const json_t *list = json_object_get(report, "gemm"), *shares = object(report, "gemm_share");
    if (json_array_size(list) != PRODUCTS * COUNTS) fail("gemm has %d entries", (int)json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i), *spread = json_object_get(entry, "spread_us");
        double peak = positive(spread, "peak_gflops") * positive(entry, "threads");
        text(entry, "name");
        (void)positive(entry, "m"), (void)positive(entry, "n"), (void)positive(entry, "k");
        if (positive(entry, "allowed") > 1.0) fail("a product may be faster than the peak");
        equal("gflops", positive(entry, "gflops"), positive(entry, "share") * peak);
    }
    for (int i = 0; i < COUNTS; i++)
        (void)positive(object(shares, threads[i]), "w1"), (void)positive(object(shares, threads[i]), "w2");
}

static void check_kernels(const json_t *report)
{
    const json_t *list = json_object_get(report, "kernels");
    if (json_array_size(list) < 10) fail("kernels has %d entries", (int)json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        text(entry, "name");
        equal("ratio", positive(entry, "ratio"), positive(entry, "ns_per_element") / positive(entry, "floor_ns"));
    }
}

/* Millions of operations of a sample that goes forward; bench/README.md has the formulas. */
static double mflop_of(const char *key, double pixels)
{
    double dncnn = 2e-6 * 9 * (15.0 * 64 * 64 + 2 * 64), level = 784e-6 * 2 * 9;
    if (strcmp(key, "conv_autoencoder") == 0) return 9.031680;
    if (strncmp(key, "dncnn", 5) == 0) return pixels * dncnn;
    if (strcmp(key, "unet_train") == 0)
        return level * (24 + 24 * 24 + (24 * 48 + 48 * 48) / 4.0 + (48 * 96 + 96 * 96) / 16.0 + (144 * 48 + 48 * 48) / 4.0 +
                        72 * 24 + 24 * 24 + 24 / 9.0);
    return 2e-6 * (784 * 25 * 6 + 100 * 25 * 6 * 16 + 400 * 120 + 120 * 84 + 84 * 10);
}

/* The direct form of those that have it is measured where the library lets one choose. */
static void check_conv_training(const json_t *report, const char *key, double pixels)
{
    const json_t *training = object(report, key);
    double gflop = positive(training, "gflop");
    equal("gflop", gflop, 3e-3 * mflop_of(key, pixels) * positive(training, "images"));
    (void)positive(training, "batch"), (void)positive(training, "steps_per_sample");
    for (int i = 0; i < COUNTS; i++) {
        const json_t *figure = object(training, threads[i]);
        check_epoch(figure, gflop, i + 1);
        if (json_number_value(json_object_get(figure, "step_allocations")) != 0.0) fail("%s: a step allocates", key);
    }
}

static void check_conv_prediction(const json_t *report, const char *key)
{
    const json_t *picture = object(report, key);
    double gflop = positive(picture, "gflop"), side = positive(picture, "side");
    equal("gflop", gflop, 1e-3 * mflop_of(key, side * side));
    for (int i = 0; i < COUNTS; i++)
        check_epoch(object(picture, threads[i]), gflop, i + 1);
}

static void check_conv_shapes(const json_t *report)
{
    const json_t *list = json_object_get(report, "conv_shapes"), *shares = object(report, "conv_shapes_share");
    if (json_array_size(list) != (CONV_SHAPES + CONV_TRAININGS) * COUNTS)
        fail("conv_shapes has %d entries", (int)json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        double seconds = positive(entry, "microseconds") * 1e-6;
        text(entry, "name"), text(entry, "bound");
        (void)positive(entry, "threads");
        equal("gflops", positive(entry, "gflops"), positive(entry, "mflop") * 1e-3 / seconds);
        equal("share", positive(entry, "share"), positive(entry, "floor") * 1e-6 / seconds);
    }
    for (int i = 0; i < COUNTS; i++)
        (void)positive(object(shares, threads[i]), "median");
}

static void check_convolutions(const json_t *report)
{
    static const double patch = 40 * 40;
    check_conv_training(report, "conv_autoencoder", 0.0);
    check_conv_training(report, "dncnn_train", patch);
    if (json_object_get(report, "dncnn_train_direct") != NULL) check_conv_training(report, "dncnn_train_direct", patch);
    check_conv_training(report, "unet_train", 0.0);
    check_conv_training(report, "lenet_train", 0.0);
    check_conv_prediction(report, "dncnn_predict");
    if (json_object_get(report, "dncnn_predict_direct") != NULL) check_conv_prediction(report, "dncnn_predict_direct");
    check_one_image(report, "conv_one_image");
    check_conv_shapes(report);
    if (positive(object(report, "dncnn_train_memory"), "mb") < 1.0) fail("a process has less than 1 MB");
}

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *report = argc == 2 ? json_load_file(argv[1], JSON_REJECT_DUPLICATES, &error) : NULL;
    if (report == NULL) fail("no report: %s", argc == 2 ? error.text : "usage: check_report FILE");
    tolerance = positive(report, "samples") > 1.0 ? 0.1 : 1e-4;
    check_machine(report);
    check_training(report, "w1");
    check_training(report, "w2");
    check_variants(report);
    check_prediction(report);
    check_process(report);
    check_products(report);
    check_kernels(report);
    check_overhead(report);
    check_subnormals(report);
    check_convolutions(report);
    json_decref(report);
    return 0;
}
