/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "determinism/surroundings.h"
#include <errno.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <fpu_control.h>
#include <xmmintrin.h>
#endif

enum { FLAGS = 0x3F, FLUSH = 0x8040 };

const char *const host_setting_names[HOST_SETTINGS] = {
    "as usual",   "rounding upward", "rounding downward", "rounding toward zero", "subnormals are zero",
    "traps",      "x87 of 24 bits",  "decimal comma",     "signals blocked",      "errno set",
    "all at once"};

static char comma_locale[LOCALE_TEXT];

void surroundings_read(surroundings *s)
{
    int error = errno;
    memset(s, 0, sizeof *s);
    s->error = error;
    s->rounding = fegetround();
#if defined(__x86_64__)
    fpu_control_t word;
    _FPU_GETCW(word);
    s->control = _mm_getcsr();
    s->x87 = word;
#endif
    (void)snprintf(s->locale, sizeof s->locale, "%s", setlocale(LC_ALL, NULL));
    s->decimal_point = localeconv()->decimal_point[0];
    (void)pthread_sigmask(SIG_SETMASK, NULL, &s->mask);
    for (int i = 1; i < SIGNALS; i++)
        (void)sigaction(i, NULL, &s->actions[i]);
    errno = error;
}

static bool same_signals(const surroundings *a, const surroundings *b)
{
    for (int i = 1; i < SIGNALS; i++) {
        if (a->actions[i].sa_handler != b->actions[i].sa_handler || a->actions[i].sa_flags != b->actions[i].sa_flags)
            return false;
    }
    return true;
}

static bool same_mask(const surroundings *a, const surroundings *b)
{
    for (int i = 1; i < SIGNALS; i++)
        if (sigismember(&a->mask, i) != sigismember(&b->mask, i)) return false;
    return true;
}

const char *surroundings_difference(const surroundings *before, const surroundings *after)
{
    if (before->rounding != after->rounding) return "rounding mode";
    if ((before->control & ~(unsigned)FLAGS) != (after->control & ~(unsigned)FLAGS)) return "MXCSR";
    if (before->x87 != after->x87) return "x87 control word";
    if (strcmp(before->locale, after->locale) != 0 || before->decimal_point != after->decimal_point) return "locale";
    if (before->error != after->error) return "errno";
    if (!same_mask(before, after)) return "signal mask";
    return same_signals(before, after) ? "" : "signal handlers";
}

const char *surroundings_flags_difference(const surroundings *before, const surroundings *after)
{
    unsigned changed = (before->control ^ after->control) & FLAGS;
    if (changed == 0) return "";
    return (changed & 0x0D) != 0 ? "invalid, division or overflow" : "inexact, underflow or denormal";
}

bool host_find_comma(const char *folder)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8", "nl_NL.UTF-8"};
    char command[1024];
    for (int made = 0; made < 2; made++) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (setlocale(LC_ALL, names[i]) == NULL) continue;
            bool has_comma = localeconv()->decimal_point[0] == ',';
            (void)setlocale(LC_ALL, "C");
            if (!has_comma) continue;
            (void)snprintf(comma_locale, sizeof comma_locale, "%s", names[i]);
            return true;
        }
        (void)snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >/dev/null 2>&1", folder);
        if (made > 0 || system(command) != 0 || setenv("LOCPATH", folder, 1) != 0) break;
    }
    return false;
}

static struct {
    fenv_t environment;
    unsigned control, x87;
    sigset_t mask;
} usual;

static void save_usual(void)
{
    (void)fegetenv(&usual.environment);
#if defined(__x86_64__)
    fpu_control_t word;
    _FPU_GETCW(word);
    usual.control = _mm_getcsr();
    usual.x87 = word;
#endif
    (void)pthread_sigmask(SIG_SETMASK, NULL, &usual.mask);
}

static bool flush(void)
{
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | FLUSH);
    return true;
#else
    return false;
#endif
}

static bool trap(void)
{
    (void)feclearexcept(FE_ALL_EXCEPT);
    return feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW) != -1;
}

static bool narrow(void)
{
#if defined(__x86_64__)
    fpu_control_t word;
    _FPU_GETCW(word);
    word = (fpu_control_t)((word & ~_FPU_EXTENDED) | _FPU_SINGLE);
    _FPU_SETCW(word);
    return true;
#else
    return false;
#endif
}

static bool use_comma(void)
{
    return comma_locale[0] != '\0' && setlocale(LC_ALL, comma_locale) != NULL;
}

static bool block(void)
{
    sigset_t all;
    (void)sigfillset(&all);
    return pthread_sigmask(SIG_SETMASK, &all, NULL) == 0;
}

bool host_apply(host_setting setting)
{
    save_usual();
    switch (setting) {
    case HOST_UPWARD:
        return fesetround(FE_UPWARD) == 0;
    case HOST_DOWNWARD:
        return fesetround(FE_DOWNWARD) == 0;
    case HOST_TOWARD_ZERO:
        return fesetround(FE_TOWARDZERO) == 0;
    case HOST_FLUSHING:
        return flush();
    case HOST_TRAPPING:
        return trap();
    case HOST_SINGLE:
        return narrow();
    case HOST_COMMA:
        return use_comma();
    case HOST_BLOCKING:
        return block();
    case HOST_ERROR:
        errno = ENOTBLK;
        return true;
    case HOST_ALL:
        (void)flush();
        (void)use_comma();
        (void)block();
        errno = ENOTBLK;
        return fesetround(FE_UPWARD) == 0;
    default:
        return true;
    }
}

void host_restore(void)
{
    (void)fesetenv(&usual.environment);
#if defined(__x86_64__)
    fpu_control_t word = (fpu_control_t)usual.x87;
    _FPU_SETCW(word);
    _mm_setcsr(usual.control);
#endif
    (void)setlocale(LC_ALL, "C");
    (void)pthread_sigmask(SIG_SETMASK, &usual.mask, NULL);
    errno = 0;
}
