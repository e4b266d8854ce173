/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "check.h"
#include <math.h>

void report_number(json_t *object, const char *key, double value)
{
    json_object_set_new(object, key, isfinite(value) ? json_real(value) : json_null());
}

void report_count(json_t *object, const char *key, int64_t value)
{
    json_object_set_new(object, key, json_integer(value));
}

void report_text(json_t *object, const char *key, const char *value)
{
    json_object_set_new(object, key, json_string(value));
}

json_t *report_object(json_t *object, const char *key)
{
    json_t *inner = json_object_get(object, key);
    if (inner == NULL) json_object_set_new(object, key, json_object());
    return json_object_get(object, key);
}

json_t *report_threads(json_t *object, int threads)
{
    char key[16];
    snprintf(key, sizeof key, "%d", threads);
    return report_object(object, key);
}

void report_write(const json_t *report, const char *path)
{
    if (json_dump_file(report, path, JSON_INDENT(2) | JSON_REAL_PRECISION(8)) == 0) return;
    fprintf(stderr, "denoise_bench: cannot write \"%s\"\n", path);
    exit(EXIT_FAILURE);
}
