/* SPDX-License-Identifier: Apache-2.0 */
#include "plot/save.h"
#include "core/memory.h"
#include "files/atomic_writer.h"
#include "plot/png_encoder.h"

denoise_status denoise__plot_save(const char *path, const void *data, size_t size)
{
    denoise__atomic_writer writer;
    DENOISE__TRY(denoise__atomic_open(&writer, path));
    DENOISE__TRY(denoise__atomic_write(&writer, data, (int64_t)size));
    return denoise__atomic_commit(&writer);
}

denoise_status denoise__plot_save_png(const char *path, const denoise__canvas *canvas)
{
    uint8_t *data;
    size_t size;
    DENOISE__TRY(denoise__png_encode(&data, &size, canvas));
    denoise_status status = denoise__plot_save(path, data, size);
    denoise__release(data);
    return status;
}
