/* SPDX-License-Identifier: Apache-2.0 */
#include "files/row_file.h"
#include "files/system_error.h"

static denoise_status check(const denoise__row_file *file, const char *action, int error)
{
    return error == 0 ? DENOISE_OK : denoise__fail_errno(action, file->path, error);
}

static denoise_status look_at_end(denoise__row_file *file, int64_t size)
{
    char last = '\n';
    int64_t count;
    if (size > 0) DENOISE__TRY(check(file, "read the end of", denoise__file_read_at(file->fd, &last, 1, size - 1, &count)));
    file->lacks_end = last != '\n';
    return DENOISE_OK;
}

static denoise_status begin(denoise__row_file *file, bool *is_empty, bool is_appending)
{
    denoise__file_facts facts;
    DENOISE__TRY(check(file, "open", denoise__file_open_end(&file->fd, file->path, is_appending)));
    DENOISE__TRY(check(file, "examine", denoise__file_facts_of(&facts, file->fd)));
    file->is_regular = facts.kind == DENOISE__FILE_REGULAR;
    *is_empty = !file->is_regular || !is_appending || facts.size == 0;
    file->size = !file->is_regular ? -1 : is_appending ? facts.size : 0;
    /* It was opened so that nothing is waited for; writing to a terminal may wait. */
    if (facts.kind == DENOISE__FILE_DEVICE) return check(file, "write", denoise__file_wait(file->fd));
    if (!file->is_regular) {
        return denoise__fail(DENOISE_ERR_IO, "cannot write %s: it is no regular file and no device",
                             denoise__path_tail(file->path));
    }
    if ((facts.access & 0222) == 0 && facts.size > 0) { /* an empty one may be new, by a umask that takes w away */
        return denoise__fail(DENOISE_ERR_IO, "cannot write %s: it is read-only (its mode has no w)",
                             denoise__path_tail(file->path));
    }
    return is_appending ? look_at_end(file, facts.size) : check(file, "cut", denoise__file_truncate(file->fd, 0));
}

/* The failure that is known already is what is told. */
static denoise_status give_up(denoise__row_file *file, denoise_status status)
{
    if (status != DENOISE_OK && file->fd != DENOISE__NO_FILE) {
        (void)denoise__file_close(file->fd);
        file->fd = DENOISE__NO_FILE;
    }
    return status;
}

denoise_status denoise__row_file_open(denoise__row_file *out, bool *is_empty, const char *path, bool is_appending)
{
    *out = (denoise__row_file){.fd = DENOISE__NO_FILE, .size = -1, .path = path};
    return give_up(out, begin(out, is_empty, is_appending));
}

static denoise_status take_back(const denoise__row_file *file, int64_t size, denoise_status status)
{
    int error = denoise__file_truncate(file->fd, size);
    return error == 0 ? status : denoise__context(status, "the file may end with a part of a row: ");
}

static denoise_status add(denoise__row_file *file, const char *rows, size_t length)
{
    denoise__file_facts facts;
    DENOISE__TRY(check(file, "examine", denoise__file_facts_of(&facts, file->fd)));
    int error = file->lacks_end ? denoise__file_write(file->fd, "\r\n", 2) : 0;
    if (error == 0) error = denoise__file_write(file->fd, rows, (int64_t)length);
    if (error != 0) {
        denoise_status status = check(file, "write", error);
        return file->is_regular ? take_back(file, facts.size, status) : status;
    }
    if (file->is_regular) file->size = facts.size + (int64_t)length + (file->lacks_end ? 2 : 0);
    file->lacks_end = false;
    return DENOISE_OK;
}

denoise_status denoise__row_file_add(denoise__row_file *file, const char *rows, size_t length)
{
    return give_up(file, add(file, rows, length));
}

denoise_status denoise__row_file_cut(denoise__row_file *file, int64_t size)
{
    if (file->size <= size) return DENOISE_OK;
    DENOISE__TRY(check(file, "cut", denoise__file_truncate(file->fd, size)));
    DENOISE__TRY(look_at_end(file, size));
    file->size = size;
    return DENOISE_OK;
}

denoise_status denoise__row_file_close(denoise__row_file *file)
{
    denoise__file fd = file->fd;
    file->fd = DENOISE__NO_FILE;
    return fd == DENOISE__NO_FILE ? DENOISE_OK : check(file, "write", denoise__file_close(fd));
}
