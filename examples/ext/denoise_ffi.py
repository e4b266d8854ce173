# SPDX-License-Identifier: Apache-2.0
"""libdenoise in Python, with cffi: sys.argv is program, libdenoise.so, compiler, include folder ...  Exit 77: no cffi here."""
import math
import re
import subprocess
import sys

try:
    import cffi
except ImportError:
    print("cffi is not installed")
    sys.exit(77)


def declarations(compiler, folders):
    """The preprocessed headers, without the system's and without attributes."""
    command = [compiler, "-std=c11", "-E", "-x", "c", "-"] + ["-I" + folder for folder in folders]
    text = "#include <denoise/denoise.h>\n#include <denoise/ext.h>\n"
    own, lines = False, []
    for line in subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            own = "/denoise/" in marker.group(1)
        elif own:
            lines.append(line)
    return re.sub(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)", "", "\n".join(lines))


ffi = cffi.FFI()
ffi.cdef(declarations(sys.argv[2], sys.argv[3:]))
lib = ffi.dlopen(sys.argv[1])
keep = []  # what C holds pointers to


def check(status):
    if status != lib.DENOISE_OK:
        raise RuntimeError(ffi.string(lib.denoise_last_error()).decode())


def text(words):
    keep.append(ffi.new("char[]", words.encode()))
    return keep[-1]


def hook(struct, field):
    """A function as a hook; an exception in it becomes DENOISE_ERR_USER with the exception's words."""
    kind = next(f.type for name, f in ffi.typeof(struct[0]).fields if name == field)

    def fail(exception_type, exception, traceback):
        words = "%s: %s" % (exception_type.__name__, exception)
        return lib.denoise_ext_fail(lib.DENOISE_ERR_USER, words.encode()) if kind.result.cname == "int32_t" else None

    def put(function):
        keep.append(ffi.callback(kind, function, onerror=fail))
        setattr(struct, field, keep[-1])
    return put


def register(noun, name, hooks, params=(), config="int64_t"):
    table = ffi.new("denoise_ext_param[]", list(params))
    kind = ffi.new("denoise_ext_kind *", {"struct_size": ffi.sizeof("denoise_ext_kind"), "version": 1, "name": text(name)})
    kind.params, kind.param_count, kind.param_size = table, len(params), ffi.sizeof("denoise_ext_param")
    kind.config_size = ffi.sizeof(config) if params else 0
    keep.extend([table, hooks])
    check(lib.denoise_ext_register(noun.encode(), kind, hooks, ffi.NULL))
    check(lib.denoise_ext_test(noun.encode(), name.encode(), ffi.NULL, ffi.NULL, 0))
    print(noun, name, "passes")
