/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Pictures: rows of images, images on a terminal, learning curves.
 *
 * The functions take plain tensors and arrays of numbers; they know no model and no history. A picture is written to a file
 * beside its final place and moved there when it is whole, so a reader never sees half of one. The same input gives the
 * same bytes on one machine with one version of libpng and zlib.
 *
 * Images are a tensor of any element type and one of the shapes
 *   (n, height * width)      rows of pixels; the image must be square, as in `x.reshape(n, 28, 28)`
 *   (n, height, width)
 *   (n, height, width, 1).
 * Values go from vmin to vmax, which are 0 and 1, or 0 and 255 for uint8; what lies outside is clipped; NaN is drawn light red.
 *
 * Text is UTF-8. PNG pictures have a bitmap font of the project's own with the printable ASCII characters; any other
 * character is drawn as a box. SVG pictures hold the text itself.
 */
#ifndef DENOISE_PLOT_H
#define DENOISE_PLOT_H

#include <denoise/params.h>
#include <denoise/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Colours of an image; the names are matplotlib's. Since 0.1. */
enum {
    DENOISE_COLORMAP_BINARY = 0, /**< vmin white, vmax black */
    DENOISE_COLORMAP_GRAY = 1    /**< vmin black, vmax white */
};

/** Settings of denoise_plot_images() and denoise_plot_image_rows(). Since 0.1. */
typedef struct denoise_plot_images_options {
    int64_t struct_size;       /**< sizeof(denoise_plot_images_options) */
    const char *title;         /**< above the picture; NULL = none */
    const char *const *labels; /**< a text under each image, NULL entries = none; NULL = none */
    int64_t label_count;       /**< length of labels, at least the images shown */
    const denoise_tensor
        *predictions;               /**< (n, classes): the label is the row's argmax; or (n): the class itself; NULL = none */
    const denoise_tensor *expected; /**< (n) or (n, 1) right classes: a wrong prediction is drawn red as "7 (9)", the right
                                       class in brackets; needs predictions; NULL = none */
    const char *const
        *class_names;    /**< words for the classes of predictions, NULL entries = the number; NULL = their numbers */
    int64_t class_count; /**< length of class_names */
    const char *const *row_captions; /**< a text left of each row, NULL entries = none; NULL = none */
    int64_t row_caption_count;       /**< length of row_captions; further rows have none */
    int64_t columns;                 /**< 10 images in a row, >= 1 */
    int64_t count;                   /**< at most so many images, >= 1; -1 = all */
    int64_t scale;                   /**< picture pixels for an image pixel, >= 1; -1 = chosen for tiles of about 112 pixels */
    int64_t text_scale;              /**< 1 .. 8 times the font's 12 pixels; -1 = chosen by the size of a tile */
    double vmin;                     /**< value of the colour map's start; NaN = 0 */
    double vmax;                     /**< value of the colour map's end; NaN = 1, or 255 for uint8 images */
    int32_t colormap;                /**< DENOISE_COLORMAP_BINARY */
} denoise_plot_images_options;
/** Defaults. Since 0.1. */
#define DENOISE_PLOT_IMAGES_OPTIONS_INIT                                                                                       \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_plot_images_options), NULL, NULL, 0, NULL, NULL, NULL, 0, NULL, 0, 10, -1, -1, -1,             \
            DENOISE_NAN, DENOISE_NAN, DENOISE_COLORMAP_BINARY                                                                  \
    }
/** Writes the defaults. @param options not NULL. Since 0.1. */
DENOISE_API void denoise_plot_images_options_init(denoise_plot_images_options *options);

/**
 * Draws images in rows into a PNG file: a thin frame around each, no ticks, a label below.
 * @param path the file to write, replaced when it exists
 * @param images shapes as above
 * @param options NULL = defaults
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_SHAPE for images of another shape, none at all, or labels that are too
 *         few; DENOISE_ERR_INVALID or DENOISE_ERR_RANGE for options that cannot be; DENOISE_ERR_RANGE for a picture beyond
 *         16384 x 16384 pixels; DENOISE_ERR_NOMEM; DENOISE_ERR_NOT_FOUND for a folder that is missing; DENOISE_ERR_IO with the
 *         system's reason. Since 0.1.
 */
DENOISE_API denoise_status denoise_plot_images(const char *path, const denoise_tensor *images,
                                               const denoise_plot_images_options *options);

/**
 * Draws one row for each tensor, as noisy images over what was made of them: the first `columns` images of each.
 * The tensors may have images of different sizes, such as codes of an encoder; smaller ones are drawn larger to fit.
 * @param path the file to write, replaced when it exists
 * @param rows the tensors, row_count of them
 * @param predictions for each row as `options->predictions`, NULL entries = none; NULL = none
 * @param row_count >= 1
 * @param options NULL = defaults; labels and predictions must be NULL; expected holds for every row; count is not used
 * @return as denoise_plot_images(). Since 0.1.
 */
DENOISE_API denoise_status denoise_plot_image_rows(const char *path, const denoise_tensor *const *rows,
                                                   const denoise_tensor *const *predictions, int64_t row_count,
                                                   const denoise_plot_images_options *options);

/** How a terminal shows grey. Since 0.1. */
enum {
    DENOISE_TERMINAL_TRUECOLOR = 0, /**< half blocks, 24-bit colours: two pixels in a character cell */
    DENOISE_TERMINAL_256 = 1,       /**< half blocks, the 24 greys of the 256-colour palette */
    DENOISE_TERMINAL_PLAIN = 2      /**< ASCII only, no escape sequences: a ramp of ten characters from blank to '@' */
};

