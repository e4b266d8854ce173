/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Parameters: typed keys and values, with which every kind of layer, loss, optimizer, ... can be made by its name.
 *
 * `denoise_layer_create(&layer, "Dense", params)` with params {units: 64, activation: "relu"} is the same as
 * `denoise_layer_dense(64, "relu", NULL)`. Wherever a parameter names a kind (an activation, an initializer, a
 * regularizer), a text such as "relu", "l2(0.001)" or "constant(value=0.5)" is enough: a name, then values in brackets,
 * each alone (it belongs to the next parameter in order, name and trainable left out) or behind its key. A value is a number,
 * true, false, True, False, None, a list such as [1, 2], a text, bare or in quotes, or such a text again, up to 16 deep.
 *
 * What is checked when a kind takes the bag: unknown keys and names (DENOISE_ERR_NAME), types (DENOISE_ERR_DTYPE; an INT is
 * fine for a DOUBLE, a whole DOUBLE for an INT, 0 and 1 for a BOOL), bounds (DENOISE_ERR_RANGE), choices, None and missing
 * parameters (DENOISE_ERR_INVALID), keys given twice (DENOISE_ERR_DUPLICATE) and the form of a text (DENOISE_ERR_SYNTAX).
 */
#ifndef DENOISE_PARAMS_H
#define DENOISE_PARAMS_H

#include <denoise/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A bag of parameters in order of insertion. Since 0.1. */
typedef struct denoise_params denoise_params;

/** Types of a parameter. Since 0.1. */
enum {
    DENOISE_PARAM_NONE = 0,   /**< Keras' None */
    DENOISE_PARAM_BOOL = 1,   /**< 0 or 1 */
    DENOISE_PARAM_INT = 2,    /**< int64_t */
    DENOISE_PARAM_DOUBLE = 3, /**< double; an INT is accepted where a DOUBLE is expected */
    DENOISE_PARAM_TEXT = 4,   /**< UTF-8 */
    DENOISE_PARAM_INTS = 5,   /**< up to 8 int64_t, as a shape */
    DENOISE_PARAM_KIND = 6    /**< name of a kind with parameters of its own */
};

/** A number that is not given: Keras' None for a double. The same as NAN of <math.h>, which these headers do not include.
 * Since 0.1. */
#if defined(__GNUC__)
#define DENOISE_NAN __builtin_nan("") /* the quotient would trap where the host has division trap */
#else
#define DENOISE_NAN (0.0 / 0.0)
#endif

/**
 * Makes an empty bag.
 * @param out freed by the caller with denoise_params_free(); NULL on failure
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_params_new(denoise_params **out);

/** Frees a bag. @param params NULL is accepted. Since 0.1. */
DENOISE_API void denoise_params_free(denoise_params *params);

/**
 * Sets a key to None. Like all setters it replaces an earlier value, copies what it is given, and changes nothing when it
 * fails.
 * @param params the bag
 * @param key any text
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_params_set_none(denoise_params *params, const char *key);
/**
 * Sets a truth value.
 * @param params the bag
 * @param key any text
 * @param value 0 = false, all else = true
 * @return as denoise_params_set_none(). Since 0.1.
 */
DENOISE_API denoise_status denoise_params_set_bool(denoise_params *params, const char *key, int32_t value);
/**
 * Sets a whole number.
 * @param params the bag
 * @param key any text
 * @param value any
 * @return as denoise_params_set_none(). Since 0.1.
 */
DENOISE_API denoise_status denoise_params_set_int(denoise_params *params, const char *key, int64_t value);
/**
 * Sets a number.
 * @param params the bag
 * @param key any text
 * @param value any; kinds refuse NaN and infinite ones
 * @return as denoise_params_set_none(). Since 0.1.
 */
DENOISE_API denoise_status denoise_params_set_double(denoise_params *params, const char *key, double value);
/**
 * Sets a text.
 * @param params the bag
 * @param key any text
 * @param value UTF-8; a kind takes up to 63 bytes, a reference to another kind may be longer
 * @return as denoise_params_set_none(). Since 0.1.
 */
DENOISE_API denoise_status denoise_params_set_text(denoise_params *params, const char *key, const char *value);
/**
 * Sets a list of whole numbers.
 * @param params the bag
 * @param key any text
 * @param values count numbers; may be NULL when count is 0
 * @param count 0 .. 8
 * @return as denoise_params_set_none(), and DENOISE_ERR_RANGE for a wrong count. Since 0.1.
 */
DENOISE_API denoise_status denoise_params_set_ints(denoise_params *params, const char *key, const int64_t *values,
                                                   int64_t count);
/**
 * Sets the name of a kind and its own parameters.
 * @param params the bag
 * @param key any text
 * @param name any text; it is looked up when the bag is used
 * @param nested the kind's parameters; NULL = all defaults
 * @return as denoise_params_set_none(), and DENOISE_ERR_LIMIT when more than 16 bags would lie in one another. Since 0.1.
 */
