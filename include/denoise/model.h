/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Models: a built topology with weights; predicts, is compiled for training, is saved.
 *
 * A model comes from a sequential (denoise/sequential.h) or a graph (denoise/graph.h). Layers, and so weights, may be
 * shared between models: an encoder cut out of an autoencoder is trained with it. Reading calls on one model may run in
 * several threads at once; a call that changes weights which another call is using answers DENOISE_ERR_BUSY.
 */
#ifndef DENOISE_MODEL_H
#define DENOISE_MODEL_H

#include <denoise/layer.h>
#include <denoise/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A model. Since 0.1. */
typedef struct denoise_model denoise_model;
/** Memory for predictions of up to a number of rows, used by one thread at a time. Since 0.1. */
typedef struct denoise_workspace denoise_workspace;

/** Settings of the build calls. Since 0.1. */
typedef struct denoise_build_options {
    int64_t struct_size; /**< sizeof(denoise_build_options) */
    const char *name;    /**< name of the model; NULL = that of the graph or sequential */
    uint64_t seed;       /**< 0; of the initial weights */
} denoise_build_options;
/** Defaults. Since 0.1. */
#define DENOISE_BUILD_OPTIONS_INIT                                                                                             \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_build_options), NULL, 0                                                                        \
    }
/** Writes the defaults. Since 0.1. */
DENOISE_API void denoise_build_options_init(denoise_build_options *options);

/** Settings of the predict calls. Since 0.1. */
typedef struct denoise_predict_options {
    int64_t struct_size; /**< sizeof(denoise_predict_options) */
    int64_t batch_size;  /**< 32, >= 1 */
    int32_t verbose;     /**< 1: a progress bar goes to the log sink (trainer calls only) */
} denoise_predict_options;
/** Defaults. Since 0.1. */
#define DENOISE_PREDICT_OPTIONS_INIT                                                                                           \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_predict_options), 32, 1                                                                        \
    }
/** Writes the defaults. Since 0.1. */
DENOISE_API void denoise_predict_options_init(denoise_predict_options *options);

/** Settings of denoise_model_summary(). Since 0.1. */
typedef struct denoise_summary_options {
    int64_t struct_size;    /**< sizeof(denoise_summary_options) */
    int64_t line_length;    /**< -1 = Keras' choice: 88 or 108 (12 more with trainable), at most the terminal's width - 4 */
    int32_t expand_nested;  /**< 0 */
    int32_t show_trainable; /**< 0 */
} denoise_summary_options;
/** Defaults. Since 0.1. */
#define DENOISE_SUMMARY_OPTIONS_INIT                                                                                           \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_summary_options), -1, 0, 0                                                                     \
    }
/** Writes the defaults. Since 0.1. */
DENOISE_API void denoise_summary_options_init(denoise_summary_options *options);

/** Frees the caller's reference; trainers and graphs that use the model keep it alive. Since 0.1. */
DENOISE_API void denoise_model_free(denoise_model *model);
/** The name; borrowed. Since 0.1. */
DENOISE_API const char *denoise_model_name(const denoise_model *model);
/** Number of inputs. Since 0.1. */
DENOISE_API int64_t denoise_model_input_count(const denoise_model *model);
/** Number of outputs. Since 0.1. */
DENOISE_API int64_t denoise_model_output_count(const denoise_model *model);
/** Shape of one sample of an input. @param shape room for DENOISE_MAX_RANK lengths. @param rank set. Since 0.1. */
DENOISE_API denoise_status denoise_model_input_shape(const denoise_model *model, int64_t index, int64_t *shape, int32_t *rank);
/** Shape of one sample of an output. Since 0.1. */
DENOISE_API denoise_status denoise_model_output_shape(const denoise_model *model, int64_t index, int64_t *shape, int32_t *rank);
/** Name of an output, its layer's; borrowed; NULL out of range. Since 0.1. */
DENOISE_API const char *denoise_model_output_name(const denoise_model *model, int64_t index);

/** Number of layers as Keras lists them; a model inside the model counts as one. Since 0.1. */
DENOISE_API int64_t denoise_model_layer_count(const denoise_model *model);
/** Name of the layer (or model inside) at an index; borrowed; NULL out of range. Since 0.1. */
DENOISE_API const char *denoise_model_layer_name(const denoise_model *model, int64_t index);
/** A layer by its index. @return borrowed; NULL out of range or where a model is. Since 0.1. */
DENOISE_API denoise_layer *denoise_model_layer_at(const denoise_model *model, int64_t index);
/** A layer by its name. @return borrowed; NULL when there is none. Since 0.1. */
DENOISE_API denoise_layer *denoise_model_layer(const denoise_model *model, const char *name);
/** A model inside the model by its name. @return borrowed; NULL when there is none. Since 0.1. */
DENOISE_API denoise_model *denoise_model_nested(const denoise_model *model, const char *name);

/** Freezes (0) or frees (1) all layers, models inside included; seen by the next compile. Since 0.1. */
DENOISE_API denoise_status denoise_model_set_trainable(denoise_model *model, int32_t trainable);
/** Number of elements of all weights. Since 0.1. */
DENOISE_API int64_t denoise_model_count_params(const denoise_model *model);
/** Number of weights in Keras' order: layer by layer, shared ones once. Since 0.1. */
DENOISE_API int64_t denoise_model_weight_count(const denoise_model *model);
/** Name of a weight, "dense_1/kernel" ("classifier/dense_1/kernel" inside a model). @param buffer, size as snprintf. @return
 * the length; -1 out of range. Since 0.1. */
