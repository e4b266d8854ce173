/* SPDX-License-Identifier: Apache-2.0 */
#include "core/error.h"
#include "core/format.h"
#include <inttypes.h>
#include <string.h>

#undef denoise__fail
#undef denoise__fail_at
#undef denoise__context
#undef denoise__fail_text
#undef denoise__fail_null
#undef denoise__fail_nomem

static _Thread_local char last_message[DENOISE__MESSAGE_SIZE];
static _Thread_local denoise_status last_status;
static _Thread_local int64_t last_offset = -1;
static _Thread_local char last_field[DENOISE__FIELD_SIZE];
static _Thread_local uint64_t failures;

const char *denoise_status_name(denoise_status status)
{
    switch (status) {
#define DENOISE_STATUS_X(name, value, text)                                                                                    \
    case value:                                                                                                                \
        return "DENOISE_" #name;
        DENOISE_STATUS_LIST(DENOISE_STATUS_X)
#undef DENOISE_STATUS_X
    default:
        return "DENOISE_ERR_UNKNOWN";
    }
}

const char *denoise_status_text(denoise_status status)
{
    switch (status) {
#define DENOISE_STATUS_X(name, value, text)                                                                                    \
    case value:                                                                                                                \
        return text;
        DENOISE_STATUS_LIST(DENOISE_STATUS_X)
#undef DENOISE_STATUS_X
    default:
        return "not a status code of this library";
    }
}

const char *denoise_last_error(void)
{
    return last_message;
}

denoise_status denoise_last_status(void)
{
    return last_status;
}

int64_t denoise_last_error_offset(void)
{
    return last_offset;
}

const char *denoise_last_error_field(void)
{
    return last_field;
}

/* Takes over a message of DENOISE__MESSAGE_SIZE bytes, of which `length` were wanted. */
static denoise_status publish(denoise_status status, char *message, size_t length)
{
    denoise__clean_utf8(message);
    if (length >= DENOISE__MESSAGE_SIZE) {
        char *end = message + DENOISE__MESSAGE_SIZE - 4;
        while (((unsigned char)*end & 0xC0U) == 0x80U) {
            end--;
        }
        memcpy(end, "...", 4);
    }
    memcpy(last_message, message, DENOISE__MESSAGE_SIZE);
    last_status = status;
    failures++;
    return status;
}

uint64_t denoise__failures(void)
{
    return failures;
}

denoise_status denoise__fail(denoise_status status, const char *format, ...)
{
    char message[DENOISE__MESSAGE_SIZE];
    memset(message, 0, sizeof(message));
    va_list list;
    va_start(list, format);
    int length = denoise__format_list(message, sizeof(message), format, list);
    va_end(list);
    last_offset = -1;
    last_field[0] = '\0';
    return publish(status, message, (size_t)length);
}

denoise_status denoise__fail_at(denoise_status status, int64_t offset, const char *field, const char *format, ...)
{
    char message[DENOISE__MESSAGE_SIZE];
    memset(message, 0, sizeof(message));
    va_list list;
    va_start(list, format);
    size_t length = (size_t)denoise__format_list(message, sizeof(message), format, list);
    va_end(list);
    denoise__format(last_field, sizeof(last_field), "%s", field);
    last_offset = offset;
    publish(status, message, length);
    if (field[0] != '\0') denoise__context(status, "%s: ", last_field);
    return offset < 0 ? status : denoise__context(status, "byte %" PRId64 ": ", offset);
}

denoise_status denoise__context(denoise_status status, const char *format, ...)
{
    char message[DENOISE__MESSAGE_SIZE];
    memset(message, 0, sizeof(message));
    va_list list;
    va_start(list, format);
    size_t length = (size_t)denoise__format_list(message, sizeof(message), format, list);
    va_end(list);
    size_t present = strlen(last_message);
    if (length < sizeof(message)) {
        size_t room = sizeof(message) - 1 - length;
        memcpy(message + length, last_message, present < room ? present : room);
    }
    return publish(status, message, length + present);
}

denoise_status denoise__fail_text(denoise_status status, const char *message)
{
    return denoise__fail(status, "%s", message);
}

denoise_status denoise__fail_null(const char *function, const char *parameter)
{
    return denoise__fail(DENOISE_ERR_NULL, "%s: %s is NULL", function, parameter);
}

denoise_status denoise__fail_nomem(void)
{
    return denoise__fail(DENOISE_ERR_NOMEM, "out of memory");
}
