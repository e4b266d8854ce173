/* SPDX-License-Identifier: Apache-2.0 */
/* Where the time of a training step goes on the native engine: in the pass over the blocks (lib/models/execute.h), in the
 * update (lib/models/update.h), in the kernels of tiles that both call; and how fast the products are there. */
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
