/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz/fuzz.h"
#include "fuzz/memory.h"
#include <denoise/memory.h>
#include <denoise/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char failure[512];

bool fuzz_check(bool condition, const char *text, const char *file, int line)
{
    if (condition || failure[0] != '\0') return condition;
    const char *slash = strrchr(file, '/');
    (void)snprintf(failure, sizeof failure, "%s:%d: %s%s (last error: %.200s)", slash != NULL ? slash + 1 : file, line, text,
                   fuzz_memory_failing() ? ", with failing allocations" : "", denoise_last_error());
    return false;
}

bool fuzz_nomem(denoise_status status)
{
    if (status != DENOISE_ERR_NOMEM) return false;
    FUZZ_CHECK(fuzz_memory_failed());
    return true;
}

void fuzz_check_status(denoise_status status)
{
    FUZZ_CHECK(strcmp(denoise_status_name(status), "DENOISE_ERR_UNKNOWN") != 0);
    FUZZ_CHECK(status != DENOISE_ERR_INTERNAL);
    if (status == DENOISE_OK) return;
    const char *message = denoise_last_error();
    FUZZ_CHECK(message[0] != '\0' && fuzz_is_clean(message, ""));
}

uint64_t fuzz_hash(const uint8_t *data, size_t size)
{
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ data[i]) * 1099511628211U;
    }
    return hash ^ hash >> 29;
}

static void run_once(const fuzz_target *target, const uint8_t *data, size_t size, uint64_t key)
{
    fuzz_memory_begin(key);
    int64_t blocks = denoise_memory_blocks();
    int64_t bytes = fuzz_memory_live();
    target->run(data, size);
    fuzz_memory_stop_failing();
    FUZZ_CHECK(denoise_memory_blocks() == blocks);
    FUZZ_CHECK(fuzz_memory_live() == bytes);
}

const char *fuzz_try(const fuzz_target *target, const uint8_t *data, size_t size, bool always)
{
    static bool installed;
    if (!installed) {
        fuzz_memory_install();
        installed = true;
    }
    failure[0] = '\0';
    if (size > target->max_size) return NULL;
    run_once(target, data, size, 0);
    uint64_t key = fuzz_hash(data, size);
    if (fuzz_memory_requests() > 0 && (always || key % 4 == 0)) run_once(target, data, size, key | 1);
    return failure[0] != '\0' ? failure : NULL;
}

void fuzz_seed(const fuzz_sink *sink, const char *name, const void *data, size_t size)
{
    sink->add(sink->user_data, name, data, size);
}

void fuzz_seed_text(const fuzz_sink *sink, const char *text)
{
    fuzz_seed(sink, "text", text, strlen(text));
}

static size_t sequence_size(const uint8_t *s, size_t left)
{
    static const struct {
        uint8_t first, last, low, high; /* of the first byte, and of the second */
        size_t size;
    } rows[] = {{0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
                {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
                {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (s[0] < rows[i].first || s[0] > rows[i].last) continue;
        if (rows[i].size > left) return 0;
        if (rows[i].size > 1 && (s[1] < rows[i].low || s[1] > rows[i].high)) return 0;
        for (size_t k = 2; k < rows[i].size; k++) {
            if (s[k] < 0x80 || s[k] > 0xBF) return 0;
        }
        return rows[i].size;
    }
    return 0;
}

bool fuzz_is_utf8(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t step = sequence_size(data + i, size - i);
        if (step == 0) return false;
        i += step;
    }
    return true;
}

bool fuzz_is_clean(const char *text, const char *allowed)
{
    for (const uint8_t *at = (const uint8_t *)text; *at != '\0'; at++) {
        bool control = *at < 0x20 || *at == 0x7F || (*at == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0);
        if (control && strchr(allowed, (char)*at) == NULL) return false;
    }
    return fuzz_is_utf8((const uint8_t *)text, strlen(text));
}

static void give_up(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

const char *fuzz_file(const void *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("fuzz", 0);
        if (fd < 0) give_up("fuzz: memfd_create");
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size) give_up("fuzz: write");
    return path;
}

static char folder[256];

static void remove_folder(void)
{
    char command[300];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0) (void)fprintf(stderr, "fuzz: %s is left\n", folder);
}

const char *fuzz_folder(void)
{
    if (folder[0] != '\0') return folder;
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/denoise_fuzz_XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(folder) == NULL) give_up("fuzz: mkdtemp");
    (void)atexit(remove_folder);
    return folder;
}
