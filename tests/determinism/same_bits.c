/* SPDX-License-Identifier: Apache-2.0 */
/* The same bits in processes of their own: whatever the number of threads, the place of the caller's arrays in memory, the
 * split of a prediction, the instruction set and other load. Weights, optimizer state, history, log, predictions and files of
 * four nets are compared with those of one plain run. The BLAS promises this for the number of threads alone. The budget is
 * the number of processes. */
#include "determinism/sequence.h"
#include "support/campaign.h"
#include "support/temp_dir.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KINDS = 3, BUSY = 3, VALUE = 16 };
static const char *const kind_names[KINDS] = {"", " of subnormal numbers", " of bytes"};

/* One process. */
typedef struct trial {
    int net, kind, engine, isa, load; /* kind: 1 subnormal, 2 bytes; engine: 1 cblas; isa: 1 AVX2, 2 portable */
    int threads, offset, prediction;
} trial;

static const char *const engine_names[] = {"native", "cblas"};
static const char *const isa_names[] = {"", "avx2", "portable"};

/* ---- the child */

static atomic_bool busy_ends;

static void *be_busy(void *argument)
{
    volatile double number = 1;
    static char memory[1 << 22];
    size_t at = (size_t)(uintptr_t)argument * 4096;
    while (!atomic_load(&busy_ends)) {
        number = number * 1.0000001 + 1e-9;
        memory[at = (at + 4097) % sizeof memory]++;
    }
    return NULL;
}

static int run_child(char **arguments)
{
    static sequence s;
    trial t = {atoi(arguments[0]), atoi(arguments[1]), atoi(arguments[2]), 0, atoi(arguments[3]), 0,
               atoi(arguments[4]), atoi(arguments[5])};
    pthread_t busy[BUSY];
    temp_dir dir;
    if (denoise_set_engine(engine_names[t.engine]) != DENOISE_OK) return 77;
    for (int i = 0; t.load && i < BUSY; i++)
        if (pthread_create(&busy[i], NULL, be_busy, (void *)(uintptr_t)i) != 0) return 1;
    temp_dir_make(&dir);
    sequence_options o = {
        .offset = t.offset, .prediction = t.prediction, .folder = dir.path, .subnormal = t.kind == 1, .bytes = t.kind == 2};
    sequence_train(&s, t.net, &o);
    temp_dir_remove(&dir);
    atomic_store(&busy_ends, true);
    for (int i = 0; t.load && i < BUSY; i++)
        (void)pthread_join(busy[i], NULL);
    denoise_shutdown();
    return fwrite(&s, sizeof s, 1, stdout) == 1 && fflush(stdout) == 0 ? 0 : 1;
}

/* ---- the parent */

/* 0: *out is filled in; 77: the engine is not there. */
static int run_trial(const trial *t, sequence *out)
{
    char values[6][VALUE], threads[VALUE];
    const int numbers[6] = {t->net, t->kind, t->engine, t->load, t->offset, t->prediction};
    char *arguments[] = {"same_bits", "--child", values[0], values[1], values[2], values[3], values[4], values[5], NULL};
    int ends[2], status = 0;
    for (int i = 0; i < 6; i++)
        (void)snprintf(values[i], VALUE, "%d", numbers[i]);
    (void)snprintf(threads, VALUE, "%d", t->threads);
    if (pipe(ends) != 0) return 1;
    pid_t child = fork();
    if (child == 0) {
        (void)setenv("DENOISE_NUM_THREADS", threads, 1);
        if (isa_names[t->isa][0] != '\0') (void)setenv("DENOISE_ISA", isa_names[t->isa], 1);
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)execv("/proc/self/exe", arguments);
        _exit(127);
    }
    (void)close(ends[1]);
    FILE *file = fdopen(ends[0], "rb");
    bool whole = file != NULL && fread(out, sizeof *out, 1, file) == 1;
    if (file != NULL) (void)fclose(file);
    (void)waitpid(child, &status, 0);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    return code == 0 && !whole ? 1 : code;
}

