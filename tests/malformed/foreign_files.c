/* SPDX-License-Identifier: Apache-2.0 */
/* Files of other formats, and the faults that other libraries had, each as a file of a format that is read here. */
#include "malformed/malformed.h"
#include <string.h>

typedef struct format_row {
    const char *name, *bytes;
    size_t size;
} format_row;

/* The first bytes of formats in which weights, tables and pictures are kept. */
static const format_row formats[] = {
    {"a zip: .pt, .keras, .npz", BYTES("PK\3\4\x14\0\0\0\x08\0archive/data.pkl")},
    {"a pickle of protocol 2", BYTES("\x80\2}q\0(X\6\0\0\0weight")},
    {"a pickle of protocol 3: .joblib", BYTES("\x80\3csklearn.linear_model")},
    {"a pickle of protocol 4", BYTES("\x80\4\x95\x0a\0\0\0\0\0\0\0}")},
    {"a pickle of protocol 5", BYTES("\x80\5\x95\x0a\0\0\0\0\0\0\0}")},
    {"HDF5: .h5", BYTES("\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0")},
    {"NumPy: .npy", BYTES("\x93NUMPY\1\0v\0{'descr': '<f4', }")},
    {"GGUF", BYTES("GGUF\3\0\0\0\1\0\0\0\0\0\0\0")},
    {"TensorFlow Lite", BYTES("\x1c\0\0\0TFL3\x14\0\x20\0\x1c\0")},
    {"gzip", BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0")},
};

/* Not told apart by name, but refused. */
static const format_row others[] = {
    {"JPEG", BYTES("\xff\xd8\xff\xe0\0\x10JFIF\0\1")},
    {"GIF", BYTES("GIF89a\1\0\1\0\0\0\0")},
    {"BMP", BYTES("BM\x3a\0\0\0\0\0\0\0\x36\0")},
    {"TIFF", BYTES("II*\0\x08\0\0\0\0\0\0\0")},
    {"a program", BYTES("\x7f"
                        "ELF\2\1\1\0\0\0\0\0\0\0\0\0")},
    {"PGM", BYTES("P5\n4 3\n255\n............")},
};

void foreign_formats(malformed_run *run)
{
    const size_t named = sizeof formats / sizeof formats[0];
    for (size_t i = 0; i < named + sizeof others / sizeof others[0]; i++) {
        const format_row *it = i < named ? &formats[i] : &others[i - named];
        made_file file = {0};
        if (i < named) {
            made_bytes(&file, it->bytes, it->size);
            malformed_try(run, it->name, READ_SAFETENSORS, &file, (expected){DENOISE_ERR_MAGIC, 0, "magic"});
            made_bytes(&file, it->bytes, it->size);
            malformed_try(run, it->name, READ_WEIGHTS, &file, (expected){DENOISE_ERR_MAGIC, 0, "magic"});
        }
        made_bytes(&file, it->bytes, it->size);
        malformed_try(run, it->name, READ_PNG, &file, (expected){DENOISE_ERR_MAGIC, 0, "magic"});
        if (strcmp(it->name, "gzip") == 0) continue;
        made_bytes(&file, it->bytes, it->size);
        malformed_try(run, it->name, READ_IDX, &file, (expected){DENOISE_ERR_MAGIC, 0, "magic"});
    }
}

/* '@' marks the byte of the failure in the header of a safetensors file. */
typedef struct header_row {
    const char *name, *text;
    size_t size;
    size_t data;
    denoise_status status;
    const char *field;
} header_row;

#define T(name, dtype, shape, offsets) "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static const header_row headers[] = {
    {"CVE-2024-21802 (ggml: dimensions unchecked)", BYTES("{" T("x", "F32", "[@-1,-1]", "[0,4]") "}"), 4, DENOISE_ERR_RANGE,
     "shape[0]"},
    {"CVE-2024-21825 (ggml: array length times size)", BYTES("{" T("x", "F64", "@[2305843009213693952]", "[0,8]") "}"), 8,
     DENOISE_ERR_OVERFLOW, "shape"},
    {"CVE-2024-23605 (ggml: number of pairs)", BYTES("{" T("x", "F32", "@[4611686018427387904,4]", "[0,0]") "}"), 0,
     DENOISE_ERR_OVERFLOW, "shape[1]"},
    {"CVE-2025-53630 (ggml: sum of sizes wraps)",
     BYTES("{" T("a", "U8", "@[1000000000000000000]", "[0,1000000000000000000]") "," T("b", "U8", "[9]",
                                                                                       "[1000000000000000000,9]") "}"),
     0, DENOISE_ERR_LIMIT, "elements"},
    {"CVE-2026-27940 (ggml: size passes, then is read)",
     BYTES("{" T("x", "U8", "@[1000000000000000000]", "[0,1000000000000000000]") "}"), 16, DENOISE_ERR_LIMIT, "elements"},
    {"CVE-2026-33298 (ggml: bytes wrap to 4 MB)", BYTES("{" T("x", "F32", "@[4294967296,4294967296,4]", "[0,4194304]") "}"), 16,
     DENOISE_ERR_OVERFLOW, "shape[1]"},
    {"CVE-2026-7482 (Ollama: dimensions beyond the data)", BYTES("{" T("x", "F32", "[1000,1000]", "[0,4000000]") "}"), 64,
     DENOISE_ERR_TRUNCATED, "data"},
    {"CVE-2026-21869 (negative count)", BYTES("{" T("x", "U8", "[1]", "[@-9223372036854775807,1]") "}"), 1, DENOISE_ERR_RANGE,
     "data_offsets[0]"},
    {"CVE-2024-3660 (Keras: code in a layer)",
     BYTES("{\"lambda\":{@\"class_name\":\"Lambda\",\"config\":{\"function\":\"4wEAAA\"}}}"), 0, DENOISE_ERR_SYNTAX, "header"},
    {"CVE-2025-1550 (Keras: module and function)",
     BYTES("{\"x\":{@\"module\":\"os\",\"class_name\":\"function\",\"config\":\"system\"}}"), 0, DENOISE_ERR_SYNTAX, "header"},
    {"CVE-2025-8747 (Keras: safe mode by-passed)", BYTES("{\"x\":{@\"module\":\"keras.utils\",\"config\":\"get_file\"}}"), 0,
     DENOISE_ERR_SYNTAX, "header"},
    {"CVE-2025-9906 (Keras: the file sets options)", BYTES("{\"safe_mode\":@false}"), 0, DENOISE_ERR_SYNTAX, "header"},
    {"CVE-2025-12058 (Keras: a path in the file)", BYTES("{\"vocabulary\":@\"/etc/passwd\"}"), 0, DENOISE_ERR_SYNTAX, "header"},
    {"CVE-2025-12060 (Keras: path traversal)", BYTES("{" T("../../../etc/passwd", "U8", "[4]", "[0,4]") "}"), 3,
     DENOISE_ERR_TRUNCATED, "data"},
    {"CVE-2026-0897 (Keras: shape bomb)", BYTES("{" T("x", "F32", "[1000000000]", "[0,4000000000]") "}"), 16,
     DENOISE_ERR_TRUNCATED, "data"},
    {"CVE-2026-1669 (Keras: data in another file)",
     BYTES("{\"x\":{@\"external\":\"/etc/passwd\",\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}"), 4,
     DENOISE_ERR_SYNTAX, "header"},
    {"CVE-2022-25882 (ONNX: external data)",
     BYTES("{\"x\":{\"dtype\":\"U8\",\"shape\":[4],@\"location\":\"../x\",\"data_offsets\":[0,4]}}"), 4, DENOISE_ERR_SYNTAX,
     "header"},
    {"CVE-2024-27318 (ONNX: external data, again)",
     BYTES("{\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":@\"../x\"}}"), 4, DENOISE_ERR_SYNTAX, "data_offsets"},
    {"CVE-2026-27489 (ONNX: links)", BYTES("{\"x\":@\"file:///etc/passwd\"}"), 4, DENOISE_ERR_SYNTAX, "header"},
    {"CVE-2026-34445 (ONNX: names of attributes)",
     BYTES("{\"x\":{\"dtype\":\"U8\",@\"__class__\":\"y\",\"shape\":[4],\"data_offsets\":[0,4]}}"), 4, DENOISE_ERR_SYNTAX,
     "header"},
    {"CVE-2026-34445 (ONNX: length of a petabyte)", BYTES("{" T("x", "U8", "@[1125899906842624]", "[0,1125899906842624]") "}"),
     4, DENOISE_ERR_LIMIT, "elements"},
    {"CVE-2026-24747 (PyTorch: storage and view differ)", BYTES("{" T("x", "F32", "@[4,4]", "[0,16]") "}"), 16,
     DENOISE_ERR_SHAPE, "shape"},
    {"CVE-2022-23558 (TF Lite: product in 32 bits)", BYTES("{" T("x", "U8", "@[65536,65537]", "[0,65536]") "}"), 16,
     DENOISE_ERR_SHAPE, "shape"},
    {"CVE-2022-23561 (TF Lite: size and allocation differ)", BYTES("{" T("x", "F32", "@[2,3]", "[0,20]") "}"), 20,
     DENOISE_ERR_SHAPE, "shape"},
    {"CVE-2020-15212 (TF Lite: negative index)", BYTES("{" T("x", "I32", "[1]", "[@-4,0]") "}"), 4, DENOISE_ERR_RANGE,
     "data_offsets[0]"},
    {"CVE-2021-37686 (TensorFlow: loop without end)",
     BYTES("{" T("a", "U8", "[0]", "[0,0]") ",@" T("b", "U8", "[1]", "[1,2]") "}"), 2, DENOISE_ERR_RANGE, "data_offsets"},
    {"CVE-2025-9905 (Keras: limits of one reader only)", BYTES("{" T("x", "U8", "[1,1,1,1,1,1,1,1,@1]", "[0,1]") "}"), 1,
     DENOISE_ERR_LIMIT, "dims"},
    {"safetensors-cpp: shape unchecked", BYTES("{" T("x", "F32", "@[4194305,4194305,211106198978564]", "[0,16]") "}"), 16,
     DENOISE_ERR_OVERFLOW, "shape[2]"},
    {"fastsafetensors: unknown type is an exception",
     BYTES("{\"x\":{\"dtype\":@\"NOTADTYPE\",\"shape\":[1],\"data_offsets\":[0,1]}}"), 1, DENOISE_ERR_DTYPE, "dtype"},
    {"exllamav2: bad JSON is an exception", BYTES("{\"x\":@nope}"), 0, DENOISE_ERR_SYNTAX, "header"},
    {"safetensors: polyglot", BYTES("{" T("x", "U8", "[4]", "[0,4]") "}"), 20, DENOISE_ERR_TRAILING, "data"},
};

