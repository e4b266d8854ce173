/* SPDX-License-Identifier: Apache-2.0 */
/* The shared library, loaded while the program runs and reached through the addresses of its functions alone. */
#ifndef DENOISE_TESTS_PLUGIN_H
#define DENOISE_TESTS_PLUGIN_H

#include <denoise/denoise.h>
#include <stdbool.h>

#define PLUGIN_FUNCTIONS(X)                                                                                                    \
    X(set_num_threads)                                                                                                         \
    X(num_threads)                                                                                                             \
    X(shutdown)                                                                                                                \
    X(set_engine)                                                                                                              \
    X(set_log_sink)                                                                                                            \
    X(memory_blocks)                                                                                                           \
    X(last_error)                                                                                                              \
    X(status_name)                                                                                                             \
    X(sequential_new)                                                                                                          \
    X(sequential_add)                                                                                                          \
    X(sequential_build)                                                                                                        \
    X(sequential_free)                                                                                                         \
    X(layer_input)                                                                                                             \
    X(layer_dense)                                                                                                             \
    X(model_compile)                                                                                                           \
    X(model_get_weight)                                                                                                        \
    X(model_save_weights)                                                                                                      \
    X(model_load_weights)                                                                                                      \
    X(model_free)                                                                                                              \
    X(optimizer_adam)                                                                                                          \
    X(loss_mean_squared_error)                                                                                                 \
    X(callback_csv_logger)                                                                                                     \
    X(trainer_add_callback)                                                                                                    \
    X(trainer_fit)                                                                                                             \
    X(trainer_error)                                                                                                           \
    X(trainer_free)                                                                                                            \
    X(rng_new)                                                                                                                 \
    X(rng_free)                                                                                                                \
    X(tensor_random_uniform)                                                                                                   \
    X(tensor_const_data)                                                                                                       \
    X(tensor_bytes)                                                                                                            \
    X(tensor_free)

typedef struct plugin {
    void *handle;
#define PLUGIN_POINTER(name) __typeof__(denoise_##name) *name;
    PLUGIN_FUNCTIONS(PLUGIN_POINTER)
#undef PLUGIN_POINTER
} plugin;

/* Loads the library that was built; false with a line on stdout. */
bool plugin_open(plugin *p);
/* Whether the library may now be unloaded for good is the caller's question to /proc/self/maps. */
bool plugin_close(plugin *p);

/* Trains a small model with these threads (0 = as many as there are), logs to and saves in the folder, loads what was saved;
 * the hash of the loaded weights, 0 after a failure, told on stdout. */
uint64_t plugin_train(const plugin *p, int32_t threads, const char *folder);

/* Any functions with these names: of the program's own copy. */
plugin plugin_of_program(void);

#endif
