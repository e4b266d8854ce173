/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Kinds of others: layers, activations, losses, metrics, optimizers, schedules, constraints, initializers, regularizers and
 * callbacks that a program adds while it runs. denoise/denoise.h does not include this header.
 *
 * What is registered is made by its name (denoise_layer_create() and its like, "swish(beta=2)" where text names a kind), listed
 * by denoise_kind_name(), has its parameters checked, saved and read, and runs on the executor as the library's own kinds do:
 * in blocks with its neighbours where it is row-local. denoise_ext_test() runs what is asked of every kind on it;
 * denoise_check_gradient() looks at a gradient alone. docs/extending.md goes through it.
 *
 * Each function gets the configuration, an object's parameters in a struct of the kind's own, and the `user_data` of the
 * registration. It is called on any thread, several at a time, allocates nothing, and returns: no longjmp(), no exception. One
 * that answers a status may say why by denoise_ext_fail(); what build, fit, evaluate or predict then answer is that status,
 * with the names of layer and kind in the message, and weights and the optimizer's state are as they were before the step.
 * Descriptors, names and tables are copied. Arrays are float32.
 */
#ifndef DENOISE_EXT_H
#define DENOISE_EXT_H

#include <denoise/callback.h>
#include <denoise/params.h>
#include <denoise/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the meaning of these descriptors. Since 0.2. */
#define DENOISE_EXT_VERSION 1
/** Bytes of a TEXT field, the end included. Since 0.2. */
#define DENOISE_EXT_TEXT_SIZE 64

/** Flags of a parameter. Since 0.2. */
enum {
    DENOISE_EXT_NULLABLE = 1,      /**< None is allowed: INT -1, DOUBLE NAN, TEXT "", INTS and DOUBLES count -1, KIND NULL */
    DENOISE_EXT_ABOVE_MINIMUM = 2, /**< greater than the minimum, instead of at least */
    DENOISE_EXT_BELOW_MAXIMUM = 4  /**< less than the maximum, instead of at most */
};

/**
 * A parameter: a field of the configuration struct. By type the field is: BOOL int32_t, INT int64_t, DOUBLE double, TEXT
 * char[DENOISE_EXT_TEXT_SIZE], INTS denoise_ext_ints, DOUBLES denoise_ext_doubles, KIND denoise_ext_kind_ref. Since 0.2.
 */
typedef struct denoise_ext_param {
    const char *name;         /**< "beta" */
    const char *doc;          /**< one line; may be NULL */
    const char *default_text; /**< as in "0.01", "true", "relu", "[1, 2]"; NULL when the parameter must be given */
    const char *choices;      /**< TEXT: "sum|mean"; NULL = any */
    const char *noun;         /**< KIND: "initializer"; NULL for other types */
    double minimum;           /**< of the number, or of each in a list; NAN = none */
    double maximum;           /**< likewise */
    int64_t offset;           /**< offsetof(the struct, the field) */
    int32_t type;             /**< DENOISE_PARAM_BOOL ... */
    int32_t flags;            /**< DENOISE_EXT_NULLABLE ..., added up */
} denoise_ext_param;

/** The field of an INTS parameter. Since 0.2. */
typedef struct denoise_ext_ints {
    int64_t count;     /**< -1 = None */
    int64_t values[8]; /**< the numbers */
} denoise_ext_ints;

/** The field of a DOUBLES parameter. Since 0.2. */
typedef struct denoise_ext_doubles {
    int64_t count;        /**< up to 1024; -1 = None */
    const double *values; /**< the numbers: the library's, as long as the object lives */
} denoise_ext_doubles;

/** The field of a KIND parameter, for the library alone. Since 0.2. */
typedef struct denoise_ext_kind_ref {
    const void *kind; /**< NULL = None */
    void *config;     /**< the library's */
} denoise_ext_kind_ref;

/** A shape of one sample, without the batch axis. Since 0.2. */
typedef struct denoise_ext_shape {
    int32_t rank;   /**< 0 .. 7 */
    int64_t dim[8]; /**< lengths */
} denoise_ext_shape;

