/* SPDX-License-Identifier: Apache-2.0 */
/* Places that the system itself refuses: folders that may not be written, full disks, limits, things that are no files. Each
 * save, log and load answers with its status, path and cause, leaves what was there, and works again where it can. What this
 * system or this user cannot set up is left out, and said so. */
#include "files/atomic_writer.h"
#include "files_world.h"
#include "support/campaign.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DONE = 0, LEFT_OUT = 77, NOBODY = 65534, SMALL_DISK = 256 << 10, LIMIT = 60, UNITS = 150 };

static campaign *c; /* shared with the children, in which the cases run */
static temp_dir folder;

static const char *in(const char *name)
{
    return temp_dir_file(&folder, name);
}

static void expect(denoise_status status, denoise_status expected, const char *place, const char *cause, const char *what)
{
    const char *message = status == DENOISE_OK ? "" : denoise_last_error();
    bool right = status == expected;
    if (right && status != DENOISE_OK) right = strstr(message, place) != NULL && strstr(message, cause) != NULL;
    campaign_check(c, right, "%s: %s \"%s\", expected %s with \"%s\" and \"%s\"", what, denoise_status_name(status), message,
                   denoise_status_name(expected), place, cause);
}

static denoise_status log_to(const char *path, bool append)
{
    denoise_model *model = world_model(0, 3);
    denoise_tensor *x = random_rows(4, 3, 0), *y = random_rows(4, 4, 1);
    denoise_trainer *trainer;
    ASSERT_OK(denoise_model_compile(&trainer, model, denoise_optimizer_sgd(NULL), denoise_loss_mean_squared_error(), NULL));
    ASSERT_OK(denoise_trainer_add_callback(trainer, denoise_callback_csv_logger(path, ",", append)));
    denoise_fit_options options = DENOISE_FIT_OPTIONS_INIT;
    options.epochs = 4;
    options.verbose = 0;
    options.nonfinite = DENOISE_NONFINITE_IGNORE;
    denoise_status status = denoise_trainer_fit(trainer, x, y, &options);
    denoise_trainer_free(trainer);
    denoise_model_free(model);
    denoise_tensor_free(x);
    denoise_tensor_free(y);
    return status;
}

/* Every save fails at path; for PNG and SVG the path's end may matter, so each writer has its own. */
static void no_save(const char *stem, denoise_status expected, const char *cause)
{
    for (int i = 0; i < writer_count; i++) {
        char path[TEMP_PATH_SIZE + 400];
        (void)snprintf(path, sizeof path, "%s%s", stem, writers[i].extension);
        const char *tail = strlen(path) > 100 ? path + strlen(path) - 100 : path;
        expect(writers[i].write(path, 1), expected, tail, cause, writers[i].name);
    }
}

static void no_load(const char *path, denoise_status expected, const char *cause)
{
    for (int i = 0; i < reader_count; i++) {
        uint64_t result;
        if (readers[i].file[0] == '\0') continue;
        expect(readers[i].read(&result, &folder, path), expected, path, cause, readers[i].name);
        campaign_check(c, result == 0, "%s: something was loaded", readers[i].name);
    }
}

static void make_old_files(void)
{
    for (int i = 0; i < writer_count; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "old%s", writers[i].extension);
        temp_dir_write(&folder, name, "old", 3);
    }
    temp_dir_write(&folder, "old.csv", "epoch,loss\r\n0,1.0\r\n", 19);
}

static void old_files_are_there(void)
{
    for (int i = 0; i < writer_count; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "old%s", writers[i].extension);
        campaign_check(c, holds(in(name), "old", 3), "%s: the old file is lost", writers[i].name);
    }
    campaign_check(c, holds(in("old.csv"), "epoch,loss\r\n0,1.0\r\n", 19), "the old log is lost");
    campaign_check(c, count_temporaries(&folder, NULL, NULL) == 4, "a temporary file stays"); /* 3 extensions and the log */
}

static void all_saves_work(void)
{
    for (int i = 0; i < writer_count; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "old%s", writers[i].extension);
        expect(writers[i].write(in(name), 1), DENOISE_OK, "", "", writers[i].name);
    }
}

/* The cases. */

