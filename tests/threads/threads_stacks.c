/* SPDX-License-Identifier: Apache-2.0 */
/* Threads with small stacks: how much each part of the interface needs, measured on a painted stack, and all of it run on the
 * least one that docs/threading.md promises. Then a thousand threads that make one call each: what the library keeps per thread
 * goes with the thread. The budget is in threads of the last part. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>
#endif
#include "support/sanitizer.h"
#include "support/temp_dir.h"
#include "threads/process_facts.h"
#include "threads/scene.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Sanitizers and builds without optimization make frames larger. */
#if defined(__OPTIMIZE__)
#define FRAMES_COUNT (!DENOISE_TEST_ASAN && !DENOISE_TEST_TSAN)
#else
#define FRAMES_COUNT 0
#endif

enum { LEAST_STACK = 64 << 10, FOR_THE_HOST = 12 << 10, PAINTED_STACK = 1 << 20, PAINT = 0xA5, PAGE = 4096 };

typedef struct stage {
    scene s;
    denoise_model *layers; /* with branches and dropout */
    temp_dir folder;
    char path[TEMP_PATH_SIZE + 32];
    denoise_tensor *images;
} stage;

static stage st;

static const char *file(const char *name)
{
    (void)snprintf(st.path, sizeof st.path, "%s/%s", st.folder.path, name);
    return st.path;
}

static denoise_model *model_of_layers(void)
{
    const int64_t columns = SCENE_COLUMNS;
    denoise_graph *graph;
    denoise_model *model;
    NEED(denoise_graph_new(&graph, "layers"));
    denoise_node *in = denoise_graph_input(graph, &columns, 1);
    denoise_node *dense = denoise_graph_apply(graph, denoise_layer_dense(columns, "elu", NULL), in);
    denoise_node *both[] = {in, denoise_graph_apply(graph, denoise_layer_dropout(0.1, NULL), dense)};
    denoise_node *sum = denoise_graph_apply_many(graph, denoise_layer_add(NULL), both, 2);
    NEED(denoise_graph_build(&model, graph, in, denoise_graph_apply(graph, denoise_layer_dense(columns, "sigmoid", NULL), sum),
                             NULL));
    denoise_graph_free(graph);
    return model;
}

static denoise_status do_nothing(void)
{
    return DENOISE_OK;
}

static denoise_status do_build(void)
{
    denoise_model_free(model_of_layers());
    return DENOISE_OK;
}

static denoise_status fit_with(denoise_model *model, denoise_callback *callback, int32_t verbose)
{
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    denoise_trainer *trainer = scene_trainer(model);
    denoise_status status = callback == NULL ? DENOISE_OK : denoise_trainer_add_callback(trainer, callback);
    options.verbose = verbose;
    options.validation_split = 0.2;
    if (status == DENOISE_OK) status = denoise_trainer_fit(trainer, st.s.x, st.s.y, &options);
    if (status == DENOISE_OK) {
        denoise_evaluate_options evaluate = DENOISE_EVALUATE_OPTIONS_INIT;
        evaluate.verbose = verbose;
        status = denoise_trainer_evaluate(NULL, trainer, st.s.x, st.s.y, &evaluate);
    }
    denoise_trainer_free(trainer);
    return status;
}

static denoise_status do_fit_dense(void)
{
    return fit_with(st.s.model, NULL, 0);
}

static denoise_status do_fit_layers(void)
{
    return fit_with(st.layers, NULL, 0);
}

static denoise_status do_fit_shown(void)
{
    return fit_with(st.s.model, NULL, 1);
}

static denoise_status do_fit_csv(void)
{
    return fit_with(st.s.model, denoise_callback_csv_logger(file("log.csv"), ",", 0), 2);
}

static denoise_status do_fit_early(void)
{
    return fit_with(st.s.model, denoise_callback_early_stopping(NULL), 2);
}

static denoise_status do_predict(void)
{
    denoise_status status;
    (void)scene_predict(&status, st.s.model, &st.s, SCENE_ROWS);
    return status;
}