/** Settings of denoise_plot_images_terminal(). Since 0.1. */
typedef struct denoise_plot_terminal_options {
    int64_t struct_size;               /**< sizeof(denoise_plot_terminal_options) */
    const char *const *labels;         /**< as in denoise_plot_images_options, NULL entries = none; NULL = none */
    int64_t label_count;               /**< length of labels, at least the images shown */
    const denoise_tensor *predictions; /**< as in denoise_plot_images_options; NULL = none */
    const denoise_tensor
        *expected; /**< as in denoise_plot_images_options; red, or with brackets only when plain; NULL = none */
    const char *const *class_names; /**< as in denoise_plot_images_options, NULL entries = the number; NULL = numbers */
    int64_t class_count;            /**< length of class_names */
    int64_t columns;                /**< 80 character cells in a line, 1 .. 10000 */
    int64_t per_row;                /**< images side by side, made smaller to fit; -1 = as many as fit at full size */
    int64_t count;                  /**< at most so many images, >= 1; -1 = all */
    double vmin;                    /**< NaN = 0 */
    double vmax;                    /**< NaN = 1, or 255 for uint8 images */
    int32_t colormap;               /**< DENOISE_COLORMAP_BINARY; plain text puts its ink where this map is black */
    int32_t style;                  /**< DENOISE_TERMINAL_TRUECOLOR */
} denoise_plot_terminal_options;
/** Defaults. Since 0.1. */
#define DENOISE_PLOT_TERMINAL_OPTIONS_INIT                                                                                     \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_plot_terminal_options), NULL, 0, NULL, NULL, NULL, 0, 80, -1, -1, DENOISE_NAN, DENOISE_NAN,    \
            DENOISE_COLORMAP_BINARY, DENOISE_TERMINAL_TRUECOLOR                                                                \
    }
/** Writes the defaults. @param options not NULL. Since 0.1. */
DENOISE_API void denoise_plot_terminal_options_init(denoise_plot_terminal_options *options);

/**
 * Renders images as text for a terminal. Nothing is printed. An image that is wider than it may be is made smaller by
 * averaging; each line ends with "\n" and, where it has colours, resets them before.
 * @param out the text in UTF-8, freed by the caller with denoise_free()
 * @param images as denoise_plot_images()
 * @param options NULL = defaults
 * @return as denoise_plot_images(), without what belongs to a file; DENOISE_ERR_RANGE when per_row images
 *         do not fit side by side. Since 0.1.
 */
DENOISE_API denoise_status denoise_plot_images_terminal(char **out, const denoise_tensor *images,
                                                        const denoise_plot_terminal_options *options);

/** One line of denoise_plot_curves(). Since 0.1. */
typedef struct denoise_plot_curve {
    const char *name;     /**< for the legend; NULL = "curve 1", "curve 2", ... */
    const double *values; /**< length numbers; NaN and infinite ones are gaps */
    const double *x;      /**< length places on the x axis; NULL = 0, 1, 2, ... (Keras' epochs) */
    int64_t length;       /**< >= 1 */
} denoise_plot_curve;

/** Settings of denoise_plot_curves(). Since 0.1. */
typedef struct denoise_plot_curves_options {
    int64_t struct_size; /**< sizeof(denoise_plot_curves_options) */
    const char *title;   /**< NULL = none */
    const char *x_label; /**< "epoch"; NULL = none */
    const char *y_label; /**< NULL = none */
    int64_t width;       /**< 800, 200 .. 16384; size of an SVG, of a PNG before scale */
    int64_t height;      /**< 500, 150 .. 16384 */
    int64_t scale;       /**< 1 .. 8 pixels of a PNG for one of width and height, text and lines included; 1 */
    double y_min;        /**< lower end of the y axis; NaN = from the values */
    double y_max;        /**< upper end of the y axis; NaN = from the values */
    int32_t log_y;       /**< 0; 1: logarithmic y axis, where 0 and less are gaps */
    int32_t legend;      /**< 1: in the corner with the fewest points, beside the plot for more than six curves; 0: none */
    int32_t grid;        /**< 1 */
} denoise_plot_curves_options;
/** Defaults. Since 0.1. */
#define DENOISE_PLOT_CURVES_OPTIONS_INIT                                                                                       \
    {                                                                                                                          \
        (int64_t)sizeof(denoise_plot_curves_options), NULL, "epoch", NULL, 800, 500, 1, DENOISE_NAN, DENOISE_NAN, 0, 1, 1      \
    }
/** Writes the defaults. @param options not NULL. Since 0.1. */
DENOISE_API void denoise_plot_curves_options_init(denoise_plot_curves_options *options);

/**
 * Draws curves over a common x axis, such as loss and val_loss over the epochs. The colours are those of Okabe and Ito
 * (https://jfly.uni-koeln.de/color/), which the colour-blind can tell apart; from the eighth curve on, lines are dashed.
 * A point between two gaps is drawn as a dot.
 * @param path the file to write, replaced when it exists; ".png" or ".svg" at its end decides the format
 * @param curves count curves
 * @param count 1 .. 21
 * @param options NULL = defaults
 * @return DENOISE_OK; DENOISE_ERR_NULL; DENOISE_ERR_INVALID for another ending or options that cannot be;
 *         DENOISE_ERR_RANGE for a count, length or size out of range; DENOISE_ERR_NONFINITE when there is nothing to draw;
 *         DENOISE_ERR_NOMEM; DENOISE_ERR_NOT_FOUND for a folder that is missing; DENOISE_ERR_IO with the system's reason.
 *         Since 0.1.
 */
DENOISE_API denoise_status denoise_plot_curves(const char *path, const denoise_plot_curve *curves, int64_t count,
                                               const denoise_plot_curves_options *options);

#ifdef __cplusplus
}
#endif
#endif
