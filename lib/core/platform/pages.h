/* SPDX-License-Identifier: Apache-2.0 */
/* Memory by pages. */
#ifndef DENOISE_CORE_PLATFORM_PAGES_H
#define DENOISE_CORE_PLATFORM_PAGES_H

#include "core/platform/file.h"
#include <stddef.h>

/* The size of a huge page, to which memory that is to have them is aligned; also where the system has none. */
enum { DENOISE__HUGE_PAGE = 2 << 20 };

/* A hint: huge pages for memory of the heap that begins at a multiple of their size. Where the system gives them on request,
 * they spare a walk through the page tables for nearly every row of a data set that is read in random order. Nothing depends on
 * the answer; errno stays as it is. */
void denoise__pages_be_huge(void *start, size_t size);

/* The first `size` bytes of a file that is open to read, as memory that is read from the file when it is looked at; size > 0.
 * Writing there is an error that ends the process; so is looking behind the end of a file that somebody has cut since, and a
 * device that fails. The file may be closed. 0, or the system's error, and *out is NULL. */
int denoise__pages_map(const void **out, denoise__file file, int64_t size);
/* Accepts NULL. */
void denoise__pages_unmap(const void *start, int64_t size);

#endif
