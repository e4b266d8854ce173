/* SPDX-License-Identifier: Apache-2.0 */
#include "core/variable.h"
#include "core/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

void denoise__variable_bring_home(denoise__variable *variable)
{
    denoise__home home = variable->home;
    if (home.bring == NULL) return;
    variable->home = (denoise__home){0};
    home.bring(home.context);
}

void denoise__variable_touch(denoise__variable *variable)
{
    variable->version++;
}

void denoise__variable_touch_finite(denoise__variable *variable)
{
    bool is_known = variable->finite_version == variable->version + 1;
    variable->version++;
    if (is_known) variable->finite_version = variable->version + 1;
}

size_t denoise__variable_bytes(const denoise__variable *variable)
{
    static const size_t sizes[] = {[DENOISE__VARIABLE_FLOAT32] = sizeof(float),
                                   [DENOISE__VARIABLE_FLOAT64] = sizeof(double),
                                   [DENOISE__VARIABLE_INT64] = sizeof(int64_t),
                                   [DENOISE__VARIABLE_UINT8] = 1};
    return (size_t)variable->count * sizes[variable->dtype];
}

bool denoise__variable_is_finite(denoise__variable *variable, int64_t *element)
{
    if (variable->dtype != DENOISE__VARIABLE_FLOAT32 || variable->finite_version == variable->version + 1) return true;
    denoise__variable_bring_home(variable);
    const float *values = variable->values;
    for (int64_t i = 0; i < variable->count; i++) {
        if (isfinite(values[i])) continue;
        *element = i;
        return false;
    }
    variable->finite_version = variable->version + 1;
    return true;
}

denoise_status denoise__path_join(char *out, size_t size, const char *path, const char *name)
{
    size_t before = path == NULL ? 0 : strlen(path), length = strlen(name), gap = before > 0;
    if (before >= size || length >= size || before + gap + length >= size) {
        return denoise__fail(DENOISE_ERR_LIMIT, "the path of \"%.80s\" has %zu bytes, expected at most %zu", name,
                             before + gap + length, size - 1);
    }
    if (before > 0) memmove(out, path, before);
    if (gap > 0) out[before] = '/';
    memcpy(out + before + gap, name, length + 1);
    return DENOISE_OK;
}

denoise_status denoise__visit(const denoise__visitor *visitor, const char *path, denoise__variable *variable)
{
    char whole[DENOISE__PATH_SIZE];
    DENOISE__TRY(denoise__path_join(whole, sizeof whole, path, variable->name));
    denoise__variable_bring_home(variable);
    denoise_status status = visitor->variable(visitor->context, whole, variable);
    if (visitor->is_reading) denoise__variable_touch(variable); /* a failed read may have written a part */
    return status;
}

denoise_status denoise__visit_int64(const denoise__visitor *visitor, const char *path, const char *name, int64_t *value)
{
    denoise__variable variable = {
        .name = name, .role = DENOISE__VARIABLE_COUNTER, .dtype = DENOISE__VARIABLE_INT64, .count = 1, .values = value};
    return denoise__visit(visitor, path, &variable);
}

denoise_status denoise__visit_doubles(const denoise__visitor *visitor, const char *path, const char *name, int32_t role,
                                      double *values, int64_t count)
{
    denoise__variable variable = {.name = name,
                                  .role = role,
                                  .dtype = DENOISE__VARIABLE_FLOAT64,
                                  .rank = 1,
                                  .dim = {count},
                                  .count = count,
                                  .values = values};
    return denoise__visit(visitor, path, &variable);
}

denoise_status denoise__visit_int64s(const denoise__visitor *visitor, const char *path, const char *name, int64_t *values,
                                     int64_t count)
{
    denoise__variable variable = {.name = name,
                                  .role = DENOISE__VARIABLE_COUNTER,
                                  .dtype = DENOISE__VARIABLE_INT64,
                                  .rank = 1,
                                  .dim = {count},
                                  .count = count,
                                  .values = values};
    return denoise__visit(visitor, path, &variable);
}

denoise_status denoise__visit_within(const denoise__visitor *visitor, const char *path, const char *name, int64_t least,
                                     int64_t most, int64_t *value)
{
    int64_t number = *value;
    DENOISE__TRY(denoise__visit_int64(visitor, path, name, &number));
    if (!visitor->is_reading) return DENOISE_OK;
    if (number < least || number > most) {
        return denoise__fail(DENOISE_ERR_RANGE, "%.120s/%s is %lld, expected %lld .. %lld", path == NULL ? "" : path, name,
                             (long long)number, (long long)least, (long long)most);
    }
    *value = number;
    return DENOISE_OK;
}

denoise_status denoise__visit_flag(const denoise__visitor *visitor, const char *path, const char *name, bool *value)
{
    int64_t number = *value;
    DENOISE__TRY(denoise__visit_within(visitor, path, name, 0, 1, &number));
    *value = number != 0;
    return DENOISE_OK;
}

static denoise_status visit_bytes(const denoise__visitor *visitor, const char *path, const char *name, char *bytes,
                                  int64_t count)
{
    denoise__variable variable = {.name = name,
                                  .role = DENOISE__VARIABLE_COUNTER,
                                  .dtype = DENOISE__VARIABLE_UINT8,
                                  .rank = 1,
                                  .dim = {count},
                                  .count = count,
                                  .values = bytes};
    return denoise__visit(visitor, path, &variable);
}

denoise_status denoise__visit_text(const denoise__visitor *visitor, const char *path, const char *name, int64_t most,
                                   char **text)
{
    char size_name[64];
    int64_t size = visitor->is_reading ? 0 : (int64_t)strlen(*text);
    (void)snprintf(size_name, sizeof size_name, "%s_size", name);
    DENOISE__TRY(denoise__visit_within(visitor, path, size_name, 0, most, &size));
    if (!visitor->is_reading) return visit_bytes(visitor, path, name, *text, size);
    char *read = denoise__allocate_zeroed((size_t)size + 1, 1);
    if (read == NULL) return denoise__fail_nomem();
    denoise_status status = visit_bytes(visitor, path, name, read, size);
    if (status == DENOISE_OK && strlen(read) != (size_t)size) {
        status = denoise__fail(DENOISE_ERR_RANGE, "%.120s/%s has a zero byte at %zu, expected text", path == NULL ? "" : path,
                               name, strlen(read));
    }
    if (status != DENOISE_OK) {
        denoise__release(read);
        return status;
    }
    denoise__release(*text);
    *text = read;
    return DENOISE_OK;
}
