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
    const char *name;    /**< name of the model, without "/"; NULL = that of the graph or sequential */
    uint64_t seed;       /**< 0; of the initial weights */
} denoise_build_options;
/** Defaults. Since 0.1. */
#define DENOISE_BUILD_OPTIONS_INIT                                                                                             \
    {                                                                                                                          \
        sizeof(denoise_build_options), NULL, 0                                                                                 \
    }
/**
 * Writes the defaults, for languages without macros. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_build_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_build_options_init_sized(denoise_build_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_build_options_init(options) denoise_build_options_init_sized((options), sizeof(denoise_build_options))

/** Settings of the predict calls. Since 0.1. */
typedef struct denoise_predict_options {
    int64_t struct_size;     /**< sizeof(denoise_predict_options) */
    int64_t batch_size;      /**< 32, >= 1 */
    int32_t verbose;         /**< 1: a progress bar goes to the log sink (trainer calls only) */
    const char *convolution; /**< "auto", "direct"; NULL = the trainer's, else see denoise_set_convolution() */
} denoise_predict_options;
/** Defaults. Since 0.1. */
#define DENOISE_PREDICT_OPTIONS_INIT                                                                                           \
    {                                                                                                                          \
        sizeof(denoise_predict_options), 32, 1, NULL                                                                           \
    }
/**
 * Writes the defaults, for languages without macros. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_predict_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_predict_options_init_sized(denoise_predict_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_predict_options_init(options) denoise_predict_options_init_sized((options), sizeof(denoise_predict_options))

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
        sizeof(denoise_summary_options), -1, 0, 0                                                                              \
    }
/**
 * Writes the defaults, for languages without macros. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_summary_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_summary_options_init_sized(denoise_summary_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_summary_options_init(options) denoise_summary_options_init_sized((options), sizeof(denoise_summary_options))

/**
 * Frees the caller's reference; trainers and graphs that use the model keep it alive.
 * @param model NULL is accepted. Since 0.1.
 */
DENOISE_API void denoise_model_free(denoise_model *model);
/**
 * The name.
 * @param model the model
 * @return borrowed from the model; "" for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_model_name(const denoise_model *model);
/** Number of inputs. @param model the model @return >= 1; 0 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_model_input_count(const denoise_model *model);
/** Number of outputs. @param model the model @return >= 1; 0 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_model_output_count(const denoise_model *model);
/**
 * Shape of one sample of an input.
 * @param model the model
 * @param index 0 .. denoise_model_input_count() - 1
 * @param shape room for DENOISE_MAX_RANK lengths, -1 for one that the data tell; unchanged on failure
 * @param rank set to the number of lengths; unchanged on failure
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_input_shape(const denoise_model *model, int64_t index, int64_t *shape, int32_t *rank);
/**
 * Shape of one sample of an output.
 * @param model the model
 * @param index 0 .. denoise_model_output_count() - 1
 * @param shape room for DENOISE_MAX_RANK lengths, -1 for one that the data tell; unchanged on failure
 * @param rank set to the number of lengths; unchanged on failure
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_output_shape(const denoise_model *model, int64_t index, int64_t *shape, int32_t *rank);
/**
 * Name of an output, its layer's.
 * @param model the model
 * @param index 0 .. denoise_model_output_count() - 1
 * @return borrowed from the model; NULL out of range; NULL for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_model_output_name(const denoise_model *model, int64_t index);

/**
 * Number of layers as Keras lists them; a model inside the model counts as one.
 * @param model the model
 * @return >= 1; 0 for NULL. Since 0.1.
 */
