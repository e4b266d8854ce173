#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# file_calls.sh libdenoise.a files_calls.def: whole files are written by files/temporary_file.c and files/atomic_writer.c only,
# rows by files/row_file.c; nothing else of the library touches the file system, but to read. What is called has a row in
# files_calls.def, so that the tests that make file calls fail know of it.
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
    may["atomic_writer.c.o"] = " close fchmod fsync open rename stat "
    may["temporary_file.c.o"] = " close fcntl flock fstat lstat unlink "
    may["row_file.c.o"] = " close fcntl fstat ftruncate pread "
    may["descriptor.c.o"] = " close open write "
    may["read_file.c.o"] = " close fstat read "
    may["mnist.c.o"] = " access "
}
$3 == "U" {
    object = $1
    sub(/.*\[/, "", object)
    sub(/\]:.*/, "", object)
    name = $2
    sub(/@.*/, "", name)
    sub(/64$/, "", name)
    sub(/^__/, "", name)
    sub(/(_chk|_2)$/, "", name)
    if (!(name in file_call)) next
    count++
    if (index(may[object], " " name " ") == 0) { printf "%s calls %s, which is not among its file calls\n", object, name; bad++ }
    if (!(name in wrapped)) { printf "%s calls %s, which has no row in %s\n", object, name, def; bad++ }
}
END {
    if (count == 0 && !bad) { print "no file calls found"; exit 1 }
    if (bad) exit 1
    print count " file calls, each where it may be"
}'
