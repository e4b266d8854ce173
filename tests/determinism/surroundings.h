/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to the host and not to a library: floating-point control, locale, errno, signals. */
#ifndef DENOISE_TESTS_SURROUNDINGS_H
#define DENOISE_TESTS_SURROUNDINGS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

enum { SIGNALS = 65, LOCALE_TEXT = 256 };

typedef struct surroundings {
    unsigned control; /* MXCSR: rounding, masks, flush-to-zero, denormals-are-zero, and the flags of exceptions */
    unsigned x87;     /* control word */
    int rounding;
    char locale[LOCALE_TEXT];
    char decimal_point;
    int error;
    sigset_t mask;
    struct sigaction actions[SIGNALS];
} surroundings;

void surroundings_read(surroundings *s);
/* What differs, "" when nothing does; the flags of exceptions are told apart. */
const char *surroundings_difference(const surroundings *before, const surroundings *after);
const char *surroundings_flags_difference(const surroundings *before, const surroundings *after);

/* How a host may have set its thread up. */
typedef enum host_setting {
    HOST_PLAIN,
    HOST_UPWARD,
    HOST_DOWNWARD,
    HOST_TOWARD_ZERO,
    HOST_FLUSHING, /* flush-to-zero and denormals-are-zero */
    HOST_TRAPPING, /* division by zero, overflow and invalid operations raise SIGFPE */
    HOST_SINGLE,   /* the x87 rounds to 24 bits */
    HOST_COMMA,    /* a locale with a decimal comma */
    HOST_BLOCKING, /* all signals are blocked */
    HOST_ERROR,    /* errno is set */
    HOST_ALL,      /* upward, flushing, comma, blocking, errno */
    HOST_SETTINGS
} host_setting;
extern const char *const host_setting_names[HOST_SETTINGS];

/* False where the setting cannot be had here. */
bool host_apply(host_setting setting);
void host_restore(void);
/* Finds a locale with a decimal comma, or has one made in the folder; false: none can be had. */
bool host_find_comma(const char *folder);

#endif
