/* SPDX-License-Identifier: Apache-2.0 */
/* A lambda with all 14 hooks that counts its calls, and that fails or does something at one of them. */
#ifndef DENOISE_TESTS_FAULTS_RECORDER_H
#define DENOISE_TESTS_FAULTS_RECORDER_H

#include <denoise/denoise.h>

enum { RECORDER_HOOKS = 14 };

typedef struct recorder {
    int64_t calls;                   /* of all hooks; several callbacks may share one recorder */
    int64_t by_hook[RECORDER_HOOKS]; /* in the order of denoise_callback_hooks */
    int64_t fail_at;                 /* the call that fails, counted from 0; -1: none */
    int64_t only_hook;               /* fail_at counts the calls of this hook alone; -1: all */
    denoise_status status;           /* what the failing call returns */
    denoise_status (*act)(denoise_trainer *trainer, void *user_data); /* done at that call instead; may be NULL */
    void *user_data;
} recorder;

/* Fails never; DENOISE_ERR_USER when told where. */
void recorder_init(recorder *r);
denoise_callback *recorder_callback(recorder *r);
const char *recorder_hook_name(int64_t hook);

#endif
