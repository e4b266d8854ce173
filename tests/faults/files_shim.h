/* SPDX-License-Identifier: Apache-2.0 */
/* Stands between the library and the system's file calls: counts them, makes the n-th fail, watches the descriptors, tells an
 * observer. Put in place by the linker (-Wl,--wrap=open ...). For one thread. */
#ifndef DENOISE_TESTS_FILES_SHIM_H
#define DENOISE_TESTS_FILES_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum file_call {
#define FILE_CALL(name) CALL_##name,
#include "files_calls.def"
#undef FILE_CALL
    CALL_COUNT
} file_call;

const char *file_call_name(file_call call);

/* What a descriptor, or the one that open is about to make, is for. */
typedef enum file_role {
    ROLE_NONE,      /* no descriptor */
    ROLE_READ,      /* a file that is read */
    ROLE_TEMPORARY, /* made new, to be written: O_EXCL */
    ROLE_LOG,       /* made or gone on with: O_CREAT */
    ROLE_FOUND,     /* a temporary file that was there, opened to see whose it is: O_NOFOLLOW */
    ROLE_FOLDER,    /* O_DIRECTORY */
    ROLE_COPY,      /* of another descriptor */
    ROLE_COUNT
} file_role;

typedef enum fault_reach {
    REACH_ONCE,
    REACH_SAME, /* this and all later calls of the function */
    REACH_ALL,  /* this and all later calls, of whatever function */
    REACH_COUNT
} fault_reach;

/* In the place of an errno, for read and write. */
enum {
    SHORT_ONE = -1,
    SHORT_HALF = -2,
    SHORT_NONE = -3,
    HALF_THEN_FULL = -4 /* half of it, then ENOSPC for ever; not with REACH_ONCE */
};

typedef struct fault {
    int64_t nth; /* 1 = the next call; 0 = none fails */
    fault_reach reach;
    int error; /* an errno or SHORT_... */
} fault;

typedef struct file_op {
    file_call call;
    file_role role;
    int fd;
    const char *path;  /* of open, rename, unlink, stat */
    const char *other; /* rename: the new name */
    const void *data;  /* write: what was written */
    size_t size;       /* write, ftruncate */
    unsigned mode;     /* fchmod; open, as wished for */
} file_op;

/* Counts and fails calls until files_shim_disarm(). fsync does not reach the disk meanwhile,
 * and nanosleep does not wait. */
void files_shim_arm(const fault *wanted);
void files_shim_disarm(void);

int64_t files_shim_calls(void);                                         /* since armed */
int64_t files_shim_hits(file_call call, file_role role);                /* how many of these failed on purpose */
void files_shim_call_at(int64_t nth, file_call *call, file_role *role); /* 1 .. files_shim_calls(), at most 4096 */

/* Descriptors that were opened through the shim and are open now. */
int files_shim_open(void);
/* Calls on descriptors that were not open, since the program began. */
int files_shim_stray(void);

/* Is told of each call that succeeded while armed; NULL = nobody. */
void files_shim_observe(void (*observer)(const file_op *op, void *user_data), void *user_data);

#endif
