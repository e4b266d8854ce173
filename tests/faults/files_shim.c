/* SPDX-License-Identifier: Apache-2.0 */
#include "files_shim.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

enum { DESCRIPTORS = 4096, TRACED = 4096 };

static struct {
    bool armed;
    fault wanted;
    int64_t calls;
    bool struck;
    file_call call; /* of the first that was made to fail */
    int64_t hits[CALL_COUNT][ROLE_COUNT];
    struct {
        file_call call;
        file_role role;
    } trace[TRACED];
    file_role roles[DESCRIPTORS]; /* ROLE_NONE = not open */
    int stray;
    void (*observer)(const file_op *op, void *user_data);
    void *user_data;
} shim;

const char *file_call_name(file_call call)
{
    static const char *const names[] = {
#define FILE_CALL(name) #name,
#include "files_calls.def"
#undef FILE_CALL
    };
    return names[call];
}

void files_shim_arm(const fault *wanted)
{
    shim.wanted = *wanted;
    shim.calls = 0;
    shim.struck = false;
    memset(shim.hits, 0, sizeof shim.hits);
    shim.armed = true;
}

void files_shim_disarm(void)
{
    shim.armed = false;
}

int64_t files_shim_calls(void)
{
    return shim.calls;
}

int64_t files_shim_hits(file_call call, file_role role)
{
    return shim.hits[call][role];
}

void files_shim_call_at(int64_t nth, file_call *call, file_role *role)
{
    *call = shim.trace[nth - 1].call;
    *role = shim.trace[nth - 1].role;
}

int files_shim_open(void)
{
    int count = 0;
    for (int i = 0; i < DESCRIPTORS; i++)
        count += shim.roles[i] != ROLE_NONE;
    return count;
}

int files_shim_stray(void)
{
    return shim.stray;
}

void files_shim_observe(void (*observer)(const file_op *op, void *user_data), void *user_data)
{
    shim.observer = observer;
    shim.user_data = user_data;
}

static bool is_hit(file_call call)
{
    if (shim.wanted.nth == 0 || shim.calls < shim.wanted.nth) return false;
    if (shim.calls == shim.wanted.nth) return true;
    if (shim.wanted.error < 0 && call != CALL_read && call != CALL_write) return false;
    return shim.wanted.reach == REACH_ALL || (shim.wanted.reach == REACH_SAME && call == shim.call);
}

/* 0: the call is to be made. */
static int strike(file_call call, file_role role)
{
    if (!shim.armed) return 0;
    if (shim.calls < TRACED) {
        shim.trace[shim.calls].call = call;
        shim.trace[shim.calls].role = role;
    }
    shim.calls++;
    if (!is_hit(call)) return 0;
    bool first = !shim.struck;
    if (first) {
        shim.struck = true;
        shim.call = call;
    }
    shim.hits[call][role]++;
    if (shim.wanted.error == HALF_THEN_FULL) return first ? SHORT_HALF : ENOSPC;
    return shim.wanted.error;
}

static void tell(const file_op *op)
{
    if (shim.armed && shim.observer != NULL) shim.observer(op, shim.user_data);
}

static file_role role_of(int fd)
{
    if (fd >= 0 && fd < DESCRIPTORS && shim.roles[fd] != ROLE_NONE) return shim.roles[fd];
    if (shim.armed) shim.stray++;
    return ROLE_NONE;
}

static void keep(int fd, file_role role)
{
    if (fd >= 0 && fd < DESCRIPTORS) shim.roles[fd] = role;
}

static size_t shortened(size_t size, int error)
{
    if (error == SHORT_NONE) return 0;
    if (error == SHORT_ONE || size < 2) return size > 0 ? 1 : 0;
    return size / 2;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

static file_role role_of_flags(int flags)
{
    if ((flags & O_DIRECTORY) != 0) return ROLE_FOLDER;
    if ((flags & O_NOFOLLOW) != 0) return ROLE_FOUND;
    if ((flags & O_EXCL) != 0) return ROLE_TEMPORARY;
    return (flags & O_CREAT) != 0 ? ROLE_LOG : ROLE_READ;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        va_end(list);
    }
    file_role role = role_of_flags(flags);
    int error = strike(CALL_open, role);
    if (error > 0) return fail(error);
    int fd = __real_open(path, flags, mode);
    keep(fd, role);
    if (fd >= 0) tell(&(file_op){.call = CALL_open, .role = role, .fd = fd, .path = path, .mode = (unsigned)mode});
    return fd;
}

