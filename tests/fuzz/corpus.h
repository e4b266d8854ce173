/* SPDX-License-Identifier: Apache-2.0 */
/* Stored inputs: tests/fuzz/regress/<target>.txt holds every input that ever failed, tests/fuzz/corpus/<target>.txt those that
 * fuzzing found to reach more of the code than the generated seeds do. One input a line: a name, a blank, the bytes as
 * hexadecimal digits; lines with # in front are comments. */
#ifndef DENOISE_TESTS_FUZZ_CORPUS_H
#define DENOISE_TESTS_FUZZ_CORPUS_H

#include "fuzz/fuzz.h"

/* Seeds, corpus and regress of a target, in this order. How many. */
int64_t corpus_each(const fuzz_target *target, const fuzz_sink *sink);

/* The files of a folder and of those below it, or one file, as they are. How many; -1 = it cannot be read. */
int64_t corpus_each_file(const char *path, const fuzz_sink *sink);

#endif
