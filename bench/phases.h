/* SPDX-License-Identifier: Apache-2.0 */
/* Where the time of a training step in panels goes (lib/models/chain.h), and how fast its products are there. */
#ifndef DENOISE_BENCH_PHASES_H
#define DENOISE_BENCH_PHASES_H

#include <jansson.h>
#include <stdbool.h>

void phases_clear(void);
/* Between steps: whether what runs next is counted. */
void phases_count(bool on);
/* Prints; `steps` gets the key "phases", for one of `count` steps that took `seconds` each, beside a core's peak in GFLOP/s.
 * Nothing happens where the engine is another or the linker could not put the stamps in. */
void phases_report(json_t *steps, int count, double seconds, double peak_gflops);

#endif
