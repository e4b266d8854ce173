/* SPDX-License-Identifier: Apache-2.0 */
/* Where the time of a step goes, as the library itself stamps it. */
#ifndef DENOISE_BENCH_PHASES_H
#define DENOISE_BENCH_PHASES_H

#include <jansson.h>

/* From here on the library counts the seconds of each phase anew. */
void phases_begin(void);
/* Prints them; `steps` gets the key "phases", a list of {name, milliseconds, gflops, share}, for a step of `count`. */
void phases_end(json_t *steps, int count);

#endif
