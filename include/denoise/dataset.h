/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Data: images and labels from files, images as rows of numbers, noise, and datasets: rows that come as they are asked for.
 *
 * MNIST, Fashion-MNIST and their like come as IDX files, plain or gzip: bytes 0 0, a type byte, the rank, one big-endian
 * 32-bit length per axis, the numbers. Pictures come as PNG files, tables of numbers as CSV. Images stay uint8 until they are
 * used. Nothing here opens a network connection; the script tools/fetch-mnist brings the files.
 *
 *     denoise_mnist_load(&images, &labels, &test_images, &test_labels, NULL);   uint8 (60000, 28, 28), int32 (60000)
 *     denoise_images_to_rows(&x, images, 1.0 / 255);                            float32 (60000, 784), values 0..1
 *     denoise_noise_gaussian(&noisy, x, 0.9, 42);                               clip(x + 0.9 N(0, 1), 0, 1)
 *
 * Noise is drawn element by element from the counter-based generator of denoise/random.h, so that a seed gives the same
 * numbers on every machine and with any number of threads. Arithmetic is float32.
 */
#ifndef DENOISE_DATASET_H
#define DENOISE_DATASET_H

#include <denoise/limits.h>
#include <denoise/model.h>
#include <denoise/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Loads MNIST, or any data set in four IDX files of MNIST's names, such as Fashion-MNIST.
 *
 * Looked for are train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte,
 * also written with a dot (train-images.idx3-ubyte), also with .gz at the end, also in a folder of the file's own name; content
 * decides what is gzip. They are looked for in the folder, then in MNIST/raw and raw below it, where torchvision puts them
 * (torchvision's other data sets: give the folder with their name). In each of these, EMNIST's files come after MNIST's:
 * emnist-mnist-train-images-idx3-ubyte, emnist-mnist-test-labels-idx1-ubyte, ..., or, where there is no such split, digits,
 * letters, balanced, bymerge, byclass. (EMNIST has rows and columns of its images exchanged.) All four files come from one
 * place.
 * @param train_images uint8 (60000, 28, 28), or what the file holds; freed by the caller, as the other three
 * @param train_labels int32 (60000)
 * @param test_images uint8 (10000, 28, 28)
 * @param test_labels int32 (10000)
 * @param folder where the files are; NULL = the environment variable DENOISE_DATA_DIR, else $XDG_CACHE_HOME/denoise/mnist,
 *        else ~/.cache/denoise/mnist
 * @return DENOISE_OK; DENOISE_ERR_NOT_FOUND when a file is missing, naming the places looked at; DENOISE_ERR_SCHEMA when
 *         images and labels differ in number or a file is no list of images or labels; the errors of denoise_idx_load().
 *         All four are NULL on failure. Since 0.1.
 */
DENOISE_API denoise_status denoise_mnist_load(denoise_tensor **train_images, denoise_tensor **train_labels,
                                              denoise_tensor **test_images, denoise_tensor **test_labels, const char *folder);

/**
 * Loads one IDX file, plain or gzip. Zeros behind the gzip data are passed over, unless limits are strict.
 * @param out the new tensor, freed by the caller: uint8 for type 08, int32 for 09 (int8), 0B (int16) and 0C (int32), float32
 *        for 0D, float64 for 0E
 * @param path the file; a regular one, not a pipe or a folder
 * @param limits NULL = defaults
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOT_FOUND, DENOISE_ERR_IO, DENOISE_ERR_NOMEM; and, with the byte where
 *         it was seen, DENOISE_ERR_MAGIC, DENOISE_ERR_DTYPE, DENOISE_ERR_SHAPE for rank 0, DENOISE_ERR_OVERFLOW,
 *         DENOISE_ERR_LIMIT, DENOISE_ERR_TRUNCATED, DENOISE_ERR_TRAILING; of the gzip layer also DENOISE_ERR_SYNTAX,
 *         DENOISE_ERR_UNSUPPORTED, DENOISE_ERR_CHECKSUM. Since 0.1.
 */
DENOISE_API denoise_status denoise_idx_load(denoise_tensor **out, const char *path, const denoise_limits *limits);

/**
 * Loads a picture from a PNG file.
 *
 * Read is all that the format allows: every bit depth, brought to 8 bits (16 are rounded), every colour type, interlaced or
 * not. A palette is looked up; transparency becomes a channel. Colour profiles, gamma and texts are skipped unseen. All
 * checksums are checked, chunks must be in order, pixel data must not be too short; with strict limits it must not be too long
 * either, and nothing may follow the last chunk.
 * @param out uint8 (height, width, channels) with 1 = grey, 2 = grey and alpha, 3 = RGB, 4 = RGBA; freed by the caller
 * @param path the file; a regular one, not a pipe or a folder
 * @param limits NULL = defaults; bytes and ratio hold for the unpacked pixel data too
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_NOT_FOUND, DENOISE_ERR_IO, DENOISE_ERR_NOMEM; and, with byte and field,
 *         DENOISE_ERR_MAGIC, DENOISE_ERR_TRUNCATED, DENOISE_ERR_TRAILING, DENOISE_ERR_CHECKSUM, DENOISE_ERR_SYNTAX,
 *         DENOISE_ERR_SHAPE for a length of 0, DENOISE_ERR_DTYPE for colour type and bit depth, DENOISE_ERR_RANGE for an index
 *         beyond the palette, DENOISE_ERR_UNSUPPORTED, DENOISE_ERR_LIMIT. Since 0.1.
 */
DENOISE_API denoise_status denoise_png_load(denoise_tensor **out, const char *path, const denoise_limits *limits);

/** What a CSV file looks like. Since 0.1. */
typedef struct denoise_csv_options {
    int64_t struct_size;   /**< sizeof(denoise_csv_options) */
    const char *separator; /**< ","; one byte between the fields */
    int32_t header;        /**< 1; whether the first row holds names */
    int32_t dtype;         /**< DENOISE_FLOAT64, or DENOISE_FLOAT32 */
    const char *decimal;   /**< "."; one byte between units and tenths, "," in what Excel writes in many countries. Since 0.2 */
    const char *comment;   /**< NULL; one byte, "#" say, from which on the rest of a line is passed over. Since 0.2 */
    int32_t missing_is_nan;   /**< 0; 1: an empty field, and each word that pandas takes for one, is NaN. Since 0.2 */
    int32_t skip_blank_lines; /**< 0; 1: lines of nothing, or of blanks and tabs, are passed over. Since 0.2 */
} denoise_csv_options;

/** The defaults as an initializer: what the callback CSVLogger writes. Since 0.1. */
#define DENOISE_CSV_OPTIONS_INIT                                                                                               \
    {                                                                                                                          \
        sizeof(denoise_csv_options), ",", 1, DENOISE_FLOAT64, ".", NULL, 0, 0                                                  \
    }

/**
 * Writes the defaults, as DENOISE_CSV_OPTIONS_INIT does. C has the macro below for it.
 * @param options NULL is accepted
 * @param size sizeof(denoise_csv_options) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_csv_options_init_sized(denoise_csv_options *options, int64_t size);
/** The same with the size of this header's struct. Since 0.1. */
#define denoise_csv_options_init(options) denoise_csv_options_init_sized((options), sizeof(denoise_csv_options))

/**
 * Loads a table of numbers from a CSV file, such as the callback CSVLogger writes.
 *
 * Rows end with CR LF, LF or CR; fields may be in quotes, with a quote inside written twice (Python's dialect csv.excel).
 * Numbers are those of Python's float(), with a point whatever the locale; NA is NaN. All rows have the same number of fields,
 * none is empty, and no line is blank. What pandas and spreadsheets write differs, and is read with
 * `missing_is_nan` and `skip_blank_lines` (the defaults of pandas.read_csv), `comment`, and, in countries with a decimal comma,
 * `separator` ";" and `decimal` ",". The words are those of pandas 3.1: #N/A, #N/A N/A, #NA, -1.#IND, -1.#QNAN, -NaN,
 * -nan, 1.#IND, 1.#QNAN, <NA>, N/A, NA, NULL, NaN, None, n/a, nan, null.
 * @param out float64 or float32 (rows, columns), freed by the caller; (0, columns) when there is a row of names only
 * @param names the names, each ended by a zero byte, one after the other, as many as the tensor has columns; behind the last
 *        stands one more zero byte (a name may be empty too: pandas gives its index none); freed with denoise_free(); *names is
 *        NULL without a header; NULL = not wanted
 * @param path the file; a regular one, not a pipe or a folder
 * @param options NULL = defaults
 * @param limits NULL = defaults
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_INVALID, DENOISE_ERR_NOT_FOUND, DENOISE_ERR_IO, DENOISE_ERR_NOMEM,
 *         DENOISE_ERR_RANGE for bytes of the options that cannot be told apart, DENOISE_ERR_DTYPE; and, with byte, row and
 * column (from 1; names and lines that are passed over count), DENOISE_ERR_SYNTAX for what is no number, DENOISE_ERR_SHAPE for
 * a row too short or too long, DENOISE_ERR_TRUNCATED for an empty file and open quotes, DENOISE_ERR_LIMIT. Since 0.1.
 */
DENOISE_API denoise_status denoise_csv_load(denoise_tensor **out, char **names, const char *path,
                                            const denoise_csv_options *options, const denoise_limits *limits);

/**
 * Images as rows of numbers for a network: every element times a factor, as float32.
 *
 * The product is taken in double and rounded once; with factor 1.0 / 255 the 256 values of a uint8 image are u / 255
 * correctly rounded.
 * @param out float32 (n, height * width) or (n, height * width * channels), freed by the caller
 * @param images (n, height, width) or (n, height, width, channels) of any element type
 * @param factor finite
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_SHAPE, DENOISE_ERR_RANGE, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_images_to_rows(denoise_tensor **out, const denoise_tensor *images, double factor);

/**
 * Gaussian noise: clip(x + factor * N(0, 1), 0, 1).
 * @param out float32 of x's shape, freed by the caller
 * @param x float32 or float64, meant to hold 0..1; NaN stays NaN
 * @param factor finite; the notes use 0.9
 * @param seed any value; element i uses number i of the seed's noise stream
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_DTYPE, DENOISE_ERR_RANGE, DENOISE_ERR_NOMEM. Since 0.1.
 */
DENOISE_API denoise_status denoise_noise_gaussian(denoise_tensor **out, const denoise_tensor *x, double factor, uint64_t seed);

/**
 * Uniform noise: clip(x + factor * U(0, 1), 0, 1).
 * @param out float32 of x's shape, freed by the caller
 * @param x float32 or float64, meant to hold 0..1; NaN stays NaN
 * @param factor finite
 * @param seed as in denoise_noise_gaussian()
 * @return as denoise_noise_gaussian(). Since 0.1.
 */
DENOISE_API denoise_status denoise_noise_uniform(denoise_tensor **out, const denoise_tensor *x, double factor, uint64_t seed);

/**
 * Salt-and-pepper noise: an element becomes 0 or 1, each with half the probability, else it stays as it is.
 * @param out float32 of x's shape, freed by the caller
 * @param x float32 or float64
 * @param probability 0..1
 * @param seed as in denoise_noise_gaussian()
 * @return as denoise_noise_gaussian(). Since 0.1.
 */
DENOISE_API denoise_status denoise_noise_salt_and_pepper(denoise_tensor **out, const denoise_tensor *x, double probability,
                                                         uint64_t seed);

/**
 * Masking noise: an element becomes 0 with a probability, else it stays as it is.
 * @param out float32 of x's shape, freed by the caller
 * @param x float32 or float64
 * @param probability 0..1
 * @param seed as in denoise_noise_gaussian()
 * @return as denoise_noise_gaussian(). Since 0.1.
 */
DENOISE_API denoise_status denoise_noise_masking(denoise_tensor **out, const denoise_tensor *x, double probability,
                                                 uint64_t seed);

/**
 * Draws handwritten digits: MNIST's stand-in where there is none.
 *
 * Every digit has a few styles, stroke skeletons of the library's own (7 with and without a bar, open and closed 4, 2 with and
 * without a loop, ...). One is chosen, bent, slanted, stretched, turned and written with a pen of random width and pressure,
 * then scaled and centred as MNIST's are: ink up to 255 on 0, in a box of 20 x 20 pixels with the centre of its mass in the
 * middle. A classifier that learned on 60,000 of them reads 94 % of MNIST's test images (the notebook's, after 3 epochs).
 *
 * Image i depends on seed, split and i alone: more digits begin with the same ones, at any number of threads, and all machines
 * draw the same bytes.
 * @param images uint8 (count, 28, 28), freed by the caller
 * @param labels int32 (count), 0..9, each drawn with the same probability; freed by the caller
 * @param count >= 0; 60,000 take a second or two on one core
 * @param seed any value
 * @param split 0 = for training, 1 = for testing: other digits of the same hand
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_OVERFLOW, DENOISE_ERR_NOMEM; both are NULL on failure.
 *         Since 0.1.
 */
DENOISE_API denoise_status denoise_synthetic_digits(denoise_tensor **images, denoise_tensor **labels, int64_t count,
                                                    uint64_t seed, int32_t split);

/**
 * MNIST where there is any, else synthetic digits: data for a first program that has nothing beside it.
 *
 * There is MNIST when folder or DENOISE_DATA_DIR names a place, or when the cache folder of denoise_mnist_load() holds one of
 * the four files; what is there must load. Only otherwise 60,000 and 10,000 digits are drawn by denoise_synthetic_digits().
 * @param train_images uint8 (60000, 28, 28), or what the file holds; freed by the caller, as the other three
 * @param train_labels int32 (60000)
 * @param test_images uint8 (10000, 28, 28)
 * @param test_labels int32 (10000)
 * @param folder as for denoise_mnist_load(); NULL = DENOISE_DATA_DIR, else the cache folder
 * @param seed of the synthetic digits; MNIST does not depend on it
 * @param is_synthetic 1 when the digits are synthetic, else 0
 * @return DENOISE_OK, DENOISE_ERR_NULL, the errors of denoise_mnist_load() for what was found, DENOISE_ERR_NOMEM. All four
 *         tensors are NULL on failure. Since 0.1.
 */
DENOISE_API denoise_status denoise_digits_load(denoise_tensor **train_images, denoise_tensor **train_labels,
                                               denoise_tensor **test_images, denoise_tensor **test_labels, const char *folder,
                                               uint64_t seed, int32_t *is_synthetic);

/**
 * A dataset: rows of inputs, targets and sample weights that come one after the other, from tensors or from functions of the
 * caller's, through stages that shuffle, cut, repeat and change them. The words are those of tf.data.
 *
 *     denoise_dataset_from_tensors(&dataset, clean, clean);
 *     denoise_dataset_shuffle(dataset, 10000, 1);
 *     denoise_dataset_map(dataset, add_noise, NULL, NULL);
 *     denoise_dataset_batch(dataset, 128, 0);
 *     denoise_dataset_prefetch(dataset, 2);
 *     denoise_trainer_fit_dataset(trainer, dataset, NULL, &options);
 *
 * Stages are added in the order in which rows go through them; denoise_dataset_batch() comes behind all others. One reading
 * from begin to end is a pass. Rows of tensors that no map changes are read where they lie, and are never copied; all else
 * takes the memory of a batch, of the batches that are made ahead, and of the rows that shuffling holds, however many rows
 * there are.
 *
 * What comes is a function of the seeds, the number of the pass and the stages: never of threads or of making batches ahead. A
 * dataset belongs to one thread at a time. One that calls functions of the caller's is read by one call at a time: another one,
 * and adding a stage meanwhile, is DENOISE_ERR_BUSY. docs/datasets.md is the guide. Since 0.2.
 */
typedef struct denoise_dataset denoise_dataset;

/** Where in a dataset its functions are called. Since 0.2. */
typedef struct denoise_dataset_place {
    int64_t struct_size; /**< sizeof(denoise_dataset_place) of the library */
    int64_t pass;        /**< in fit the training steps that the trainer had done as the pass began; else 0 */
    int64_t repetition;  /**< how often denoise_dataset_repeat() behind the function has begun anew in this pass */
    int64_t row;         /**< of the first row that is wanted or given: rows before it in this repetition */
} denoise_dataset_place;

/** Rows from functions of the caller's. They run on the thread that reads, or, behind denoise_dataset_prefetch(), on one of the
 * library's own. Since 0.2. */
typedef struct denoise_dataset_generator {
    int64_t struct_size;            /**< sizeof(denoise_dataset_generator) */
    const denoise_tensor *const *x; /**< one per input: element type and shape (any rows, ...) of what comes, not its values */
    int64_t input_count;            /**< length of x */
    const denoise_tensor *const *y; /**< the same for the targets; NULL = none */
    int64_t target_count;           /**< length of y */
    int32_t has_sample_weight;      /**< 0; 1: each target has a float32 (rows) of weights */
    int64_t rows;                   /**< -1 = unknown; rows of a pass: fewer are DENOISE_ERR_SHAPE, more are not asked for */
    /** Writes the next rows whole, at least 1 and at most the rows of the tensors, and their number to *count; 0 = the end. The
     * tensors are the library's: their values may be written during the call, and freeing them does nothing. A failure ends the
     * run and comes back unchanged. */
    denoise_status (*next)(int64_t *count, denoise_tensor *const *x, denoise_tensor *const *y,
                           denoise_tensor *const *sample_weight, const denoise_dataset_place *place, void *user_data);
    /** A pass begins, from the first row on; NULL = the rows are one stream, in which each pass goes on, until it ends. */
    denoise_status (*restart)(const denoise_dataset_place *place, void *user_data);
    /** `next` is to go on with place->row; NULL = rows that are not wanted are made and dropped. */
    denoise_status (*seek)(const denoise_dataset_place *place, void *user_data);
} denoise_dataset_generator;
/** A table without functions. Since 0.2. */
#define DENOISE_DATASET_GENERATOR_INIT                                                                                         \
    {                                                                                                                          \
        sizeof(denoise_dataset_generator), NULL, 0, NULL, 0, 0, -1, NULL, NULL, NULL                                           \
    }
/**
 * Writes a table without functions, as DENOISE_DATASET_GENERATOR_INIT does. C has the macro below for it.
 * @param generator NULL is accepted
 * @param size sizeof(denoise_dataset_generator) as the caller has it; nothing is written beyond. Since 0.2.
 */
DENOISE_API void denoise_dataset_generator_init_sized(denoise_dataset_generator *generator, int64_t size);
/** The same with the size of this header's struct. Since 0.2. */
#define denoise_dataset_generator_init(generator)                                                                              \
    denoise_dataset_generator_init_sized((generator), sizeof(denoise_dataset_generator))

/**
 * A dataset of the rows of tensors.
 * @param out the new dataset, freed by the caller; NULL on failure
 * @param x (n, ...) of any element type; kept, not copied, until the dataset is freed: who changes its values changes the rows
 * @param y (n, ...) targets, likewise; NULL = none
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_SHAPE, DENOISE_ERR_NOMEM. Since 0.2.
 */
DENOISE_API denoise_status denoise_dataset_from_tensors(denoise_dataset **out, const denoise_tensor *x,
                                                        const denoise_tensor *y);
/**
 * The same for several inputs and targets, and sample weights.
 * @param out the new dataset, freed by the caller; NULL on failure
 * @param x input_count tensors with equal numbers of rows; kept, not copied
 * @param input_count >= 1
 * @param y target_count tensors; NULL = none
 * @param target_count >= 0
 * @param sample_weight (n) one per target, NULL entries = none; NULL = none
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_SHAPE, DENOISE_ERR_NOMEM. Since 0.2.
 */
DENOISE_API denoise_status denoise_dataset_from_tensors_many(denoise_dataset **out, const denoise_tensor *const *x,
                                                             int64_t input_count, const denoise_tensor *const *y,
                                                             int64_t target_count, const denoise_tensor *const *sample_weight);
/**
 * A dataset of rows that the caller's functions make.
 *
 * The functions may call the library; what is busy with the run that reads answers DENOISE_ERR_BUSY. Without
 * denoise_dataset_prefetch() they may leave fit and evaluate by longjmp() or an exception as hooks may (docs/threading.md);
 * with it, and in denoise_model_predict_dataset(), they must return.
 * @param out the new dataset, freed by the caller; NULL on failure
 * @param generator the table, copied; `next` must not be NULL
 * @param user_data handed to the functions and to destroy
 * @param destroy called once with user_data when the dataset is freed and no call reads it, also when this call fails; may be
 * NULL
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_SHAPE, DENOISE_ERR_INVALID, DENOISE_ERR_OVERFLOW,
 *         DENOISE_ERR_NOMEM. Since 0.2.
 */
DENOISE_API denoise_status denoise_dataset_from_generator(denoise_dataset **out, const denoise_dataset_generator *generator,
                                                          void *user_data, void (*destroy)(void *user_data));
/**
 * Drops the caller's reference; a call that reads the dataset has one of its own.
 * @param dataset NULL is accepted. Since 0.2.
 */
DENOISE_API void denoise_dataset_free(denoise_dataset *dataset);

/**
 * Shuffles: holds buffer_size rows, gives one of them at random, and puts the next that comes in its place. A buffer for all
 * rows shuffles them evenly. The order is a function of the seed, the pass and the repetition.
 * @param dataset the dataset
 * @param buffer_size 1 .. 2^32; no more than there are rows is taken
 * @param seed any value
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_STATE behind denoise_dataset_batch() and at the 64th
 * stage, DENOISE_ERR_BUSY, DENOISE_ERR_NOMEM. Since 0.2.
 */
DENOISE_API denoise_status denoise_dataset_shuffle(denoise_dataset *dataset, int64_t buffer_size, uint64_t seed);
/**
 * The first rows only.
 * @param dataset the dataset
 * @param count >= 0
 * @return as denoise_dataset_shuffle(). Since 0.2.
 */
DENOISE_API denoise_status denoise_dataset_take(denoise_dataset *dataset, int64_t count);
/**
 * All but the first rows.
 * @param dataset the dataset
 * @param count >= 0
 * @return as denoise_dataset_shuffle(). Since 0.2.
 */
DENOISE_API denoise_status denoise_dataset_skip(denoise_dataset *dataset, int64_t count);
/**
 * All rows again and again. A generator without `restart` cannot be repeated.
 * @param dataset the dataset
 * @param count >= 0; -1 = without end: fit then needs steps_per_epoch
 * @return as denoise_dataset_shuffle(); DENOISE_ERR_INVALID for such a generator. Since 0.2.
 */
DENOISE_API denoise_status denoise_dataset_repeat(denoise_dataset *dataset, int64_t count);
/**
 * Changes rows in place, some at a time: noise, say. What becomes of a row should depend on the row and place alone; rows that
 * a resumed fit or denoise_dataset_skip() passes over are not shown.
 * @param dataset the dataset
 * @param map called with tensors of 1 or more rows, as they came: the values may be written, freeing them does nothing; rules
 * and failures are those of a generator's functions
 * @param user_data handed to map and to destroy
 * @param destroy called once, as a generator's, also when this call fails; may be NULL
 * @return as denoise_dataset_shuffle(). Since 0.2.
 */
DENOISE_API denoise_status denoise_dataset_map(denoise_dataset *dataset,
                                               denoise_status (*map)(denoise_tensor *const *x, denoise_tensor *const *y,
                                                                     denoise_tensor *const *sample_weight,
                                                                     const denoise_dataset_place *place, void *user_data),
                                               void *user_data, void (*destroy)(void *user_data));
/**
 * The number of rows that make a step. Without it that is batch_size of the call's options.
 * @param dataset the dataset
 * @param size >= 1
 * @param drop_remainder 1: a last batch of fewer rows is left out
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_STATE the second time, DENOISE_ERR_BUSY. Since 0.2.
 */
DENOISE_API denoise_status denoise_dataset_batch(denoise_dataset *dataset, int64_t size, int32_t drop_remainder);
/**
 * Makes batches ahead, on a thread of its own that a call has while it reads, where functions of the caller's take part; what
 * comes is the same. After fork() in such a call the child has no such thread, and its call ends with DENOISE_ERR_STATE.
 * @param dataset the dataset
 * @param batches 0 .. 1024; 0 makes each when it is wanted; the last call counts
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_RANGE, DENOISE_ERR_BUSY. Since 0.2.
 */
DENOISE_API denoise_status denoise_dataset_prefetch(denoise_dataset *dataset, int64_t batches);
/**
 * Rows of a pass.
 * @param dataset the dataset
 * @return >= 0; -1 when a generator does not say; -2 without end; -1 for NULL. Since 0.2.
 */
DENOISE_API int64_t denoise_dataset_rows(const denoise_dataset *dataset);

/**
 * denoise_model_predict() for the rows of one pass; targets are left alone.
 * @param out float32 (rows, ...), freed by the caller; NULL on failure
 * @param model of one output
 * @param dataset not without end; batch_size of options is used where it has none
 * @param options NULL = defaults
 * @return as denoise_model_predict(); DENOISE_ERR_INVALID for a dataset without end; DENOISE_ERR_STATE; what a function of the
 *         dataset's returned. Since 0.2.
 */
DENOISE_API denoise_status denoise_model_predict_dataset(denoise_tensor **out, const denoise_model *model,
                                                         denoise_dataset *dataset, const denoise_predict_options *options);

#ifdef __cplusplus
}
#endif
#endif
