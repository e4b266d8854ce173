/* SPDX-License-Identifier: Apache-2.0 */
/* What the campaigns of threads, forks, signals and unloading share: a small autoencoder whose training is the same bits each
 * time, and findings that any thread may add to. */
#ifndef DENOISE_TESTS_SCENE_H
#define DENOISE_TESTS_SCENE_H

#include "support/campaign.h"
#include <denoise/denoise.h>
#include <stdatomic.h>
#include <stddef.h>

enum { SCENE_COLUMNS = 48, SCENE_ROWS = 192, SCENE_BATCH = 32, SCENE_STEPS = SCENE_ROWS / SCENE_BATCH };

typedef struct scene {
    denoise_model *model; /* 48 -> "code" 64 -> "picture" 48 */
    denoise_tensor *x, *y;
} scene;

/* The seed is that of the first weights. */
void scene_make(scene *s, uint64_t seed);
void scene_clear(scene *s);
denoise_model *scene_model(uint64_t seed);
/* Adam, binary cross-entropy, mean absolute error. */
denoise_trainer *scene_trainer(denoise_model *model);
/* Batches of SCENE_BATCH in shuffled order, silent. */
denoise_status scene_fit(denoise_trainer *trainer, const scene *s, int64_t epochs, uint64_t seed);
/* Hash of the predictions for the first rows of x; 0 and *status when the call fails. */
uint64_t scene_predict(denoise_status *status, const denoise_model *model, const scene *s, int64_t rows);
/* Hash of all weights; 0 and *status when the call fails. */
uint64_t scene_weights(denoise_status *status, const denoise_model *model);
uint64_t scene_hash(const void *data, size_t size);
/* Hash of a file; 0 when it is not there. */
uint64_t scene_file_hash(const char *path);

/* Ends the program when setting the scene failed. */
void scene_need(denoise_status status, const char *call);
#define NEED(call) scene_need((call), #call)

/* What several threads found. */
typedef struct findings {
    _Atomic(int64_t) checks, failures;
    char text[256]; /* of the first failure */
} findings;

/* Counts a check of any thread; returns condition. */
bool found(findings *f, bool condition, const char *text, ...) __attribute__((format(printf, 3, 4)));
/* Hands the findings to the campaign, after the threads have ended. */
void findings_report(campaign *c, const findings *f, const char *what);

/* Seconds since the first call. */
double scene_seconds(void);
/* Sleeps that long. */
void scene_sleep(double seconds);

#endif
