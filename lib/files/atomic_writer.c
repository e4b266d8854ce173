/* SPDX-License-Identifier: Apache-2.0 */
#include "files/atomic_writer.h"
#include "core/cancel.h"
#include "core/memory.h"
#include "files/descriptor.h"
#include "files/system_error.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "a/b" -> "a/", "/b" -> "/", "b" -> "./" */
static char *copy_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return denoise__copy_text("./");
    size_t length = (size_t)(slash - path) + 1;
    char *folder = denoise__allocate(length + 1);
    if (folder == NULL) return NULL;
    memcpy(folder, path, length);
    folder[length] = '\0';
    return folder;
}

/* Opened before anything is written, so that it cannot fail when the new file is in place. A folder may be writable but not
 * readable (EACCES): then it cannot be synced. */
static denoise_status open_folder(denoise__atomic_writer *writer, const char *folder)
{
    writer->folder = denoise__open(folder, O_RDONLY | O_DIRECTORY, 0);
    if (writer->folder >= 0 || errno == EACCES) return DENOISE_OK;
    return denoise__fail_errno("open the folder of", writer->path, errno);
}

static denoise_status set_mode(const denoise__atomic_writer *writer, mode_t mode)
{
    int result;
    DENOISE__AGAIN(result, fchmod(writer->temporary.fd, mode));
    return result == 0 ? DENOISE_OK : denoise__fail_errno("set the mode of", writer->path, errno);
}

/* A new file gets the mode that the system gave the temporary one, which the umask (not readable without changing it for
 * all threads) has shaped; until the end only the owner can read it. */
static denoise_status open_temporary(denoise__atomic_writer *writer, const char *folder, const struct stat *old)
{
    DENOISE__TRY(denoise__temporary_open(&writer->temporary, folder, old != NULL ? 0600 : 0666, writer->path));
    writer->mode = old != NULL ? old->st_mode & 0777 : writer->temporary.natural;
    return set_mode(writer, 0600);
}

static denoise_status begin(denoise__atomic_writer *writer, const char *path)
{
    int result;
    struct stat facts;
    DENOISE__AGAIN(result, stat(path, &facts));
    if (result != 0 && errno != ENOENT) return denoise__fail_errno("write", path, errno);
    if (result == 0 && !S_ISREG(facts.st_mode)) {
        return denoise__fail(DENOISE_ERR_IO, "cannot write %s: it is no regular file", denoise__path_tail(path));
    }
    writer->path = denoise__copy_text(path);
    char *folder = copy_folder(path);
    denoise_status status = writer->path == NULL || folder == NULL ? denoise__fail_nomem() : open_folder(writer, folder);
    if (status == DENOISE_OK) status = open_temporary(writer, folder, result == 0 ? &facts : NULL);
    denoise__release(folder);
    return status;
}

static void reset(denoise__atomic_writer *writer)
{
    *writer = (denoise__atomic_writer){.temporary = {.fd = -1, .lock = -1}, .folder = -1};
}

denoise_status denoise__atomic_open(denoise__atomic_writer *out, const char *path)
{
    int before = errno; /* which is the caller's, here and below */
    reset(out);
    out->cancel = denoise__cancel_hold();
    out->holds = true;
    denoise_status status = begin(out, path);
    if (status != DENOISE_OK) denoise__atomic_abandon(out);
    errno = before;
    return status;
}

denoise_status denoise__atomic_write(denoise__atomic_writer *writer, const void *data, int64_t size)
{
    int before = errno;
    denoise_status status = DENOISE_OK;
    if (!denoise__write_all(writer->temporary.fd, data, size)) {
        status = denoise__fail_errno("write", writer->path, errno);
        denoise__atomic_abandon(writer);
    }
    errno = before;
    return status;
}

/* After a failure of fsync a second one proves nothing (the system may have dropped the data), so the file is given up. */
static denoise_status finish_file(denoise__atomic_writer *writer)
{
    int result;
    DENOISE__TRY(set_mode(writer, writer->mode));
    DENOISE__AGAIN(result, fsync(writer->temporary.fd));
    if (result != 0) return denoise__fail_errno("write", writer->path, errno);
    return denoise__temporary_close(&writer->temporary) ? DENOISE_OK : denoise__fail_errno("write", writer->path, errno);
}

/* The name reaches the disk with its folder; some file systems cannot sync one (EINVAL). */
static denoise_status sync_folder(const denoise__atomic_writer *writer)
{
    int result;
    if (writer->folder < 0) return DENOISE_OK;
    DENOISE__AGAIN(result, fsync(writer->folder));
    if (result == 0 || errno == EINVAL) return DENOISE_OK;
    return denoise__fail_errno("sync the folder of", writer->path, errno);
}

denoise_status denoise__atomic_commit(denoise__atomic_writer *writer)
{
    int before = errno;
    denoise_status status = finish_file(writer);
    if (status == DENOISE_OK && rename(writer->temporary.path, writer->path) != 0) {
        status = denoise__fail_errno("replace", writer->path, errno);
    }
    if (status == DENOISE_OK) {
        denoise__temporary_release(&writer->temporary);
        status = sync_folder(writer);
    }
    denoise__atomic_abandon(writer);
    errno = before;
    return status;
}

void denoise__atomic_abandon(denoise__atomic_writer *writer)
{
    int before = errno;
    denoise__temporary_remove(&writer->temporary);
    if (writer->folder >= 0) close(writer->folder);
    denoise__release(writer->path);
    if (writer->holds) denoise__cancel_release(writer->cancel);
    reset(writer);
    errno = before;
}
