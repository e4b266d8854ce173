/* SPDX-License-Identifier: Apache-2.0 */
#include "files/row_file.h"
#include "files/descriptor.h"
#include "files/system_error.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static denoise_status fail(const denoise__row_file *file, const char *action)
{
    return denoise__fail_errno(action, file->path, errno);
}

static denoise_status cut(const denoise__row_file *file, off_t size)
{
    int result;
    DENOISE__AGAIN(result, ftruncate(file->fd, size));
    return result == 0 ? DENOISE_OK : fail(file, "cut");
}

static denoise_status examine(const denoise__row_file *file, struct stat *facts)
{
    int result;
    DENOISE__AGAIN(result, fstat(file->fd, facts));
    return result == 0 ? DENOISE_OK : fail(file, "examine");
}

static denoise_status look_at_end(denoise__row_file *file, off_t size)
{
    char last = '\n';
    ssize_t count = 0;
    if (size > 0) DENOISE__AGAIN(count, pread(file->fd, &last, 1, size - 1));
    if (count < 0) return fail(file, "read the end of");
    file->lacks_end = last != '\n';
    return DENOISE_OK;
}

/* It was opened so that nothing is waited for; writing to a terminal may wait. */
static denoise_status begin_device(const denoise__row_file *file)
{
    int result;
    DENOISE__AGAIN(result, fcntl(file->fd, F_SETFL, O_APPEND));
    return result == 0 ? DENOISE_OK : fail(file, "write");
}

static denoise_status begin(denoise__row_file *file, bool *is_empty, bool append)
{
    struct stat facts;
    file->fd = denoise__open(file->path, (append ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY, 0666);
    if (file->fd < 0) return fail(file, "open");
    DENOISE__TRY(examine(file, &facts));
    file->is_regular = S_ISREG(facts.st_mode);
    *is_empty = !file->is_regular || !append || facts.st_size == 0;
    if (S_ISCHR(facts.st_mode)) return begin_device(file);
    if (!file->is_regular) {
        return denoise__fail(DENOISE_ERR_IO, "cannot write %s: it is no regular file and no device",
                             denoise__path_tail(file->path));
    }
    return append ? look_at_end(file, facts.st_size) : cut(file, 0);
}

denoise_status denoise__row_file_open(denoise__row_file *out, bool *is_empty, const char *path, bool append)
{
    int before = errno; /* which is the caller's, here and below */
    *out = (denoise__row_file){.fd = -1, .path = path};
    denoise_status status = begin(out, is_empty, append);
    if (status != DENOISE_OK && out->fd >= 0) {
        close(out->fd);
        out->fd = -1;
    }
    errno = before;
    return status;
}

static denoise_status take_back(const denoise__row_file *file, off_t size, denoise_status status)
{
    int result;
    DENOISE__AGAIN(result, ftruncate(file->fd, size));
    return result == 0 ? status : denoise__context(status, "the file may end with a part of a row: ");
}

static denoise_status add(denoise__row_file *file, const char *rows, size_t length)
{
    struct stat facts;
    DENOISE__TRY(examine(file, &facts));
    bool whole =
        (!file->lacks_end || denoise__write_all(file->fd, "\r\n", 2)) && denoise__write_all(file->fd, rows, (int64_t)length);
    if (!whole) {
        denoise_status status = fail(file, "write");
        return file->is_regular ? take_back(file, facts.st_size, status) : status;
    }
    file->lacks_end = false;
    return DENOISE_OK;
}

denoise_status denoise__row_file_add(denoise__row_file *file, const char *rows, size_t length)
{
    int before = errno;
    denoise_status status = add(file, rows, length);
    if (status != DENOISE_OK) {
        close(file->fd);
        file->fd = -1;
    }
    errno = before;
    return status;
}

denoise_status denoise__row_file_close(denoise__row_file *file)
{
    int fd = file->fd, before = errno;
    file->fd = -1;
    denoise_status status = fd < 0 || denoise__close(fd) ? DENOISE_OK : fail(file, "write");
    errno = before;
    return status;
}
