/* SPDX-License-Identifier: Apache-2.0 */
/**
 * libdenoise: build, train and run neural networks with Keras' behaviour, from C.
 *
 * This is the one header to include. The others exist so that each subject can be read by itself; in order:
 *
 *   1. status.h, log.h, memory.h, version.h, runtime.h   how calls answer, where text goes, memory, threads
 *   2. random.h, tensor.h                                seeded random numbers; arrays, with NumPy's rules
 *   3. params.h                                          typed parameters; every kind can be made by its name
 *   4. layer.h, spatial.h, loss.h, metric.h, optimizer.h the parts
 *   5. sequential.h, graph.h, model.h                    parts become a model; predict, weights, summary
 *   6. trainer.h, callback.h                             compile, fit, evaluate; what watches and steers training
 *   7. dataset.h, limits.h, io.h, plot.h                 MNIST, noise, weights in files, pictures
 *
 * The way of the data:
 *
 *     sequential or graph --build--> model --compile--> trainer --fit--> history
 *         (topology)               (weights)      (loss, optimizer, metrics)
 *
 * A classifier of 28 x 28 images:
 *
 *     const int64_t shape[] = {784};
 *     denoise_sequential_new(&layers, NULL);
 *     denoise_sequential_add(layers, denoise_layer_input(shape, 1, NULL));
 *     denoise_sequential_add(layers, denoise_layer_dense(256, "relu", NULL));
 *     denoise_sequential_add(layers, denoise_layer_dense(10, "softmax", NULL));
 *     denoise_sequential_build(&model, layers, NULL);
 *     denoise_model_compile(&trainer, model, denoise_optimizer_adam(NULL),
 *                           denoise_loss_sparse_categorical_crossentropy(NULL), NULL);
 *     denoise_trainer_fit(trainer, x, y, NULL);
 *
 * Five rules hold everywhere:
 *
 *   - Errors. What can fail returns a denoise_status; denoise_last_error() says in a sentence what was expected and what was
 *     given. Results go out through the first parameter, `out`, which is NULL after a failure.
 *   - Parts (layers, losses, metrics, optimizers, callbacks, nodes) come back as the pointer, never NULL. One that could not
 *     be made is inert; build, compile or fit returns its failure. So a model reads like Keras, and is checked once.
 *   - Ownership. The caller frees what came through `out`. Parts are adopted by what takes them, also when that failed.
 *     Getters borrow. Arrays, texts and options are copied unless the name says `borrow`. Frees accept NULL and come in any
 *     order.
 *   - Options structs begin with struct_size and are filled by X_INIT or x_init() with Keras' defaults; NULL is all defaults.
 *   - Threads. An object belongs to one thread at a time; different objects may be used at once. No result depends on the
 *     number of threads: the same seed gives the same bits.
 *
 * Text for people, progress bars and warnings, goes where denoise_log_to_stderr() or denoise_set_log_sink() says, else nowhere.
 *
 * The library never ends the process, prints by itself, installs a signal handler or changes the locale.
 */
#ifndef DENOISE_DENOISE_H
#define DENOISE_DENOISE_H

#include <denoise/callback.h>
#include <denoise/constraint.h>
#include <denoise/dataset.h>
#include <denoise/graph.h>
#include <denoise/io.h>
#include <denoise/layer.h>
#include <denoise/limits.h>
#include <denoise/log.h>
#include <denoise/loss.h>
#include <denoise/memory.h>
#include <denoise/metric.h>
#include <denoise/model.h>
#include <denoise/optimizer.h>
#include <denoise/params.h>
#include <denoise/plot.h>
#include <denoise/random.h>
#include <denoise/runtime.h>
#include <denoise/schedule.h>
#include <denoise/sequential.h>
#include <denoise/spatial.h>
#include <denoise/status.h>
#include <denoise/tensor.h>
#include <denoise/trainer.h>
#include <denoise/version.h>

#endif
