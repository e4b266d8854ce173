/* SPDX-License-Identifier: Apache-2.0 */
/* The vector kernels: accuracy against the C library in double, special values, and equal bits from every table. */
#include "support/cmocka_test.h"

#include "core/cpu.h"
#include "kernels/vector.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t to_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The distance between two neighbouring floats at a value; that of the smallest normal number below it. */
static double spacing(double value)
{
    int exponent;
    frexp(value, &exponent);
    return ldexp(1.0, exponent - 24 < -149 ? -149 : exponent - 24);
}

static double sigmoid_double(double x)
{
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static double softplus_double(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

typedef void (*unary)(const float *x, float *y, int64_t count);

/* Every 3001st float of all that are no NaN. */
static void check_accuracy(const char *name, unary function, double (*reference)(double), double limit)
{
    enum { BLOCK = 1000 };
    static float x[BLOCK], y[BLOCK];
    double worst = 0;
    float worst_at = 0;
    uint64_t bits = 0;
    while (bits < 0x100000000u) {
        int count = 0;
        for (; bits < 0x100000000u && count < BLOCK; bits += 3001) {
            float value = from_bits((uint32_t)bits);
            if (!isnan(value)) x[count++] = value;
        }
        function(x, y, count);
        for (int i = 0; i < count; i++) {
            double expected = reference((double)x[i]);
            if (isnan(expected)) {
                assert_true(isnan(y[i]));
                continue;
            }
            if (fabs(expected) > 3.4028235677973366e38) { /* rounds to infinity */
                assert_true(isinf(y[i]) && (y[i] > 0) == (expected > 0));
                continue;
            }
            double error = fabs((double)y[i] - expected) / spacing(expected);
            if (!(error <= worst)) worst = error, worst_at = x[i];
        }
    }
    if (!(worst <= limit)) fail_msg("%s(%a) is %g ulp off", name, (double)worst_at, worst);
    print_message("%s: at most %.3f ulp\n", name, worst);
}

static void elementary_functions_are_accurate(void **state)
{
    (void)state;
    const denoise__vector *v = denoise__vector_table();
    check_accuracy("exp", v->exp, exp, 1.5);
    check_accuracy("log", v->log, log, 1.5);
    check_accuracy("sigmoid", v->sigmoid, sigmoid_double, 2.5);
    check_accuracy("tanh", v->tanh, tanh, 2.5);
    check_accuracy("softplus", v->softplus, softplus_double, 2.5);
}

static float at(unary function, float x)
{
    float y;
    function(&x, &y, 1);
    return y;
}

static void special_values(void **state)
{
    (void)state;
    const denoise__vector *v = denoise__vector_table();
    const unary all[] = {v->exp, v->log, v->sigmoid, v->tanh, v->softplus};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_true(isnan(at(all[i], NAN)));
        assert_true(isnan(at(all[i], -NAN)));
    }
    assert_true(at(v->exp, INFINITY) == INFINITY);
    assert_true(at(v->exp, -INFINITY) == 0);
    assert_true(at(v->exp, 0) == 1);
    assert_true(at(v->exp, -103.0f) == 0x1p-149f);
    assert_true(at(v->log, INFINITY) == INFINITY);
    assert_true(at(v->log, 0.0f) == -INFINITY && at(v->log, -0.0f) == -INFINITY);
    assert_true(isnan(at(v->log, -1)) && isnan(at(v->log, -INFINITY)));
    assert_true(at(v->log, 1) == 0);
    assert_true(at(v->sigmoid, INFINITY) == 1 && at(v->sigmoid, -INFINITY) == 0 && at(v->sigmoid, 0) == 0.5f);
    assert_true(at(v->tanh, INFINITY) == 1 && at(v->tanh, -INFINITY) == -1);
    assert_true(to_bits(at(v->tanh, -0.0f)) == to_bits(-0.0f));
    assert_true(at(v->tanh, 0x1p-149f) == 0x1p-149f);
    assert_true(at(v->softplus, INFINITY) == INFINITY && at(v->softplus, -INFINITY) == 0);
    assert_true(at(v->softplus, 100) == 100);
}

/* Runs every kernel of a table on the same inputs and collects what comes out. */
enum { LONGEST = 600, OUTPUTS = 96 };
typedef struct inputs {
    float a[LONGEST], b[LONGEST], c[LONGEST], d[LONGEST], e[LONGEST];
} inputs;
typedef struct outputs {
    int count;
    float value[OUTPUTS][LONGEST];
} outputs;

static float *next(outputs *out, const float *start, int n)
{
    float *row = out->value[out->count++];
    assert_true(out->count <= OUTPUTS);
    memset(row, 0, sizeof out->value[0]);
    if (start != NULL) memcpy(row, start, (size_t)n * sizeof(float));
    return row;
}

static void run_elementwise(const denoise__vector *v, const inputs *in, int n, outputs *out)
{
    const unary all[] = {v->exp, v->log, v->sigmoid, v->tanh, v->softplus, v->softmax};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        all[i](in->a, next(out, NULL, 0), n);
        float *y = next(out, in->a, n); /* in place: the same */
        all[i](y, y, n);
        assert_memory_equal(y, out->value[out->count - 2], sizeof out->value[0]);
    }
    v->relu(in->a, next(out, NULL, 0), n, 0, NAN);
    v->relu(in->a, next(out, NULL, 0), n, 0.5f, 2);
    v->leaky_relu(in->a, next(out, NULL, 0), n, 0.2f, 0, NAN);
    v->leaky_relu(in->a, next(out, NULL, 0), n, 0.2f, 1, 6);
    v->elu(in->a, next(out, NULL, 0), n, 1.5f);
    v->relu_backward(in->a, in->b, next(out, NULL, 0), n, 2);
    v->leaky_relu_backward(in->a, in->b, next(out, NULL, 0), n, 0.2f, 6);
    v->elu_backward(in->a, in->b, next(out, NULL, 0), n, 1.5f);
    v->sigmoid_backward(in->a, in->b, next(out, NULL, 0), n);
    v->tanh_backward(in->a, in->b, next(out, NULL, 0), n);
    v->softplus_backward(in->a, in->b, next(out, NULL, 0), n);
    v->softmax_backward(in->a, in->b, next(out, NULL, 0), n);
    float *dx = next(out, in->b, n);
    v->softmax_backward(in->a, dx, dx, n);
    assert_memory_equal(dx, out->value[out->count - 2], sizeof out->value[0]);
}

