/* SPDX-License-Identifier: Apache-2.0 */
#include "files/atomic_writer.h"
#include "core/memory.h"
#include "core/platform/failure.h"
#include "core/platform/folder.h"
#include "core/platform/thread.h"
#include "files/system_error.h"
#include <string.h>

enum { OWNER_ONLY = 0600, EVERYBODY = 0666 };

static denoise_status check(const denoise__atomic_writer *writer, const char *action, int error)
{
    return error == 0 ? DENOISE_OK : denoise__fail_errno(action, writer->path, error);
}

/* Opened before anything is written, so that it cannot fail when the new file is in place. A folder may be writable but not
 * readable: then it cannot be synced. */
static denoise_status open_folder(denoise__atomic_writer *writer, const char *folder)
{
    int error = denoise__folder_open(&writer->folder, folder);
    if (error != 0 && denoise__error_kind(error) == DENOISE__ERROR_DENIED) return DENOISE_OK;
    return check(writer, "open the folder of", error);
}

static denoise_status set_mode(const denoise__atomic_writer *writer, uint32_t mode)
{
    return check(writer, "set the mode of", denoise__file_set_access(writer->temporary.fd, mode));
}

/* A new file gets the mode that the system gave the temporary one, which the umask (not readable without changing it for
 * all threads) has shaped; until the end only the owner can read it. */
static denoise_status open_temporary(denoise__atomic_writer *writer, const char *folder)
{
    const denoise__save_target *target = &writer->target;
    uint32_t first = target->is_there ? OWNER_ONLY : EVERYBODY;
    DENOISE__TRY(denoise__temporary_open(&writer->temporary, folder, first, writer->path));
    writer->mode = target->is_there ? target->access : writer->temporary.natural;
    return set_mode(writer, OWNER_ONLY);
}

static denoise_status begin(denoise__atomic_writer *writer, const char *path)
{
    DENOISE__TRY(denoise__save_target_find(&writer->target, path));
    writer->path = denoise__copy_text(path);
    char *folder = denoise__copy_folder(writer->target.path);
    denoise_status status = writer->path == NULL || folder == NULL ? denoise__fail_nomem() : open_folder(writer, folder);
    if (status == DENOISE_OK) status = open_temporary(writer, folder);
    denoise__release(folder);
    return status;
}

static void reset(denoise__atomic_writer *writer)
{
    *writer =
        (denoise__atomic_writer){.temporary = {.fd = DENOISE__NO_FILE, .lock = DENOISE__NO_FILE}, .folder = DENOISE__NO_FILE};
}

denoise_status denoise__atomic_open(denoise__atomic_writer *out, const char *path)
{
    reset(out);
    out->cancel = denoise__cancel_hold();
    out->has_held_cancel = true;
    denoise_status status = begin(out, path);
    if (status != DENOISE_OK) denoise__atomic_abandon(out);
    return status;
}

denoise_status denoise__atomic_write(denoise__atomic_writer *writer, const void *data, int64_t size)
{
    denoise_status status = check(writer, "write", denoise__file_write(writer->temporary.fd, data, size));
    if (status != DENOISE_OK) denoise__atomic_abandon(writer);
    return status;
}

/* After a failure to sync a second try proves nothing (the system may have dropped the data), so the file is given up. */
static denoise_status finish_file(denoise__atomic_writer *writer)
{
    DENOISE__TRY(set_mode(writer, writer->mode));
    DENOISE__TRY(check(writer, "write", denoise__file_sync(writer->temporary.fd)));
    return check(writer, "write", denoise__temporary_close(&writer->temporary));
}

/* The name reaches the disk with its folder. */
static denoise_status sync_folder(const denoise__atomic_writer *writer)
{
    if (writer->folder == DENOISE__NO_FILE) return DENOISE_OK;
    return check(writer, "sync the folder of", denoise__folder_sync(writer->folder));
}

denoise_status denoise__atomic_commit(denoise__atomic_writer *writer)
{
    denoise_status status = finish_file(writer);
    if (status == DENOISE_OK) status = denoise__save_target_check(&writer->target, writer->path);
    if (status == DENOISE_OK) {
        status = check(writer, "replace", denoise__path_replace(writer->temporary.path, writer->target.path));
    }
    if (status == DENOISE_OK) {
        denoise__temporary_release(&writer->temporary);
        status = sync_folder(writer);
    }
    denoise__atomic_abandon(writer);
    return status;
}

void denoise__atomic_abandon(denoise__atomic_writer *writer)
{
    denoise__temporary_remove(&writer->temporary);
    if (writer->folder != DENOISE__NO_FILE) (void)denoise__file_close(writer->folder);
    denoise__release(writer->path);
    denoise__save_target_free(&writer->target);
    if (writer->has_held_cancel) denoise__cancel_release(writer->cancel);
    reset(writer);
}
