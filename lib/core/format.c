/* SPDX-License-Identifier: Apache-2.0 */
/* printf without the locale, and text that is fit to be shown. The format is walked conversion by conversion, so that the
 * decimal point of a number can be told from the commas of the text around it. */
#include "core/format.h"
#include "core/cpu.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { FLOAT_SIZE = 512, SPEC_SIZE = 32 };

typedef struct output {
    char *buffer;
    size_t size;
    size_t length; /* wanted so far; may exceed size */
} output;

typedef struct conversion {
    char spec[SPEC_SIZE]; /* "%-*.*f" */
    size_t length;
    int stars;
    char modifier; /* 0, 'H' = hh, 'h', 'l', 'q' = ll, 'j', 'z', 't' */
    char type;
} conversion;

static void put(output *out, const char *piece, size_t length)
{
    if (out->length < out->size) {
        size_t room = out->size - out->length;
        memcpy(out->buffer + out->length, piece, length < room ? length : room);
    }
    out->length += length;
}

/* The bytes of the decimal point are the only ones that are neither a letter, a digit, a sign nor a blank. */
static void put_float(output *out, char *piece)
{
    size_t length = 0;
    bool has_point = false;
    for (const char *from = piece; *from != '\0'; from++) {
        bool plain = (*from >= '0' && *from <= '9') || (*from >= 'a' && *from <= 'z') || (*from >= 'A' && *from <= 'Z') ||
                     *from == '+' || *from == '-' || *from == ' ';
        if (plain) {
            piece[length++] = *from;
        } else if (!has_point) {
            piece[length++] = '.';
            has_point = true;
        }
    }
    put(out, piece, length);
}

static const char *read_conversion(const char *format, conversion *out)
{
    memset(out, 0, sizeof(*out));
    out->spec[out->length++] = '%';
    while (*format != '\0' && strchr("-+ #0123456789.*", *format) != NULL && out->length < SPEC_SIZE - 4) {
        if (*format == '*') out->stars++;
        out->spec[out->length++] = *format++;
    }
    while (*format != '\0' && strchr("hljzt", *format) != NULL && out->length < SPEC_SIZE - 2) {
        if (out->modifier == 'h' && *format == 'h') {
            out->modifier = 'H';
        } else if (out->modifier == 'l' && *format == 'l') {
            out->modifier = 'q';
        } else {
            out->modifier = *format;
        }
        out->spec[out->length++] = *format++;
    }
    out->type = *format;
    out->spec[out->length++] = *format;
    return *format == '\0' ? format : format + 1;
}

/* Prints one argument with 0, 1 or 2 stars taken out of `star`. */
#define PRINT(target, room, one, argument)                                                                                     \
    ((one)->stars == 0   ? snprintf(target, room, (one)->spec, argument)                                                       \
     : (one)->stars == 1 ? snprintf(target, room, (one)->spec, star[0], argument)                                              \
                         : snprintf(target, room, (one)->spec, star[0], star[1], argument))

/* An integer, pointer or text goes straight to the output. */
#define PRINT_HERE(type) PRINT(target, room, one, va_arg(*list, type))

typedef struct arguments {
    va_list list;
} arguments;

static int print_integer(char *target, size_t room, const conversion *one, const int star[2], arguments *from)
{
    va_list *list = &from->list;
    switch (one->modifier) {
    case 'l':
        return PRINT_HERE(long);
    case 'q':
        return PRINT_HERE(long long);
    case 'j':
        return PRINT_HERE(intmax_t);
    case 'z':
        return PRINT_HERE(size_t);
    case 't':
        return PRINT_HERE(ptrdiff_t);
    default:
        return PRINT_HERE(int);
    }
}

static void convert(output *out, const conversion *one, arguments *from)
{
    va_list *list = &from->list;
    int star[2] = {0, 0};
    for (int i = 0; i < one->stars && i < 2; i++) {
        star[i] = va_arg(*list, int);
    }
    if (strchr("fFeEgGaA", one->type) != NULL) {
        char piece[FLOAT_SIZE];
        denoise__fp_state caller;
        denoise__fp_enter(&caller); /* digits are rounded as the environment says */
        (void)PRINT(piece, sizeof(piece), one, va_arg(*list, double));
        denoise__fp_leave(&caller);
        put_float(out, piece);
        return;
    }
    bool fits = out->length < out->size;
    char *target = fits ? out->buffer + out->length : NULL;
    size_t room = fits ? out->size - out->length : 0;
    int length = 0;
    if (one->type == 's') {
        length = PRINT_HERE(const char *);
    } else if (one->type == 'p') {
        length = PRINT_HERE(void *);
    } else {
        length = print_integer(target, room, one, star, from);
    }
    if (length > 0) out->length += (size_t)length;
}

int denoise__format_list(char *buffer, size_t size, const char *format, va_list list)
{
    output out = {buffer, size, 0};
    arguments from;
    va_copy(from.list, list);
    while (*format != '\0') {
        size_t plain = strcspn(format, "%");
        put(&out, format, plain);
        format += plain;
        if (*format == '\0') break;
        conversion one;
        format = read_conversion(format + 1, &one);
        if (one.type == '%') {
            put(&out, "%", 1);
        } else if (one.type != '\0' && strchr("diouxXcspfFeEgGaA", one.type) != NULL) {
            convert(&out, &one, &from);
        }
    }
    va_end(from.list);
    if (size > 0) buffer[out.length < size ? out.length : size - 1] = '\0';
    return out.length > INT32_MAX ? INT32_MAX : (int)out.length;
}

int denoise__format(char *buffer, size_t size, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int length = denoise__format_list(buffer, size, format, list);
    va_end(list);
    return length;
}

/* Length of the UTF-8 sequence that starts here (shortest form, no surrogates, up to U+10FFFF); 0 = none. */
static size_t sequence_length(const unsigned char *text)
{
    size_t length = text[0] < 0x80 ? 1 : text[0] < 0xC2 ? 0 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : text[0] < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xC0U) != 0x80U) return 0;
    }
    if ((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xED && text[1] > 0x9F) || (text[0] == 0xF0 && text[1] < 0x90) ||
        (text[0] == 0xF4 && text[1] > 0x8F)) {
        return 0;
    }
    return length;
}

void denoise__clean_utf8(char *text)
{
    unsigned char *at = (unsigned char *)text;
    while (*at != '\0') {
        size_t length = sequence_length(at);
        bool control = *at < 0x20 || *at == 0x7F || (*at == 0xC2 && length == 2 && at[1] < 0xA0);
        if (length == 0 || control) {
            *at++ = '?';
        } else {
            at += length;
        }
    }
}