static void run_losses(const denoise__vector *v, const inputs *in, int n, outputs *out)
{
    typedef float (*smoothed)(const float *, const float *, float *, int64_t, float, float, float);
    const smoothed all[] = {v->bce_logits, v->bce_probability, v->cce_logits, v->cce_probability};
    typedef float (*plain)(const float *, const float *, float *, int64_t, float);
    const plain rest[] = {v->squared_error, v->absolute_error};
    typedef float (*sparse)(const float *, int32_t, float *, int64_t, float);
    const sparse labelled[] = {v->scce_logits, v->scce_probability};
    float *value = next(out, NULL, 0);
    for (int i = 0; i < 4; i++) {
        float *gradient = next(out, in->a, n); /* over the predictions */
        value[2 * i] = all[i](in->a, in->b, NULL, n, 0.9f, 0.05f, 0.3f);
        value[2 * i + 1] = all[i](gradient, in->b, gradient, n, 0.9f, 0.05f, 0.3f);
        assert_int_equal(to_bits(value[2 * i]), to_bits(value[2 * i + 1]));
    }
    for (int i = 0; i < 2; i++) {
        float *gradient = next(out, in->a, n);
        value[8 + i] = rest[i](gradient, in->b, gradient, n, 0.3f);
        if (n == 0) continue;
        gradient = next(out, in->a, n);
        value[10 + i] = labelled[i](gradient, n / 2, gradient, n, 0.3f);
    }
}

static void run_optimizers(const denoise__vector *v, const inputs *in, int n, outputs *out)
{
    v->decay(next(out, in->a, n), n, 0.1f, 0.01f);
    v->sgd(next(out, in->a, n), in->b, n, 0.1f);
    float *m = next(out, in->c, n);
    v->sgd_momentum(next(out, in->a, n), in->b, m, n, 0.1f, 0.9f);
    m = next(out, in->c, n);
    v->sgd_nesterov(next(out, in->a, n), in->b, m, n, 0.1f, 0.9f);
    for (int form = 0; form < 4; form++) {
        float *velocity = next(out, in->d, n), *momentum = next(out, in->c, n), *average = next(out, in->e, n);
        v->rmsprop(next(out, in->a, n), in->b, velocity, form & 1 ? momentum : NULL, form & 2 ? average : NULL, n, 0.01f, 0.9f,
                   0.1f, 1e-7f, 0.5f);
    }
    m = next(out, in->c, n);
    float *velocity = next(out, in->d, n);
    v->adam(next(out, in->a, n), in->b, m, velocity, n, 0.01f, 0.1f, 0.001f, 1e-7f);
}

static void run_all(const denoise__vector *v, const inputs *in, int n, outputs *out)
{
    out->count = 0;
    run_elementwise(v, in, n, out);
    run_losses(v, in, n, out);
    run_optimizers(v, in, n, out);
}

static uint32_t noise;

static float random_float(int kind)
{
    static const float special[] = {0.0f,    -0.0f,   1.0f,   -1.0f,      100.0f,    -100.0f,   88.7f,
                                    -87.4f,  -103.9f, 1e-38f, -0x1p-140f, 0x1p-149f, 0x1p-101f, 0x1p-100f,
                                    3.4e38f, 1e-7f,   NAN,    INFINITY,   -INFINITY};
    noise = noise * 1664525u + 1013904223u;
    if (kind == 0) return (float)(int32_t)noise / 0x1p29f; /* -4 .. 4 */
    if (kind == 1) return (float)(noise >> 8) / 0x1p24f;   /* 0 .. 1 */
    if (kind == 2) return special[(noise >> 10) % (sizeof special / sizeof *special)];
    return from_bits(noise ^ noise << 7); /* any float */
}