DENOISE_API denoise_status denoise_params_set_kind(denoise_params *params, const char *key, const char *name,
                                                   const denoise_params *nested);

/** How many keys there are. @param params may be NULL. @return >= 0; 0 for NULL. Since 0.1. */
DENOISE_API int64_t denoise_params_count(const denoise_params *params);
/**
 * The key at an index, in the order in which they were first set.
 * @param params the bag
 * @param index 0 .. count-1
 * @return borrowed from params; NULL out of range; NULL for NULL. Since 0.1.
 */
DENOISE_API const char *denoise_params_key(const denoise_params *params, int64_t index);
/**
 * The type of the value of a key.
 * @param params the bag
 * @param key any text
 * @return DENOISE_PARAM_*; -1 when the key is absent; -1 for NULL. Since 0.1.
 */
DENOISE_API int32_t denoise_params_type(const denoise_params *params, const char *key);

/**
 * Reads a truth value.
 * @param params the bag
 * @param key a key in it
 * @param value set to 0 or 1; unchanged on failure
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOT_FOUND when the key is absent, DENOISE_ERR_DTYPE when its value is
 *         of another type. Since 0.1.
 */
DENOISE_API denoise_status denoise_params_get_bool(const denoise_params *params, const char *key, int32_t *value);
/**
 * Reads a whole number.
 * @param params the bag
 * @param key a key in it
 * @param value set; unchanged on failure
 * @return as denoise_params_get_bool(). Since 0.1.
 */
DENOISE_API denoise_status denoise_params_get_int(const denoise_params *params, const char *key, int64_t *value);
/**
 * Reads a number: an INT or a DOUBLE.
 * @param params the bag
 * @param key a key in it
 * @param value set; unchanged on failure
 * @return as denoise_params_get_bool(). Since 0.1.
 */
DENOISE_API denoise_status denoise_params_get_double(const denoise_params *params, const char *key, double *value);
/**
 * Reads a text.
 * @param params the bag
 * @param key a key in it
 * @param value borrowed from params until the key is set again; NULL on failure
 * @return as denoise_params_get_bool(). Since 0.1.
 */
DENOISE_API denoise_status denoise_params_get_text(const denoise_params *params, const char *key, const char **value);
/**
 * Reads a list of whole numbers.
 * @param params the bag
 * @param key a key in it
 * @param values room for 8
 * @param count set to how many there are
 * @return as denoise_params_get_bool(). Since 0.1.
 */
DENOISE_API denoise_status denoise_params_get_ints(const denoise_params *params, const char *key, int64_t *values,
                                                   int64_t *count);
/**
 * Reads a kind.
 * @param params the bag
 * @param key a key in it
 * @param name its name, borrowed from params until the key is set again; NULL on failure
 * @param nested its parameters, borrowed likewise; NULL when it has none, and on failure
 * @return as denoise_params_get_bool(). Since 0.1.
 */
DENOISE_API denoise_status denoise_params_get_kind(const denoise_params *params, const char *key, const char **name,
                                                   const denoise_params **nested);

/** One parameter of a kind, as denoise_kind_param() tells it. Since 0.1. */
typedef struct denoise_param_info {
    int64_t struct_size;      /**< sizeof(denoise_param_info), set by the caller */
    const char *name;         /**< static */
    const char *doc;          /**< static, one line */
    const char *default_text; /**< static; NULL when the parameter must be given; "None" for None */
    double minimum;           /**< NAN when there is none */
    double maximum;           /**< NAN when there is none */
    int32_t type;             /**< DENOISE_PARAM_* */
    int32_t nullable;         /**< 1 when None is allowed */
} denoise_param_info;

/**
 * Tells the kinds that exist.
 * @param noun "layer", "activation", "initializer", "regularizer", "loss", "metric", "optimizer" or "callback"
 * @param index 0 .. count-1
 * @return static name such as "dense"; NULL out of range or for an unknown noun. Since 0.1.
 */
DENOISE_API const char *denoise_kind_name(const char *noun, int64_t index);
/**
 * Keras' class name of a kind, such as "Dense".
 * @param noun as above
 * @param index 0 .. count-1
 * @return static; NULL where denoise_kind_name() gives NULL. Since 0.1.
 */
DENOISE_API const char *denoise_kind_class_name(const char *noun, int64_t index);
/**
 * One line about a kind.
 * @param noun as above
 * @param index 0 .. count-1
 * @return static; NULL where denoise_kind_name() gives NULL. Since 0.1.
 */
DENOISE_API const char *denoise_kind_doc(const char *noun, int64_t index);
/**
 * Describes one parameter of a kind.
 * @param out filled in; its struct_size must be set
 * @param noun as above
 * @param name any name under which the kind can be created
 * @param index 0 .. ; DENOISE_ERR_RANGE tells the end
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NAME, DENOISE_ERR_RANGE, DENOISE_ERR_INVALID. Since 0.1.
 */
DENOISE_API denoise_status denoise_kind_param(denoise_param_info *out, const char *noun, const char *name, int64_t index);

#ifdef __cplusplus
}
#endif
#endif
