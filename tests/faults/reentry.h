/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that a callback makes into the library while a run is under way, with the answer that is documented. */
#ifndef DENOISE_TESTS_FAULTS_REENTRY_H
#define DENOISE_TESTS_FAULTS_REENTRY_H

#include "faults/train_case.h"

enum { IN_FIT, IN_EVALUATE, IN_PREDICT, REENTRY_RUNS };

/* What a call can work on: the run's own trainer and model, and others. */
typedef struct reentry_scene {
    train_case t;
    denoise_trainer *second;  /* another trainer of the same model */
    denoise_model *part;      /* shares weights with the model */
    denoise_trainer *sharing; /* trains that part */
    denoise_model *other;     /* shares nothing */
    denoise_trainer *distinct;
    denoise_workspace *workspace;
    denoise_tensor *hidden; /* what the part gives for x, and as targets */
    denoise_logs *logs;     /* those of the hook */
    bool trainer_freed, model_freed;
    recorder added;
} reentry_scene;

typedef struct reentry {
    const char *name;
    denoise_status (*call)(reentry_scene *s);
    denoise_status expected[REENTRY_RUNS];
    bool disturbs; /* the run ends with other bits than without the call, and that is right */
} reentry;

extern const reentry reentries[];
extern const int64_t reentry_count;

void reentry_scene_make(reentry_scene *s, const train_variant *variant);
void reentry_scene_free(reentry_scene *s);

#endif