DENOISE_API int64_t denoise_model_layer_count(const denoise_model *model);
/**
 * Name of the layer (or model inside) at an index.
 * @param model the model
 * @param index 0 .. denoise_model_layer_count() - 1
 * @return borrowed from the model; NULL out of range; NULL for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_model_layer_name(const denoise_model *model, int64_t index);
/**
 * A layer by its index.
 * @param model the model
 * @param index 0 .. denoise_model_layer_count() - 1
 * @return borrowed from the model; NULL where a model is; NULL out of range; NULL for NULL. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_model_layer_at(const denoise_model *model, int64_t index);
/**
 * A layer by its name.
 * @param model the model
 * @param name of the layer
 * @return borrowed from the model; NULL when there is none; NULL for NULL. Since 0.1.
 */
DENOISE_API denoise_layer *denoise_model_layer(const denoise_model *model, const char *name);
/**
 * A model inside the model by its name.
 * @param model the model
 * @param name of the model inside
 * @return borrowed from the model; NULL when there is none; NULL for NULL. Since 0.1.
 */
DENOISE_API denoise_model *denoise_model_nested(const denoise_model *model, const char *name);

/**
 * Freezes or frees a model and all that is in it, models and layers, as Keras' `model.trainable = ...` does; seen by the next
 * compile.
 *
 * Training changes a weight if the model that is trained and the layer are both free. So a frozen model trains nothing, also
 * where a layer was freed afterwards; what lies in a model inside is its layers' affair, not the inner model's.
 * @param model the model
 * @param trainable 0 = freeze, 1 = free
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_set_trainable(denoise_model *model, int32_t trainable);
/**
 * What denoise_model_set_trainable() last said of this model or of one around it; freeing a layer does not change it.
 * @param model the model
 * @return 1 or 0; 1 for a new model; 0 for NULL. Since 0.2.
 */
DENOISE_API int32_t denoise_model_trainable(const denoise_model *model);
/** Number of elements of all weights. @param model the model @return >= 0; 0 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_model_count_params(const denoise_model *model);
/**
 * Number of weights in Keras' order: layer by layer, shared ones once.
 * @param model the model
 * @return >= 0; 0 for NULL. Since 0.1.
 */
DENOISE_API int64_t denoise_model_weight_count(const denoise_model *model);
/**
 * Name of a weight, "dense_1/kernel", behind the names of all models inside this one that hold its layer:
 * "classifier/dense_1/kernel". A shared layer has the name of its first place.
 * @param model the model
 * @param index 0 .. denoise_model_weight_count() - 1
 * @param buffer room for size bytes, always zero-terminated when size > 0; may be NULL
 * @param size >= 0
 * @return the length of the whole name without its end, as snprintf; -1 out of range; -1 for NULL. Since 0.1.
 */
