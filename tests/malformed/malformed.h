/* SPDX-License-Identifier: Apache-2.0 */
/* Malformed files, made here from good ones: each is read through the public API from a file and must be refused with the exact
 * code, byte and field. Each is read under an allocator that counts: at most twice the file and 1 MB at the peak, nothing
 * left, `out` NULL, no file left open, a model as it was. */
#ifndef DENOISE_TESTS_MALFORMED_H
#define DENOISE_TESTS_MALFORMED_H

#include "support/campaign.h"
#include "support/made_file.h"
#include "support/temp_dir.h"
#include <denoise/status.h>

/* The offset is the size of the file; it follows from how the packer works. */
enum { AT_END = -2, ANYWHERE = -3 };

/* Bytes of a text literal, zeros included. */
#define BYTES(text) text, sizeof(text) - 1

typedef enum reader { READ_IDX, READ_PNG, READ_CSV, READ_PLAIN_CSV, READ_SAFETENSORS, READ_WEIGHTS, READERS } reader;

typedef struct expected {
    denoise_status status; /* DENOISE_OK: the file is good, though it looks odd */
    int64_t offset;
    const char *field;
} expected;

typedef struct malformed_run {
    campaign *campaign;
    temp_dir dir;
    int64_t allowed;  /* bytes at the peak; 0 = twice the file and 1 MB */
    int64_t number;   /* of the next case */
    int64_t files;    /* malformed ones so far */
    int64_t packed;   /* the same once more, in gzip */
    int64_t accepted; /* odd but good ones */
    int64_t worst;    /* greatest peak beyond twice the file */
    const char *worst_name;
    const char *slowest_name;
    double slowest; /* seconds */
} malformed_run;

/* Reads one file; it is freed. */
void malformed_try(malformed_run *run, const char *name, reader kind, made_file *file, expected wanted);
/* The same bytes, and packed. */
void malformed_try_packed(malformed_run *run, const char *name, reader kind, made_file *file, expected wanted);
/* What one call on many files gives: the folder's files are there. */
void malformed_try_mnist(malformed_run *run, const char *name, expected wanted);
/* Makes a file from a text whose '@' marks the byte where the failure is to be seen, and is left out; without one it is the end
 * of the file. */
int64_t malformed_mark(made_file *file, const char *text, size_t size);
/* In front of a header of safetensors: its length. Behind it: `data` bytes. */
void malformed_frame(made_file *file, size_t data);
/* Whether the bytes at which zlib sees a damage are known: those of zlib itself, not of others that stand in for it. */
bool malformed_is_zlib(void);

void idx_files(malformed_run *run);
void mnist_folders(malformed_run *run);
void gzip_files(malformed_run *run);
void png_files(malformed_run *run);
void csv_files(malformed_run *run);
void safetensors_files(malformed_run *run);
void json_headers(malformed_run *run);
void foreign_formats(malformed_run *run);
void foreign_faults(malformed_run *run);

#endif