static const char *describe(const trial *t, char *text, size_t size)
{
    (void)snprintf(text, size, "%s%s, %s %s, %d threads, offset %d, %d rows at once%s", sequence_net_names[t->net],
                   kind_names[t->kind], engine_names[t->engine], isa_names[t->isa], t->threads, t->offset, t->prediction,
                   t->load ? ", under load" : "");
    return text;
}

/* What every other run of the net has to give. */
static const sequence *plain(campaign *c, const trial *t)
{
    static sequence known[SEQUENCE_NETS][KINDS][2];
    sequence *s = &known[t->net][t->kind][t->engine];
    trial simple = {.net = t->net, .kind = t->kind, .engine = t->engine, .threads = 1};
    char text[200];
    if (s->count == 0)
        campaign_check(c, run_trial(&simple, s) == 0 && s->count > 0, "%s fails", describe(&simple, text, sizeof text));
    return s;
}

static void draw(campaign *c, trial *t, int64_t number)
{
    static const int threads[] = {1, 2, 3, 4, 8}, splits[] = {1, 2, 7, 32, 64, 1000, 0};
    *t = (trial){.net = (int)(number % SEQUENCE_NETS), .kind = (int)(number / SEQUENCE_NETS % KINDS)};
    t->threads = threads[campaign_below(c, 5)];
    t->load = (int)campaign_below(c, 2);
    t->engine = campaign_below(c, 8) == 0;
    if (t->engine == 1) return;
    t->isa = campaign_below(c, 6) == 0 ? 2 : (int)campaign_below(c, 2);
    t->offset = t->kind == 2 ? (int)campaign_below(c, 61) : 4 * (int)campaign_below(c, 16);
    t->prediction = splits[campaign_below(c, 7)];
}

/* Arrays whose elements do not lie at multiples of their size are refused. */
static void check_misaligned(campaign *c)
{
    static double memory[16];
    const int64_t shape = 4;
    const int32_t types[] = {DENOISE_FLOAT32, DENOISE_INT32, DENOISE_FLOAT64, DENOISE_INT64};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        for (int offset = 0; offset < 16; offset++) {
            denoise_tensor *tensor;
            denoise_status status = denoise_tensor_borrow(&tensor, types[i], &shape, 1, (char *)memory + offset, NULL, NULL);
            bool fits = offset % (i < 2 ? 4 : 8) == 0;
            campaign_check(c, status == (fits ? DENOISE_OK : DENOISE_ERR_INVALID), "type %d at %d: %s", (int)types[i], offset,
                           denoise_status_name(status));
            denoise_tensor_free(tensor);
        }
    }
}

int main(int argc, char **argv)
{
    static sequence s;
    campaign c;
    int64_t runs[2] = {0}, parts = 0, portable = 0, loaded = 0;
    if (argc == 8 && strcmp(argv[1], "--child") == 0) return run_child(argv + 2);
    if (!campaign_begin(&c, "same_bits", argc, argv, 72, 2400)) return campaign_end(&c);
    check_misaligned(&c);
    for (int64_t i = 0; i < c.budget; i++) {
        trial t;
        char text[200];
        c.random = c.seed * 0x9E3779B97F4A7C15U + (uint64_t)i;
        draw(&c, &t, i);
        if (!campaign_case(&c, i)) continue;
        int code = run_trial(&t, &s);
        if (code == 77 && t.engine == 1) continue;
        campaign_check(&c, code == 0, "%s fails with %d", describe(&t, text, sizeof text), code);
        if (code != 0) continue;
        const char *difference = sequence_difference(plain(&c, &t), &s);
        campaign_check(&c, difference == NULL, "%s: %s differs", describe(&t, text, sizeof text),
                       difference == NULL ? "" : difference);
        runs[t.engine]++;
        parts += s.count;
        portable += t.isa == 2;
        loaded += t.load;
    }
    campaign_count(&c, "processes on the native engine", runs[0]);
    campaign_count(&c, "of them on plain C", portable);
    campaign_count(&c, "processes on the BLAS", runs[1]);
    campaign_count(&c, "processes under load", loaded);
    campaign_count(&c, "hashes compared", parts);
    return campaign_end(&c);
}
