/* SPDX-License-Identifier: Apache-2.0 */
#include "support/temp_dir.h"
#include "support/cmocka_test.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void temp_dir_make(temp_dir *dir)
{
    const char *parent = getenv("TMPDIR");
    int length =
        snprintf(dir->path, sizeof(dir->path), "%s/denoise-test-XXXXXX", parent != NULL && parent[0] != '\0' ? parent : "/tmp");
    assert_true(length > 0 && (size_t)length < sizeof(dir->path));
    assert_non_null(mkdtemp(dir->path));
}

static void remove_tree(const char *path)
{
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char inner[TEMP_PATH_SIZE + 260];
        (void)snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
        struct stat info;
        assert_int_equal(lstat(inner, &info), 0);
        if (S_ISDIR(info.st_mode)) {
            remove_tree(inner);
        } else {
            assert_int_equal(unlink(inner), 0);
        }
    }
    (void)closedir(folder);
    assert_int_equal(rmdir(path), 0);
}

void temp_dir_remove(temp_dir *dir)
{
    remove_tree(dir->path);
    dir->path[0] = '\0';
}

const char *temp_dir_file(const temp_dir *dir, const char *name)
{
    static char paths[4][TEMP_PATH_SIZE + 256];
    static size_t turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", dir->path, name);
    return path;
}

void temp_dir_write(const temp_dir *dir, const char *name, const void *data, size_t size)
{
    FILE *file = fopen(temp_dir_file(dir, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

char *temp_dir_read(const temp_dir *dir, const char *name, size_t *size)
{
    FILE *file = fopen(temp_dir_file(dir, name), "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long length = ftell(file);
    assert_true(length >= 0);
    rewind(file);
    char *data = malloc((size_t)length + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)length, file), (size_t)length);
    data[length] = '\0';
    (void)fclose(file);
    if (size != NULL) *size = (size_t)length;
    return data;
}
