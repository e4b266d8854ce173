#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# file_calls.sh libdenoise.a files_calls.def: only core/platform's file.c and pages.c call the system. Through them, whole files are
# written by files/temporary_file.c, files/save_target.c and files/atomic_writer.c only, rows by files/row_file.c; nothing else of the library touches the
# file system, except to read. What is called has a row in files_calls.def, so that the tests that make file calls fail know of it.
set -eu
nm -A -P "$1" | awk -v def="$2" '
BEGIN {
    while ((getline line < def) > 0)
        if (line ~ /^FILE_CALL\(/) { sub(/^FILE_CALL\(/, "", line); sub(/\).*/, "", line); wrapped[line] = 1; rows++ }
    if (rows == 0) { print "no rows in " def; exit 1 }
    split("access close chmod chown creat dup dup2 faccessat fallocate fchmod fchmodat fchown fclose fcntl fdatasync fdopen fdopendir " \
          "fflush flock fopen fputs fread freopen fseek fstat fstatat fsync ftell ftruncate fwrite getline link linkat lockf lseek " \
          "lstat mkdir mkdirat mkdtemp mkfifo mkstemp mmap msync open openat opendir pread preadv pwrite pwritev read readdir " \
          "readlink readv realpath remove rename renameat rmdir sendfile stat statvfs symlink sync tmpfile truncate unlink unlinkat " \
          "utime utimensat write writev fprintf vfprintf", names, " ")
    for (i in names) file_call[names[i]] = 1
    may["file.c.o"] = " access close faccessat fchmod fcntl flock fstat fsync ftruncate lstat open pread read readlink rename stat unlink write "
    may["pages.c.o"] = " mmap "
    may["atomic_writer.c.o"] = " file_close file_set_access file_sync file_write folder_open folder_sync path_replace "
    may["save_target.c.o"] = " link_facts link_text path_facts path_may_write "
    may["temporary_file.c.o"] = " file_close file_copy file_create file_facts_of file_is file_lock file_open_found path_remove "
    may["row_file.c.o"] = " file_close file_facts_of file_open_end file_read_at file_truncate file_wait file_write "
    may["read_file.c.o"] = " file_close file_facts_of file_open file_read "
    may["mnist.c.o"] = " path_exists "
    may["console.c.o"] = " file_write " # to a stream that is open
}
$3 == "T" && $1 ~ /\[(file|folder|pages)\.c\.o\]/ { own[$2] = 1 }
$3 == "U" {
    object = $1
    sub(/.*\[/, "", object)
    sub(/\]:.*/, "", object)
    name = $2
    sub(/@.*/, "", name)
    if (name ~ /^denoise__/) { caller[++uses] = object; called[uses] = name; next }
    sub(/64$/, "", name)
    sub(/^__/, "", name)
    sub(/(_chk|_2)$/, "", name)
    if (!(name in file_call)) next
    count++
    if (index(may[object], " " name " ") == 0) { printf "%s calls %s, which is not among its file calls\n", object, name; bad++ }
    if (!(name in wrapped)) { printf "%s calls %s, which has no row in %s\n", object, name, def; bad++ }
}
END {
    for (i = 1; i <= uses; i++) {
        name = called[i]
        sub(/^denoise__/, "", name)
        if (!(called[i] in own) || name ~ /^(path_folder_length|path_is_absolute|cache_.*|pages_be_huge)$/) continue # say what, or hint
        count++
        if (index(may[caller[i]], " " name " ")) continue
        printf "%s calls %s, which is not among its file calls\n", caller[i], called[i]
        bad++
    }
    if (count == 0 && !bad) { print "no file calls found"; exit 1 }
    if (bad) exit 1
    print count " file calls, each where it may be"
}'