DENOISE_API int64_t denoise_model_weight_name(const denoise_model *model, int64_t index, char *buffer, int64_t size);
/** A copy of a weight. Since 0.1. */
DENOISE_API denoise_status denoise_model_get_weight(denoise_tensor **out, const denoise_model *model, int64_t index);
/** Sets one weight. @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_SHAPE, DENOISE_ERR_BUSY. Since 0.1. */
DENOISE_API denoise_status denoise_model_set_weight(denoise_model *model, int64_t index, const denoise_tensor *value);
/** Copies of all weights (Keras' get_weights). @param out room for count pointers, all NULL on failure. @param count
 * denoise_model_weight_count(). Since 0.1. */
DENOISE_API denoise_status denoise_model_get_weights(denoise_tensor **out, const denoise_model *model, int64_t count);
/** Sets all weights; on failure none is changed. Since 0.1. */
DENOISE_API denoise_status denoise_model_set_weights(denoise_model *model, const denoise_tensor *const *values, int64_t count);

/**
 * Predicts with a model of one input and one output; needs no compile.
 * @param out float32 (n, ...), freed by the caller
 * @param model the model
 * @param x (n, ...) of any element type
 * @param options NULL = defaults
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_SHAPE, DENOISE_ERR_RANGE, DENOISE_ERR_BUSY, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_predict(denoise_tensor **out, const denoise_model *model, const denoise_tensor *x,
                                                 const denoise_predict_options *options);
/** Predicts with any model. @param out room for output_count pointers. @param x input_count tensors with equal numbers of rows.
 * Since 0.1. */
DENOISE_API denoise_status denoise_model_predict_many(denoise_tensor **out, int64_t output_count, const denoise_model *model,
                                                      const denoise_tensor *const *x, int64_t input_count,
                                                      const denoise_predict_options *options);

/** Makes memory for denoise_model_predict_into(). @param rows the most rows of one call, >= 1. Since 0.1. */
DENOISE_API denoise_status denoise_workspace_new(denoise_workspace **out, const denoise_model *model, int64_t rows);
/** Frees a workspace. Since 0.1. */
DENOISE_API void denoise_workspace_free(denoise_workspace *workspace);
/** Bytes that a workspace holds. Since 0.1. */
DENOISE_API int64_t denoise_workspace_bytes(const denoise_workspace *workspace);
/**
 * Predicts one batch into memory of the caller's and allocates nothing.
 * @param out float32 (n, ...) of the model's output shape; n at most the workspace's rows
 * @param model of one input and one output; may be used by other threads with workspaces of their own
 * @param x (n, ...) of any element type
 * @param workspace made for this model
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_SHAPE, DENOISE_ERR_DTYPE, DENOISE_ERR_INVALID for a foreign workspace,
 *         DENOISE_ERR_BUSY. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_predict_into(denoise_tensor *out, const denoise_model *model, const denoise_tensor *x,
                                                      denoise_workspace *workspace);

/**
 * Vector-Jacobian product: the gradients of sum(output_gradient * output), for checks and training loops of one's own.
 * @param input_gradients room for input_count pointers, freed by the caller; NULL = not wanted
 * @param weight_gradients room for weight_count pointers, freed by the caller; NULL = not wanted; entries of frozen weights are
 * NULL
 * @param outputs room for output_count pointers: the outputs themselves; NULL = not wanted
 * @param model the model
 * @param x input_count tensors with equal numbers of rows
 * @param output_gradients output_count tensors of the outputs' shapes
 * @param training 1: dropout and noise are on
 * @param seed of dropout and noise
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_SHAPE, DENOISE_ERR_BUSY, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_gradients(denoise_tensor **input_gradients, denoise_tensor **weight_gradients,
                                                   denoise_tensor **outputs, const denoise_model *model,
                                                   const denoise_tensor *const *x,
                                                   const denoise_tensor *const *output_gradients, int32_t training,
                                                   uint64_t seed);

/**
 * Cuts a part out: a model from the output of one layer to the output of another, with shared weights.
 * @param out the new model, freed by the caller
 * @param model the model
 * @param from_layer its output becomes the new input; an input layer or NULL = the model's inputs
 * @param to_layer its output becomes the new output; NULL = the model's outputs
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NAME, DENOISE_ERR_INVALID when one does not lead to the other,
 * DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_submodel(denoise_model **out, const denoise_model *model, const char *from_layer,
                                                  const char *to_layer);

/** Keras' summary as text. @param out freed by the caller with denoise_free(). @param options NULL = defaults. Since 0.1. */
DENOISE_API denoise_status denoise_model_summary(char **out, const denoise_model *model,
                                                 const denoise_summary_options *options);
/** The same to the log sink. Since 0.1. */
DENOISE_API denoise_status denoise_model_print_summary(const denoise_model *model, const denoise_summary_options *options);
/** The graph in Graphviz' DOT language. @param out freed by the caller with denoise_free(). Since 0.1. */
DENOISE_API denoise_status denoise_model_dot(char **out, const denoise_model *model);

#ifdef __cplusplus
}
#endif
#endif
