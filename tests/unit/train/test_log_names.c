/* SPDX-License-Identifier: Apache-2.0 */
/* Names and order of the numbers that evaluate, history, callbacks and CSV show. What is expected was printed by Keras 3.15.1
 * on TensorFlow for the same models; one departure is marked. */
#include "support/log_capture.h"
#include "support/nets.h"
#include "support/temp_dir.h"
#include <stdlib.h>
#include <string.h>

enum { MOST = 8 };

typedef struct naming {
    const char *outputs[MOST];  /* names of dense layers; "@p" is a model "p" of two outputs, "=d" a layer "d" applied twice */
    const char *losses[MOST];   /* per output; "" = none */
    const char *metrics[MOST];  /* "output metric", "output metric name" */
    const char *weighted[MOST]; /* likewise */
    const char *evaluate;       /* in order */
    const char *sorted;         /* what callbacks see */
} naming;

static const naming namings[] = {
    {{"value", "sign"},
     {"mse", "mse"},
     {"0 mae", "1 mse"},
     {NULL},
     "loss value_loss sign_loss sign_mse value_mae",
     "loss sign_loss sign_mse value_loss value_mae"},
    {{"value", "sign"},
     {"mse", "mae"},
     {"0 mae", "0 mse", "1 mse"},
     {"0 mae", "1 mae", "1 mse"},
     "loss value_loss sign_loss sign_mae sign_mse sign_weighted_mse value_mae value_mse value_weighted_mae",
     "loss sign_loss sign_mae sign_mse sign_weighted_mse value_loss value_mae value_mse value_weighted_mae"},
    {{"b", "a"},
     {"mse", "mse"},
     {"0 mae", "0 mse", "1 mae"},
     {"1 mae"},
     "loss b_loss a_loss a_mae a_weighted_mae b_mae b_mse",
     "a_loss a_mae a_weighted_mae b_loss b_mae b_mse loss"},
    /* Two outputs of one name. Keras hides the first loss behind the second, "sh_loss"; here both are told. */
    {{"@sh"},
     {"mse", "mse"},
     {"0 mae", "1 mae"},
     {NULL},
     "loss sh_loss sh_loss_1 sh_mae sh_mae_1",
     "loss sh_loss sh_loss_1 sh_mae sh_mae_1"},
    {{"=d"},
     {"mse", "mse"},
     {"0 mae", "1 mae"},
     {NULL},
     "loss d_loss d_loss_1 d_mae d_mae_1",
     "d_loss d_loss_1 d_mae d_mae_1 loss"},
    {{"@p", "p_1"},
     {"mse", "mse", "mse"},
     {"0 mae", "1 mae", "2 mae"},
     {NULL},
     "loss p_loss p_loss_1 p_1_loss p_1_mae p_mae p_mae_1",
     "loss p_1_loss p_1_mae p_loss p_loss_1 p_mae p_mae_1"},
    {{"@p"}, {"", "mse"}, {"0 mae", "1 mae"}, {NULL}, "loss p_mae p_mae_1", "loss p_mae p_mae_1"},
    {{"a", "b"}, {"mse", ""}, {"1 mae"}, {NULL}, "loss b_mae", "b_mae loss"},
    {{"y"},
     {"mse"},
     {"0 mse", "0 mae"},
     {"0 mae", "0 mae kept"},
     "loss mse mae kept weighted_mae",
     "kept loss mae mse weighted_mae"},
    {{"y"}, {"mse"}, {"0 mae", "0 mae"}, {NULL}, "loss mae mae_1", "loss mae mae_1"},
    {{"y"},
     {"mse"},
     {"0 mae", "0 mae"},
     {"0 mae", "0 mae"},
     "loss mae mae_1 weighted_mae weighted_mae_1",
     "loss mae mae_1 weighted_mae weighted_mae_1"},
    /* Keras lets one number hide another; here the name is refused. */
    {{"y"}, {"mse"}, {"0 mae loss"}, {NULL}, NULL, "\"loss\" of output 0"},
    {{"a", "b"}, {"mse", "mse"}, {"0 mae loss"}, {NULL}, NULL, "\"a_loss\" of output 0"},
    {{"y"}, {"mse"}, {"0 mae", "0 mae", "0 mse mae_1"}, {NULL}, NULL, "\"mae_1\" of output 0"},
};

static denoise_layer *dense(const char *name)
{
    denoise_dense_options options = DENOISE_DENSE_OPTIONS_INIT;
    options.name = name;
    return denoise_layer_dense(1, NULL, &options);
}

static denoise_model *pair(const char *name)
{
    denoise_graph *graph;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&graph, name));
    denoise_node *in = denoise_graph_input(graph, (const int64_t[]){3}, 1), *out[2];
    for (int i = 0; i < 2; i++)
        out[i] = denoise_graph_apply(graph, dense(NULL), in);
    ASSERT_OK(denoise_graph_build_many(&model, graph, &in, 1, out, 2, NULL));
    denoise_graph_free(graph);
    return model;
}

