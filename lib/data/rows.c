/* SPDX-License-Identifier: Apache-2.0 */
#include "data/rows.h"
#include "core/memory.h"
#include <string.h>

enum { LENT = 1 << 20 }; /* references of a view that the caller's functions see: none of their frees is the last */

static denoise_status make_part(denoise__rows *rows, int64_t part, const denoise_tensor *like)
{
    denoise__shape shape = like->shape;
    shape.dim[0] = rows->room;
    DENOISE__TRY(denoise__tensor_make_unset(&rows->parts[part], like->dtype, &shape));
    return denoise__tensor_view(&rows->lent[part], rows->parts[part], &shape, 0);
}

static denoise_status make_parts(denoise__rows *rows, const denoise__row_form *form)
{
    rows->parts = denoise__allocate_zeroed((size_t)form->part_count, sizeof(denoise_tensor *));
    rows->lent = denoise__allocate_zeroed((size_t)form->part_count, sizeof(denoise_tensor *));
    if (rows->parts == NULL || rows->lent == NULL) return denoise__fail_nomem();
    rows->part_count = form->part_count;
    for (int64_t i = 0; i < form->part_count; i++) {
        if (form->like[i] != NULL) DENOISE__TRY(make_part(rows, i, form->like[i]));
    }
    return DENOISE_OK;
}

denoise_status denoise__rows_new(denoise__rows **out, const denoise__row_form *form, int64_t room, bool has_values)
{
    *out = NULL;
    denoise__rows *rows = denoise__allocate_zeroed(1, sizeof *rows);
    if (rows == NULL) return denoise__fail_nomem();
    rows->room = room;
    rows->origin = denoise__allocate_zeroed((size_t)room, sizeof *rows->origin);
    denoise_status status = rows->origin == NULL ? denoise__fail_nomem() : DENOISE_OK;
    if (status == DENOISE_OK && has_values) status = make_parts(rows, form);
    if (status != DENOISE_OK) {
        denoise__rows_free(rows);
        return status;
    }
    *out = rows;
    return DENOISE_OK;
}

void denoise__rows_free(denoise__rows *rows)
{
    if (rows == NULL) return;
    denoise__rows_take_back(rows);
    for (int64_t i = 0; i < rows->part_count; i++) {
        denoise_tensor_free(rows->lent[i]);
        denoise_tensor_free(rows->parts[i]);
    }
    denoise__release(rows->lent);
    denoise__release(rows->parts);
    denoise__release(rows->origin);
    denoise__release(rows);
}

void denoise__rows_clear(denoise__rows *rows)
{
    for (int64_t i = 0; i < rows->part_count; i++) {
        if (rows->parts[i] != NULL) memset(rows->parts[i]->data, 0, (size_t)denoise_tensor_bytes(rows->parts[i]));
    }
}

static size_t row_bytes(const denoise_tensor *tensor)
{
    denoise__shape row = tensor->shape;
    row.dim[0] = 1;
    return (size_t)(denoise__shape_size(&row) * denoise__dtype_size(tensor->dtype));
}

static char *row_of(denoise_tensor *tensor, int64_t row)
{
    return (char *)tensor->data + (size_t)row * row_bytes(tensor);
}

void denoise__rows_copy(denoise__rows *to, int64_t at, const denoise__rows *from, int64_t from_at, int64_t count)
{
    memcpy(to->origin + at, from->origin + from_at, (size_t)count * sizeof *to->origin);
    for (int64_t i = 0; i < from->part_count; i++) {
        size_t bytes = from->parts[i] == NULL ? 0 : (size_t)count * row_bytes(from->parts[i]);
        if (bytes > 0) memcpy(row_of(to->parts[i], at), row_of(from->parts[i], from_at), bytes);
    }
}

void denoise__rows_gather(denoise__rows *to, int64_t at, int64_t count, denoise_tensor *const *tensors)
{
    for (int64_t i = 0; i < to->part_count; i++) {
        size_t bytes = to->parts[i] == NULL ? 0 : row_bytes(to->parts[i]);
        for (int64_t row = at; row < at + count && bytes > 0; row++)
            memcpy(row_of(to->parts[i], row), row_of(tensors[i], to->origin[row]), bytes);
    }
}

void denoise__rows_lend(denoise__rows *rows, int64_t at, int64_t count)
{
    for (int64_t i = 0; i < rows->part_count; i++) {
        denoise_tensor *part = rows->parts[i], *view = rows->lent[i];
        if (part == NULL) continue;
        view->dtype = part->dtype;
        view->shape = part->shape;
        view->shape.dim[0] = count;
        view->size = denoise__shape_size(&view->shape);
        view->data = row_of(part, at);
        atomic_store(&view->references, LENT);
    }
}

void denoise__rows_take_back(denoise__rows *rows)
{
    for (int64_t i = 0; i < rows->part_count; i++) {
        if (rows->lent[i] != NULL) atomic_store(&rows->lent[i]->references, 1);
    }
}
