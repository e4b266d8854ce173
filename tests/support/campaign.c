/* SPDX-License-Identifier: Apache-2.0 */
#include "support/campaign.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 20 };

static bool parse_number(const char *text, int64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *value >= 0;
}

static bool usage(campaign *c, FILE *file, int exit_code)
{
    (void)fprintf(file, "usage: %s [--seed N] [--budget N] [--full] [--only N]\n", c->name);
    c->exit_code = exit_code;
    return false;
}

bool campaign_begin(campaign *c, const char *name, int argc, char **argv, int64_t quick_budget, int64_t full_budget)
{
    *c = (campaign){.name = name, .seed = 1, .budget = -1, .only = -1, .current = -1, .exit_code = -1};
    for (int i = 1; i < argc; i++) {
        int64_t value = 0;
        bool has_value = i + 1 < argc && parse_number(argv[i + 1], &value);
        if (strcmp(argv[i], "--help") == 0) return usage(c, stdout, EXIT_SUCCESS);
        if (strcmp(argv[i], "--full") == 0) {
            c->full = true;
            continue;
        }
        if (strcmp(argv[i], "--seed") == 0 && has_value) {
            c->seed = (uint64_t)value;
        } else if (strcmp(argv[i], "--budget") == 0 && has_value) {
            c->budget = value;
        } else if (strcmp(argv[i], "--only") == 0 && has_value) {
            c->only = value;
        } else {
            return usage(c, stderr, EXIT_FAILURE);
        }
        i++;
    }
    if (c->budget < 0) c->budget = c->full ? full_budget : quick_budget;
    c->random = c->seed;
    (void)printf("%s: seed %" PRIu64 ", budget %" PRId64 "%s\n", name, c->seed, c->budget, c->full ? ", full" : "");
    (void)fflush(stdout);
    return true;
}

bool campaign_case(campaign *c, int64_t number)
{
    if (c->only >= 0 && c->only != number) return false;
    c->current = number;
    c->cases++;
    return true;
}

uint64_t campaign_random(campaign *c)
{
    uint64_t z = c->random += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

int64_t campaign_below(campaign *c, int64_t bound)
{
    return (int64_t)(campaign_random(c) % (uint64_t)bound);
}

static void print_failure(const campaign *c, const char *text, va_list list)
{
    (void)printf("%s: FAILED: ", c->name);
    (void)vprintf(text, list);
    (void)printf("\n%s: again with: %s --seed %" PRIu64 " --budget %" PRId64, c->name, c->name, c->seed, c->budget);
    if (c->full) (void)printf(" --full");
    if (c->current >= 0) (void)printf(" --only %" PRId64, c->current);
    (void)printf("\n");
    (void)fflush(stdout);
}

bool campaign_check(campaign *c, bool condition, const char *text, ...)
{
    c->checks++;
    if (condition) return true;
    c->failures++;
    if (c->failures > SHOWN) return false;
    va_list list;
    va_start(list, text);
    print_failure(c, text, list);
    va_end(list);
    return false;
}

void campaign_count(campaign *c, const char *what, int64_t count)
{
    (void)printf("%s: %" PRId64 " %s\n", c->name, count, what);
    (void)fflush(stdout);
}

void campaign_note(campaign *c, const char *text, ...)
{
    va_list list;
    va_start(list, text);
    (void)printf("%s: ", c->name);
    (void)vprintf(text, list);
    (void)printf("\n");
    (void)fflush(stdout);
    va_end(list);
}

int campaign_end(campaign *c)
{
    if (c->exit_code >= 0) return c->exit_code;
    (void)printf("%s: %" PRId64 " cases, %" PRId64 " checks, %" PRId64 " failed\n", c->name, c->cases, c->checks, c->failures);
    if (c->checks == 0) (void)printf("%s: nothing was checked\n", c->name);
    return c->failures > 0 || c->checks == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
