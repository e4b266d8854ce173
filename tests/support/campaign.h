/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of a campaign: a program that tries one kind of trouble at very many places, and counts.
 *
 *     int main(int argc, char **argv)
 *     {
 *         campaign c;
 *         if (!campaign_begin(&c, "file_failures", argc, argv, 200, 5000)) return campaign_end(&c);
 *         for (int64_t i = 0; i < c.budget; i++) {
 *             if (!campaign_case(&c, i)) continue;
 *             campaign_check(&c, try_one(i), "the old file is lost");
 *         }
 *         campaign_count(&c, "kills", c.budget);
 *         return campaign_end(&c);
 *     }
 *
 * Options of every campaign: --seed N (default 1), --budget N (how much, in the unit of the campaign), --full (the long
 * tier's budget), --only N (nothing but case N: a failure prints this command). The same options give the same run. */
#ifndef DENOISE_TESTS_CAMPAIGN_H
#define DENOISE_TESTS_CAMPAIGN_H

#include <stdbool.h>
#include <stdint.h>

typedef struct campaign {
    const char *name;
    uint64_t seed;
    int64_t budget;
    bool full;
    int64_t only;    /* -1 = every case */
    int64_t current; /* the case that runs */
    int64_t cases, checks, failures;
    uint64_t random; /* state of campaign_random() */
    int exit_code;   /* of a wrong option or --help; -1 = none */
} campaign;

/* Reads the options; false when the program should end with campaign_end() at once. */
bool campaign_begin(campaign *c, const char *name, int argc, char **argv, int64_t quick_budget, int64_t full_budget);

/* Begins case `number`, >= 0; whether it is to be run. */
bool campaign_case(campaign *c, int64_t number);

/* The next of the seed's numbers (SplitMix64: Steele, Lea, Flood 2014). */
uint64_t campaign_random(campaign *c);
/* 0 .. bound-1, bound >= 1 */
int64_t campaign_below(campaign *c, int64_t bound);

/* Counts a check; a failed one is printed, with the command that runs its case again, up to 20 of them. Returns condition. */
bool campaign_check(campaign *c, bool condition, const char *text, ...) __attribute__((format(printf, 3, 4)));

/* Prints "name: count what" at once. */
void campaign_count(campaign *c, const char *what, int64_t count);
/* Prints "name: text", for what is left out here and why. */
void campaign_note(campaign *c, const char *text, ...) __attribute__((format(printf, 2, 3)));

/* Prints the totals; the program's exit code. A campaign without a single check has failed. */
int campaign_end(campaign *c);

#endif
