/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/file.h"
#include "core/platform/folder.h"
#include "core/platform/posix/again.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8, "files above 2 GiB: _FILE_OFFSET_BITS=64 is missing");

/* 0 or the error of a call that answered `result`; errno becomes the caller's again. */
static int answer(int64_t result, int before)
{
    int error = result < 0 ? errno : 0;
    errno = before;
    return error;
}

static int open_with(denoise__file *out, const char *path, int flags, mode_t mode)
{
    int fd, before = errno;
    AGAIN(fd, open(path, flags | O_CLOEXEC, mode));
    *out = fd < 0 ? DENOISE__NO_FILE : fd;
    return answer(fd, before);
}

int denoise__file_open(denoise__file *out, const char *path)
{
    return open_with(out, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
}

int denoise__file_create(denoise__file *out, const char *path, uint32_t access)
{
    return open_with(out, path, O_WRONLY | O_CREAT | O_EXCL, (mode_t)access);
}

int denoise__file_open_end(denoise__file *out, const char *path, bool reads)
{
    return open_with(out, path, (reads ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY, 0666);
}

int denoise__file_wait(denoise__file file)
{
    int result, before = errno;
    AGAIN(result, fcntl((int)file, F_SETFL, O_APPEND)); /* without O_NONBLOCK */
    return answer(result, before);
}

int denoise__file_open_found(denoise__file *out, const char *path)
{
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    int error = open_with(out, path, O_RDWR | flags, 0); /* NFS locks only what may be written */
    return error == EACCES ? open_with(out, path, O_RDONLY | flags, 0) : error;
}

int denoise__folder_open(denoise__file *out, const char *path)
{
    return open_with(out, path, O_RDONLY | O_DIRECTORY, 0);
}

int denoise__file_copy(denoise__file *out, denoise__file file)
{
    int copy, before = errno;
    AGAIN(copy, fcntl((int)file, F_DUPFD_CLOEXEC, 0));
    *out = copy < 0 ? DENOISE__NO_FILE : copy;
    return answer(copy, before);
}

/* Interrupted, it is closed too: a second try could hit another's descriptor. */
int denoise__file_close(denoise__file file)
{
    int before = errno;
    int error = answer(close((int)file), before);
    return error == EINTR ? 0 : error;
}

int denoise__file_read(denoise__file file, void *data, int64_t size, int64_t *got)
{
    int before = errno;
    AGAIN(*got, read((int)file, data, (size_t)size));
    return answer(*got, before);
}

int denoise__file_read_at(denoise__file file, void *data, int64_t size, int64_t offset, int64_t *got)
{
    int before = errno;
    AGAIN(*got, pread((int)file, data, (size_t)size, (off_t)offset));
    return answer(*got, before);
}

int denoise__file_write(denoise__file file, const void *data, int64_t size)
{
    int before = errno;
    for (const uint8_t *rest = data; size > 0;) {
        size_t piece = size < (1 << 30) ? (size_t)size : (size_t)1 << 30; /* Linux writes less than 2 GiB at once */
        ssize_t written;
        AGAIN(written, write((int)file, rest, piece));
        if (written == 0) errno = ENOSPC; /* nothing more is taken */
        if (written <= 0) return answer(-1, before);
        rest += written;
        size -= written;
    }
    errno = before;
    return 0;
}

int denoise__file_truncate(denoise__file file, int64_t size)
{
    int result, before = errno;
    AGAIN(result, ftruncate((int)file, (off_t)size));
    return answer(result, before);
}

int denoise__file_set_access(denoise__file file, uint32_t access)
{
    int result, before = errno;
    AGAIN(result, fchmod((int)file, (mode_t)access));
    return answer(result, before);
}

int denoise__file_sync(denoise__file file)
{
    int result, before = errno;
    AGAIN(result, fsync((int)file));
    return answer(result, before);
}

/* Some file systems cannot sync a folder. */
int denoise__folder_sync(denoise__file folder)
{
    int error = denoise__file_sync(folder);
    return error == EINVAL ? 0 : error;
}

static int32_t kind_of(mode_t mode)
{
    if (S_ISREG(mode)) return DENOISE__FILE_REGULAR;
    if (S_ISCHR(mode)) return DENOISE__FILE_DEVICE;
    if (S_ISDIR(mode)) return DENOISE__FILE_FOLDER;
    return S_ISLNK(mode) ? DENOISE__FILE_LINK : DENOISE__FILE_OTHER;
}

/* 0 or the error of a call that answered `result` and filled in *facts. */
static int take_facts(denoise__file_facts *out, int result, const struct stat *facts, int before)
{
    if (result == 0) {
        *out = (denoise__file_facts){.kind = kind_of(facts->st_mode),
                                     .access = facts->st_mode & 0777,
                                     .size = (int64_t)facts->st_size,
                                     .has_name = facts->st_nlink > 0,
                                     .identity = {(uint64_t)facts->st_dev, (uint64_t)facts->st_ino}};
    }
    return answer(result, before);
}

int denoise__file_facts_of(denoise__file_facts *out, denoise__file file)
{
    int result, before = errno;
    struct stat facts;
    AGAIN(result, fstat((int)file, &facts));
    return take_facts(out, result, &facts, before);
}

int denoise__path_facts(denoise__file_facts *out, const char *path)
{
    int result, before = errno;
    struct stat facts;
    AGAIN(result, stat(path, &facts));
    return take_facts(out, result, &facts, before);
}

int denoise__link_facts(denoise__file_facts *out, const char *path)
{
    int result, before = errno;
    struct stat facts;
    AGAIN(result, lstat(path, &facts));
    return take_facts(out, result, &facts, before);
}

int denoise__file_is(bool *out, denoise__file file, const char *path)
{
    denoise__file_facts opened = {0}, named = {0};
    int error = denoise__file_facts_of(&opened, file);
    if (error == 0) error = denoise__link_facts(&named, path);
    *out = error == 0 && opened.kind == DENOISE__FILE_REGULAR && opened.identity[0] == named.identity[0] &&
           opened.identity[1] == named.identity[1];
    return error;
}

int denoise__file_lock(denoise__file file)
{
    int result, before = errno;
    AGAIN(result, flock((int)file, LOCK_EX | LOCK_NB));
    return answer(result, before);
}

int denoise__path_exists(bool *out, const char *path)
{
    int result, before = errno;
    AGAIN(result, access(path, F_OK));
    *out = result == 0;
    int error = answer(result, before);
    return error == ENOENT || error == ENOTDIR ? 0 : error;
}

int denoise__link_text(char *out, int64_t size, const char *path)
{
    ssize_t length;
    int before = errno;
    AGAIN(length, readlink(path, out, (size_t)size));
    if (length >= 0 && length < size) out[length] = '\0';
    return length == size ? ENAMETOOLONG : answer(length, before);
}

int denoise__path_may_write(const char *path)
{
    int result, before = errno;
    AGAIN(result, faccessat(AT_FDCWD, path, W_OK, AT_EACCESS));
    return answer(result, before);
}

int denoise__path_replace(const char *from, const char *to)
{
    int before = errno;
    return answer(rename(from, to), before);
}

int denoise__path_remove(const char *path)
{
    int result, before = errno;
    AGAIN(result, unlink(path));
    return answer(result, before);
}
