/* SPDX-License-Identifier: Apache-2.0 */
/* Files.
 *
 * Functions answer 0 or the system's error (core/platform/failure.h); *out is then DENOISE__NO_FILE, or as it was. errno stays
 * as it is. A call that a signal interrupts is made again, so often that no real storm of signals ends it, yet not for ever.
 * What is opened here does not reach programs that the process starts. Paths are as the caller gave them; a system whose paths
 * are not bytes takes them for UTF-8. All sizes and offsets are in bytes and may be above 2 GiB. Text is not changed on its
 * way. */
#ifndef DENOISE_CORE_PLATFORM_FILE_H
#define DENOISE_CORE_PLATFORM_FILE_H

#include <stdbool.h>
#include <stdint.h>

/* An open file or folder: a descriptor, or a handle. */
typedef intptr_t denoise__file;
enum { DENOISE__NO_FILE = -1 };

enum {
    DENOISE__FILE_REGULAR = 1,
    DENOISE__FILE_DEVICE = 2,
    DENOISE__FILE_FOLDER = 3,
    DENOISE__FILE_LINK = 4,
    DENOISE__FILE_OTHER = 5
};

/* Who may do what: the nine bits of POSIX (0644). A system with other rights keeps what it has, and takes 0600 for "my own". */
typedef struct denoise__file_facts {
    int32_t kind;         /* DENOISE__FILE_...; a device is one that takes characters, such as a terminal */
    uint32_t access;      /* the nine bits */
    int64_t size;         /* of a regular file */
    bool has_name;        /* false: it was removed while it was open */
    uint64_t identity[2]; /* the same for the same file, whatever its name */
} denoise__file_facts;

/* To read. A pipe without a writer is not waited for; facts() tells what it is. */
int denoise__file_open(denoise__file *out, const char *path);
/* To write a new file, which others may use as `access` says, less what the user's settings (the umask) take away;
 * DENOISE__ERROR_EXISTS when there is anything of that name. */
int denoise__file_create(denoise__file *out, const char *path, uint32_t access);
/* To write behind whatever is in the file at that moment, also when another program has changed its size; it is made if there
 * is none. reads: read_at is wanted too. A pipe or a device is not waited for. */
int denoise__file_open_end(denoise__file *out, const char *path, bool reads);
/* From here on writing to it waits for the device. For files of open_end. */
int denoise__file_wait(denoise__file file);
/* To lock and remove a file that another process may have left: with the right to write where this user has it (some networks'
 * file systems lock only then), else to read. A link is not followed, a pipe not waited for. */
int denoise__file_open_found(denoise__file *out, const char *path);
/* A second one for the same open file, which shares its lock and its place. */
int denoise__file_copy(denoise__file *out, denoise__file file);
/* It is closed in any case; an error says that something written before may be lost. */
int denoise__file_close(denoise__file file);

/* Reads what there is, up to size bytes; *got = 0 at the end. read_at leaves the file's place alone. */
int denoise__file_read(denoise__file file, void *data, int64_t size, int64_t *got);
int denoise__file_read_at(denoise__file file, void *data, int64_t size, int64_t offset, int64_t *got);
/* All of the data, in as many pieces as the system wants. On failure a part of it may be in the file. */
int denoise__file_write(denoise__file file, const void *data, int64_t size);
int denoise__file_truncate(denoise__file file, int64_t size);
int denoise__file_set_access(denoise__file file, uint32_t access);
/* Returns when the file's content is where a power cut does not reach it. After a failure a second try proves nothing. */
int denoise__file_sync(denoise__file file);

int denoise__file_facts_of(denoise__file_facts *out, denoise__file file);
/* Whether `path`, which is no link, is a name of this file, which is a regular one. */
int denoise__file_is(bool *out, denoise__file file, const char *path);
/* Takes the file for this open file alone (and its copies), until all of them are closed, also by the end of the process;
 * DENOISE__ERROR_BUSY when another has it: nothing is waited for. Advisory is enough. Where the file system has no locks, an
 * error. */
int denoise__file_lock(denoise__file file);

/* By name. All but link_facts follow links; that there is nothing of that name is no error of exists. */
int denoise__path_facts(denoise__file_facts *out, const char *path);
int denoise__link_facts(denoise__file_facts *out, const char *path);
int denoise__path_exists(bool *out, const char *path);
/* The path that a symbolic link names, as it stands there, with a zero; an error when it does not fit. */
int denoise__link_text(char *out, int64_t size, const char *path);
/* Whether this process may write what is there: 0, or the error that writing would give. */
int denoise__path_may_write(const char *path);
/* `from` gets the name `to` in the same folder, in one step: whoever opens `to` sees the old file or the whole new one. Either
 * may be open, and `from` locked. */
int denoise__path_replace(const char *from, const char *to);
int denoise__path_remove(const char *path);

#endif