/* FNV-1a over all outputs; all NaN count as one. */
static uint64_t hash_outputs(uint64_t hash, const outputs *out)
{
    for (int r = 0; r < out->count; r++)
        for (int i = 0; i < LONGEST; i++) {
            float x = out->value[r][i];
            hash = (hash ^ (isnan(x) ? 0x7fc00000u : to_bits(x))) * 0x100000001b3u;
        }
    return hash;
}

static void fill(inputs *in, int kind)
{
    float *arrays[] = {in->a, in->b, in->c, in->d, in->e};
    for (int k = 0; k < 5; k++)
        for (int i = 0; i < LONGEST; i++)
            arrays[k][i] = random_float(kind);
}

/* Any compiler, any instruction set: these very bits. */
static void bits_are_the_same_everywhere(void **state)
{
    (void)state;
    static inputs in;
    static outputs given;
    const denoise__vector *table = denoise__vector_table();
    uint64_t hash = 0xcbf29ce484222325u;
    noise = 5;
    for (int kind = 0; kind < 4; kind++) {
        fill(&in, kind);
        run_all(table, &in, 587, &given);
        hash = hash_outputs(hash, &given);
    }
    assert_int_equal(hash, 0x88fb025514423c36u);
}

static void all_tables_give_the_same_bits(void **state)
{
    (void)state;
    static inputs in;
    static outputs expected, given;
    const denoise__vector *portable = denoise__vector_of(DENOISE__ISA_PORTABLE);
    assert_non_null(portable);
    for (int32_t isa = DENOISE__ISA_AVX2; isa <= DENOISE__ISA_AVX512; isa++) {
        const denoise__vector *table = denoise__vector_of(isa);
        if (table == NULL) {
            print_message("no table %d on this CPU\n", (int)isa);
            continue;
        }
        noise = 1;
        for (int kind = 0; kind < 4; kind++)
            for (int n = 0; n <= LONGEST; n += n < 70 ? 1 : 53) {
                fill(&in, kind);
                run_all(portable, &in, n, &expected);
                run_all(table, &in, n, &given);
                for (int r = 0; r < expected.count; r++)
                    for (int i = 0; i < LONGEST; i++) {
                        float x = expected.value[r][i], y = given.value[r][i];
                        if (to_bits(x) != to_bits(y) && !(isnan(x) && isnan(y)))
                            fail_msg("%s, output %d, n %d, element %d: %a, portable %a", table->name, r, n, i, (double)y,
                                     (double)x);
                    }
            }
    }
}

static void long_sums_keep_their_accuracy(void **state)
{
    (void)state;
    enum { COUNT = 1000003 };
    float *p = malloc(COUNT * sizeof *p), *t = calloc(COUNT, sizeof *t);
    assert_non_null(p);
    assert_non_null(t);
    noise = 7;
    double expected = 0;
    for (int i = 0; i < COUNT; i++) {
        p[i] = random_float(1);
        expected += (double)p[i];
    }
    double given = (double)denoise__vector_table()->absolute_error(p, t, NULL, COUNT, 1);
    assert_true(fabs(given - expected) < 1e-7 * expected);
    free(p);
    free(t);
}

static void faded_state_becomes_zero(void **state)
{
    (void)state;
    const denoise__vector *v = denoise__vector_table();
    float w[3] = {1, 1, 1}, g[3] = {0, 0, NAN}, m[3] = {0x1p-100f, 0x1p-98f, 0}, s[3] = {0x1p-100f, 0x1p-98f, 0};
    v->adam(w, g, m, s, 3, 0.1f, 0.1f, 0.001f, 1e-7f);
    assert_true(m[0] == 0 && s[0] == 0);
    assert_true(m[1] > 0 && s[1] > 0);
    assert_true(isnan(m[2]) && isnan(s[2]) && isnan(w[2]));
    float momentum[2] = {-0x1.01p-100f, -0x1p-99f};
    v->sgd_momentum(w, g, momentum, 2, 0.1f, 0.9f);
    assert_true(momentum[0] == 0 && momentum[1] < 0);
}

static void tables_are_chosen_by_instruction_set(void **state)
{
    (void)state;
    assert_string_equal(denoise__vector_of(DENOISE__ISA_PORTABLE)->name, "portable");
    const denoise__vector *best = denoise__vector_of(denoise__cpu_isa());
    assert_ptr_equal(denoise__vector_table(), best != NULL ? best : denoise__vector_of(DENOISE__ISA_PORTABLE));
    assert_null(denoise__vector_of(99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elementary_functions_are_accurate),    cmocka_unit_test(special_values),
        cmocka_unit_test(all_tables_give_the_same_bits),        cmocka_unit_test(long_sums_keep_their_accuracy),
        cmocka_unit_test(bits_are_the_same_everywhere),         cmocka_unit_test(faded_state_becomes_zero),
        cmocka_unit_test(tables_are_chosen_by_instruction_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
