/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Data: images and labels from files, images as rows of numbers, and noise.
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
#include <denoise/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Loads MNIST, or any data set in four IDX files of MNIST's names, such as Fashion-MNIST.
 *
 * Looked for are train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte,
 * also written with a dot (train-images.idx3-ubyte), also with .gz at the end; content decides what is gzip.
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
 * Loads one IDX file, plain or gzip.
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
 * not. A palette is looked up; transparency becomes a channel. Colour profiles, gamma and texts are skipped unseen. Reading is
 * strict: all checksums are checked, chunks must be in order, pixel data must be neither too short nor too long, nothing may
 * follow.
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
} denoise_csv_options;

/** The defaults as an initializer: what the callback CSVLogger writes. Since 0.1. */
#define DENOISE_CSV_OPTIONS_INIT                                                                                               \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_csv_options), ",", 1, DENOISE_FLOAT64                                                          \
    }

/**
 * Writes the defaults, as DENOISE_CSV_OPTIONS_INIT does.
 * @param options NULL is accepted and does nothing. Since 0.1.
 */
DENOISE_API void denoise_csv_options_init(denoise_csv_options *options);

/**
 * Loads a table of numbers from a CSV file, such as the callback CSVLogger writes.
 *
 * Rows end with CR LF, LF or CR; fields may be in quotes, with a quote inside written twice (Python's dialect csv.excel).
 * Numbers are those of Python's float(), with a point whatever the locale; NA is NaN. All rows have the same number of fields,
 * none is empty, and no line is blank.
 * @param out float64 or float32 (rows, columns), freed by the caller; (0, columns) when there is a row of names only
 * @param names the names, each ended by a zero byte, one after the other; freed with denoise_free(); *names is NULL
 *        without a header; NULL = not wanted
 * @param path the file; a regular one, not a pipe or a folder
 * @param options NULL = defaults
 * @param limits NULL = defaults
 * @return DENOISE_OK, DENOISE_ERR_NULL, DENOISE_ERR_INVALID, DENOISE_ERR_NOT_FOUND, DENOISE_ERR_IO, DENOISE_ERR_NOMEM,
 *         DENOISE_ERR_RANGE for the separator, DENOISE_ERR_DTYPE; and, with byte, row and column (from 1, names included),
 *         DENOISE_ERR_SYNTAX for what is no number, DENOISE_ERR_SHAPE for a row too short or too long, DENOISE_ERR_TRUNCATED
 *         for an empty file and open quotes, DENOISE_ERR_LIMIT. Since 0.1.
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

#ifdef __cplusplus
}
#endif
#endif