/** What kinds of every noun have. Since 0.2. */
typedef struct denoise_ext_kind {
    int64_t struct_size;             /**< sizeof(denoise_ext_kind) */
    int64_t version;                 /**< DENOISE_EXT_VERSION */
    const char *name;                /**< "swish_beta": a-z, 0-9, _ */
    const char *class_name;          /**< "SwishBeta"; NULL = name */
    const char *aliases;             /**< "sb|swishb"; NULL = none */
    const char *doc;                 /**< one line; may be NULL */
    const denoise_ext_param *params; /**< in the order in which they are told; NULL = none */
    int64_t param_count;             /**< of them */
    int64_t param_size;              /**< sizeof(denoise_ext_param) */
    int64_t config_size;             /**< size of the configuration struct; 0 = none */
    /** Rules across parameters; NULL = none. Its failure is that of making the object. */
    denoise_status (*check)(const void *config, void *user_data);
    void *user_data; /**< handed to every function of the kind */
} denoise_ext_kind;
/** A kind without parameters. Since 0.2. */
#define DENOISE_EXT_KIND_INIT                                                                                                  \
    {                                                                                                                          \
        sizeof(denoise_ext_kind), DENOISE_EXT_VERSION, NULL, NULL, NULL, NULL, NULL, 0, sizeof(denoise_ext_param), 0, NULL,    \
            NULL                                                                                                               \
    }

/** One application of a layer to a batch, or to some samples of it. Since 0.2. */
typedef struct denoise_ext_layer_args {
    int64_t struct_size;                    /**< the library's */
    const void *config;                     /**< the configuration */
    int64_t batch;                          /**< samples in these arrays */
    const denoise_ext_shape *input_shapes;  /**< of one sample each */
    const denoise_ext_shape *output_shapes; /**< of one sample each */
    const float *const *inputs;             /**< sample after sample; where backward needs them */
    float *const *outputs;                  /**< forward: overwritten; backward: where backward needs them */
    const float *const *weights;            /**< statistics included */
    const float *const *output_gradients;   /**< backward; an entry is NULL where no loss looks, and counts as 0 */
    float *const *input_gradients;          /**< backward: overwritten; an entry is NULL where none is needed */
    float *const *weight_gradients;         /**< backward: overwritten; an entry is NULL where none is needed */
    float *const *statistics;               /**< commit: as weights; an entry is NULL where the weight is trained */
    void *state;                            /**< state_size bytes, from forward to backward and commit; NULL outside training */
    void *scratch;                          /**< scratch_size bytes, for this call alone */
    uint64_t random_seed;                   /**< for denoise_ext_uniform(): number c of sample r of these arrays is */
    uint64_t random_stream;                 /**< number random_first + r random_step + c of this stream, so that the */
    uint64_t random_first;                  /**< cutting of a batch into blocks changes nothing */
    int64_t random_step;                    /**< see random_seed */
    int32_t input_count;                    /**< of inputs */
    int32_t output_count;                   /**< of outputs */
    int32_t training;                       /**< 1 in training */
    int32_t is_frozen;                      /**< 1: the layer does not train, and commit is not called */
} denoise_ext_layer_args;

/** A weight of a layer. Since 0.2. */
typedef struct denoise_ext_weight {
    const char *name;         /**< "kernel"; stays valid while the kind is registered */
    denoise_ext_shape *shape; /**< to be filled in */
    const char *initializer;  /**< name of the KIND parameter that says its first values */
    const char *regularizer;  /**< likewise; NULL = none */
    const char *constraint;   /**< likewise; NULL = none */
    int32_t trainable;        /**< preset 1; 0: a statistic, written by commit alone */
} denoise_ext_weight;