static int missing_folder(void)
{
    no_save(in("missing/file"), DENOISE_ERR_NOT_FOUND, "No such file or directory");
    expect(log_to(in("missing/log.csv"), false), DENOISE_ERR_NOT_FOUND, "missing/log.csv", "No such file", "log");
    no_load(in("missing/file"), DENOISE_ERR_NOT_FOUND, "No such file or directory");
    temp_dir_write(&folder, "file", "", 0);
    no_save(in("file/below"), DENOISE_ERR_NOT_FOUND, "Not a directory");
    no_load(in("file/below"), DENOISE_ERR_NOT_FOUND, "Not a directory");
    return DONE;
}

static int no_files(void)
{
    for (int i = 0; i < writer_count; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "folder%s", writers[i].extension);
        (void)mkdir(in(name), 0700);
        (void)snprintf(name, sizeof name, "pipe%s", writers[i].extension);
        (void)mkfifo(in(name), 0600);
        (void)snprintf(name, sizeof name, "loop%s", writers[i].extension);
        (void)symlink(name, in(name));
    }
    no_save(in("folder"), DENOISE_ERR_IO, "no regular file");
    no_save(in("pipe"), DENOISE_ERR_IO, "no regular file");
    no_save(in("loop"), DENOISE_ERR_IO, "Too many levels of symbolic links");
    no_load(in("folder.png"), DENOISE_ERR_IO, "no regular file");
    no_load(in("pipe.png"), DENOISE_ERR_IO, "no regular file");
    no_load(in("loop.png"), DENOISE_ERR_IO, "Too many levels of symbolic links");
    expect(log_to(in("folder.png"), false), DENOISE_ERR_IO, "folder.png", "Is a directory", "log to a folder");
    expect(log_to(in("pipe.png"), false), DENOISE_ERR_IO, "pipe.png", "cannot open", "log to a pipe");
    expect(log_to(in("pipe.png"), true), DENOISE_ERR_IO, "pipe.png", "no regular file", "log to a pipe");
    expect(log_to(in("loop.png"), false), DENOISE_ERR_IO, "loop.png", "Too many levels", "log to a loop");
    campaign_check(c, count_temporaries(&folder, NULL, NULL) == 9, "something else is in the folder");
    return DONE;
}

/* Saves and logs go where a link leads, though nothing is there yet. */
static int dangling_links(void)
{
    for (int i = 0; i < writer_count; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "old%s", writers[i].extension);
        (void)unlink(in(name));
        char target[60];
        (void)snprintf(target, sizeof target, "nowhere%s", name);
        campaign_check(c, symlink(target, in(name)) == 0, "no link");
    }
    all_saves_work();
    struct stat facts;
    campaign_check(c, lstat(in("old.png"), &facts) == 0 && S_ISLNK(facts.st_mode), "the link is replaced");
    campaign_check(c, access(in("nowhereold.png"), F_OK) == 0, "the link was not followed");
    campaign_check(c, symlink("log of a link", in("log.csv")) == 0, "no link");
    expect(log_to(in("log.csv"), false), DENOISE_OK, "", "", "log through a link");
    campaign_check(c, access(in("log of a link"), F_OK) == 0, "the log's link was not followed");
    return DONE;
}

static int long_names(void)
{
    char name[300];
    memset(name, 'n', sizeof name);
    name[256 - 4] = '\0'; /* with the shortest extension one byte too long */
    no_save(in(name), DENOISE_ERR_IO, "File name too long");
    name[255] = '\0';
    strcpy(name + 255 - 4, ".csv");
    expect(log_to(in(name), false), DENOISE_OK, "", "", "log of the longest name");
    for (int i = 0; i < writer_count; i++) {
        memset(name, 'n', sizeof name);
        strcpy(name + 255 - strlen(writers[i].extension), writers[i].extension);
        expect(writers[i].write(in(name), 1), DENOISE_OK, "", "", writers[i].name);
    }
    return DONE;
}

static int devices(void)
{
    if (access("/dev/full", W_OK) != 0) return LEFT_OUT;
    expect(denoise_safetensors_save("/dev/full", NULL, NULL, 0, NULL, NULL, 0), DENOISE_ERR_IO, "/dev/full", "no regular file",
           "safetensors_save");
    denoise_tensor *x = random_rows(2, 9, 0);
    expect(denoise_plot_images("/dev/full", x, NULL), DENOISE_ERR_IO, "/dev/full", "no regular file", "plot_images");
    denoise_tensor_free(x);
    no_load("/dev/zero", DENOISE_ERR_IO, "no regular file");
    expect(log_to("/dev/full", false), DENOISE_ERR_IO, "/dev/full", "No space left on device", "log");
    expect(log_to("/dev/full", true), DENOISE_ERR_IO, "/dev/full", "No space left on device", "log");
    expect(log_to("/dev/null", false), DENOISE_OK, "", "", "log");
    return DONE;
}