static denoise_model *make_model(const naming *n, int64_t *count)
{
    denoise_graph *graph;
    denoise_model *model;
    ASSERT_OK(denoise_graph_new(&graph, NULL));
    denoise_node *in = denoise_graph_input(graph, (const int64_t[]){3}, 1), *out[MOST];
    *count = 0;
    for (int i = 0; n->outputs[i] != NULL; i++) {
        const char *name = n->outputs[i];
        if (name[0] == '@') {
            denoise_model *inner = pair(name + 1);
            ASSERT_OK(denoise_graph_apply_model_many(&out[*count], 2, graph, inner, &in, 1));
            denoise_model_free(inner);
            *count += 2;
        } else {
            denoise_layer *layer = dense(name + (name[0] == '='));
            out[(*count)++] = denoise_graph_apply(graph, layer, in);
            if (name[0] == '=') out[(*count)++] = denoise_graph_apply(graph, layer, in);
        }
    }
    ASSERT_OK(denoise_graph_build_many(&model, graph, &in, 1, out, *count, NULL));
    denoise_graph_free(graph);
    return model;
}

static int64_t make_metrics(const char *const *texts, denoise_metric **metrics, int64_t *outputs)
{
    int64_t count = 0;
    for (; texts[count] != NULL; count++) {
        denoise_params *params;
        char kind[8] = "";
        const char *name = strchr(texts[count] + 2, ' ');
        memcpy(kind, texts[count] + 2, 3);
        ASSERT_OK(denoise_params_new(&params));
        if (name != NULL) ASSERT_OK(denoise_params_set_text(params, "name", name + 1));
        ASSERT_OK(denoise_metric_create(&metrics[count], kind, params));
        denoise_params_free(params);
        outputs[count] = texts[count][0] - '0';
    }
    return count;
}

static denoise_status compile(denoise_trainer **out, const naming *n, denoise_model *model, int64_t count)
{
    denoise_compile_options options = DENOISE_COMPILE_OPTIONS_INIT;
    denoise_loss *losses[MOST] = {NULL};
    denoise_metric *metrics[MOST], *weighted[MOST];
    int64_t outputs[MOST], weighted_outputs[MOST];
    for (int64_t i = 0; i < count; i++) {
        if (strcmp(n->losses[i], "mse") == 0) losses[i] = denoise_loss_mean_squared_error();
        if (strcmp(n->losses[i], "mae") == 0) losses[i] = denoise_loss_mean_absolute_error();
    }
    options.losses = losses, options.loss_count = count;
    options.metrics = metrics, options.metric_outputs = outputs;
    options.metric_count = make_metrics(n->metrics, metrics, outputs);
    options.weighted_metrics = weighted, options.weighted_metric_outputs = weighted_outputs;
    options.weighted_metric_count = make_metrics(n->weighted, weighted, weighted_outputs);
    return denoise_model_compile(out, model, denoise_optimizer_sgd(NULL), NULL, &options);
}

static const char *keys_of(const denoise_logs *logs)
{
    static char text[1024];
    text[0] = '\0';
    for (int64_t i = 0; i < denoise_logs_count(logs); i++) {
        if (i > 0) strcat(text, " ");
        strcat(text, denoise_logs_key(logs, i));
    }
    return text;
}

static denoise_status see_keys(denoise_trainer *trainer, int64_t number, denoise_logs *logs, void *user_data)
{
    (void)trainer, (void)number;
    assert_string_equal(keys_of(logs), (const char *)user_data);
    return DENOISE_OK;
}

/* The header of a log without validation has a second half for it. */
static void check_csv(const temp_dir *folder, const char *sorted)
{
    char *text = temp_dir_read(folder, "log.csv", NULL), expected[1024] = "epoch,";
    assert_non_null(text);
    strcat(expected, sorted);
    for (char *at = expected; *at != '\0'; at++)
        if (*at == ' ') *at = ',';
    if (strncmp(text, expected, strlen(expected)) != 0) fail_msg("%s\nis not\n%s", text, expected);
    free(text);
}

static void check_names(const naming *n)
{
    denoise_trainer *trainer;
    denoise_logs *logs;
    temp_dir folder;
    int64_t count;
    denoise_model *model = make_model(n, &count);
    denoise_tensor *x = random_rows(4, 3, 1), *one = random_rows(4, 1, 2);
    const denoise_tensor *xs[] = {x}, *ys[MOST];
    for (int64_t i = 0; i < count; i++)
        ys[i] = one;
    ASSERT_OK(compile(&trainer, n, model, count));
    denoise_callback_hooks hooks = DENOISE_CALLBACK_HOOKS_INIT;
    hooks.on_train_batch_end = hooks.on_epoch_end = hooks.on_test_batch_end = see_keys;
    temp_dir_make(&folder);
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_lambda(&hooks, (void *)(uintptr_t)n->sorted, NULL)));
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_csv_logger(temp_dir_file(&folder, "log.csv"), NULL, 0)));
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.verbose = 0;
    ASSERT_OK(denoise_trainer_fit_many(trainer, xs, 1, ys, count, &fit));
    ASSERT_OK(denoise_trainer_evaluate_many(&logs, trainer, xs, 1, ys, count, NULL));
    assert_string_equal(keys_of(logs), n->evaluate);
    const denoise_history *history = denoise_trainer_history(trainer);
    char keys[1024] = "";
    for (int64_t i = 0; i < denoise_history_key_count(history); i++) {
        if (i > 0) strcat(keys, " ");
        strcat(keys, denoise_history_key(history, i));
    }
    assert_string_equal(keys, n->sorted);
    check_csv(&folder, n->sorted);
    denoise_logs_free(logs), denoise_tensor_free(x), denoise_tensor_free(one);
    denoise_trainer_free(trainer), denoise_model_free(model);
    temp_dir_remove(&folder);
}