/** A layer. Every layer also has the parameters name and trainable, which are not in its struct. Since 0.2. */
typedef struct denoise_ext_layer {
    int64_t struct_size; /**< sizeof(denoise_ext_layer) */
    int32_t min_inputs;  /**< 1 */
    int32_t max_inputs;  /**< 1 */
    /** 1: sample i of every output depends on sample i of the inputs alone, in the same bits whatever stands beside it: the
     * executor runs it in blocks of samples, together with its neighbours. Not with commit, unless is_batch_wide_in_training.
     */
    int32_t is_row_local;
    int32_t is_elementwise;        /**< 1: and, where all shapes are equal, element i on element i alone, weights apart */
    int32_t is_training_only;      /**< 1: identity outside training, where it is not called */
    int32_t may_overwrite_input;   /**< 1: outputs[0] may be inputs[0], input_gradients[0] may be output_gradients[0] */
    int32_t backward_needs_input;  /**< 1: backward reads inputs */
    int32_t backward_needs_output; /**< 1: backward reads outputs */
    const char *activation;        /**< name of the KIND parameter whose activation ends the layer; NULL = none */
    int32_t (*output_count)(const void *config, void *user_data); /**< 1 .. 64; NULL: one */
    /** Shapes of the outputs; NULL: those of the first input. */
    denoise_status (*infer)(const void *config, const denoise_ext_shape *inputs, int32_t count, denoise_ext_shape *outputs,
                            void *user_data);
    /** Number of weights; NULL: none. */
    int64_t (*weight_count)(const void *config, const denoise_ext_shape *inputs, int32_t count, void *user_data);
    /** Says what weight `index` is. */
    denoise_status (*weight)(const void *config, const denoise_ext_shape *inputs, int32_t count, int64_t index,
                             denoise_ext_weight *weight, void *user_data);
    int64_t (*state_size)(const void *config, const denoise_ext_shape *inputs, int32_t count, int64_t batch,
                          void *user_data); /**< bytes; NULL: none */
    int64_t (*scratch_size)(const void *config, const denoise_ext_shape *inputs, int32_t count, int64_t batch,
                            int32_t is_backward, void *user_data);                   /**< bytes; NULL: none */
    denoise_status (*forward)(const denoise_ext_layer_args *args, void *user_data);  /**< a failure ends the step */
    denoise_status (*backward)(const denoise_ext_layer_args *args, void *user_data); /**< likewise */
    void (*commit)(const denoise_ext_layer_args *args, void *user_data); /**< writes statistics, once the step is accepted */
    /** 1: is_row_local, except in training where the layer is not frozen: there it gets the whole batch. */
    int32_t is_batch_wide_in_training;
    /** 1: infer, weight_count and weight take inputs with lengths of -1, which only the data will tell, and infer answers -1
     * for lengths of outputs that depend on them; where the model runs they are asked again, by the thread that runs it, with
     * the lengths of its samples. 0: layers of this kind are refused on such inputs, unless these functions are NULL. */
    int32_t takes_unknown_lengths;
} denoise_ext_layer;
/** A layer of one input and one output of the same shape, without weights; forward and backward are to be filled in. Since 0.2.
 */
#define DENOISE_EXT_LAYER_INIT                                                                                                 \
    {                                                                                                                          \
        sizeof(denoise_ext_layer), 1, 1, 0, 0, 0, 0, 1, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0    \
    }

/** An activation. Since 0.2. */
typedef struct denoise_ext_activation {
    int64_t struct_size; /**< sizeof(denoise_ext_activation) */
    int32_t is_rowwise;  /**< 1: an element of y depends on its whole row; 0: on its element of x alone */
    int32_t needs_input; /**< 1: backward reads x; 0: y alone, and x is NULL */
    /** y = f(x) on rows of `columns` numbers; y may be x. */
    denoise_status (*forward)(const void *config, const float *x, float *y, int64_t rows, int64_t columns, void *user_data);
    /** dx = dy f'(x); dx may be dy. */
    denoise_status (*backward)(const void *config, const float *x, const float *y, const float *dy, float *dx, int64_t rows,
                               int64_t columns, void *user_data);
} denoise_ext_activation;
/** Element by element, of which backward reads x; the functions are to be filled in. Since 0.2. */
#define DENOISE_EXT_ACTIVATION_INIT                                                                                            \
    {                                                                                                                          \
        sizeof(denoise_ext_activation), 0, 1, NULL, NULL                                                                       \
    }