static int limited_size(void)
{
    struct rlimit limit;
    make_old_files();
    (void)signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0) return LEFT_OUT;
    limit.rlim_cur = LIMIT;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return LEFT_OUT;
    no_save(in("old"), DENOISE_ERR_IO, "File too large");
    old_files_are_there();
    expect(log_to(in("old.csv"), true), DENOISE_ERR_IO, "old.csv", "File too large", "log");
    size_t size;
    char *text = read_if_there(in("old.csv"), &size);
    campaign_check(
        c, text != NULL && size > 19 && size <= LIMIT && text[size - 1] == '\n' && memcmp(text, "epoch,loss\r\n", 12) == 0,
        "the log has a part of a row");
    free(text);
    limit.rlim_cur = limit.rlim_max;
    campaign_check(c, setrlimit(RLIMIT_FSIZE, &limit) == 0, "the limit stays");
    all_saves_work();
    return DONE;
}

static int no_descriptors(void)
{
    struct rlimit limit, none;
    make_old_files();
    for (int i = 0; i < reader_count; i++)
        readers[i].make(&folder);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return LEFT_OUT;
    for (int free_ones = 0; free_ones < 3; free_ones++) {
        int next = dup(0);
        none = limit;
        none.rlim_cur = (rlim_t)next + (rlim_t)free_ones;
        close(next);
        campaign_check(c, setrlimit(RLIMIT_NOFILE, &none) == 0, "no limit");
        for (int i = 0; i < writer_count; i++) {
            char path[TEMP_PATH_SIZE + 64];
            (void)snprintf(path, sizeof path, "%s/old%s", folder.path, writers[i].extension);
            expect(writers[i].write(path, 1), DENOISE_ERR_IO, path, "Too many open files", writers[i].name);
        }
        if (free_ones == 0) {
            expect(log_to(in("old.csv"), false), DENOISE_ERR_IO, "old.csv", "Too many open files", "log");
            no_load(in("images.idx"), DENOISE_ERR_IO, "Too many open files");
        }
        campaign_check(c, setrlimit(RLIMIT_NOFILE, &limit) == 0, "the limit stays");
        for (int i = 0; i < writer_count; i++) {
            char name[40];
            (void)snprintf(name, sizeof name, "old%s", writers[i].extension);
            campaign_check(c, holds(in(name), "old", 3), "%s: the old file is lost", writers[i].name);
        }
    }
    all_saves_work();
    return DONE;
}

/* Leaves a temporary file of `size` bytes, as a process does that is killed. */
static bool die_in_a_save(const char *path, int64_t size)
{
    int result;
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        denoise__atomic_writer it;
        char *data = calloc(1, (size_t)size);
        bool written = data != NULL && denoise__atomic_open(&it, path) == DENOISE_OK &&
                       denoise__atomic_write(&it, data, size) == DENOISE_OK;
        if (written && it.mode != 0600) (void)fchmod(it.temporary.fd, it.mode); /* as just before the renaming */
        if (written) (void)raise(SIGKILL);
        _exit(1);
    }
    return child > 0 && waitpid(child, &result, 0) == child && WIFSIGNALED(result);
}

static int become_nobody(void)
{
    if (geteuid() != 0) return DONE;
    return setgid(NOBODY) == 0 && setuid(NOBODY) == 0 ? DONE : LEFT_OUT;
}

static int closed_folder(void)
{
    const bool was_root = geteuid() == 0; /* and the files are root's */
    make_old_files();
    temp_dir_write(&folder, "secret.png", "x", 1);
    if (chmod(in("secret.png"), 0) != 0 || chmod(folder.path, 0555) != 0 || become_nobody() != DONE) return LEFT_OUT;
    no_save(in("old"), DENOISE_ERR_IO, "Permission denied");
    no_save(in("new"), DENOISE_ERR_IO, "Permission denied");
    expect(log_to(in("new.csv"), false), DENOISE_ERR_IO, "new.csv", "Permission denied", "log");
    if (was_root) expect(log_to(in("old.csv"), false), DENOISE_ERR_IO, "old.csv", "Permission denied", "log");
    no_load(in("secret.png"), DENOISE_ERR_IO, "Permission denied");
    campaign_check(c, holds(in("old.png"), "old", 3), "the old file is lost");
    campaign_check(c, count_temporaries(&folder, NULL, NULL) == 5, "a temporary file stays");
    return DONE;
}

