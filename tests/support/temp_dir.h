/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of its own for a test, under TMPDIR or /tmp. */
#ifndef DENOISE_TESTS_TEMP_DIR_H
#define DENOISE_TESTS_TEMP_DIR_H

#include <stddef.h>

enum { TEMP_PATH_SIZE = 512 };

typedef struct temp_dir {
    char path[TEMP_PATH_SIZE];
} temp_dir;

void temp_dir_make(temp_dir *dir);
/* Removes the folder and the files in it (and in folders below it). */
void temp_dir_remove(temp_dir *dir);
/* The path of a file in it; one of four buffers in turn. */
const char *temp_dir_file(const temp_dir *dir, const char *name);
void temp_dir_write(const temp_dir *dir, const char *name, const void *data, size_t size);
/* The whole file, zero-terminated, to be freed with free(); size may be NULL. */
char *temp_dir_read(const temp_dir *dir, const char *name, size_t *size);

#endif