/** Rows of a batch: the elements of all axes except the last, which has `columns`. Since 0.2. */
typedef struct denoise_ext_loss_args {
    int64_t struct_size;     /**< the library's */
    const void *config;      /**< the configuration */
    int64_t rows;            /**< of these arrays */
    int64_t columns;         /**< length of the last axis */
    const float *prediction; /**< (rows, columns) */
    const float *target;     /**< (rows, columns); NULL when the kind is sparse */
    const int32_t *labels;   /**< (rows), when the kind is sparse; 0 <= label < columns */
    const float *row_weight; /**< (rows); NULL = all 1 */
    float *row_loss;         /**< `rows`: the loss of each row, not weighted */
    float *gradient;         /**< (rows, columns); NULL = not wanted; may be the prediction's own memory */
    void *scratch;           /**< `batch`: scratch_size bytes for this call alone */
    /** `rows`: the gradient is row_weight * gradient_scale * d row_loss / d prediction; `batch`: gradient_scale * d value / d
     * prediction. */
    double gradient_scale;
    int32_t from_logits; /**< 1: prediction lies before the sigmoid or softmax that the loss belongs to */
} denoise_ext_loss_args;

/** A loss: `rows` or `batch`. Every loss also has the parameters name and reduction. Since 0.2. */
typedef struct denoise_ext_loss {
    int64_t struct_size;    /**< sizeof(denoise_ext_loss) */
    int32_t is_sparse;      /**< 1: whole-number labels instead of a target of the prediction's shape */
    int32_t is_categorical; /**< 1: the columns of a row are the classes of one choice */
    int32_t takes_logits;   /**< 1: a cross-entropy: behind a sigmoid or softmax it gets what lies before it */
    int32_t (*from_logits)(const void *config, void *user_data); /**< 1: predictions are logits anyhow; NULL: never */
    /** Rows first .. first + count - 1, in any order and apart from each other. */
    denoise_status (*rows)(const denoise_ext_loss_args *args, int64_t first, int64_t count, void *user_data);
    /** The value of a batch of 1 row or more, and the gradient. */
    denoise_status (*batch)(const denoise_ext_loss_args *args, double *value, void *user_data);
    int64_t (*scratch_size)(const void *config, int64_t rows, int64_t columns, void *user_data); /**< bytes; NULL: none */
} denoise_ext_loss;
/** A loss of rows; `rows` or `batch` is to be filled in. Since 0.2. */
#define DENOISE_EXT_LOSS_INIT                                                                                                  \
    {                                                                                                                          \
        sizeof(denoise_ext_loss), 0, 0, 0, NULL, NULL, NULL, NULL                                                              \
    }

/** A batch that a metric is fed with. Since 0.2. */
typedef struct denoise_ext_metric_args {
    int64_t struct_size;     /**< the library's */
    const void *config;      /**< the configuration */
    int64_t rows;            /**< elements of all axes except the last; samples where the kind is per sample */
    int64_t columns;         /**< the rest */
    const float *prediction; /**< (rows, columns) */
    const float *target;     /**< (rows, columns); NULL when the kind is sparse */
    const int32_t *labels;   /**< (rows), when the kind is sparse */
    const float *row_weight; /**< (rows); NULL = all 1 */
    float *scratch;          /**< scratch_size numbers */
    float *const *state;     /**< to be changed: state_size numbers each; on failure they must be what they were */
} denoise_ext_metric_args;

/** A metric. Every metric also has the parameter name. Since 0.2. */
typedef struct denoise_ext_metric {
    int64_t struct_size;                                                       /**< sizeof(denoise_ext_metric) */
    int32_t is_sparse;                                                         /**< 1: whole-number labels */
    int32_t is_per_sample;                                                     /**< 1: rows are samples */
    int32_t is_maximized;                                                      /**< 1: more is better */
    int32_t state_count;                                                       /**< 1 .. 8 */
    const char *const *state_names;                                            /**< of each state: "total" */
    int64_t (*state_size)(const void *config, int32_t state, void *user_data); /**< numbers of one; NULL: 1 each */
    int64_t (*scratch_size)(const void *config, int64_t rows, int64_t columns, void *user_data); /**< numbers; NULL: none */
    void (*reset)(const void *config, float *const *state, void *user_data);                     /**< NULL: all 0 */
    denoise_status (*update)(const denoise_ext_metric_args *args, void *user_data);              /**< adds a batch */
    double (*result)(const void *config, const float *const *state, void *user_data); /**< 0 when nothing was added */
} denoise_ext_metric;
/** A metric without state; states, update and result are to be filled in. Since 0.2. */
#define DENOISE_EXT_METRIC_INIT                                                                                                \
    {                                                                                                                          \
        sizeof(denoise_ext_metric), 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL                                             \
    }

