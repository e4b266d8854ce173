/* SPDX-License-Identifier: Apache-2.0 */
#include "files/read_file.h"
#include "core/cancel.h"
#include "files/descriptor.h"
#include "files/system_error.h"
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

/* Never reserved at once, whatever the size of the file is said to be. */
#define PIECE ((int64_t)16 << 20)
/* Room for the read() that finds the end: without it the buffer would grow by half for nothing. */
#define SPARE ((int64_t)4096)

static denoise_status open_regular(int *fd, int64_t *size, const char *path)
{
    int result;
    struct stat facts;
    *fd = denoise__open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0); /* O_NONBLOCK: a pipe without a writer does not hang */
    if (*fd < 0) return denoise__fail_errno("open", path, errno);
    DENOISE__AGAIN(result, fstat(*fd, &facts));
    if (result != 0) return denoise__fail_errno("examine", path, errno);
    if (!S_ISREG(facts.st_mode)) {
        return denoise__fail(DENOISE_ERR_IO, "cannot read %s: it is no regular file", denoise__path_tail(path));
    }
    *size = (int64_t)facts.st_size;
    return DENOISE_OK;
}

static denoise_status fail_limit(const char *path, const denoise_limits *limits)
{
    denoise__fail_at(DENOISE_ERR_LIMIT, limits->bytes, "bytes",
                     "the file has more than the %" PRId64 " that are allowed (limit `bytes`)", limits->bytes);
    return denoise__context_path(DENOISE_ERR_LIMIT, path);
}

/* For half as much as has arrived, but for no more than the file is said to have. */
static denoise_status make_room(denoise__bytes *out, int64_t size)
{
    int64_t most = out->length / 2 > PIECE ? out->length / 2 : PIECE;
    int64_t left = size - out->length;
    if (left <= 0) return denoise__bytes_reserve(out, SPARE);
    return denoise__bytes_reserve_exactly(out, left + SPARE < most ? left + SPARE : most);
}

/* The end is where read() says so: the size of a file may change, and in /proc it is 0. */
static denoise_status read_all(denoise__bytes *out, int fd, int64_t size, const char *path, const denoise_limits *limits)
{
    for (;;) {
        if (out->capacity - out->length < SPARE) DENOISE__TRY(make_room(out, size));
        ssize_t got;
        DENOISE__AGAIN(got, read(fd, out->data + out->length, (size_t)(out->capacity - out->length)));
        if (got == 0) return DENOISE_OK;
        if (got < 0) return denoise__fail_errno("read", path, errno);
        out->length += got;
        if (out->length > limits->bytes) return fail_limit(path, limits);
    }
}

denoise_status denoise__read_file(denoise__bytes *out, const char *path, const denoise_limits *limits)
{
    int fd = -1, before = errno; /* which is the caller's */
    int cancel = denoise__cancel_hold();
    int64_t size = 0;
    denoise_status status = open_regular(&fd, &size, path);
    if (status == DENOISE_OK && size > limits->bytes) status = fail_limit(path, limits);
    if (status == DENOISE_OK) status = read_all(out, fd, size, path, limits);
    if (fd >= 0) close(fd);
    denoise__cancel_release(cancel);
    if (status != DENOISE_OK) denoise__bytes_free(out);
    errno = before;
    return status;
}
