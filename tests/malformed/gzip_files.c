/* SPDX-License-Identifier: Apache-2.0 */
#include "malformed/malformed.h"

/* A member of one stored block: header 0..9, block 10..14, IDX 15..54, checksum 55..58, length 59..62. */
enum { BLOCK = 10, DATA = 15, CRC = 55, LENGTH = 59, END = 63, REST = 1000 };

static void make_idx(made_file *file)
{
    made_bytes(file, BYTES("\0\0\x08\3\0\0\0\2\0\0\0\3\0\0\0\4abcdefghijklmnopqrstuvwx"));
}

static void make_member(made_file *file)
{
    made_file idx = {0};
    make_idx(&idx);
    made_deflate(file, idx.data, idx.size, 31, 0);
    made_free(&idx);
}

/* Bytes in the place of `removed` bytes at `at` (END appends; REST = all to the end). */
typedef struct row {
    const char *name;
    size_t at, removed;
    const char *bytes;
    size_t size;
    expected wanted;
} row;

static const row rows[] = {
    {"gzip: one byte", 1, REST, BYTES(""), {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"gzip: two bytes", 2, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 2, "header"}},
    {"gzip: three bytes", 3, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 3, "header"}},
    {"gzip: nine bytes", 9, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 9, "header"}},
    {"gzip: method 0", 2, 1, BYTES("\0"), {DENOISE_ERR_UNSUPPORTED, 2, "method"}},
    {"gzip: method 7", 2, 1, BYTES("\7"), {DENOISE_ERR_UNSUPPORTED, 2, "method"}},
    {"gzip: method 9", 2, 1, BYTES("\x09"), {DENOISE_ERR_UNSUPPORTED, 2, "method"}},
    {"gzip: method 255, and no more", 2, REST, BYTES("\xff"), {DENOISE_ERR_UNSUPPORTED, 2, "method"}},
    {"gzip: flag 20", 3, 1, BYTES("\x20"), {DENOISE_ERR_SYNTAX, 3, "flags"}},
    {"gzip: flag 40", 3, 1, BYTES("\x40"), {DENOISE_ERR_SYNTAX, 3, "flags"}},
    {"gzip: flag 80", 3, 1, BYTES("\x80"), {DENOISE_ERR_SYNTAX, 3, "flags"}},
    {"gzip: all flags", 3, REST, BYTES("\xff"), {DENOISE_ERR_SYNTAX, 3, "flags"}},
    {"gzip: extra field goes beyond the file", 3, 1, BYTES("\4"), {DENOISE_ERR_TRUNCATED, END, "header"}},
    {"gzip: extra field is missing", 3, REST, BYTES("\4\0\0\0\0\0\3"), {DENOISE_ERR_TRUNCATED, 10, "header"}},
    {"gzip: half a length of the extra field", 3, REST, BYTES("\4\0\0\0\0\0\3\1"), {DENOISE_ERR_TRUNCATED, 11, "header"}},
    {"gzip: name without end", 3, REST, BYTES("\x08\0\0\0\0\0\3name"), {DENOISE_ERR_TRUNCATED, 14, "header"}},
    {"gzip: comment without end", 3, REST, BYTES("\x10\0\0\0\0\0\3remark"), {DENOISE_ERR_TRUNCATED, 16, "header"}},
    {"gzip: name, but no comment", 3, REST, BYTES("\x18\0\0\0\0\0\3name\0"), {DENOISE_ERR_TRUNCATED, 15, "header"}},
    {"gzip: checksum of the header wrong", 3, 7, BYTES("\2\0\0\0\0\0\3\0\0"), {DENOISE_ERR_CHECKSUM, 10, "header_crc"}},
    {"gzip: checksum of the header cut", 3, REST, BYTES("\2\0\0\0\0\0\3\0"), {DENOISE_ERR_TRUNCATED, 11, "header"}},
    {"gzip: nothing packed", BLOCK, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 10, "deflate"}},
    {"gzip: half a block header", 12, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 12, "deflate"}},
    {"gzip: a block without data", DATA, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 15, "deflate"}},
    {"gzip: half of the data", 30, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 30, "deflate"}},
    {"gzip: all but one byte of the data", 54, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 54, "deflate"}},
    {"gzip: block longer than the file", 11, 4, BYTES("\xff\xff\0\0"), {DENOISE_ERR_TRUNCATED, END, "deflate"}},
    {"gzip: trailer missing", 55, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 55, "trailer"}},
    {"gzip: trailer of 1 byte", 56, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 56, "trailer"}},
    {"gzip: trailer of 4 bytes", 59, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 59, "trailer"}},
    {"gzip: trailer of 7 bytes", 62, REST, BYTES(""), {DENOISE_ERR_TRUNCATED, 62, "trailer"}},
    {"gzip: checksum 0", CRC, 4, BYTES("\0\0\0\0"), {DENOISE_ERR_CHECKSUM, CRC, "crc"}},
    {"gzip: first byte of the checksum", CRC, 1, BYTES("?"), {DENOISE_ERR_CHECKSUM, CRC, "crc"}},
    {"gzip: last byte of the checksum", CRC + 3, 1, BYTES("?"), {DENOISE_ERR_CHECKSUM, CRC, "crc"}},
    {"gzip: length one more", LENGTH, 1, BYTES("\x29"), {DENOISE_ERR_CHECKSUM, LENGTH, "length"}},
    {"gzip: length 4 GB more", LENGTH + 3, 1, BYTES("\xff"), {DENOISE_ERR_CHECKSUM, LENGTH, "length"}},
    {"gzip: length 0", LENGTH, 4, BYTES("\0\0\0\0"), {DENOISE_ERR_CHECKSUM, LENGTH, "length"}},
    {"gzip: a byte of the data changed", 20, 1, BYTES("?"), {DENOISE_ERR_CHECKSUM, CRC, "crc"}},
    {"gzip: the last byte of the data changed", 54, 1, BYTES("?"), {DENOISE_ERR_CHECKSUM, CRC, "crc"}},
    {"gzip: a zero follows", END, 0, BYTES("\0"), {DENOISE_ERR_TRAILING, END, "magic"}},
    {"gzip: half a magic follows", END, 0, BYTES("\x1f"), {DENOISE_ERR_TRAILING, END, "magic"}},
    {"gzip: a zip follows", END, 0, BYTES("PK\3\4"), {DENOISE_ERR_TRAILING, END, "magic"}},
    {"gzip: text follows", END, 0, BYTES("#!/bin/sh\necho\n"), {DENOISE_ERR_TRAILING, END, "magic"}},
    {"gzip: a second header, cut", END, 0, BYTES("\x1f\x8b"), {DENOISE_ERR_TRUNCATED, END + 2, "header"}},
    {"gzip: second member, method 9", END, 0, BYTES("\x1f\x8b\x09"), {DENOISE_ERR_UNSUPPORTED, END + 2, "method"}},
    {"gzip: second member without data", END, 0, BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3"), {DENOISE_ERR_TRUNCATED, 73, "deflate"}},
    {"gzip: an empty member follows", END, 0, BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"), {DENOISE_OK, 0, ""}},
};

/* Damage that zlib finds; where it has stopped reading is its own affair. */
static const row deflate_rows[] = {
    {"deflate: block type 3", BLOCK, 1, BYTES("\7"), {DENOISE_ERR_SYNTAX, 11, "deflate"}},
    {"deflate: lengths of a stored block differ", 13, 2, BYTES("\0\0"), {DENOISE_ERR_SYNTAX, 15, "deflate"}},
    {"deflate: distance before the start", BLOCK, REST, BYTES("\3\2\0\0\0\0\0\0\0"), {DENOISE_ERR_SYNTAX, 12, "deflate"}},
    {"deflate: distance code 31", BLOCK, REST, BYTES("\3\x3e\0\0\0\0\0\0\0"), {DENOISE_ERR_SYNTAX, 12, "deflate"}},
    {"deflate: length code 286", BLOCK, REST, BYTES("\x1b\3\0\0\0\0\0\0\0"), {DENOISE_ERR_SYNTAX, 12, "deflate"}},
    {"deflate: too many codes", BLOCK, REST, BYTES("\xfd\xff\xff\xff\xff\xff\xff\xff"), {DENOISE_ERR_SYNTAX, 13, "deflate"}},
    {"deflate: no code lengths",
     BLOCK,
     REST,
     BYTES("\5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
     {DENOISE_ERR_SYNTAX, 46, "deflate"}},
};

static void try_rows(malformed_run *run, const row *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        made_file file = {0};
        make_member(&file);
        size_t removed = all[i].removed == REST ? file.size - all[i].at : all[i].removed;
        made_splice(&file, all[i].at, removed, all[i].bytes, all[i].size);
        malformed_try(run, all[i].name, READ_IDX, &file, all[i].wanted);
    }
}

static void pack(made_file *file)
{
    made_file packed = {0};
    made_gzip(&packed, file->data, file->size);
    made_free(file);
    *file = packed;
}

static void try_members(malformed_run *run)
{
    made_file file = {0};
    make_member(&file);
    make_member(&file);
    malformed_try(run, "gzip: two whole members", READ_IDX, &file, (expected){DENOISE_ERR_TRAILING, 40, "data"});
    make_member(&file);
    make_member(&file);
    file.data[END + CRC] ^= 1;
    malformed_try(run, "gzip: second member damaged", READ_IDX, &file, (expected){DENOISE_ERR_CHECKSUM, END + CRC, "crc"});
    make_member(&file);
    make_member(&file);
    file.size -= 3;
    malformed_try(run, "gzip: second member cut", READ_IDX, &file, (expected){DENOISE_ERR_TRUNCATED, AT_END, "trailer"});
    pack(&file);
    malformed_try(run, "gzip: of nothing", READ_IDX, &file, (expected){DENOISE_ERR_TRUNCATED, 0, "magic"});
    make_member(&file);
    pack(&file);
    malformed_try(run, "gzip: of a gzip", READ_IDX, &file, (expected){DENOISE_ERR_MAGIC, 0, "magic"});
    make_member(&file);
    pack(&file);
    pack(&file);
    malformed_try(run, "gzip: of a gzip of a gzip", READ_IDX, &file, (expected){DENOISE_ERR_MAGIC, 0, "magic"});
}

void gzip_files(malformed_run *run)
{
    try_rows(run, rows, sizeof rows / sizeof rows[0]);
    if (malformed_is_zlib()) try_rows(run, deflate_rows, sizeof deflate_rows / sizeof deflate_rows[0]);
    try_members(run);
}