/**
 * An optimizer. Every optimizer also has the parameters name, learning_rate and weight_decay, which the library sees to. The
 * functions cannot fail: what is not finite ends the step before it is taken. Since 0.2.
 */
typedef struct denoise_ext_optimizer {
    int64_t struct_size;           /**< sizeof(denoise_ext_optimizer) */
    double learning_rate;          /**< default of that parameter: 0.001 */
    int32_t slot_count;            /**< 0 .. 4: arrays of state for each weight */
    const char *const *slot_names; /**< "momentum" */
    const double *slot_initial;    /**< value of each before the first step; NULL: 0 */
    /** Up to 8 numbers of step 1, 2, ..., computed once; preset NAN. */
    void (*coefficients)(const void *config, double learning_rate, int64_t step, float *coefficients, void *user_data);
    /** Updates a piece of a weight and its slots; each element depends on itself alone. */
    void (*update)(const float *coefficients, float *w, const float *gradient, float *const *slots, int64_t count,
                   void *user_data);
    /** How far an update moves a weight or a slot at most, where no gradient so far was greater than `gradient`; INFINITY or
     * NULL: there is no such bound, and each step is tried before it is taken. */
    double (*reach)(const float *coefficients, double gradient, void *user_data);
} denoise_ext_optimizer;
/** No slots; coefficients and update are to be filled in. Since 0.2. */
#define DENOISE_EXT_OPTIMIZER_INIT                                                                                             \
    {                                                                                                                          \
        sizeof(denoise_ext_optimizer), 0.001, 0, NULL, NULL, NULL, NULL, NULL                                                  \
    }

/** An initializer. Since 0.2. */
typedef struct denoise_ext_initializer {
    int64_t struct_size; /**< sizeof(denoise_ext_initializer) */
    /** Writes all values of a weight of that shape; the same seed and stream give the same. */
    denoise_status (*fill)(const void *config, const denoise_ext_shape *shape, uint64_t seed, uint64_t stream, float *values,
                           void *user_data);
} denoise_ext_initializer;
/** `fill` is to be filled in. Since 0.2. */
#define DENOISE_EXT_INITIALIZER_INIT                                                                                           \
    {                                                                                                                          \
        sizeof(denoise_ext_initializer), NULL                                                                                  \
    }

/** A regularizer. Since 0.2. */
typedef struct denoise_ext_regularizer {
    int64_t struct_size; /**< sizeof(denoise_ext_regularizer) */
    /** The penalty of some elements of a weight, which are added up. */
    denoise_status (*penalty)(const void *config, const float *w, int64_t count, double *penalty, void *user_data);
    /** Adds its gradient, element by element. */
    denoise_status (*add_gradient)(const void *config, const float *w, float *gradient, int64_t count, void *user_data);
    /** Magnitude of a gradient at most, of weights up to `greatest`; INFINITY or NULL: there is no bound. */
    denoise_status (*reach)(const void *config, double greatest, double *reach, void *user_data);
} denoise_ext_regularizer;
/** penalty and add_gradient are to be filled in. Since 0.2. */
#define DENOISE_EXT_REGULARIZER_INIT                                                                                           \
    {                                                                                                                          \
        sizeof(denoise_ext_regularizer), NULL, NULL, NULL                                                                      \
    }

