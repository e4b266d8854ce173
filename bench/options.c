/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "check.h"
#include "samples.h"
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_SAMPLES = 7, TRIES_PER_SAMPLE = 3 };

static const struct {
    const char *name;
    unsigned part;
} parts[] = {{"w1", PART_W1},
             {"w2", PART_W2},
             {"w3", PART_W3},
             {"w4", PART_W4},
             {"gemm", PART_GEMM},
             {"kernels", PART_KERNELS},
             {"overhead", PART_OVERHEAD},
             {"subnormals", PART_SUBNORMALS},
             {"w1_dropout", PART_W1_DROPOUT},
             {"w1_l2", PART_W1_L2},
             {"w1_activation", PART_W1_ACTIVATION},
             {"two_outputs", PART_TWO_OUTPUTS},
             {"w1_noise", PART_W1_NOISE},
             {"variants", PART_VARIANTS},
             {"conv_autoencoder", PART_CONV_AUTOENCODER},
             {"dncnn_predict", PART_DNCNN_PREDICT},
             {"dncnn_train", PART_DNCNN_TRAIN},
             {"unet_train", PART_UNET_TRAIN},
             {"lenet_train", PART_LENET_TRAIN},
             {"conv_one_image", PART_CONV_ONE_IMAGE},
             {"conv_shapes", PART_CONV_SHAPES},
             {"dncnn_train_memory", PART_DNCNN_MEMORY},
             {"conv", PART_CONV},
             {"all", PART_ALL}};

static void help(const char *program)
{
    printf("usage: %s [options]\n"
           "Measures the library beside the limits of the machine, see bench/README.md.\n"
           "  --only LIST           of w1, w2, w3, w4, gemm, kernels, overhead, subnormals, w1_dropout, w1_l2, w1_activation,\n"
           "                        two_outputs, w1_noise, variants (the last five), conv_autoencoder, dncnn_predict, "
           "dncnn_train,\n"
           "                        unet_train, lenet_train, conv_one_image, conv_shapes, dncnn_train_memory, conv (the last\n"
           "                        eight) (all); the machine is always measured\n"
           "  --samples N           kept samples of each figure, at least %d (%d)\n"
           "  --tries N             samples taken at most to keep so many (%d for each)\n"
           "  --quick               one sample of small work: shows that it runs, measures nothing\n"
           "  --data FOLDER         with MNIST's four files ($DENOISE_DATA_DIR or the cache, else synthetic digits)\n"
           "  --uint8               images as bytes; the networks divide them by 255\n"
           "  --predict-batch N     rows of a call when 10,000 images are predicted (512)\n"
           "  --no-pin              threads are not bound to CPUs\n"
           "  --library FILE        shared library whose size is told (the one built beside)\n"
           "  --json FILE           writes all figures\n"
           "  --compare FILE        an earlier --json file: old, new and ratio of each figure\n"
           "  --help                this text\n"
           "DENOISE_ISA and DENOISE_ENGINE choose what computes; the limits are those of the same instruction set.\n",
           program, LEAST_SAMPLES, LEAST_SAMPLES, TRIES_PER_SAMPLE);
}

static bool read_parts(unsigned *chosen, const char *text)
{
    *chosen = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, ","), i = 0, count = sizeof parts / sizeof *parts;
        while (i < count && (strlen(parts[i].name) != length || strncmp(parts[i].name, text, length) != 0))
            i++;
        if (i == count) return false;
        *chosen |= parts[i].part;
        text += length + (text[length] == ',');
    }
    return *chosen != 0;
}

static bool read_number(int64_t *number, const char *text, int64_t least, int64_t most)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    *number = value;
    return errno == 0 && end != text && *end == '\0' && value >= least && value <= most;
}

static bool take(options *o, int option, const char *value)
{
    int64_t number = 0;
    bool good = true;
    switch (option) {
    case 'o':
        return read_parts(&o->parts, value);
    case 's':
        good = read_number(&number, value, LEAST_SAMPLES, SAMPLES_MOST);
        o->samples = (int)number;
        return good;
    case 't':
        good = read_number(&number, value, 1, SAMPLES_MOST);
        o->tries = (int)number;
        return good;
    case 'b':
        return read_number(&o->predict_batch, value, 1, 1000000);
    case 'q':
        o->quick = true;
        return true;
    case 'p':
        o->pin = false;
        return true;
    case 'u':
        o->uint8 = true;
        return true;
    default:
        *(option == 'd' ? &o->data : option == 'l' ? &o->library : option == 'j' ? &o->json : &o->compare) = value;
        return true;
    }
}

static void complete(options *o)
{
    if (o->quick) {
        o->samples = o->tries = 1;
        o->peak_seconds = 0.001;
        return;
    }
    if (o->tries < 1) o->tries = o->samples * TRIES_PER_SAMPLE;
    if (o->tries < o->samples) o->tries = o->samples;
    if (o->tries > SAMPLES_MOST) o->tries = SAMPLES_MOST;
}

static void stop(const char *program)
{
    fprintf(stderr, "%s --help lists the options\n", program);
    exit(EXIT_FAILURE);
}

void options_read(options *o, int argc, char **argv)
{
    static const struct option known[] = {{"only", required_argument, NULL, 'o'},
                                          {"samples", required_argument, NULL, 's'},
                                          {"tries", required_argument, NULL, 't'},
                                          {"quick", no_argument, NULL, 'q'},
                                          {"data", required_argument, NULL, 'd'},
                                          {"uint8", no_argument, NULL, 'u'},
                                          {"no-pin", no_argument, NULL, 'p'},
                                          {"predict-batch", required_argument, NULL, 'b'},
                                          {"library", required_argument, NULL, 'l'},
                                          {"json", required_argument, NULL, 'j'},
                                          {"compare", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option, index = 0;
    *o = (options){.parts = PART_ALL, .samples = LEAST_SAMPLES, .peak_seconds = 0.02, .pin = true, .predict_batch = 512};
    while ((option = getopt_long(argc, argv, "", known, &index)) != -1) {
        if (option == 'h') {
            help(argv[0]);
            exit(check_output(EXIT_SUCCESS));
        }
        if (option == '?') stop(argv[0]);
        if (take(o, option, optarg)) continue;
        fprintf(stderr, "%s: --%s cannot be \"%s\"\n", argv[0], known[index].name, optarg);
        stop(argv[0]);
    }
    if (optind < argc) {
        fprintf(stderr, "%s: \"%s\" is no option\n", argv[0], argv[optind]);
        stop(argv[0]);
    }
    complete(o);
}
