/* SPDX-License-Identifier: Apache-2.0 */
#include "files/read_file.h"
#include "core/platform/file.h"
#include "core/platform/thread.h"
#include "files/system_error.h"
#include <inttypes.h>

/* Never reserved at once, whatever the size of the file is said to be. */
#define PIECE ((int64_t)16 << 20)
/* Room for the call that finds the end: without it the buffer would grow by half for nothing. */
#define SPARE ((int64_t)4096)

static denoise_status open_regular(denoise__file *file, int64_t *size, const char *path)
{
    denoise__file_facts facts;
    int error = denoise__file_open(file, path);
    if (error != 0) return denoise__fail_errno("open", path, error);
    error = denoise__file_facts_of(&facts, *file);
    if (error != 0) return denoise__fail_errno("examine", path, error);
    if (facts.kind != DENOISE__FILE_REGULAR) {
        return denoise__fail(DENOISE_ERR_IO, "cannot read %s: it is no regular file", denoise__path_tail(path));
    }
    *size = facts.size;
    return DENOISE_OK;
}

static denoise_status fail_limit(const char *path, const denoise_limits *limits)
{
    denoise__fail_at(DENOISE_ERR_LIMIT, limits->bytes, "bytes",
                     "the file has more than the %" PRId64 " that are allowed (limit `bytes`)", limits->bytes);
    return denoise__context_path(DENOISE_ERR_LIMIT, path);
}

/* For half as much as has arrived, and for no more than the file is said to have. */
static denoise_status make_room(denoise__bytes *out, int64_t size)
{
    int64_t most = out->length / 2 > PIECE ? out->length / 2 : PIECE;
    int64_t left = size - out->length;
    if (left <= 0) return denoise__bytes_reserve(out, SPARE);
    return denoise__bytes_reserve_exactly(out, left + SPARE < most ? left + SPARE : most);
}

/* The end is where reading says so: the size of a file may change, and in /proc it is 0. */
static denoise_status read_all(denoise__bytes *out, denoise__file file, int64_t size, const char *path,
                               const denoise_limits *limits)
{
    for (;;) {
        if (out->capacity - out->length < SPARE) DENOISE__TRY(make_room(out, size));
        int64_t got;
        int error = denoise__file_read(file, out->data + out->length, out->capacity - out->length, &got);
        if (error != 0) return denoise__fail_errno("read", path, error);
        if (got == 0) return DENOISE_OK;
        out->length += got;
        if (out->length > limits->bytes) return fail_limit(path, limits);
    }
}

denoise_status denoise__read_file(denoise__bytes *out, const char *path, const denoise_limits *limits)
{
    denoise__file file = DENOISE__NO_FILE;
    int cancel = denoise__cancel_hold();
    int64_t size = 0;
    denoise_status status = open_regular(&file, &size, path);
    if (status == DENOISE_OK && size > limits->bytes) status = fail_limit(path, limits);
    if (status == DENOISE_OK) status = read_all(out, file, size, path, limits);
    if (file != DENOISE__NO_FILE) (void)denoise__file_close(file);
    denoise__cancel_release(cancel);
    if (status != DENOISE_OK) denoise__bytes_free(out);
    return status;
}
