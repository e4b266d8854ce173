/* SPDX-License-Identifier: Apache-2.0 */
/* Texts from outside on their way into messages and names. */
#include "core/kind.h"
#include "core/text.h"
#include "files/system_error.h"
#include "fuzz/builder.h"
#include "fuzz/memory.h"
#include <denoise/memory.h>
#include <stdlib.h>
#include <string.h>

static void check_clean(const char *text, size_t length)
{
    char *copy = malloc(length + 1), *again = malloc(length + 1);
    if (copy == NULL || again == NULL) abort();
    memcpy(copy, text, length + 1);
    denoise__clean_utf8(copy);
    FUZZ_CHECK(strlen(copy) == length && fuzz_is_clean(copy, ""));
    FUZZ_CHECK(!fuzz_is_clean(text, "") || strcmp(copy, text) == 0);
    memcpy(again, copy, length + 1);
    denoise__clean_utf8(again);
    FUZZ_CHECK(strcmp(again, copy) == 0);
    free(copy);
    free(again);
}

static void check_printable(const char *text, size_t length, uint64_t hash)
{
    size_t room = 4 + (size_t)(hash % 90);
    char *buffer = malloc(room);
    if (buffer == NULL) abort();
    FUZZ_CHECK(denoise__printable(buffer, room, text, length) == buffer);
    size_t shown = strlen(buffer);
    FUZZ_CHECK(shown == (length < room ? length : room - 1));
    for (size_t i = 0; i < shown; i++) {
        bool dots = length >= room && i + 3 >= shown;
        bool plain = text[i] >= ' ' && text[i] <= '~';
        FUZZ_CHECK(buffer[i] == (dots ? '.' : plain ? text[i] : '?'));
    }
    free(buffer);
}

/* At most twice as long, no capital letters; a text in snake case stays. */
static void check_snake_case(const char *text, uint64_t hash)
{
    size_t room = 1 + (size_t)(hash % 70);
    char *buffer = malloc(room);
    if (buffer == NULL) abort();
    (void)denoise__snake_case(buffer, room, text);
    FUZZ_CHECK(strlen(buffer) < room && strlen(buffer) <= 2 * strlen(text));
    for (const char *at = buffer; *at != '\0'; at++) {
        FUZZ_CHECK(*at < 'A' || *at > 'Z');
    }
    free(buffer);
}

/* Appended in two ways, it is the text twice. */
static void check_growing(const char *text, size_t length, uint64_t hash)
{
    denoise__text grown = {0};
    size_t step = 1 + (size_t)(hash % 13);
    for (size_t at = 0; at < length; at += step) {
        denoise__text_append(&grown, text + at, length - at < step ? length - at : step);
    }
    denoise__text_printf(&grown, "%s", text);
    bool failed = grown.failed;
    char *taken = NULL;
    denoise_status status = denoise__text_take(&grown, &taken);
    FUZZ_CHECK((status == DENOISE_OK) == (taken != NULL) && (!failed || status != DENOISE_OK));
    if (!fuzz_nomem(status)) {
        FUZZ_CHECK(status == DENOISE_OK && strlen(taken) == 2 * length && memcmp(taken, text, length) == 0 &&
                   strcmp(taken + length, text) == 0);
    }
    denoise_free(taken);
    denoise__text_printf(&grown, "%s", text);
    denoise__text_clear(&grown);
    FUZZ_CHECK(grown.length == 0 && (grown.data == NULL || grown.data[0] == '\0'));
    denoise__text_free(&grown);
}

static void check_messages(const char *text)
{
    fuzz_check_status(denoise__fail(DENOISE_ERR_NAME, "name \"%s\" is unknown", text));
    FUZZ_CHECK(strlen(denoise_last_error()) < DENOISE__MESSAGE_SIZE);
    fuzz_check_status(denoise__context(DENOISE_ERR_NAME, "%.100s: ", text));
    fuzz_check_status(denoise__context_path(DENOISE_ERR_IO, text));
    FUZZ_CHECK(strlen(denoise_last_error()) < DENOISE__MESSAGE_SIZE);
}

static void run(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL) abort();
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    size_t length = strlen(text);
    uint64_t hash = fuzz_hash(data, size);
    check_clean(text, length);
    check_printable(text, length, hash);
    check_snake_case(text, hash >> 8);
    check_growing(text, length, hash >> 16);
    check_messages(text);
    free(text);
}

static void seeds(const fuzz_sink *sink)
{
    static const char *const texts[] = {"",
                                        "plain",
                                        "GaussianNoise",
                                        "LeakyReLU",
                                        "Conv2DTranspose",
                                        "MSE",
                                        "a\tb\nc\x7f",
                                        "\xc2\x80",
                                        "\xc2\x9f",
                                        "\xc2\xa0",
                                        "\xc3\xa9",
                                        "\xe0\x80\x80",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xed\xa0\x80",
                                        "\xee\x80\x80",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xc0\xaf",
                                        "\xe2\x82",
                                        "\xf0\x9f\x98",
                                        "\xff\xfe",
                                        "100% %s %n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fuzz_seed_text(sink, texts[i]);
    }
    static const char *const units[] = {"x", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\x80"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        builder b = {.size = 0};
        while (b.size < 600) {
            builder_text(&b, units[i]);
        }
        builder_seed(sink, "long", &b);
    }
}

static const char *const dictionary[] = {
    "\"\\xe2\\x82\\xac\"", "\"\\xf0\\x9f\\x98\\x80\"", "\"\\xc2\\x85\"", "\"\\xed\\xa0\\x80\"", "\"%s\"", "\"ReLU\"", NULL};

const fuzz_target fuzz_target_text = {"text", run, seeds, NULL, dictionary, 1024};
