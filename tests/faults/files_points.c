/* SPDX-License-Identifier: Apache-2.0 */
#include "files_points.h"
#include <errno.h>
#include <string.h>

static const int errors[] = {EIO,    ENOSPC, EDQUOT, EINTR,  EAGAIN,    EFBIG,      EROFS,      EACCES,
                             EMFILE, EINVAL, ENOENT, ENOMEM, SHORT_ONE, SHORT_HALF, SHORT_NONE, HALF_THEN_FULL};
enum { ERROR_COUNT = sizeof errors / sizeof *errors };

static bool applies(file_call call, int error)
{
    if (error > 0) return true;
    return call == CALL_write || (call == CALL_read && (error == SHORT_ONE || error == SHORT_HALF));
}

/* What a call may answer without harm to what the library promises; the rest must come back as a failure. */
static bool is_tolerable(file_call call, file_role role, const fault *wanted)
{
    if (wanted->error == SHORT_ONE || wanted->error == SHORT_HALF) return true;
    if (wanted->error == EINTR && wanted->reach == REACH_ONCE && call != CALL_rename) return true;
    switch (call) {
    case CALL_close: /* of what was written, only that it was interrupted: it is closed */
        return (role != ROLE_TEMPORARY && role != ROLE_LOG) || wanted->error == EINTR;
    case CALL_flock: /* a file system without locks */
    case CALL_unlink:
        return true;
    case CALL_lstat: /* whose is this temporary file? not known: it stays. What is to be replaced? nothing yet */
        return role == ROLE_FOUND || wanted->error == ENOENT;
    case CALL_open:
        return role == ROLE_FOUND || (role == ROLE_FOLDER && wanted->error == EACCES);
    case CALL_fstat:
        return role == ROLE_FOUND;
    case CALL_fsync: /* a file system that does not sync folders */
        return role == ROLE_FOLDER && wanted->error == EINVAL;
    default:
        return false;
    }
}

static bool all_tolerable(const fault *wanted)
{
    for (int call = 0; call < CALL_COUNT; call++) {
        for (int role = 0; role < ROLE_COUNT; role++) {
            if (files_shim_hits(call, role) > 0 && !is_tolerable(call, role, wanted)) return false;
        }
    }
    return true;
}

static denoise_status expected_status(int error)
{
    if (error == ENOENT) return DENOISE_ERR_NOT_FOUND;
    return error == ENOMEM ? DENOISE_ERR_NOMEM : DENOISE_ERR_IO;
}

static const char *judge_status(const subject *it, const fault *wanted, denoise_status status)
{
    /* A link that is said not to be there is replaced, or found to be one just before. */
    if (it->has_link && wanted->error == ENOENT && files_shim_hits(CALL_lstat, ROLE_NONE) > 0) return NULL;
    if (all_tolerable(wanted)) return status == DENOISE_OK ? NULL : "it failed, though nothing was lost";
    bool is_looked_for = files_shim_hits(CALL_access, ROLE_NONE) > 0 && wanted->error == ENOENT;
    if (status == DENOISE_OK && is_looked_for) return NULL; /* a file that is no folder, which is asked as well */
    if (status == DENOISE_OK) return "it succeeded, though a call failed that matters";
    if (status != expected_status(wanted->error)) return "another status was expected";
    if (wanted->error == ENOMEM) return NULL;
    if (strstr(denoise_last_error(), it->place) == NULL) return "the message has no path";
    if (is_looked_for) return NULL; /* "no MNIST" */
    int cause = wanted->error > 0 ? wanted->error : ENOSPC;
    return strstr(denoise_last_error(), strerror(cause)) != NULL ? NULL : "the message does not name the cause";
}

static void complain(campaign *c, const subject *it, const fault *wanted, file_call call, const char *wrong)
{
    static const char *const reaches[] = {"once", "this function for ever", "all for ever"};
    campaign_check(c, wrong == NULL, "%s: call %d (%s) fails with %d (%s), %s: %s; status %s, message \"%s\"", it->name,
                   (int)wanted->nth, file_call_name(call), wanted->error, wanted->error > 0 ? strerror(wanted->error) : "short",
                   reaches[wanted->reach], wrong, denoise_status_name(denoise_last_status()), denoise_last_error());
}

static void try_point(campaign *c, const subject *it, const fault *wanted, file_call call)
{
    it->prepare(it);
    int open_before = files_shim_open(), stray_before = files_shim_stray();
    files_shim_arm(wanted);
    denoise_status status = it->act(it);
    files_shim_disarm();
    complain(c, it, wanted, call, judge_status(it, wanted, status));
    complain(c, it, wanted, call, it->judge(it, status));
    complain(c, it, wanted, call, files_shim_open() == open_before ? NULL : "a descriptor stays open");
    complain(c, it, wanted, call, files_shim_stray() == stray_before ? NULL : "a closed descriptor was used");
    files_shim_arm(&(fault){0});
    status = it->act(it);
    files_shim_disarm();
    complain(c, it, wanted, call, status == DENOISE_OK ? NULL : "the same call fails afterwards");
    if (status == DENOISE_OK) complain(c, it, wanted, call, it->judge_again(it));
}

typedef struct point {
    int64_t nth;
    file_call call;
    fault_reach reach;
    int error;
} point;

enum { MOST_CALLS = 400, MOST_POINTS = MOST_CALLS * ERROR_COUNT * REACH_COUNT };

static int64_t list_points(point *out, int64_t *pairs, const file_call *calls, int64_t count)
{
    int64_t points = 0;
    for (int64_t i = 0; i < count; i++) {
        for (int e = 0; e < ERROR_COUNT; e++) {
            if (!applies(calls[i], errors[e])) continue;
            (*pairs)++;
            for (int reach = 0; reach < REACH_COUNT; reach++) {
                if (errors[e] == HALF_THEN_FULL && reach == REACH_ONCE) continue;
                out[points++] = (point){i + 1, calls[i], reach, errors[e]};
            }
        }
    }
    return points;
}

void try_points(campaign *c, point_counts *counts, const subject *it)
{
    it->prepare(it);
    files_shim_arm(&(fault){0});
    denoise_status status = it->act(it);
    files_shim_disarm();
    const char *wrong = it->judge(it, status);
    campaign_check(c, status == DENOISE_OK && wrong == NULL, "%s without a fault: %s, %s", it->name,
                   denoise_status_name(status), wrong);
    static file_call calls[MOST_CALLS];
    static point points[MOST_POINTS];
    int64_t count = files_shim_calls();
    if (!campaign_check(c, count > 0 && count <= MOST_CALLS, "%s: %d calls", it->name, (int)count)) return;
    for (int64_t i = 0; i < count; i++) {
        file_role role;
        files_shim_call_at(i + 1, &calls[i], &role);
    }
    counts->calls += count;
    count = list_points(points, &counts->pairs, calls, count);
    int64_t stride = (count - 1) / it->budget + 1;
    for (int64_t i = 0; i < count; i++) {
        bool chosen = c->only >= 0 || (i + (int64_t)c->seed) % stride == 0;
        if (!chosen || !campaign_case(c, counts->number + i)) continue;
        counts->points++;
        try_point(c, it, &(fault){points[i].nth, points[i].reach, points[i].error}, points[i].call);
    }
    counts->number += count;
}
