/* SPDX-License-Identifier: Apache-2.0 */
/* The figures as JSON. */
#ifndef DENOISE_BENCH_REPORT_H
#define DENOISE_BENCH_REPORT_H

#include <jansson.h>
#include <stdint.h>

void report_number(json_t *object, const char *key, double value); /* null when it is not finite */
void report_count(json_t *object, const char *key, int64_t value);
void report_text(json_t *object, const char *key, const char *value);
/* The object under "1" or "2", made when it is not there. */
json_t *report_threads(json_t *object, int threads);
/* The object under a key, made when it is not there. */
json_t *report_object(json_t *object, const char *key);
void report_write(const json_t *report, const char *path);

#endif
