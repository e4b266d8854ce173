/* SPDX-License-Identifier: Apache-2.0 */
#include "files/save_target.h"
#include "core/memory.h"
#include "core/platform/failure.h"
#include "core/platform/folder.h"
#include "files/system_error.h"
#include <string.h>

enum { MOST_LINKS = 40, LONGEST_LINK = 4096 }; /* as Linux has it */
enum { ANYBODY_WRITES = 0222 };

char *denoise__copy_folder(const char *path)
{
    size_t length = denoise__path_folder_length(path);
    if (length == 0) return denoise__copy_text("./");
    char *folder = denoise__allocate(length + 1);
    if (folder == NULL) return NULL;
    memcpy(folder, path, length);
    folder[length] = '\0';
    return folder;
}

static denoise_status fail_kind(const char *action, const char *path, const char *what)
{
    return denoise__fail(DENOISE_ERR_IO, "cannot %s %s: %s", action, denoise__path_tail(path), what);
}

/* Puts the path that the link names in the place of the link's own. */
static denoise_status follow(denoise__save_target *target, const char *path)
{
    char text[LONGEST_LINK];
    int error = denoise__link_text(text, sizeof text, target->path);
    if (error != 0) return denoise__fail_errno("write", path, error);
    size_t length = strlen(text), kept = denoise__path_is_absolute(text) ? 0 : denoise__path_folder_length(target->path);
    char *next = denoise__allocate(kept + length + 1);
    if (next == NULL) return denoise__fail_nomem();
    memcpy(next, target->path, kept);
    memcpy(next + kept, text, length + 1);
    denoise__release(target->path);
    target->path = next;
    return DENOISE_OK;
}

/* *facts belong to target->path afterwards, if it is there. */
static denoise_status follow_all(denoise__save_target *target, denoise__file_facts *facts, bool *is_linked, const char *path)
{
    for (int links = 0; links <= MOST_LINKS; links++) {
        int error = denoise__link_facts(facts, target->path);
        if (error != 0 && denoise__error_kind(error) != DENOISE__ERROR_MISSING)
            return denoise__fail_errno("write", path, error);
        target->is_there = error == 0;
        if (!target->is_there || facts->kind != DENOISE__FILE_LINK) return DENOISE_OK;
        *is_linked = true;
        DENOISE__TRY(follow(target, path));
    }
    int error = denoise__path_facts(facts, path); /* too many for the system too, which has the words for it */
    return error != 0 ? denoise__fail_errno("write", path, error) : fail_kind("write", path, "it leads through too many links");
}

/* The system follows links by rules of its own (other people's in /tmp), and those of open files not by their text. */
static denoise_status compare(const denoise__save_target *target, const denoise__file_facts *facts, const char *path)
{
    denoise__file_facts found;
    int error = denoise__path_facts(&found, path);
    if (error != 0 && denoise__error_kind(error) == DENOISE__ERROR_MISSING && !target->is_there) return DENOISE_OK;
    if (error != 0) return denoise__fail_errno("write", path, error);
    if (found.kind != DENOISE__FILE_REGULAR) return fail_kind("write", path, "it is no regular file");
    bool is_same = target->is_there && found.identity[0] == facts->identity[0] && found.identity[1] == facts->identity[1];
    return is_same ? DENOISE_OK : fail_kind("write", path, "it is a link to a file that has no name");
}

static denoise_status may_be_replaced(denoise__save_target *target, const denoise__file_facts *facts, const char *path)
{
    if (facts->kind != DENOISE__FILE_REGULAR) return fail_kind("write", path, "it is no regular file");
    if ((facts->access & ANYBODY_WRITES) == 0) return fail_kind("write", path, "it is read-only (its mode has no w)");
    int error = denoise__path_may_write(target->path);
    if (error != 0) return denoise__fail_errno("write", path, error);
    target->access = facts->access;
    return DENOISE_OK;
}

static denoise_status find(denoise__save_target *target, const char *path)
{
    denoise__file_facts facts;
    bool is_linked = false;
    DENOISE__TRY(follow_all(target, &facts, &is_linked, path));
    if (is_linked) DENOISE__TRY(compare(target, &facts, path));
    return target->is_there ? may_be_replaced(target, &facts, path) : DENOISE_OK;
}

denoise_status denoise__save_target_find(denoise__save_target *out, const char *path)
{
    *out = (denoise__save_target){.path = denoise__copy_text(path)};
    denoise_status status = out->path == NULL ? denoise__fail_nomem() : find(out, path);
    if (status != DENOISE_OK) denoise__save_target_free(out);
    return status;
}

denoise_status denoise__save_target_check(const denoise__save_target *target, const char *path)
{
    denoise__file_facts facts;
    int error = denoise__link_facts(&facts, target->path);
    if (error != 0 && denoise__error_kind(error) == DENOISE__ERROR_MISSING) return DENOISE_OK;
    if (error != 0) return denoise__fail_errno("replace", path, error);
    return facts.kind == DENOISE__FILE_REGULAR ? DENOISE_OK : fail_kind("replace", path, "it is no regular file any more");
}

void denoise__save_target_free(denoise__save_target *target)
{
    denoise__release(target->path);
    *target = (denoise__save_target){0};
}