/** A constraint. Since 0.2. */
typedef struct denoise_ext_constraint {
    int64_t struct_size; /**< sizeof(denoise_ext_constraint) */
    /** Whether it can be put on a weight of this shape; NULL: on any. */
    denoise_status (*check)(const void *config, const denoise_ext_shape *shape, void *user_data);
    /** Brings a whole weight back, in place; finite numbers stay finite. */
    denoise_status (*apply)(const void *config, float *w, const denoise_ext_shape *shape, void *user_data);
} denoise_ext_constraint;
/** `apply` is to be filled in. Since 0.2. */
#define DENOISE_EXT_CONSTRAINT_INIT                                                                                            \
    {                                                                                                                          \
        sizeof(denoise_ext_constraint), NULL, NULL                                                                             \
    }

/** A learning-rate schedule. Every schedule also has the parameter name. Since 0.2. */
typedef struct denoise_ext_schedule {
    int64_t struct_size; /**< sizeof(denoise_ext_schedule) */
    /** The rate of the step after `iterations` >= 0 ones; not negative. */
    denoise_status (*rate)(const void *config, int64_t iterations, double *rate, void *user_data);
} denoise_ext_schedule;
/** `rate` is to be filled in. Since 0.2. */
#define DENOISE_EXT_SCHEDULE_INIT                                                                                              \
    {                                                                                                                          \
        sizeof(denoise_ext_schedule), NULL                                                                                     \
    }

/** What a callback's hook sees. Since 0.2. */
typedef struct denoise_ext_callback_args {
    int64_t struct_size;      /**< the library's */
    const void *config;       /**< the configuration */
    void *state;              /**< state_size bytes of the object, zero at first */
    denoise_trainer *trainer; /**< that runs */
    denoise_logs *logs;       /**< may be changed */
    int64_t number;           /**< of the epoch or batch, from 0; -1 where there is none */
    int32_t is_resumed;       /**< on_train_begin: 1: fit goes on where another one was, and saved_doubles have been read */
} denoise_ext_callback_args;

/** A callback; each hook may be NULL, and one that fails ends the run. Since 0.2. */
typedef struct denoise_ext_callback {
    int64_t struct_size;   /**< sizeof(denoise_ext_callback) */
    int64_t state_size;    /**< bytes of state of each object */
    int64_t saved_doubles; /**< so many double at the state's beginning are saved and read where a fit is resumed */
    denoise_status (*create)(const void *config, void *state, void *user_data); /**< fills a new state in; may be NULL */
    void (*destroy)(const void *config, void *state, void *user_data);          /**< frees what the state holds; may be NULL */
    denoise_status (*on_train_begin)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_train_end)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_epoch_begin)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_epoch_end)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_train_batch_begin)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_train_batch_end)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_test_begin)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_test_end)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_test_batch_begin)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_test_batch_end)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_predict_begin)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_predict_end)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_predict_batch_begin)(const denoise_ext_callback_args *args, void *user_data);
    denoise_status (*on_predict_batch_end)(const denoise_ext_callback_args *args, void *user_data);
} denoise_ext_callback;
/** No state and no hook. Since 0.2. */
#define DENOISE_EXT_CALLBACK_INIT                                                                                              \
    {                                                                                                                          \
        sizeof(denoise_ext_callback), 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,      \
            NULL, NULL, NULL                                                                                                   \
    }

/**
 * Registers a kind.
 * @param noun "layer", "activation", "loss", "metric", "optimizer", "initializer", "regularizer", "constraint", "schedule" or
 *        "callback"
 * @param kind copied, with all that it points to except user_data
 * @param hooks the noun's struct, denoise_ext_layer for "layer"; copied likewise
 * @param destroy called once with user_data when the kind is unregistered, also when this call fails, except for a wrong
 *        struct_size of kind; may be NULL
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_NAME for an unknown noun and for a name that is taken or is none;
 *         DENOISE_ERR_UNSUPPORTED for another version; DENOISE_ERR_INVALID for a wrong struct_size, a missing function or a
 *         parameter that makes no sense; DENOISE_ERR_RANGE for a count; DENOISE_ERR_LIMIT when 256 kinds of the noun are
 *         there; DENOISE_ERR_NOMEM. Since 0.2.
 */
DENOISE_API denoise_status denoise_ext_register(const char *noun, const denoise_ext_kind *kind, const void *hooks,
                                                void (*destroy)(void *user_data));
