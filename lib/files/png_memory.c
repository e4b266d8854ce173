/* SPDX-License-Identifier: Apache-2.0 */
#include "files/png_memory.h"
#include "core/memory.h"

png_voidp denoise__png_allocate(png_structp png, png_alloc_size_t size)
{
    void *memory = denoise__allocate(size);
    bool *is_out = png_get_mem_ptr(png);
    if (memory == NULL && is_out != NULL) *is_out = true;
    return memory;
}

void denoise__png_release(png_structp png, png_voidp pointer)
{
    (void)png;
    denoise__release(pointer);
}

void denoise__png_ignore_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}
