/* SPDX-License-Identifier: Apache-2.0 */
/* A lambda with all 14 hooks that counts its calls, and that fails or does something at one of them. */
#ifndef DENOISE_TESTS_FAULTS_RECORDER_H
#define DENOISE_TESTS_FAULTS_RECORDER_H

#include <denoise/denoise.h>

enum { RECORDER_HOOKS = 14 };

typedef struct recorder {
    int64_t calls;         /* of all hooks; several callbacks may share one recorder */
    int64_t last_hook;     /* of the last call, in the order of denoise_callback_hooks */
    int64_t fail_at;       /* the call that fails, counted from 0; -1: none */
    denoise_status status; /* what the failing call returns */
    /* Done at that call instead; may be NULL. */
    denoise_status (*act)(denoise_trainer *trainer, denoise_logs *logs, void *user_data);
    void (*watch)(int64_t call, int64_t hook, void *user_data); /* told of every call; may be NULL */
    void *user_data;
} recorder;

/* Fails never; DENOISE_ERR_USER when told where. */
void recorder_init(recorder *r);
denoise_callback *recorder_callback(recorder *r);
const char *recorder_hook_name(int64_t hook);

#endif
