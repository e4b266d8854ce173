/* SPDX-License-Identifier: Apache-2.0 */
#include "support/log_capture.h"
#include "support/cmocka_test.h"
#include <denoise/log.h>
#include <stdlib.h>
#include <string.h>

static struct {
    char *text;
    size_t length, capacity;
    int64_t writes;
    int32_t last_level;
} capture;

static void keep(int32_t level, const char *text, int64_t length, void *user_data)
{
    (void)user_data;
    size_t size = (size_t)length;
    if (capture.length + size + 1 > capture.capacity) {
        size_t capacity = 2 * (capture.length + size + 1);
        char *grown = realloc(capture.text, capacity);
        assert_non_null(grown);
        capture.text = grown;
        capture.capacity = capacity;
    }
    memcpy(capture.text + capture.length, text, size);
    capture.length += size;
    capture.text[capture.length] = '\0';
    capture.writes++;
    capture.last_level = level;
}

void log_capture_start(bool is_terminal, int32_t columns)
{
    log_capture_clear();
    denoise_log_sink sink = {
        .struct_size = sizeof(denoise_log_sink), .write = keep, .is_terminal = is_terminal, .columns = columns};
    assert_int_equal(denoise_set_log_sink(&sink), DENOISE_OK);
}

const char *log_capture_text(void)
{
    return capture.text == NULL ? "" : capture.text;
}

size_t log_capture_length(void)
{
    return capture.length;
}

int64_t log_capture_writes(void)
{
    return capture.writes;
}

int32_t log_capture_last_level(void)
{
    return capture.last_level;
}

void log_capture_clear(void)
{
    capture.length = 0;
    capture.writes = 0;
    capture.last_level = -1;
    if (capture.text != NULL) capture.text[0] = '\0';
}

void log_capture_stop(void)
{
    assert_int_equal(denoise_set_log_sink(NULL), DENOISE_OK);
    free(capture.text);
    memset(&capture, 0, sizeof(capture));
}
