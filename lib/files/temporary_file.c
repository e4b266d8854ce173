/* SPDX-License-Identifier: Apache-2.0 */
#include "files/temporary_file.h"
#include "core/memory.h"
#include "core/platform/clock.h"
#include "core/platform/failure.h"
#include "core/platform/process.h"
#include "core/text.h"
#include "files/system_error.h"
#include <string.h>

enum {
    PLACES = 1000, /* at most so many at once in a folder */
    LOOKED_AT = 4, /* so many places are tidied up when one is taken */
    PATIENCE = 1000,
    MOMENT = 1000000 /* nanoseconds */
};

/* FNV-1a */
static uint32_t hash_host(void)
{
    char name[256];
    denoise__host_name(name, sizeof name);
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

/* With the lock held nobody else owns the file; with the file still under its name, nobody has moved it to its target. */
static bool is_dead(denoise__file file, const char *path)
{
    bool is_there;
    return denoise__file_lock(file) == 0 && denoise__file_is(&is_there, file, path) == 0 && is_there;
}

/* Whether the name is free now. */
static bool remove_dead(const char *path)
{
    denoise__file file;
    int error = denoise__file_open_found(&file, path);
    if (error != 0) return denoise__error_kind(error) == DENOISE__ERROR_MISSING;
    bool removed = is_dead(file, path) && denoise__path_remove(path) == 0;
    (void)denoise__file_close(file);
    return removed;
}

/* Before the lock is there, another may take the file for a dead one's: then it holds the lock and removes the file at once. */
static void lock_own(denoise__file file)
{
    for (int i = 0; i < PATIENCE && denoise__error_kind(denoise__file_lock(file)) == DENOISE__ERROR_BUSY; i++)
        denoise__sleep(MOMENT);
}

/* 0 or the system's error; *is_taken: another has this place. */
static int take_place(bool *is_taken, denoise__temporary_file *file, uint32_t access)
{
    denoise__file_facts facts;
    int error = denoise__file_create(&file->fd, file->path, access);
    *is_taken = error != 0 && denoise__error_kind(error) == DENOISE__ERROR_EXISTS;
    if (error != 0) return error;
    lock_own(file->fd);
    error = denoise__file_facts_of(&facts, file->fd);
    *is_taken = error == 0 && !facts.has_name; /* removed before it was locked */
    if (error == 0 && !*is_taken) {
        file->natural = facts.access;
        error = denoise__file_copy(&file->lock, file->fd);
        if (error == 0) return 0;
    }
    if (error != 0) (void)denoise__path_remove(file->path);
    (void)denoise__file_close(file->fd);
    file->fd = DENOISE__NO_FILE;
    return error;
}

static denoise_status find_place(denoise__temporary_file *file, size_t size, const char *folder, uint32_t access,
                                 const char *target)
{
    int error = 0;
    int place = 0;
    bool is_taken = true;
    for (int tries = 0; is_taken && place < PLACES && tries < 2 * PLACES; tries++) {
        name_place(file, size, folder, place);
        error = take_place(&is_taken, file, access);
        if (is_taken && !remove_dead(file->path)) place++;
    }
    if (error != 0) return denoise__fail_errno("create a file beside", target, error);
    if (is_taken) {
        return denoise__fail(DENOISE_ERR_IO, "cannot create a file beside %s: it is removed again and again",
                             denoise__path_tail(target));
    }
    for (int i = 1; i < LOOKED_AT; i++) {
        name_place(file, size, folder, place + i);
        (void)remove_dead(file->path); /* what stays is looked at by the next one */
    }
    name_place(file, size, folder, place);
    return DENOISE_OK;
}

denoise_status denoise__temporary_open(denoise__temporary_file *out, const char *folder, uint32_t access, const char *target)
{
    size_t size = strlen(folder) + 64;
    *out = (denoise__temporary_file){.fd = DENOISE__NO_FILE, .lock = DENOISE__NO_FILE, .path = denoise__allocate(size)};
    if (out->path == NULL) return denoise__fail_nomem();
    denoise_status status = find_place(out, size, folder, access, target);
    if (status == DENOISE_OK) return DENOISE_OK;
    denoise__release(out->path);
    out->path = NULL;
    return status;
}

int denoise__temporary_close(denoise__temporary_file *file)
{
    denoise__file fd = file->fd;
    file->fd = DENOISE__NO_FILE;
    return denoise__file_close(fd);
}

void denoise__temporary_release(denoise__temporary_file *file)
{
    if (file->fd != DENOISE__NO_FILE) (void)denoise__file_close(file->fd);
    if (file->lock != DENOISE__NO_FILE) (void)denoise__file_close(file->lock);
    denoise__release(file->path);
    *file = (denoise__temporary_file){.fd = DENOISE__NO_FILE, .lock = DENOISE__NO_FILE};
}

void denoise__temporary_remove(denoise__temporary_file *file)
{
    if (file->path != NULL) (void)denoise__path_remove(file->path);
    denoise__temporary_release(file);
}
