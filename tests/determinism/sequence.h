/* SPDX-License-Identifier: Apache-2.0 */
/* A whole piece of work through the public interface, as numbers that tell its results apart: tensors, noise, training of
 * several nets with callbacks, evaluation, prediction, files, texts, pictures. */
#ifndef DENOISE_TESTS_SEQUENCE_H
#define DENOISE_TESTS_SEQUENCE_H

#include "support/nets.h"
#include <stdbool.h>
#include <stdint.h>

enum { SEQUENCE_MOST = 400, SEQUENCE_NAME = 48 };

typedef struct sequence {
    int count;
    struct {
        char name[SEQUENCE_NAME];
        uint64_t hash;
    } parts[SEQUENCE_MOST];
} sequence;

void sequence_note(sequence *s, const char *name, const void *data, size_t size);
void sequence_note_tensor(sequence *s, const char *name, const denoise_tensor *tensor);
void sequence_note_model(sequence *s, const char *name, const denoise_model *model);
uint64_t sequence_hash(const sequence *s);
/* The first part that differs; NULL: none. */
const char *sequence_difference(const sequence *a, const sequence *b);

/* Nets of the sequence: classifier, autoencoder, composite of both, a graph with add, concatenate, dropout and noise. */
enum { SEQUENCE_NETS = 4 };
extern const char *const sequence_net_names[SEQUENCE_NETS];
/* Bytes by which the caller's arrays of inputs and targets are put out of line, multiples of an element's size, and how many
 * rows are predicted at once; 0: all. folder: for files. */
typedef struct sequence_options {
    int64_t offset, prediction;
    const char *folder;
    bool subnormal; /* data and weights are */
    bool bytes;     /* inputs are uint8, and any offset will do */
} sequence_options;
void sequence_train(sequence *s, int net, const sequence_options *options);
/* All nets and everything else. */
void sequence_run(sequence *s, const sequence_options *options);

#endif