/* Files that their owner may only read, in a folder that may be written, stay as they are, by saves and by logs. What a killed
 * save left is removed. */
static int read_only_files(void)
{
    make_old_files();
    if (chmod(folder.path, 0777) != 0 || become_nobody() != DONE) return LEFT_OUT;
    for (int i = 0; i < writer_count; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "mine%s", writers[i].extension);
        if (access(in(name), F_OK) != 0) temp_dir_write(&folder, name, "old", 3);
        if (chmod(in(name), 0444) != 0) return LEFT_OUT;
        campaign_check(c, writers[i].write(in(name), 1) == DENOISE_ERR_IO, "%s: saved over mode 0444", writers[i].name);
        campaign_check(c, strstr(denoise_last_error(), "read-only") != NULL, "the message is \"%s\"", denoise_last_error());
        campaign_check(c, holds(in(name), "old", 3), "%s: the read-only file is lost", writers[i].name);
    }
    expect(log_to(in("mine.png"), false), DENOISE_ERR_IO, "mine.png", "Permission denied", "log over mode 0444");
    campaign_check(c, chmod(in("mine.png"), 0644) == 0 && die_in_a_save(in("mine.png"), 100), "the child did not die");
    campaign_check(c, count_temporaries(&folder, NULL, NULL) == 8, "the dead one left nothing");
    expect(writers[2].write(in("mine.png"), 1), DENOISE_OK, "", "", writers[2].name);
    campaign_check(c, count_temporaries(&folder, NULL, NULL) == 7, "a dead one's temporary file stays");
    return DONE;
}

/* A folder that can be written but not read cannot be synced: what can be done is done. */
static int blind_folder(void)
{
    if (chmod(folder.path, 0333) != 0 || become_nobody() != DONE) return LEFT_OUT;
    for (int i = 0; i < writer_count; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "new%s", writers[i].extension);
        expect(writers[i].write(in(name), 1), DENOISE_OK, "", "", writers[i].name);
    }
    return DONE;
}

static bool tell_kernel(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    bool told = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0) close(fd);
    return told;
}

/* Mounts of its own, as root of a name space of its own where it is not root. */
static bool own_mounts(void)
{
    char uid[32], gid[32];
    (void)snprintf(uid, sizeof uid, "0 %d 1", (int)geteuid());
    (void)snprintf(gid, sizeof gid, "0 %d 1", (int)getegid());
    if (geteuid() == 0) return unshare(CLONE_NEWNS) == 0;
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && tell_kernel("/proc/self/setgroups", "deny") &&
           tell_kernel("/proc/self/uid_map", uid) && tell_kernel("/proc/self/gid_map", gid);
}