static denoise_status do_predict_layers(void)
{
    denoise_status status;
    (void)scene_predict(&status, st.layers, &st.s, SCENE_ROWS);
    return status;
}

static denoise_status do_predict_cblas(void)
{
    denoise_status status = denoise_set_engine("cblas");
    if (status == DENOISE_ERR_ENGINE) return DENOISE_OK; /* there is none */
    if (status == DENOISE_OK) (void)scene_predict(&status, st.layers, &st.s, SCENE_ROWS);
    NEED(denoise_set_engine("native"));
    return status;
}

static denoise_status do_gradients(void)
{
    const denoise_tensor *x = st.s.x, *y = st.s.y;
    denoise_tensor *gradient = NULL;
    denoise_status status = denoise_model_gradients(&gradient, NULL, NULL, st.layers, &x, &y, 1, 2);
    denoise_tensor_free(gradient);
    return status;
}

static denoise_status do_save_and_load(void)
{
    denoise_status status = denoise_model_save_weights(st.layers, file("w.safetensors"));
    return status == DENOISE_OK ? denoise_model_load_weights(st.layers, file("w.safetensors"), NULL) : status;
}

static denoise_status do_load_broken(void)
{
    FILE *broken = fopen(file("broken.safetensors"), "we");
    if (broken == NULL) return DENOISE_ERR_IO;
    (void)fputs("\30\0\0\0\0\0\0\0{\"a\":[[[[[[[[", broken);
    (void)fclose(broken);
    return denoise_model_load_weights(st.layers, file("broken.safetensors"), NULL) == DENOISE_OK ? DENOISE_ERR_INVALID
                                                                                                 : DENOISE_OK;
}

static denoise_status do_texts(void)
{
    char *text = NULL;
    char buffer[512];
    denoise_status status = denoise_model_summary(&text, st.layers, NULL);
    denoise_free(text);
    if (status == DENOISE_OK) status = denoise_model_dot(&text, st.layers);
    denoise_free(text);
    (void)denoise_tensor_format(st.s.x, buffer, (int64_t)sizeof buffer);
    (void)denoise_build_info(buffer, (int64_t)sizeof buffer);
    return status;
}

static denoise_status do_digits(void)
{
    denoise_tensor *images = NULL, *labels = NULL, *noisy = NULL;
    denoise_status status = denoise_synthetic_digits(&images, &labels, 20, 1, 0);
    if (status == DENOISE_OK) status = denoise_noise_gaussian(&noisy, st.s.x, 0.5, 1);
    denoise_tensor_free(images);
    denoise_tensor_free(labels);
    denoise_tensor_free(noisy);
    return status;
}

static denoise_status do_pictures(void)
{
    char *text = NULL;
    denoise_tensor *back = NULL;
    denoise_status status = denoise_plot_images(file("p.png"), st.images, NULL);
    if (status == DENOISE_OK) status = denoise_png_load(&back, file("p.png"), NULL);
    if (status == DENOISE_OK) status = denoise_plot_images(file("p.svg"), st.images, NULL);
    if (status == DENOISE_OK) status = denoise_plot_images_terminal(&text, st.images, NULL);
    denoise_tensor_free(back);
    denoise_free(text);
    return status;
}

static denoise_status do_curves(void)
{
    const double values[] = {3.0, 2.0, 1.5, 1.25};
    const denoise_plot_curve curve = {.name = "loss", .values = values, .length = 4};
    denoise_status status = denoise_plot_curves(file("c.png"), &curve, 1, NULL);
    return status == DENOISE_OK ? denoise_plot_curves(file("c.svg"), &curve, 1, NULL) : status;
}

static denoise_status do_load_csv(void)
{
    denoise_tensor *table = NULL;
    FILE *csv = fopen(file("t.csv"), "we");
    if (csv == NULL) return DENOISE_ERR_IO;
    (void)fputs("1,2.5,3\n4,5,6e-3\n", csv);
    (void)fclose(csv);
    denoise_status status = denoise_csv_load(&table, NULL, file("t.csv"), NULL, NULL);
    denoise_tensor_free(table);
    return status;
}

