/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc says of this process. */
#ifndef DENOISE_TESTS_PROCESS_FACTS_H
#define DENOISE_TESTS_PROCESS_FACTS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct process_facts {
    int64_t threads, descriptors, mappings, resident_kb;
} process_facts;

process_facts process_look(void);
/* Waits up to two seconds until there are so many threads, as a joined one leaves /proc a moment later. */
bool process_wait_threads(int64_t wanted);
/* Waits up to two seconds until every other thread of this process sleeps. */
bool process_wait_others_sleep(void);
/* Whether a mapped file's path has this piece. */
bool process_maps(const char *piece);

#endif
