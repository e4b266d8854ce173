// SPDX-License-Identifier: Apache-2.0
// C++ exceptions that leave a callback: they reach the caller, and denoise_trainer_reset() puts back what the run had.
#include <denoise/denoise.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace
{

int failures = 0;

void check(bool holds, const char *what)
{
    if (holds) return;
    std::printf("not so: %s (%s)\n", what, denoise_last_error());
    failures++;
}
#define CHECK(condition) check((condition), #condition)

bool throws = true;

denoise_status stop_here()
{
    if (throws) throw std::runtime_error("the host's");
    return DENOISE_OK;
}

denoise_status on_event(denoise_trainer *, denoise_logs *, void *)
{
    return stop_here();
}

denoise_status on_counted(denoise_trainer *, int64_t, denoise_logs *, void *)
{
    return stop_here();
}

denoise_status on_schedule(int64_t, double rate, double *result, void *)
{
    *result = rate;
    return stop_here();
}

denoise_status on_next(int64_t *count, denoise_tensor *const *x, denoise_tensor *const *y, denoise_tensor *const *,
                       const denoise_dataset_place *place, void *)
{
    static_cast<float *>(denoise_tensor_data(x[0]))[0] = static_cast<float *>(denoise_tensor_data(y[0]))[0] = 1;
    *count = place->row < 3;
    return place->row == 2 ? stop_here() : static_cast<denoise_status>(DENOISE_OK);
}

denoise_status on_restart(const denoise_dataset_place *, void *)
{
    return DENOISE_OK;
}

struct objects {
    denoise_model *model;
    denoise_trainer *trainer;
    const denoise_tensor *x;
};

denoise_status fit(const objects &o)
{
    denoise_fit_options options;
    denoise_fit_options_init(&options);
    options.verbose = 0;
    return denoise_trainer_fit(o.trainer, o.x, o.x, &options);
}

denoise_status fit_dataset(const objects &o)
{
    denoise_dataset_generator table;
    denoise_dataset *dataset = nullptr;
    denoise_fit_options options;
    denoise_dataset_generator_init(&table);
    denoise_fit_options_init(&options);
    table.x = table.y = &o.x;
    table.input_count = table.target_count = 1;
    table.next = on_next;
    table.restart = on_restart;
    options.verbose = 0;
    CHECK(denoise_dataset_from_generator(&dataset, &table, nullptr, nullptr) == DENOISE_OK);
    denoise_status status;
    try {
        status = denoise_trainer_fit_dataset(o.trainer, dataset, nullptr, &options);
    } catch (...) {
        denoise_dataset_free(dataset); /* the call that was left has a reference of its own */
        throw;
    }
    denoise_dataset_free(dataset);
    return status;
}

denoise_status evaluate(const objects &o)
{
    return denoise_trainer_evaluate(nullptr, o.trainer, o.x, o.x, nullptr);
}

denoise_status predict(const objects &o)
{
    denoise_tensor *out;
    denoise_status status = denoise_trainer_predict(&out, o.trainer, o.x, nullptr);
    denoise_tensor_free(out);
    return status;
}

void make(objects *o)
{
    denoise_sequential *layers;
    const int64_t one[] = {1}, shape[] = {4, 1};
    const float values[] = {1, 2, 3, 4};
    CHECK(denoise_sequential_new(&layers, nullptr) == DENOISE_OK);
    CHECK(denoise_sequential_add(layers, denoise_layer_input(one, 1, nullptr)) == DENOISE_OK);
    CHECK(denoise_sequential_add(layers, denoise_layer_dense(1, nullptr, nullptr)) == DENOISE_OK);
    CHECK(denoise_sequential_build(&o->model, layers, nullptr) == DENOISE_OK);
    denoise_tensor *x;
    CHECK(denoise_tensor_from_data(&x, DENOISE_FLOAT32, shape, 2, values) == DENOISE_OK);
    o->x = x;
    CHECK(denoise_model_compile(&o->trainer, o->model, denoise_optimizer_sgd(nullptr), denoise_loss_mean_squared_error(),
                                nullptr) == DENOISE_OK);
    denoise_sequential_free(layers);
}

void leave(denoise_status (*call)(const objects &), denoise_callback *callback, bool resets)
{
    objects o;
    make(&o);
    CHECK(denoise_trainer_add_callback(o.trainer, callback) == DENOISE_OK);
    throws = true;
    bool caught = false;
    try {
        (void)call(o);
    } catch (const std::runtime_error &error) {
        caught = std::strcmp(error.what(), "the host's") == 0;
        if (resets) CHECK(denoise_trainer_reset(o.trainer) == DENOISE_OK);
    }
    CHECK(caught);
    throws = false;
    if (resets) {
        CHECK(fit(o) == DENOISE_OK);
        CHECK(denoise_set_engine("native") == DENOISE_OK);
        CHECK(call(o) == DENOISE_OK);
    } else {
        CHECK(call(o) == DENOISE_ERR_BUSY && std::strstr(denoise_last_error(), "denoise_trainer_reset()") != nullptr);
    }
    denoise_trainer_free(o.trainer);
    denoise_model_free(o.model);
    denoise_tensor_free(const_cast<denoise_tensor *>(o.x));
    CHECK(denoise_set_engine("native") == DENOISE_OK);
}

denoise_callback *lambda(void (*choose)(denoise_callback_hooks *))
{
    denoise_callback_hooks hooks;
    denoise_callback_hooks_init(&hooks);
    choose(&hooks);
    return denoise_callback_lambda(&hooks, nullptr, nullptr);
}

} // namespace

int main()
{
    for (int resets = 0; resets < 2; resets++) {
        leave(fit, lambda([](denoise_callback_hooks *hooks) { hooks->on_train_begin = on_event; }), resets != 0);
        leave(fit, lambda([](denoise_callback_hooks *hooks) { hooks->on_train_batch_end = on_counted; }), resets != 0);
        leave(fit, lambda([](denoise_callback_hooks *hooks) { hooks->on_epoch_end = on_counted; }), resets != 0);
        leave(fit, denoise_callback_learning_rate_scheduler(on_schedule, nullptr, nullptr), resets != 0);
        leave(fit_dataset, denoise_callback_history(), resets != 0);
        leave(evaluate, lambda([](denoise_callback_hooks *hooks) { hooks->on_test_batch_end = on_counted; }), resets != 0);
        leave(predict, lambda([](denoise_callback_hooks *hooks) { hooks->on_predict_batch_end = on_counted; }), resets != 0);
    }
    denoise_shutdown();
    CHECK(denoise_memory_blocks() == 0);
    return failures == 0 ? 0 : 1;
}