typedef struct bytes_row {
    const char *name;
    reader kind;
    const char *bytes;
    size_t size;
    size_t zeros;
    expected wanted;
} bytes_row;

static const bytes_row files[] = {
    {"CVE-2024-23496 (ggml: length + 1 wraps)",
     READ_SAFETENSORS,
     BYTES("\xff\xff\xff\xff\xff\xff\xff\xff{}"),
     0,
     {DENOISE_ERR_OVERFLOW, 0, "header_length"}},
    {"CVE-2024-21836 (ggml: number of tensors)",
     READ_SAFETENSORS,
     BYTES("\0\0\0\0\0\0\0\x10{}"),
     0,
     {DENOISE_ERR_LIMIT, 0, "header_bytes"}},
    {"CVE-2025-32434 (PyTorch: .pt is a program)",
     READ_WEIGHTS,
     BYTES("PK\3\4\0\0\x08\x08\0\0archive/data.pkl\x80\2"),
     0,
     {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"CVE-2019-6446 (NumPy: .npy with a pickle)",
     READ_WEIGHTS,
     BYTES("\x93NUMPY\1\0v\0{'descr': '|O', 'shape': (1,)}"),
     0,
     {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"CVE-2025-2310 (HDF5: metadata overflows)",
     READ_WEIGHTS,
     BYTES("\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0"),
     64,
     {DENOISE_ERR_MAGIC, 0, "magic"}},
    {"burn #5651: a count of 2^32 - 1",
     READ_IDX,
     BYTES("\0\0\x08\3\xff\xff\xff\xff\0\0\0\x1c\0\0\0\x1c"),
     4096,
     {DENOISE_ERR_TRUNCATED, AT_END, "data"}},
    {"hnswlib #673: one count is allocated, another read",
     READ_IDX,
     BYTES("\0\0\x08\2\0\0\0\1\0\0\0\4"),
     16,
     {DENOISE_ERR_TRAILING, 16, "data"}},
    {"AiDotNet #826: no length is checked", READ_IDX, BYTES("\0\0\x08\3\0\0"), 0, {DENOISE_ERR_TRUNCATED, 6, "dims[0]"}},
    {"libnpy #44: 4 GB from 12 bytes", READ_IDX, BYTES("\0\0\x08\1\xff\xff\xff\xf0"), 4, {DENOISE_ERR_TRUNCATED, 12, "data"}},
    {"cnpy #106: a header beyond the file",
     READ_SAFETENSORS,
     BYTES("\xff\xff\0\0\0\0\0\0{}"),
     67,
     {DENOISE_ERR_TRUNCATED, 77, "header"}},
    {"NumPy: 32 GB declared in 80 bytes",
     READ_IDX,
     BYTES("\0\0\x0e\2\0\1\0\0\0\1\0\0"),
     68,
     {DENOISE_ERR_TRUNCATED, 80, "data"}},
    {"TF Lite #115308: an offset beyond 8 bytes",
     READ_SAFETENSORS,
     BYTES("\x40\0\0\0\0\0\0\0"),
     0,
     {DENOISE_ERR_TRUNCATED, 8, "header"}},
    {"CPython #151307: 160 bytes say 4 GB",
     READ_SAFETENSORS,
     BYTES("\xfe\xff\xff\xff\0\0\0\0{}"),
     150,
     {DENOISE_ERR_LIMIT, 0, "header_bytes"}},
    {"llama.cpp #26690: elements wider than declared",
     READ_IDX,
     BYTES("\0\0\x0e\1\0\0\0\4"),
     16,
     {DENOISE_ERR_TRUNCATED, 24, "data"}},
    {"ONNX #8032: data no multiple of the element",
     READ_IDX,
     BYTES("\0\0\x0d\1\0\0\0\2"),
     7,
     {DENOISE_ERR_TRUNCATED, 15, "data"}},
};

void foreign_faults(malformed_run *run)
{
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        made_file file = {0};
        int64_t place = malformed_mark(&file, headers[i].text, headers[i].size);
        malformed_frame(&file, headers[i].data);
        expected wanted = {headers[i].status, place == AT_END ? place : place + 8, headers[i].field};
        if (wanted.status == DENOISE_ERR_TRAILING) wanted.offset = (int64_t)file.size - 16;
        malformed_try(run, headers[i].name, READ_SAFETENSORS, &file, wanted);
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        made_file file = {0};
        made_bytes(&file, files[i].bytes, files[i].size);
        made_fill(&file, 0, files[i].zeros);
        malformed_try(run, files[i].name, files[i].kind, &file, files[i].wanted);
    }
}
