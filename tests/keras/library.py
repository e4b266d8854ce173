# SPDX-License-Identifier: Apache-2.0
"""The shared library through cffi, with as much Python around it as a test needs: statuses raise Refused, tensors are arrays."""
import pathlib
import sys

import cffi
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "header"))
from parse_with_cffi import declarations  # noqa: E402


class Refused(Exception):
    """A call answered a status that is not DENOISE_OK."""


class Library:
    DTYPES = {"float32": 1, "float64": 2, "int32": 3, "int64": 4, "uint8": 5}

    def __init__(self, build, compiler):
        source = pathlib.Path(__file__).parent.parent.parent
        self.ffi = cffi.FFI()
        self.ffi.cdef(declarations(compiler, [str(source / "include"), str(pathlib.Path(build) / "include")]))
        self.lib = self.ffi.dlopen(str(next(pathlib.Path(build).rglob("libdenoise.so"))))
        self.kept = []
        self.garbage = []

    # ---- Memory of one case ----------------------------------------------------------------------------------------------

    def keep(self, thing):
        """Holds what C reads until the case is over."""
        self.kept.append(thing)
        return thing

    def later(self, free, thing):
        """Frees it when the case is over; the library takes frees in any order."""
        self.garbage.append((free, thing))
        return thing

    def release(self):
        for free, thing in self.garbage:
            free(thing)
        self.garbage, self.kept = [], []

    # ---- Calls -----------------------------------------------------------------------------------------------------------

    def check(self, status):
        if status != 0:
            raise Refused(self.text(self.lib.denoise_last_error()))

    def text(self, pointer):
        return self.ffi.string(pointer).decode() if pointer else None

    def c_text(self, text):
        return self.ffi.NULL if text is None else self.keep(self.ffi.new("char[]", text.encode()))

    def out(self, kind, free, call, *arguments):
        """call(out, ...): the new object, freed with the case."""
        slot = self.ffi.new(kind + " **")
        self.check(call(slot, *arguments))
        return self.later(free, slot[0])

    def options(self, kind, **fields):
        """A struct with Keras' defaults and these fields."""
        options = self.keep(self.ffi.new(kind + " *"))
        getattr(self.lib, kind + "_init_sized")(options, self.ffi.sizeof(kind))
        for name, value in fields.items():
            setattr(options, name, value)
        return options

    def many(self, kind, things):
        """An array of pointers, NULL for none."""
        return self.keep(self.ffi.new(kind + " *[]", [self.ffi.NULL if thing is None else thing for thing in things]))

    # ---- Arrays ----------------------------------------------------------------------------------------------------------

    def tensor(self, array):
        if array is None:
            return None
        array = np.ascontiguousarray(array)
        shape = self.ffi.new("int64_t[]", list(array.shape))
        return self.out("denoise_tensor", self.lib.denoise_tensor_free, self.lib.denoise_tensor_from_data,
                        self.DTYPES[array.dtype.name], shape, array.ndim, self.ffi.from_buffer(array))

    def tensors(self, arrays):
        return self.many("denoise_tensor const", [self.tensor(array) for array in arrays])

    def array(self, tensor):
        """A copy of a tensor, which is freed."""
        rank = self.lib.denoise_tensor_rank(tensor)
        shape = [self.lib.denoise_tensor_dim(tensor, axis) for axis in range(rank)]
        dtype = {number: name for name, number in self.DTYPES.items()}[self.lib.denoise_tensor_dtype(tensor)]
        data = self.ffi.buffer(self.lib.denoise_tensor_const_data(tensor), self.lib.denoise_tensor_bytes(tensor))
        array = np.frombuffer(bytes(data), dtype=dtype).reshape(shape)
        self.lib.denoise_tensor_free(tensor)
        return array

    def view(self, tensor):
        """A tensor of the library's as an array that can be written."""
        shape = [self.lib.denoise_tensor_dim(tensor, axis) for axis in range(self.lib.denoise_tensor_rank(tensor))]
        dtype = {number: name for name, number in self.DTYPES.items()}[self.lib.denoise_tensor_dtype(tensor)]
        data = self.ffi.buffer(self.lib.denoise_tensor_data(tensor), self.lib.denoise_tensor_bytes(tensor))
        return np.frombuffer(data, dtype=dtype).reshape(shape)

    # ---- Parameters ------------------------------------------------------------------------------------------------------

    def params(self, values):
        """A bag of Keras' keys; {"kind": name, "config": {...}} is a kind of its own."""
        lib, ffi = self.lib, self.ffi
        bag = self.out("denoise_params", lib.denoise_params_free, lib.denoise_params_new)
        for key, value in values.items():
            name = self.c_text(key)
            if value is None:
                self.check(lib.denoise_params_set_none(bag, name))
            elif isinstance(value, bool):
                self.check(lib.denoise_params_set_bool(bag, name, value))
            elif isinstance(value, int):
                self.check(lib.denoise_params_set_int(bag, name, value))
            elif isinstance(value, float):
                self.check(lib.denoise_params_set_double(bag, name, value))
            elif isinstance(value, str):
                self.check(lib.denoise_params_set_text(bag, name, self.c_text(value)))
            elif isinstance(value, dict):
                self.check(lib.denoise_params_set_kind(bag, name, self.c_text(value["kind"]), self.params(value["config"])))
            elif value and isinstance(value[0], float):
                self.check(lib.denoise_params_set_doubles(bag, name, ffi.new("double[]", list(value)), len(value)))
            else:
                self.check(lib.denoise_params_set_ints(bag, name, ffi.new("int64_t[]", list(value)), len(value)))
        return bag

    def create(self, noun, name, values):
        """denoise_<noun>_create(); the part is adopted by what it goes into."""
        slot = self.ffi.new("denoise_" + noun + " **")
        self.check(getattr(self.lib, "denoise_" + noun + "_create")(slot, self.c_text(name), self.params(values)))
        return slot[0]

    def kinds(self, noun):
        names = []
        while True:
            name = self.lib.denoise_kind_name(self.c_text(noun), len(names))
            if not name:
                return names
            names.append(self.text(name))

    def kind_params(self, noun, name):
        found = []
        info = self.ffi.new("denoise_param_info *", {"struct_size": self.ffi.sizeof("denoise_param_info")})
        while self.lib.denoise_kind_param(info, self.c_text(noun), self.c_text(name), len(found)) == 0:
            found.append(self.text(info.name))
        return found

    # ---- Logs ------------------------------------------------------------------------------------------------------------

    def logs(self, logs):
        value = self.ffi.new("double *")
        found = {}
        for index in range(self.lib.denoise_logs_count(logs)):
            key = self.lib.denoise_logs_key(logs, index)
            self.check(self.lib.denoise_logs_get(logs, key, value))
            found[self.text(key)] = value[0]
        return found

    def history(self, history):
        epochs = self.lib.denoise_history_epochs(history)
        found = {}
        for index in range(self.lib.denoise_history_key_count(history)):
            key = self.lib.denoise_history_key(history, index)
            values = self.lib.denoise_history_values(history, key)
            found[self.text(key)] = [values[epoch] for epoch in range(epochs)]
        return [self.lib.denoise_history_epoch(history, index) for index in range(epochs)], found
