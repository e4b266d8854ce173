/* SPDX-License-Identifier: Apache-2.0 */
/* The floor of a kernel is the longer of two times: that of its memory, each array read or written once at the measured rate
 * of the second-level cache, and that of its arithmetic, the operations of its equation at the peak's rate of instructions
 * (an exponential as 10, the least that its polynomial takes; divisions and roots count as one, though no core does them so
 * fast). It is a lower bound, not a target. */
#include "elementwise.h"
#include "check.h"
#include "clock.h"
#include "crew.h"
#include "kernels/random.h"
#include "kernels/vector.h"
#include "machine.h"
#include "report.h"
#include "samples.h"
#include <math.h>

enum { COUNT = 16384, ROW = 784, ROWS = COUNT / ROW, ARRAYS = 4, CLASSES = 10, CLASS_ROWS = 512 };
static const double sample_seconds = 2e-3;

typedef struct arrays {
    float *a[ARRAYS];
} arrays;
static const denoise__vector *v;
static volatile float sink;

static void run_exp(const arrays *x)
{
    v->exp(x->a[0], x->a[1], COUNT);
}
static void run_log(const arrays *x)
{
    v->log(x->a[3], x->a[1], COUNT);
}
static void run_sigmoid(const arrays *x)
{
    v->sigmoid(x->a[0], x->a[1], COUNT);
}
static void run_tanh(const arrays *x)
{
    v->tanh(x->a[0], x->a[1], COUNT);
}
static void run_softplus(const arrays *x)
{
    v->softplus(x->a[0], x->a[1], COUNT);
}
static void run_relu(const arrays *x)
{
    v->relu(x->a[0], x->a[1], COUNT, 0.0f, NAN);
}
static void run_leaky_relu(const arrays *x)
{
    v->leaky_relu(x->a[0], x->a[1], COUNT, 0.2f, 0.0f, NAN);
}
static void run_elu(const arrays *x)
{
    v->elu(x->a[0], x->a[1], COUNT, 1.0f);
}
static void run_relu_backward(const arrays *x)
{
    v->relu_backward(x->a[0], x->a[2], x->a[1], COUNT, NAN);
}
static void run_sigmoid_backward(const arrays *x)
{
    v->sigmoid_backward(x->a[3], x->a[2], x->a[1], COUNT);
}
static void run_tanh_backward(const arrays *x)
{
    v->tanh_backward(x->a[0], x->a[2], x->a[1], COUNT);
}
static void run_sgd(const arrays *x)
{
    v->sgd(x->a[1], x->a[2], COUNT, 1e-9f);
}
static void run_sgd_momentum(const arrays *x)
{
    v->sgd_momentum(x->a[1], x->a[2], x->a[3], COUNT, 1e-9f, 0.9f);
}

static void run_adam(const arrays *x)
{
    v->adam(x->a[1], x->a[2], x->a[0], x->a[3], COUNT, 1e-9f, 0.1f, 0.001f, 1e-7f);
}

static void run_softmax(const arrays *x)
{
    for (int i = 0; i < CLASS_ROWS; i++)
        v->softmax(x->a[0] + i * CLASSES, x->a[1] + i * CLASSES, CLASSES);
}

static void run_scce(const arrays *x)
{
    for (int i = 0; i < CLASS_ROWS; i++)
        sink = v->scce_logits(x->a[0] + i * CLASSES, i % CLASSES, x->a[1] + i * CLASSES, CLASSES, 1.0f / CLASS_ROWS);
}

static void run_bce(const arrays *x)
{
    for (int i = 0; i < ROWS; i++)
        sink = v->bce_logits(x->a[0] + i * ROW, x->a[3] + i * ROW, x->a[1] + i * ROW, ROW, 1.0f, 0.0f, 1.0f / ROW);
}

static void run_squared_error(const arrays *x)
{
    for (int i = 0; i < ROWS; i++)
        sink = v->squared_error(x->a[0] + i * ROW, x->a[3] + i * ROW, x->a[1] + i * ROW, ROW, 1.0f / ROW);
}

static void run_random_uniform(const arrays *x)
{
    denoise__random_uniform(1, 2, 0, x->a[1], COUNT, -1, 1);
}

static void run_random_normal(const arrays *x)
{
    denoise__random_normal(1, 2, 0, x->a[1], COUNT, 0, 1);
}

