/* SPDX-License-Identifier: Apache-2.0 */
#include "files/temporary_file.h"
#include "core/memory.h"
#include "core/text.h"
#include "files/descriptor.h"
#include "files/system_error.h"
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    PLACES = 1000, /* at most so many at once in a folder */
    LOOKED_AT = 4, /* so many places are tidied up when one is taken */
    PATIENCE = 1000
};

/* FNV-1a */
static uint32_t hash_host(void)
{
    char name[256] = "";
    (void)gethostname(name, sizeof name - 1);
    uint32_t hash = 2166136261u;
    for (const char *at = name; *at != '\0'; at++)
        hash = (hash ^ (uint8_t)*at) * 16777619u;
    return hash;
}

/* Does not derive from the target's name, which may be as long as the system allows. */
static void name_place(const denoise__temporary_file *file, size_t size, const char *folder, int place)
{
    denoise__format(file->path, size, "%s.denoise-%08lx-%d.tmp", folder, (unsigned long)hash_host(), place);
}

static int open_found(const char *path)
{
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    int fd = denoise__open(path, O_RDWR | flags, 0); /* NFS locks only what may be written */
    return fd < 0 && errno == EACCES ? denoise__open(path, O_RDONLY | flags, 0) : fd;
}

/* With the lock held nobody else owns the file; with the file still under its name, nobody has moved it to its target. */
static bool is_dead(int fd, const char *path)
{
    int result;
    struct stat file, named;
    DENOISE__AGAIN(result, flock(fd, LOCK_EX | LOCK_NB));
    if (result == 0) DENOISE__AGAIN(result, fstat(fd, &file));
    if (result == 0) DENOISE__AGAIN(result, lstat(path, &named));
    return result == 0 && S_ISREG(file.st_mode) && file.st_dev == named.st_dev && file.st_ino == named.st_ino;
}

static int remove_name(const char *path)
{
    int result;
    DENOISE__AGAIN(result, unlink(path));
    return result;
}

/* Whether the name is free now. */
static bool remove_dead(const char *path)
{
    int fd = open_found(path);
    if (fd < 0) return errno == ENOENT;
    bool removed = is_dead(fd, path) && remove_name(path) == 0;
    close(fd);
    return removed;
}

/* Before the lock is there, another may take the file for a dead one's: then it holds the lock and removes the file at once. */
static void lock_own(int fd)
{
    const struct timespec moment = {0, 1000000};
    for (int i = 0; i < PATIENCE && flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK && errno != EINTR) return;
        if (errno == EWOULDBLOCK) nanosleep(&moment, NULL);
    }
}

/* 0 or errno; EEXIST: another has this place. */
static int take_place(denoise__temporary_file *file, mode_t mode)
{
    int result;
    struct stat facts;
    file->fd = denoise__open(file->path, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (file->fd < 0) return errno;
    lock_own(file->fd);
    DENOISE__AGAIN(result, fstat(file->fd, &facts));
    if (result == 0 && facts.st_nlink > 0) {
        file->natural = facts.st_mode & 0777;
        DENOISE__AGAIN(file->lock, fcntl(file->fd, F_DUPFD_CLOEXEC, 0));
        if (file->lock >= 0) return 0;
        result = -1;
    }
    int error = result == 0 ? EEXIST : errno; /* 0: removed before it was locked */
    if (result != 0) (void)remove_name(file->path);
    close(file->fd);
    file->fd = -1;
    return error;
}

static int find_place(denoise__temporary_file *file, size_t size, const char *folder, mode_t mode)
{
    int error = EEXIST;
    int place = 0;
    for (int tries = 0; error == EEXIST && place < PLACES && tries < 2 * PLACES; tries++) {
        name_place(file, size, folder, place);
        error = take_place(file, mode);
        if (error == EEXIST && !remove_dead(file->path)) place++;
    }
    if (error != 0) return error;
    for (int i = 1; i < LOOKED_AT; i++) {
        name_place(file, size, folder, place + i);
        (void)remove_dead(file->path); /* what stays is looked at by the next one */
    }
    name_place(file, size, folder, place);
    return 0;
}

denoise_status denoise__temporary_open(denoise__temporary_file *out, const char *folder, mode_t mode, const char *target)
{
    size_t size = strlen(folder) + 64;
    *out = (denoise__temporary_file){.fd = -1, .lock = -1, .path = denoise__allocate(size)};
    if (out->path == NULL) return denoise__fail_nomem();
    int error = find_place(out, size, folder, mode);
    if (error == 0) return DENOISE_OK;
    denoise__release(out->path);
    out->path = NULL;
    return denoise__fail_errno("create a file beside", target, error);
}

bool denoise__temporary_close(denoise__temporary_file *file)
{
    int fd = file->fd;
    file->fd = -1;
    return denoise__close(fd);
}

void denoise__temporary_release(denoise__temporary_file *file)
{
    if (file->fd >= 0) close(file->fd);
    if (file->lock >= 0) close(file->lock);
    denoise__release(file->path);
    *file = (denoise__temporary_file){.fd = -1, .lock = -1};
}

void denoise__temporary_remove(denoise__temporary_file *file)
{
    if (file->path != NULL) (void)remove_name(file->path);
    denoise__temporary_release(file);
}