/* Only where there is MNIST: gzip and IDX. */
static denoise_status do_load_mnist(void)
{
    const char *folder = getenv("DENOISE_DATA_DIR");
    char path[TEMP_PATH_SIZE + 64];
    denoise_tensor *labels = NULL;
    if (folder == NULL) return DENOISE_OK;
    (void)snprintf(path, sizeof path, "%s/t10k-labels-idx1-ubyte.gz", folder);
    FILE *there = fopen(path, "re");
    if (there == NULL) return DENOISE_OK;
    (void)fclose(there);
    denoise_status status = denoise_idx_load(&labels, path, NULL);
    denoise_tensor_free(labels);
    return status;
}

static denoise_status do_error(void)
{
    denoise_layer *layer = NULL;
    denoise_status status = denoise_layer_create(&layer, "no such layer", NULL);
    denoise_layer_free(layer);
    return status == DENOISE_ERR_NAME ? DENOISE_OK : DENOISE_ERR_INVALID;
}

static const struct {
    const char *name;
    denoise_status (*call)(void);
} parts[] = {
    {"nothing: the thread alone", do_nothing},
    {"building models", do_build},
    {"fit and evaluate, dense layers", do_fit_dense},
    {"fit and evaluate, other layers", do_fit_layers},
    {"fit with a progress bar", do_fit_shown},
    {"fit with a CSV log", do_fit_csv},
    {"fit with early stopping", do_fit_early},
    {"predict, dense layers", do_predict},
    {"predict, other layers", do_predict_layers},
    {"predict by a BLAS", do_predict_cblas},
    {"gradients", do_gradients},
    {"saving and loading weights", do_save_and_load},
    {"loading a broken file", do_load_broken},
    {"summary, DOT, tensor and build as texts", do_texts},
    {"synthetic digits and noise", do_digits},
    {"pictures as PNG, SVG and text", do_pictures},
    {"curves", do_curves},
    {"loading CSV", do_load_csv},
    {"loading IDX from gzip", do_load_mnist},
    {"an error message", do_error},
};
enum { PARTS = sizeof parts / sizeof *parts };

typedef struct visit {
    int part;
    denoise_status status;
    char text[256];
} visit;

static void *make_visit(void *context)
{
    visit *v = context;
    v->status = parts[v->part].call();
    if (v->status != DENOISE_OK) (void)snprintf(v->text, sizeof v->text, "%s", denoise_last_error());
    return NULL;
}

/* Runs the part on a stack of this size; the bytes that were used, -1 when no thread could be made. */
static int64_t run_on_stack(visit *v, size_t size)
{
    pthread_attr_t attributes;
    pthread_t thread;
    unsigned char *stack = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) return -1;
    memset(stack + PAGE, PAINT, size);
    (void)mprotect(stack, PAGE, PROT_NONE); /* one that is too small ends the program here */
    (void)pthread_attr_init(&attributes);
    int64_t used = -1;
    if (pthread_attr_setstack(&attributes, stack + PAGE, size) == 0 &&
        pthread_create(&thread, &attributes, make_visit, v) == 0) {
        (void)pthread_join(thread, NULL);
        size_t untouched = 0;
        while (untouched < size && stack[PAGE + untouched] == PAINT)
            untouched++;
        used = (int64_t)(size - untouched);
    }
    (void)pthread_attr_destroy(&attributes);
    (void)munmap(stack, size + PAGE);
    return used;
}

static void measure(campaign *c, int part, int64_t *most)
{
    visit v = {.part = part, .status = DENOISE_ERR_STATE};
    int64_t used = run_on_stack(&v, PAINTED_STACK);
    campaign_check(c, v.status == DENOISE_OK, "%s: %s", parts[part].name, v.text);
    campaign_count(c, parts[part].name, used);
    if (used > *most) *most = used;
    if (!FRAMES_COUNT) return;
    campaign_check(c, used > 0 && used <= LEAST_STACK - FOR_THE_HOST, "%s needs %lld bytes", parts[part].name, (long long)used);
    v = (visit){.part = part, .status = DENOISE_ERR_STATE};
    used = run_on_stack(&v, LEAST_STACK);
    campaign_check(c, used > 0 && v.status == DENOISE_OK, "%s on %d bytes: %s", parts[part].name, LEAST_STACK, v.text);
}