/**
 * Takes a registered kind out again. Its names may be read until denoise_shutdown().
 * @param noun as above
 * @param name of the kind
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_NAME where there is no such kind; DENOISE_ERR_UNSUPPORTED for one of the
 *         library's; DENOISE_ERR_BUSY while objects of it live. Since 0.2.
 */
DENOISE_API denoise_status denoise_ext_unregister(const char *noun, const char *name);
/**
 * Sets this thread's message, for a function that is going to answer a failure.
 * @param status what it will answer; DENOISE_ERR_USER is for this
 * @param message copied, as much of it as fits
 * @return status. Since 0.2.
 */
DENOISE_API denoise_status denoise_ext_fail(denoise_status status, const char *message);
/**
 * Numbers of a random stream, the same wherever they are asked for.
 * @param values room for count numbers
 * @param count how many, >= 0
 * @param seed of the stream
 * @param stream which one
 * @param first the number of the first, from 0
 * @param low least number
 * @param high none is as great
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE. Since 0.2.
 */
DENOISE_API denoise_status denoise_ext_uniform(float *values, int64_t count, uint64_t seed, uint64_t stream, uint64_t first,
                                               double low, double high);
/**
 * The same with the normal distribution.
 * @param values as for denoise_ext_uniform()
 * @param count as for denoise_ext_uniform()
 * @param seed as for denoise_ext_uniform()
 * @param stream as for denoise_ext_uniform()
 * @param first as for denoise_ext_uniform()
 * @param mean of the distribution
 * @param stddev its standard deviation, >= 0
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE. Since 0.2.
 */
DENOISE_API denoise_status denoise_ext_normal(float *values, int64_t count, uint64_t seed, uint64_t stream, uint64_t first,
                                              double mean, double stddev);

/**
 * Compares a kind's gradient with differences: in random directions, central, extrapolated, added up in double.
 * @param worst the greatest relative error found, also where it is too great; NAN when the call could not compare; may be NULL
 * @param noun "layer", "activation", "loss" or "regularizer"
 * @param name of the kind, the library's own ones included
 * @param params its parameters; NULL = all defaults
 * @param shape of one sample of each input, of the prediction or of the weight, or a row of an activation; NULL = (6)
 * @param rank of the shape, 0 .. 7; of no meaning where shape is NULL
 * @param tolerance of the relative error, > 0; 0.002 is usual
 * @return DENOISE_OK where all agree; DENOISE_ERR_INVALID where one does not, with which input or weight and by how much;
 *         DENOISE_ERR_NULL, DENOISE_ERR_NAME, DENOISE_ERR_RANGE, DENOISE_ERR_SHAPE, DENOISE_ERR_NOMEM, or what the kind itself
 *         answers. Since 0.2.
 */
DENOISE_API denoise_status denoise_check_gradient(double *worst, const char *noun, const char *name,
                                                  const denoise_params *params, const int64_t *shape, int32_t rank,
                                                  double tolerance);
/**
 * Runs what is asked of every kind on one of them: it is listed, made by name, made again from its parameters; writes all that
 * it has to and nothing else; has the same bits again, in other blocks and on other numbers of threads; its gradient agrees; it
 * trains, frozen and shared too, and goes on where it was.
 * @param noun of the kind
 * @param name of the kind
 * @param params its parameters; NULL = all defaults
 * @param shape of one sample, as for denoise_check_gradient(); NULL = several usual ones, of which one must fit
 * @param rank of the shape, 0 .. 7; of no meaning where shape is NULL
 * @return DENOISE_OK; DENOISE_ERR_INVALID with a sentence that says what does not hold; DENOISE_ERR_NULL, DENOISE_ERR_NAME,
 *         DENOISE_ERR_RANGE, DENOISE_ERR_NOMEM, or what the kind itself answers. Since 0.2.
 */
DENOISE_API denoise_status denoise_ext_test(const char *noun, const char *name, const denoise_params *params,
                                            const int64_t *shape, int32_t rank);

#ifdef __cplusplus
}
#endif
#endif
