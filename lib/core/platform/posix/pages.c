/* SPDX-License-Identifier: Apache-2.0 */
#include "core/platform/pages.h"
#include <errno.h>
#include <sys/mman.h>

void denoise__pages_be_huge(void *start, size_t size)
{
#if defined(MADV_HUGEPAGE)
    int kept = errno;
    (void)madvise(start, size / DENOISE__HUGE_PAGE * DENOISE__HUGE_PAGE, MADV_HUGEPAGE);
    errno = kept;
#else
    (void)start, (void)size;
#endif
}

int denoise__pages_map(const void **out, denoise__file file, int64_t size)
{
    int kept = errno;
    *out = NULL;
    if ((int64_t)(size_t)size != size) return ENOMEM;
    void *start = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, (int)file, 0);
    int error = start == MAP_FAILED ? errno : 0;
    if (error == 0) *out = start;
    errno = kept;
    return error;
}

void denoise__pages_unmap(const void *start, int64_t size)
{
    if (start == NULL) return;
    int kept = errno;
    (void)munmap((void *)(uintptr_t)start, (size_t)size);
    errno = kept;
}