static void *call_once(void *context)
{
    int32_t number = 1000 + *(int32_t *)context;
    char piece[32];
    (void)snprintf(piece, sizeof piece, "count is %d,", (int)number);
    denoise_status status = denoise_set_num_threads(number);
    bool sound = status == DENOISE_ERR_RANGE && strstr(denoise_last_error(), piece) != NULL;
    uint64_t hash = scene_predict(&status, st.s.model, &st.s, 1 + number % 3);
    *(int32_t *)context = sound && status == DENOISE_OK && hash != 0 ? -1 : number;
    return NULL;
}

/* Fifty at a time. */
static void thread_storm(campaign *c)
{
    enum { AT_ONCE = 50, SLACK_KB = 512 };
    int64_t made = 0, blocks = denoise_memory_blocks();
    process_facts warm = {0};
    while (made < c->budget) {
        pthread_t thread[AT_ONCE];
        int32_t number[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++) {
            number[i] = (int32_t)made++;
            if (pthread_create(&thread[i], NULL, call_once, &number[i]) != 0) scene_need(DENOISE_ERR_NOMEM, "pthread_create");
        }
        for (int i = 0; i < AT_ONCE; i++) {
            (void)pthread_join(thread[i], NULL);
            campaign_check(c, number[i] == -1, "a thread's only call, and its last error");
        }
        if (made == 4L * AT_ONCE) warm = process_look();
    }
    process_facts end = process_look();
    campaign_check(c, denoise_memory_blocks() == blocks, "threads that ended left blocks");
    if (DENOISE_TEST_ASAN || DENOISE_TEST_TSAN || made <= 4L * AT_ONCE) return;
    campaign_check(c, end.resident_kb <= warm.resident_kb + SLACK_KB, "%lld KB resident, %lld after 200 threads",
                   (long long)end.resident_kb, (long long)warm.resident_kb);
    campaign_count(c, "threads that made one call each", made);
    campaign_count(c, "KB of growth since the first 200", end.resident_kb - warm.resident_kb);
}

static void swallow(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)level, (void)text, (void)length, (void)user_data;
}

int main(int argc, char **argv)
{
    campaign c;
    denoise_log_sink sink = {.struct_size = sizeof sink, .write = swallow, .is_terminal = 1};
    denoise_tensor *labels = NULL;
    if (!campaign_begin(&c, "threads_stacks", argc, argv, 1000, 20000)) return campaign_end(&c);
#if defined(M_ARENA_MAX)
    (void)mallopt(M_ARENA_MAX, 1); /* malloc's memory must not grow with threads either */
#endif
    temp_dir_make(&st.folder);
    scene_make(&st.s, 1);
    st.layers = model_of_layers();
    NEED(denoise_synthetic_digits(&st.images, &labels, 12, 1, 0));
    denoise_tensor_free(labels);
    NEED(denoise_set_log_sink(&sink));
    NEED(denoise_set_num_threads(3));
    int64_t most = 0;
    for (int part = 0; part < PARTS; part++) {
        if (campaign_case(&c, part)) measure(&c, part, &most);
    }
    campaign_count(&c, "bytes of stack, the most of all these (bytes each)", most);
    if (campaign_case(&c, PARTS)) thread_storm(&c);
    NEED(denoise_set_log_sink(NULL));
    denoise_tensor_free(st.images);
    denoise_model_free(st.layers);
    scene_clear(&st.s);
    temp_dir_remove(&st.folder);
    denoise_shutdown();
    campaign_check(&c, denoise_memory_blocks() == 0, "%lld blocks are left", (long long)denoise_memory_blocks());
    return campaign_end(&c);
}
