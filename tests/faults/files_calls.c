/* SPDX-License-Identifier: Apache-2.0 */
/* Every file call of every save and load fails in every way, once and for ever: the old file is there bit for bit, or the new
 * one whole; no temporary file stays; the failure names path and cause; a model is as before a load that failed; no descriptor
 * stays open; the same call then succeeds. */
#include "files/atomic_writer.h"
#include "files_points.h"
#include "files_world.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Points of each subject; a third of them is every pair of call and error once. */
enum { QUICK = 300, FULL = 1000000 };

static temp_dir folder;
static char dead_name[300]; /* of the temporary file of a process that died in its first save */

typedef struct save {
    const writer *kind;
    bool has_old, has_dead, has_link;
    char given[TEMP_PATH_SIZE + 64]; /* a link to path, or path */
    char path[TEMP_PATH_SIZE + 64];
    char *bytes[2]; /* what the two contents are in a file */
    size_t sizes[2];
} save;

static void prepare_save(const subject *it)
{
    const save *s = it->context;
    const char *name = strrchr(s->path, '/') + 1;
    (void)unlink(temp_dir_file(&folder, dead_name));
    (void)unlink(s->path);
    (void)unlink(s->given);
    if (s->has_link) assert_int_equal(symlink(name, s->given), 0);
    if (s->has_old) temp_dir_write(&folder, name, s->bytes[0], s->sizes[0]);
    if (s->has_dead) temp_dir_write(&folder, dead_name, "half", 4);
}

static denoise_status act_save(const subject *it)
{
    const save *s = it->context;
    return s->kind->write(s->given, 1);
}

static const char *judge_save(const subject *it, denoise_status status)
{
    const save *s = it->context;
    struct stat facts;
    bool is_new = holds(s->given, s->bytes[1], s->sizes[1]);
    bool is_link = lstat(s->given, &facts) == 0 && S_ISLNK(facts.st_mode);
    if (is_link != s->has_link && files_shim_hits(CALL_lstat, ROLE_NONE) == 0) return "the link is no link any more";
    bool is_old = s->has_old ? holds(s->path, s->bytes[0], s->sizes[0]) : access(s->path, F_OK) != 0;
    if (!is_new && !is_old) return "there is neither the old file nor the new one";
    if (status == DENOISE_OK && !is_new) return "it says that it saved, and did not";
    if (status != DENOISE_OK && is_new && files_shim_hits(CALL_fsync, ROLE_FOLDER) == 0)
        return "it says that it failed, and saved";
    /* What cannot be removed stays, until the next save. */
    if (files_shim_hits(CALL_unlink, ROLE_NONE) > 0) return NULL;
    int allowed = s->has_dead && access(temp_dir_file(&folder, dead_name), F_OK) == 0;
    return count_temporaries(&folder, strrchr(s->path, '/') + 1, strrchr(s->given, '/') + 1) <= allowed
               ? NULL
               : "a temporary file stays";
}

static const char *judge_save_again(const subject *it)
{
    const save *s = it->context;
    if (!holds(s->given, s->bytes[1], s->sizes[1])) return "the same call afterwards does not save";
    return count_temporaries(&folder, strrchr(s->path, '/') + 1, strrchr(s->given, '/') + 1) == 0
               ? NULL
               : "a temporary file stays after the next save";
}

static void try_save(campaign *c, point_counts *counts, const writer *kind, bool has_old, bool has_dead, bool has_link)
{
    char name[100];
    save s = {.kind = kind, .has_old = has_old, .has_dead = has_dead, .has_link = has_link};
    (void)snprintf(name, sizeof name, "%s, %s%s%s", kind->name, has_old ? "over an old file" : "new",
                   has_link ? ", through a link" : "", has_dead ? ", a dead process's temporary file there" : "");
    (void)snprintf(s.path, sizeof s.path, "%s/target%s", folder.path, kind->extension);
    (void)snprintf(s.given, sizeof s.given, "%s/%s%s", folder.path, has_link ? "link" : "target", kind->extension);
    for (int i = 0; i < 2; i++) {
        ASSERT_OK(kind->write(s.path, i));
        s.bytes[i] = temp_dir_read(&folder, strrchr(s.path, '/') + 1, &s.sizes[i]);
    }
    assert_true(s.sizes[0] != s.sizes[1] || memcmp(s.bytes[0], s.bytes[1], s.sizes[0]) != 0);
    const int64_t budget = kind->is_slow && !c->full ? c->budget / 10 + 1 : c->budget;
    try_points(c, counts,
               &(subject){name, folder.path, &s, budget, prepare_save, act_save, judge_save, judge_save_again, has_link});
    (void)unlink(s.path);
    if (has_link) (void)unlink(s.given);
    free(s.bytes[0]);
    free(s.bytes[1]);
}

typedef struct load {
    const reader *kind;
    char path[TEMP_PATH_SIZE + 64];
    uint64_t expected, result;
} load;

static void prepare_load(const subject *it)
{
    load *l = it->context;
    l->result = 0;
}

static denoise_status act_load(const subject *it)
{
    load *l = it->context;
    return l->kind->read(&l->result, &folder, l->path);
}

static const char *judge_load(const subject *it, denoise_status status)
{
    const load *l = it->context;
    if (status == DENOISE_OK) return l->result == l->expected ? NULL : "something else was loaded";
    return l->result == 0 ? NULL : "a load that failed changed something";
}

static const char *judge_load_again(const subject *it)
{
    return judge_load(it, DENOISE_OK);
}

static void try_load(campaign *c, point_counts *counts, const reader *kind)
{
    load l = {.kind = kind};
    (void)snprintf(l.path, sizeof l.path, "%s/%s", folder.path, kind->file);
    kind->make(&folder);
    ASSERT_OK(kind->read(&l.expected, &folder, l.path));
    assert_true(l.expected != 0);
    try_points(c, counts,
               &(subject){kind->name, folder.path, &l, c->budget, prepare_load, act_load, judge_load, judge_load_again, false});
}

/* How the temporary file of a process that died in its first save is called. */
static void learn_dead_name(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        denoise__atomic_writer w;
        _exit(denoise__atomic_open(&w, temp_dir_file(&folder, "target")) == DENOISE_OK ? 0 : 1);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    DIR *stream = opendir(folder.path);
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (is_temporary_name(entry->d_name)) (void)snprintf(dead_name, sizeof dead_name, "%s", entry->d_name);
    }
    closedir(stream);
    assert_true(dead_name[0] != '\0');
    assert_int_equal(unlink(temp_dir_file(&folder, dead_name)), 0);
}

int main(int argc, char **argv)
{
    campaign c;
    if (!campaign_begin(&c, "files_calls", argc, argv, QUICK, FULL)) return campaign_end(&c);
    point_counts counts = {0};
    make_fast_folder(&folder);
    world_open();
    learn_dead_name();
    for (int i = 0; i < writer_count; i++) {
        try_save(&c, &counts, &writers[i], false, false, false);
        try_save(&c, &counts, &writers[i], true, false, false);
        try_save(&c, &counts, &writers[i], true, true, false);
        try_save(&c, &counts, &writers[i], true, false, true);
    }
    for (int i = 0; i < reader_count; i++)
        try_load(&c, &counts, &readers[i]);
    world_close();
    temp_dir_remove(&folder);
    campaign_count(&c, "file calls", counts.calls);
    campaign_count(&c, "pairs of call and error", counts.pairs);
    campaign_count(&c, "points tried (a pair once, its function for ever, all calls for ever)", counts.points);
    return campaign_end(&c);
}
