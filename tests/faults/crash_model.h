/* SPDX-License-Identifier: Apache-2.0 */
/* What a disk may hold after the power went away during a save: the operations of the save, and every state that they allow.
 *
 * A crash comes after any number of operations. What was not synced by then may have reached the disk or not, each effect by
 * itself and in any order: each written piece (a write, or its part in one 4096-byte page), the size of the file without its
 * data (zeros), the mode, the name of the new file, its renaming (all of it, or only the new name). The last piece that got
 * there may be torn at a multiple of 512 or 4096 bytes. A sync of the file makes its data, size and mode safe, one of the
 * folder the names. */
#ifndef DENOISE_TESTS_CRASH_MODEL_H
#define DENOISE_TESTS_CRASH_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum crash_kind { CRASH_CREATE, CRASH_MODE, CRASH_WRITE, CRASH_SYNC_FILE, CRASH_RENAME, CRASH_SYNC_FOLDER } crash_kind;

typedef struct crash_op {
    crash_kind kind;
    unsigned mode;       /* CREATE, MODE */
    size_t offset, size; /* WRITE: in the file, and in `data` of the log */
} crash_op;

enum { CRASH_OPS = 64, CRASH_BYTES = 1 << 16, CRASH_PIECES = 14 };

typedef struct crash_log {
    bool overflows; /* it is not whole */
    int count;
    crash_op ops[CRASH_OPS];
    size_t size; /* bytes written, one after the other */
    unsigned char data[CRASH_BYTES];
} crash_log;

typedef struct crash_state {
    int done;                /* operations before the crash */
    bool finished;           /* all of them: the save had told its success */
    bool target_is_new;      /* the target's name is that of the new file */
    bool temporary_is_there; /* the new file has its first name (too) */
    unsigned mode;           /* of the new file */
    const unsigned char *content;
    size_t size;
} crash_state;

void crash_log_add(crash_log *log, const crash_op *op, const void *data);

/* Calls visit for each state; returns how many there are, -1 when there is more than has room. */
int64_t crash_each(const crash_log *log, void (*visit)(const crash_state *state, void *user_data), void *user_data);

#endif
