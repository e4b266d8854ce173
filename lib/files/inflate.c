/* SPDX-License-Identifier: Apache-2.0 */
#include "files/inflate.h"
#include "core/memory.h"

voidpf denoise__zlib_allocate(voidpf unused, uInt items, uInt size)
{
    (void)unused;
    return denoise__allocate_zeroed(items, size);
}

void denoise__zlib_release(voidpf unused, voidpf address)
{
    (void)unused;
    denoise__release(address);
}