static void names_and_order_are_those_of_keras(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof namings / sizeof *namings; i++) {
        if (namings[i].evaluate != NULL) {
            check_names(&namings[i]);
            continue;
        }
        denoise_trainer *trainer;
        int64_t count;
        denoise_model *model = make_model(&namings[i], &count);
        ASSERT_FAILS(compile(&trainer, &namings[i], model, count), DENOISE_ERR_NAME, namings[i].sorted);
        denoise_model_free(model);
    }
}

/* "epoch_loss - a_loss - ...": the bar has the callbacks' order. */
static void the_bar_has_the_same_order(void **state)
{
    (void)state;
    const naming *n = &namings[0];
    denoise_trainer *trainer;
    int64_t count;
    denoise_model *model = make_model(n, &count);
    denoise_tensor *x = random_rows(4, 3, 1), *one = random_rows(4, 1, 2);
    ASSERT_OK(compile(&trainer, n, model, count));
    denoise_fit_options fit = DENOISE_FIT_OPTIONS_INIT;
    fit.verbose = 2;
    log_capture_start(false, 200);
    ASSERT_OK(
        denoise_trainer_fit_many(trainer, (const denoise_tensor *[]){x}, 1, (const denoise_tensor *[]){one, one}, 2, &fit));
    const char *at = log_capture_text();
    static const char *const keys[] = {" - loss: ", " - sign_loss: ", " - sign_mse: ", " - value_loss: ", " - value_mae: "};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        at = strstr(at, keys[i]);
        if (at == NULL) fail_msg("\"%s\" is not in its place in:\n%s", keys[i], log_capture_text());
    }
    log_capture_stop();
    denoise_tensor_free(x), denoise_tensor_free(one), denoise_trainer_free(trainer), denoise_model_free(model);
}

/* Keras on TensorFlow counts steps in an int64. */
static void a_summary_counts_bytes_as_keras_on_tensorflow(void **state)
{
    (void)state;
    static const struct {
        const char *optimizer, *total, *own;
    } cases[] = {{"adam", " Total params: 302 (1.18 KB)\n", " Optimizer params: 202 (812.00 B)\n"},
                 {"rmsprop", " Total params: 202 (812.00 B)\n", " Optimizer params: 102 (412.00 B)\n"},
                 {"sgd", " Total params: 102 (412.00 B)\n", " Optimizer params: 2 (12.00 B)\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        denoise_sequential *s;
        denoise_model *model;
        denoise_trainer *trainer;
        denoise_optimizer *optimizer;
        char *text;
        ASSERT_OK(denoise_sequential_new(&s, "s"));
        ASSERT_OK(denoise_sequential_add(s, denoise_layer_input((const int64_t[]){9}, 1, NULL)));
        ASSERT_OK(denoise_sequential_add(s, denoise_layer_dense(10, NULL, NULL)));
        ASSERT_OK(denoise_sequential_build(&model, s, NULL));
        ASSERT_OK(denoise_optimizer_create(&optimizer, cases[i].optimizer, NULL));
        ASSERT_OK(denoise_model_compile(&trainer, model, optimizer, denoise_loss_mean_squared_error(), NULL));
        denoise_tensor *x = random_rows(2, 9, 1), *y = random_rows(2, 10, 2);
        ASSERT_OK(denoise_trainer_summary(&text, trainer, NULL));
        assert_null(strstr(text, "Optimizer")); /* before the first step it has no variables */
        denoise_free(text);
        ASSERT_OK(denoise_trainer_train_on_batch(NULL, trainer, x, y, NULL));
        ASSERT_OK(denoise_trainer_summary(&text, trainer, NULL));
        assert_non_null(strstr(text, cases[i].total));
        assert_non_null(strstr(text, " Trainable params: 100 (400.00 B)\n"));
        assert_non_null(strstr(text, cases[i].own));
        denoise_free(text), denoise_tensor_free(x), denoise_tensor_free(y);
        denoise_trainer_free(trainer), denoise_model_free(model), denoise_sequential_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_order_are_those_of_keras),
        cmocka_unit_test(the_bar_has_the_same_order),
        cmocka_unit_test(a_summary_counts_bytes_as_keras_on_tensorflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