static bool mount_disk(const char *options)
{
    if (!own_mounts() || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return false;
    return mount("none", folder.path, "tmpfs", 0, options) == 0;
}

static int read_only_disk(void)
{
    if (!mount_disk("size=256k")) return LEFT_OUT;
    make_old_files();
    for (int i = 0; i < reader_count; i++)
        readers[i].make(&folder);
    if (mount("none", folder.path, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0) return LEFT_OUT;
    no_save(in("old"), DENOISE_ERR_IO, "Read-only file system");
    no_save(in("new"), DENOISE_ERR_IO, "Read-only file system");
    expect(log_to(in("old.csv"), true), DENOISE_ERR_IO, "old.csv", "Read-only file system", "log");
    campaign_check(c, holds(in("old.png"), "old", 3), "the old file is lost");
    for (int i = 0; i < reader_count; i++) {
        uint64_t result;
        expect(readers[i].read(&result, &folder, in(readers[i].file)), DENOISE_OK, "", "", readers[i].name);
    }
    return DONE;
}

static int64_t fill_disk(const char *path)
{
    static char block[1024];
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int64_t size = 0;
    for (ssize_t count; fd >= 0 && (count = write(fd, block, sizeof block)) > 0;)
        size += count;
    if (fd >= 0) close(fd);
    return size;
}

static int full_disk(void)
{
    if (!mount_disk("size=256k")) return LEFT_OUT;
    make_old_files();
    campaign_check(c, fill_disk(in("ballast")) > 0, "the disk is not full");
    no_save(in("old"), DENOISE_ERR_IO, "No space left on device");
    expect(log_to(in("new.csv"), false), DENOISE_ERR_IO, "new.csv", "No space left on device", "log");
    campaign_check(c, holds(in("new.csv"), "", 0), "the log has a part of a row");
    campaign_check(c, unlink(in("new.csv")) == 0 && unlink(in("ballast")) == 0, "the disk stays full");
    old_files_are_there();
    all_saves_work();
    return DONE;
}

/* Two large files do not fit side by side; what a killed process left makes room first. */
static int no_room_for_two(void)
{
    if (!mount_disk("size=256k")) return LEFT_OUT;
    denoise_model *first = world_model(0, UNITS), *second = world_model(1, UNITS);
    const char *path = temp_dir_file(&folder, "model.safetensors");
    campaign_check(c, die_in_a_save(path, SMALL_DISK - 8192), "the child did not die");
    expect(denoise_model_save_weights(first, path), DENOISE_OK, "", "", "first save");
    size_t size;
    char *bytes = read_if_there(path, &size);
    campaign_check(c, size > SMALL_DISK / 3, "the model is not large enough");
    campaign_check(c, fill_disk(in("ballast")) > 0, "the disk is not full");
    campaign_check(c, truncate(in("ballast"), SMALL_DISK / 8 * 3) == 0, "there is no room at all");
    char path_again[TEMP_PATH_SIZE + 64];
    (void)snprintf(path_again, sizeof path_again, "%s/model.safetensors", folder.path);
    expect(denoise_model_save_weights(second, path_again), DENOISE_ERR_IO, path_again, "No space left on device",
           "second save");
    campaign_check(c, holds(path_again, bytes, size), "the old file is lost");
    campaign_check(c, count_temporaries(&folder, "model.safetensors", "ballast") == 0, "a temporary file stays");
    campaign_check(c, unlink(in("ballast")) == 0, "the ballast stays");
    expect(denoise_model_save_weights(second, path_again), DENOISE_OK, "", "", "second save");
    free(bytes);
    denoise_model_free(first);
    denoise_model_free(second);
    return DONE;
}

static const struct {
    const char *name;
    int (*run)(void);
} cases[] = {
    {"missing folder", missing_folder},
    {"folders, pipes, loops", no_files},
    {"dangling links", dangling_links},
    {"names that are too long", long_names},
    {"devices", devices},
    {"RLIMIT_FSIZE", limited_size},
    {"RLIMIT_NOFILE", no_descriptors},
    {"a folder without permission", closed_folder},
    {"files that are read-only", read_only_files},
    {"a folder that cannot be read", blind_folder},
    {"a read-only disk", read_only_disk},
    {"a full disk of 256 KB", full_disk},
    {"a disk too small for two files", no_room_for_two},
};
enum { CASES = sizeof cases / sizeof *cases };

int main(int argc, char **argv)
{
    int64_t left_out = 0;
    c = mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(c != MAP_FAILED);
    if (!campaign_begin(c, "files_places", argc, argv, CASES, CASES)) return campaign_end(c);
    world_open();
    for (int i = 0; i < CASES; i++) {
        if (!campaign_case(c, i)) continue;
        int result;
        temp_dir_make(&folder);
        (void)fflush(stdout);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            result = cases[i].run();
            (void)fflush(stdout);
            _exit(result);
        }
        assert_int_equal(waitpid(child, &result, 0), child);
        (void)chmod(folder.path, 0700);
        temp_dir_remove(&folder);
        int code = WIFEXITED(result) ? WEXITSTATUS(result) : -1;
        campaign_check(c, code == DONE || code == LEFT_OUT, "%s: the child ended with %d", cases[i].name, result);
        if (code != LEFT_OUT) continue;
        left_out++;
        campaign_note(c, "left out: %s (this system or user cannot set it up)", cases[i].name);
    }
    world_close();
    campaign_count(c, "places tried", c->cases - left_out);
    campaign_count(c, "places left out", left_out);
    return campaign_end(c);
}
