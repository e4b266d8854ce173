/* SPDX-License-Identifier: Apache-2.0 */
/* Targets of fuzzing: each takes any bytes, tries one reader on them in memory and checks what comes out. They are run by
 * libFuzzer (libfuzzer.c), on stored inputs (fuzz_replay.c) and on every small change of the seeds (fuzz_changes.c).
 *
 * An input is tried plainly, and with about one in 32 allocations failing, which ones following from the bytes. */
#ifndef DENOISE_TESTS_FUZZ_H
#define DENOISE_TESTS_FUZZ_H

#include <denoise/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fuzz_sink {
    void (*add)(void *user_data, const char *name, const uint8_t *data, size_t size);
    void *user_data;
} fuzz_sink;

typedef struct fuzz_target {
    const char *name;
    void (*run)(const uint8_t *data, size_t size);
    void (*seeds)(const fuzz_sink *sink);
    /* Makes lengths and checksums of a changed input right, in room for `capacity` bytes; the new size. NULL = there are none.
     */
    size_t (*mend)(uint8_t *data, size_t size, size_t capacity);
    const char *const *dictionary; /* as libFuzzer reads it: quoted, with \x00; ends with NULL */
    size_t max_size;               /* longer inputs are not tried */
} fuzz_target;

/* All of them; ends with NULL. */
extern const fuzz_target *const fuzz_targets[];
const fuzz_target *fuzz_target_find(const char *name);

/* Tries one input. The first rule that it broke in words, NULL when it kept them all. `always`: with failing allocations too;
 * else so for one input in four. */
const char *fuzz_try(const fuzz_target *target, const uint8_t *data, size_t size, bool always);

/* A rule for what a target sees; the first one that is broken is kept, and the run goes on. */
#define FUZZ_CHECK(condition) fuzz_check((condition), #condition, __FILE__, __LINE__)
bool fuzz_check(bool condition, const char *text, const char *file, int line);

/* Whether the status is DENOISE_ERR_NOMEM, which it may be only after an allocation has failed. */
bool fuzz_nomem(denoise_status status);
/* The status is one that exists, and an error came with words that can be shown. */
void fuzz_check_status(denoise_status status);

/* Seeds: one generated input. */
void fuzz_seed(const fuzz_sink *sink, const char *name, const void *data, size_t size);
void fuzz_seed_text(const fuzz_sink *sink, const char *text);

/* Whether bytes are UTF-8 by RFC 3629, written apart from the library. */
bool fuzz_is_utf8(const uint8_t *data, size_t size);
/* Whether a text is UTF-8 without control characters, except those that are allowed. */
bool fuzz_is_clean(const char *text, const char *allowed);

/* A path under which the bytes can be read once, until the next call; no disk is touched. */
const char *fuzz_file(const void *data, size_t size);
/* A folder for files that the library writes, in memory where the system has that; made at the first call. */
const char *fuzz_folder(void);

uint64_t fuzz_hash(const uint8_t *data, size_t size);

#endif
