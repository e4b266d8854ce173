/* SPDX-License-Identifier: Apache-2.0 */
/* The process and the machine that it runs on. */
#ifndef DENOISE_CORE_PLATFORM_PROCESS_H
#define DENOISE_CORE_PLATFORM_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Has functions called around every fork() of the process, by whoever: before it, in reverse order of registration, and after
 * it in the parent and in the child, in that order; NULL = none. They run on the forking thread, which alone goes on in the
 * child. They stay until the process ends or the library is unloaded. false: there is no memory for them, and nothing was
 * registered. On a system without fork() true, and nothing happens. */
bool denoise__at_fork(void (*before)(void), void (*after_in_parent)(void), void (*after_in_child)(void));

/* The other hook, at the end: no thread may be in the library's code when it is unloaded. denoise__unload() (core/threads.h)
 * sees to that; the linker is told to have it called (-fini, lib/CMakeLists.txt). A system whose loader has no such hook, or
 * calls it while threads cannot be joined, keeps the library in memory instead. */

/* Tells this process from its parent and its children: what has threads asks whether it was made here or before a fork(). */
int64_t denoise__process_number(void);

/* The name of this machine among those that share file systems, cut to the buffer; "" where it has none. */
void denoise__host_name(char *name, size_t size);

#endif
