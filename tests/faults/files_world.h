/* SPDX-License-Identifier: Apache-2.0 */
/* What the campaigns on files save and load: a row in a table for each format. */
#ifndef DENOISE_TESTS_FILES_WORLD_H
#define DENOISE_TESTS_FILES_WORLD_H

#include "support/nets.h"
#include "support/temp_dir.h"
#include <stdbool.h>

/* A call that writes a whole file: one of two contents, always with the same bytes. A new format is one row. */
typedef struct writer {
    const char *name, *extension;
    denoise_status (*write)(const char *path, int content);
    denoise_status (*load)(const char *path,
                           int content); /* reads it back: OK only for exactly this content; NULL = bytes only */
    bool is_slow;                        /* milliseconds */
} writer;

extern const writer writers[];
extern const int writer_count;

/* A call that reads files. */
typedef struct reader {
    const char *name, *file;
    void (*make)(const temp_dir *folder);
    /* *result: hash of what was read, 0 when there is nothing, as must be after a failure */
    denoise_status (*read)(uint64_t *result, const temp_dir *folder, const char *path);
} reader;

extern const reader readers[];
extern const int reader_count;

/* A folder in memory where the system has one (TMPDIR goes first): thousands of files come and go. */
void make_fast_folder(temp_dir *folder);

void world_open(void);
void world_close(void);

/* Weights of float32, as many bytes as wished for, roughly; one content of two. */
denoise_model *world_model(int content, int64_t units);

/* The files of a folder, those that a test put there not counted (file, NULL = none). */
int count_temporaries(const temp_dir *folder, const char *file, const char *other);
bool is_temporary_name(const char *name);

/* The file's bytes, to be freed with free(); NULL: there is none. */
char *read_if_there(const char *path, size_t *size);
bool holds(const char *path, const char *bytes, size_t size);

#endif