DENOISE_API int64_t denoise_model_weight_name(const denoise_model *model, int64_t index, char *buffer, int64_t size);
/**
 * A copy of a weight.
 * @param out float32, freed by the caller; NULL on failure
 * @param model the model
 * @param index 0 .. denoise_model_weight_count() - 1
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_BUSY, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_get_weight(denoise_tensor **out, const denoise_model *model, int64_t index);
/**
 * Sets one weight.
 * @param model the model; unchanged on failure
 * @param index 0 .. denoise_model_weight_count() - 1
 * @param value of the weight's shape and of any element type; copied
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_SHAPE, DENOISE_ERR_BUSY. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_set_weight(denoise_model *model, int64_t index, const denoise_tensor *value);
/**
 * Copies of all weights (Keras' get_weights).
 * @param out room for count tensors, freed by the caller; all NULL on failure, except for a count beyond 2^30
 * @param model the model
 * @param count denoise_model_weight_count()
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE for another count, DENOISE_ERR_BUSY, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_get_weights(denoise_tensor **out, const denoise_model *model, int64_t count);
/**
 * Sets all weights; on failure none is changed.
 * @param model the model
 * @param values count tensors of the weights' shapes and of any element type; copied
 * @param count denoise_model_weight_count()
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE for another count, DENOISE_ERR_SHAPE, DENOISE_ERR_BUSY. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_set_weights(denoise_model *model, const denoise_tensor *const *values, int64_t count);

/**
 * Predicts with a model of one input and one output; needs no compile.
 * @param out float32 (n, ...), freed by the caller
 * @param model the model
 * @param x (n, ...) of any element type
 * @param options NULL = defaults
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_SHAPE, DENOISE_ERR_RANGE, DENOISE_ERR_INVALID or, of convolution,
 *         DENOISE_ERR_NAME for wrong options, DENOISE_ERR_BUSY, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_predict(denoise_tensor **out, const denoise_model *model, const denoise_tensor *x,
                                                 const denoise_predict_options *options);
/**
 * Predicts with any model.
 * @param out room for output_count tensors, freed by the caller; all NULL on failure, except for a count beyond 2^30
 * @param output_count the model's number of outputs
 * @param model the model
 * @param x input_count tensors with equal numbers of rows
 * @param input_count the model's number of inputs
 * @param options NULL = defaults
 * @return as denoise_model_predict(); DENOISE_ERR_RANGE for a wrong count. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_predict_many(denoise_tensor **out, int64_t output_count, const denoise_model *model,
                                                      const denoise_tensor *const *x, int64_t input_count,
                                                      const denoise_predict_options *options);

/**
 * Makes memory for denoise_model_predict_into(); for a model whose input has unknown lengths none yet, until the first samples
 * come, or denoise_workspace_reserve() tells their shape.
 * @param out the new workspace, freed by the caller; NULL on failure
 * @param model the model; it must outlive no call, the workspace keeps what it needs
 * @param rows the most rows of one call, >= 1
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_OVERFLOW, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_workspace_new(denoise_workspace **out, const denoise_model *model, int64_t rows);
/** Frees a workspace. @param workspace NULL is accepted. Since 0.1. */
DENOISE_API void denoise_workspace_free(denoise_workspace *workspace);
/** Bytes that a workspace holds. @param workspace the workspace @return >= 0; 0 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_workspace_bytes(const denoise_workspace *workspace);
/**
 * Lays a workspace out for samples of a shape: of use where the model's input has unknown lengths, so that
 * denoise_model_predict_into() allocates nothing for such samples, from the first call on. Where it is laid out for them
 * already, this does nothing. The memory grows to what the largest samples so far have needed, and stays: reserve the largest
 * first, and later ones take small tables alone.
 * @param workspace of a model of one input; after a failure it is laid out for nothing, and is laid out anew by the next call
 * @param shape rank lengths >= 1, the shape of one sample without the batch axis; where the model's are known, these
 * @param rank the input's
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_SHAPE for a shape that the input, or a layer, does not
 *         take, DENOISE_ERR_OVERFLOW, DENOISE_ERR_NOMEM. Since 0.2.
 */
DENOISE_API denoise_status denoise_workspace_reserve(denoise_workspace *workspace, const int64_t *shape, int32_t rank);
/**
 * Predicts one batch into memory of the caller's and allocates nothing, except where the model's input has unknown lengths
 * and the samples another shape than those of the call before, or than denoise_workspace_reserve() was told: then the workspace
 * is laid out anew, in the memory that it has where that is large enough.
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

/**
 * Keras' summary as text.
 * @param out the text, freed by the caller with denoise_free(); NULL on failure
 * @param model the model
 * @param options NULL = defaults
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_INVALID, DENOISE_ERR_RANGE for wrong options, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_summary(char **out, const denoise_model *model,
                                                 const denoise_summary_options *options);
/**
 * The same to the log sink.
 * @param model the model
 * @param options NULL = defaults
 * @return as denoise_model_summary(). Since 0.1.
 */
DENOISE_API denoise_status denoise_model_print_summary(const denoise_model *model, const denoise_summary_options *options);
/**
 * The graph in Graphviz' DOT language.
 * @param out the text, freed by the caller with denoise_free(); NULL on failure
 * @param model the model
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_model_dot(char **out, const denoise_model *model);

#ifdef __cplusplus
}
#endif
#endif
