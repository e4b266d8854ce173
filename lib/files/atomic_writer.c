/* SPDX-License-Identifier: Apache-2.0 */
#include "files/atomic_writer.h"
#include "core/memory.h"
#include "core/text.h"
#include "files/system_error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ATTEMPTS = 1000 };

static atomic_uint counter;

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

/* Does not derive from the target's name, which may be as long as the system allows. */
static denoise_status name_temporary(denoise__atomic_writer *writer)
{
    size_t size = strlen(writer->folder) + 64;
    if (writer->temporary == NULL) writer->temporary = denoise__allocate(size);
    if (writer->temporary == NULL) return denoise__fail_nomem();
    denoise__format(writer->temporary, size, "%s.denoise-%ld-%u.tmp", writer->folder, (long)getpid(),
                    atomic_fetch_add(&counter, 1));
    return DENOISE_OK;
}

static denoise_status open_temporary(denoise__atomic_writer *writer, bool exists)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        DENOISE__TRY(name_temporary(writer));
        writer->fd = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, exists ? 0600 : 0666);
        if (writer->fd >= 0) return DENOISE_OK;
        if (errno != EEXIST && errno != EINTR) break;
    }
    return denoise__fail_errno("create a file beside", writer->path, errno);
}

/* A new file gets the mode that the system gave the temporary one, which the umask (not readable without changing it for
 * all threads) has shaped; until the end only the owner can read it. */
static denoise_status set_modes(denoise__atomic_writer *writer, bool exists, mode_t old_mode)
{
    struct stat facts;
    if (fstat(writer->fd, &facts) != 0) return denoise__fail_errno("examine", writer->temporary, errno);
    writer->mode = (exists ? old_mode : facts.st_mode) & 0777;
    if (fchmod(writer->fd, 0600) != 0) return denoise__fail_errno("protect", writer->temporary, errno);
    return DENOISE_OK;
}

static denoise_status begin(denoise__atomic_writer *writer, const char *path)
{
    struct stat facts;
    bool exists = stat(path, &facts) == 0;
    if (!exists && errno != ENOENT) return denoise__fail_errno("write", path, errno);
    if (exists && !S_ISREG(facts.st_mode)) {
        return denoise__fail(DENOISE_ERR_IO, "cannot write %s: it is no regular file", denoise__path_tail(path));
    }
    writer->path = denoise__copy_text(path);
    writer->folder = copy_folder(path);
    if (writer->path == NULL || writer->folder == NULL) return denoise__fail_nomem();
    DENOISE__TRY(open_temporary(writer, exists));
    return set_modes(writer, exists, exists ? facts.st_mode : 0);
}

denoise_status denoise__atomic_open(denoise__atomic_writer *out, const char *path)
{
    *out = (denoise__atomic_writer){.fd = -1};
    denoise_status status = begin(out, path);
    if (status != DENOISE_OK) denoise__atomic_abandon(out);
    return status;
}

static denoise_status write_all(denoise__atomic_writer *writer, const uint8_t *data, int64_t size)
{
    while (size > 0) {
        size_t piece = size < (1 << 30) ? (size_t)size : (size_t)1 << 30; /* Linux writes less than 2 GiB at once */
        ssize_t written = write(writer->fd, data, piece);
        if (written < 0 && errno != EINTR) return denoise__fail_errno("write", writer->path, errno);
        if (written == 0) return denoise__fail_errno("write", writer->path, ENOSPC);
        if (written > 0) {
            data += written;
            size -= written;
        }
    }
    return DENOISE_OK;
}

denoise_status denoise__atomic_write(denoise__atomic_writer *writer, const void *data, int64_t size)
{
    denoise_status status = write_all(writer, data, size);
    if (status != DENOISE_OK) denoise__atomic_abandon(writer);
    return status;
}

static int sync_fd(int fd)
{
    int result;
    do {
        result = fsync(fd);
    } while (result != 0 && errno == EINTR);
    return result;
}

static denoise_status finish_file(denoise__atomic_writer *writer)
{
    if (fchmod(writer->fd, writer->mode) != 0) return denoise__fail_errno("set the mode of", writer->path, errno);
    if (sync_fd(writer->fd) != 0) return denoise__fail_errno("write", writer->path, errno);
    int result = close(writer->fd);
    writer->fd = -1; /* also when close fails the descriptor is gone */
    if (result != 0 && errno != EINTR) return denoise__fail_errno("write", writer->path, errno);
    return DENOISE_OK;
}

/* The name reaches the disk with its folder. Some file systems cannot sync one (EINVAL), and a folder may be writable but
 * not readable (EACCES): then there is nothing more to do. */
static denoise_status sync_folder(const denoise__atomic_writer *writer)
{
    int fd = open(writer->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno == EACCES ? DENOISE_OK : denoise__fail_errno("open the folder of", writer->path, errno);
    denoise_status status = DENOISE_OK;
    if (sync_fd(fd) != 0 && errno != EINVAL) status = denoise__fail_errno("sync the folder of", writer->path, errno);
    close(fd);
    return status;
}

denoise_status denoise__atomic_commit(denoise__atomic_writer *writer)
{
    denoise_status status = finish_file(writer);
    if (status == DENOISE_OK && rename(writer->temporary, writer->path) != 0) {
        status = denoise__fail_errno("replace", writer->path, errno);
    }
    if (status == DENOISE_OK) {
        denoise__release(writer->temporary);
        writer->temporary = NULL;
        status = sync_folder(writer);
    }
    denoise__atomic_abandon(writer);
    return status;
}

void denoise__atomic_abandon(denoise__atomic_writer *writer)
{
    if (writer->fd >= 0) close(writer->fd);
    if (writer->temporary != NULL) unlink(writer->temporary);
    denoise__release(writer->path);
    denoise__release(writer->temporary);
    denoise__release(writer->folder);
    *writer = (denoise__atomic_writer){.fd = -1};
}