/* Philox has ten rounds of 2 products, 2 shifts and 4 exclusive ors for 4 words: 20 operations a word. Doubles count twice.
 * streams: arrays read plus arrays written. */
static const struct {
    const char *name;
    void (*run)(const arrays *x);
    int elements, streams, operations;
} kernels[] = {
    {"exp", run_exp, COUNT, 2, 10},
    {"log", run_log, COUNT, 2, 10},
    {"sigmoid", run_sigmoid, COUNT, 2, 12},
    {"tanh", run_tanh, COUNT, 2, 12},
    {"softplus", run_softplus, COUNT, 2, 20},
    {"relu", run_relu, COUNT, 2, 1},
    {"leaky_relu", run_leaky_relu, COUNT, 2, 2},
    {"elu", run_elu, COUNT, 2, 12},
    {"softmax_10", run_softmax, CLASS_ROWS *CLASSES, 2, 14},
    {"relu_backward", run_relu_backward, COUNT, 3, 1},
    {"sigmoid_backward", run_sigmoid_backward, COUNT, 3, 3},
    {"tanh_backward", run_tanh_backward, COUNT, 3, 2},
    {"bce_logits_784", run_bce, ROWS *ROW, 3, 24},
    {"scce_logits_10", run_scce, CLASS_ROWS *CLASSES, 2, 14},
    {"squared_error_784", run_squared_error, ROWS *ROW, 3, 3},
    {"sgd", run_sgd, COUNT, 3, 1},
    {"sgd_momentum", run_sgd_momentum, COUNT, 5, 2},
    {"adam", run_adam, COUNT, 7, 9},
    {"random_uniform", run_random_uniform, COUNT, 1, 26},
    {"random_normal", run_random_normal, COUNT, 1, 94},
};

static double time_calls(size_t i, const arrays *x, int calls)
{
    double start = clock_seconds();
    for (int call = 0; call < calls; call++)
        kernels[i].run(x);
    return (clock_seconds() - start) / calls;
}

static void measure(json_t *list, size_t i, const arrays *x, const options *o)
{
    static samples s;
    json_t *json = json_object();
    double memory = kernels[i].streams * sizeof(float) / (machine_l2_read() * 1e9), count = kernels[i].elements;
    int calls = o->quick ? 1 : (int)fmax(1.0, sample_seconds / fmax(time_calls(i, x, 2), 1e-7));
    samples_begin(&s, o);
    while (samples_more(&s)) {
        watch before = watch_open(o);
        double seconds = time_calls(i, x, calls) / count;
        sighting seen = watch_close(&before);
        /* An instruction of the peak's loop does two operations a lane. */
        samples_add(&s, seconds, fmax(memory, samples_floor(2.0 * kernels[i].operations, &seen)), &seen);
    }
    samples_print(&s, kernels[i].name, 1e9, "ns");
    report_text(json, "name", kernels[i].name);
    report_number(json, "ns_per_element", samples_values(&s).median * 1e9);
    report_number(json, "floor_ns", samples_floors(&s).median * 1e9);
    report_number(json, "ratio", samples_ratios(&s).median);
    json_object_set_new(json, "spread_ns", samples_json(&s, 1e9));
    json_array_append_new(list, json);
}

/* 0: -4..4; 1 and 2: small; 3: inside 0..1, for targets, logarithms and second moments. */
static void fill(const arrays *x)
{
    for (int i = 0; i < COUNT; i++) {
        float part = (float)(i * 37 % COUNT + 1) / (float)(COUNT + 1);
        x->a[0][i] = 8.0f * part - 4.0f;
        x->a[1][i] = x->a[2][i] = 0.1f * part;
        x->a[3][i] = part;
    }
}

void elementwise_measure(json_t *report, const options *o)
{
    arrays x;
    json_t *list = json_array();
    v = denoise__vector_table();
    json_object_set_new(report, "kernels", list);
    crew_start(1, o->pin);
    printf("\nkernels: %s, %d elements, ns of an element\n", v->name, COUNT);
    for (int i = 0; i < ARRAYS; i++)
        x.a[i] = check_floats(COUNT);
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        fill(&x);
        measure(list, i, &x, o);
    }
    for (int i = 0; i < ARRAYS; i++)
        free(x.a[i]);
}