/* As on Linux, a close that fails has closed all the same. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    file_role role = role_of(fd);
    int error = strike(CALL_close, role);
    int result = __real_close(fd);
    keep(fd, ROLE_NONE);
    if (error > 0) return fail(error);
    if (result == 0) tell(&(file_op){.call = CALL_close, .role = role, .fd = fd});
    return result;
}

ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size)
{
    int error = strike(CALL_read, role_of(fd));
    if (error > 0) return fail(error);
    return __real_read(fd, data, error < 0 ? shortened(size, error) : size);
}

ssize_t __real_pread(int fd, void *data, size_t size, off_t offset);
ssize_t __wrap_pread(int fd, void *data, size_t size, off_t offset);
ssize_t __wrap_pread(int fd, void *data, size_t size, off_t offset)
{
    int error = strike(CALL_pread, role_of(fd));
    return error > 0 ? fail(error) : __real_pread(fd, data, size, offset);
}

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    file_role role = role_of(fd);
    int error = strike(CALL_write, role);
    if (error > 0) return fail(error);
    if (error == SHORT_NONE) return 0;
    ssize_t written = __real_write(fd, data, error < 0 ? shortened(size, error) : size);
    if (written >= 0) {
        tell(&(file_op){.call = CALL_write, .role = role, .fd = fd, .data = data, .size = (size_t)written});
    }
    return written;
}

void *__real_mmap(void *start, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *start, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *start, size_t size, int protection, int flags, int fd, off_t offset)
{
    int error = strike(CALL_mmap, role_of(fd));
    if (error <= 0) return __real_mmap(start, size, protection, flags, fd, offset);
    errno = error;
    return MAP_FAILED;
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    file_role role = role_of(fd);
    int error = strike(CALL_fsync, role);
    if (error > 0) return fail(error);
    if (!shim.armed) return __real_fsync(fd);
    tell(&(file_op){.call = CALL_fsync, .role = role, .fd = fd});
    return 0;
}

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode)
{
    file_role role = role_of(fd);
    int error = strike(CALL_fchmod, role);
    if (error > 0) return fail(error);
    int result = __real_fchmod(fd, mode);
    if (result == 0) tell(&(file_op){.call = CALL_fchmod, .role = role, .fd = fd, .mode = (unsigned)mode});
    return result;
}

int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size)
{
    file_role role = role_of(fd);
    int error = strike(CALL_ftruncate, role);
    if (error > 0) return fail(error);
    int result = __real_ftruncate(fd, size);
    if (result == 0) tell(&(file_op){.call = CALL_ftruncate, .role = role, .fd = fd, .size = (size_t)size});
    return result;
}

/* The library takes F_DUPFD_CLOEXEC, F_GETFL and F_SETFL; all have an int or nothing. */
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
    va_list list;
    va_start(list, command);
    int argument = command == F_GETFL || command == F_GETFD ? 0 : va_arg(list, int);
    va_end(list);
    file_role role = role_of(fd);
    int error = strike(CALL_fcntl, role);
    if (error > 0) return fail(error);
    int result = __real_fcntl(fd, command, argument);
    if (command == F_DUPFD_CLOEXEC || command == F_DUPFD) keep(result, ROLE_COPY);
    return result;
}

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);
int __wrap_flock(int fd, int operation)
{
    int error = strike(CALL_flock, role_of(fd));
    return error > 0 ? fail(error) : __real_flock(fd, operation);
}

/* Nobody waits for a lock that will never be free. */
int __real_nanosleep(const struct timespec *wanted, struct timespec *left);
int __wrap_nanosleep(const struct timespec *wanted, struct timespec *left);
int __wrap_nanosleep(const struct timespec *wanted, struct timespec *left)
{
    return shim.armed ? 0 : __real_nanosleep(wanted, left);
}

int __real_fstat(int fd, struct stat *facts);
int __wrap_fstat(int fd, struct stat *facts);
int __wrap_fstat(int fd, struct stat *facts)
{
    int error = strike(CALL_fstat, role_of(fd));
    return error > 0 ? fail(error) : __real_fstat(fd, facts);
}

int __real_stat(const char *path, struct stat *facts);
int __wrap_stat(const char *path, struct stat *facts);
int __wrap_stat(const char *path, struct stat *facts)
{
    int error = strike(CALL_stat, ROLE_NONE);
    return error > 0 ? fail(error) : __real_stat(path, facts);
}

int __real_lstat(const char *path, struct stat *facts);
int __wrap_lstat(const char *path, struct stat *facts);
int __wrap_lstat(const char *path, struct stat *facts)
{
    bool is_found = strstr(path, "/.denoise-") != NULL; /* else it is what a save looks at */
    int error = strike(CALL_lstat, is_found ? ROLE_FOUND : ROLE_NONE);
    return error > 0 ? fail(error) : __real_lstat(path, facts);
}

ssize_t __real_readlink(const char *path, char *text, size_t size);
ssize_t __wrap_readlink(const char *path, char *text, size_t size);
ssize_t __wrap_readlink(const char *path, char *text, size_t size)
{
    int error = strike(CALL_readlink, ROLE_NONE);
    return error > 0 ? fail(error) : __real_readlink(path, text, size);
}

int __real_faccessat(int folder, const char *path, int mode, int flags);
int __wrap_faccessat(int folder, const char *path, int mode, int flags);
int __wrap_faccessat(int folder, const char *path, int mode, int flags)
{
    int error = strike(CALL_faccessat, ROLE_NONE);
    return error > 0 ? fail(error) : __real_faccessat(folder, path, mode, flags);
}

int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);
int __wrap_access(const char *path, int mode)
{
    int error = strike(CALL_access, ROLE_NONE);
    return error > 0 ? fail(error) : __real_access(path, mode);
}

int __real_rename(const char *path, const char *other);
int __wrap_rename(const char *path, const char *other);
int __wrap_rename(const char *path, const char *other)
{
    int error = strike(CALL_rename, ROLE_NONE);
    if (error > 0) return fail(error);
    int result = __real_rename(path, other);
    if (result == 0) tell(&(file_op){.call = CALL_rename, .fd = -1, .path = path, .other = other});
    return result;
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
    int error = strike(CALL_unlink, ROLE_NONE);
    if (error > 0) return fail(error);
    int result = __real_unlink(path);
    if (result == 0) tell(&(file_op){.call = CALL_unlink, .fd = -1, .path = path});
    return result;
}
