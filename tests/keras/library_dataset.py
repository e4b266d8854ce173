# SPDX-License-Identifier: Apache-2.0
"""Datasets of the library, made as draw_dataset.py describes them."""


class Source:
    """Rows of arrays by a generator's functions, which know themselves where they are; a stream begins anew at its end."""

    def __init__(self, library, description, parts):
        self.library, self.parts, self.description = library, parts, description
        self.row = 0

    def next(self, count, x, y, sample_weight, place, user_data):
        rows, description = self.description["rows"], self.description
        left = rows - self.row % rows if description["from"] == "stream" else rows - self.row
        if place.row != self.row:
            return self.library.lib.DENOISE_ERR_STATE
        room = self.library.lib.denoise_tensor_dim(x[0], 0)
        count[0] = taken = min(room, left, description["chunk"])
        for arrays, tensors in zip(self.parts, (x, y, sample_weight)):
            for index, array in enumerate(arrays):
                self.library.view(tensors[index])[:taken] = array[self.row % rows if left else 0:][:taken]
        self.row += taken
        return 0

    def restart(self, place, user_data):
        self.row = 0
        return 0

    def seek(self, place, user_data):
        self.row = place.row
        return 0


def from_generator(library, description, parts):
    lib, ffi = library.lib, library.ffi
    source = Source(library, description, parts)
    table = library.options("denoise_dataset_generator", input_count=len(parts[0]), target_count=len(parts[1]),
                            has_sample_weight=description["weights"], x=library.tensors([array[:1] for array in parts[0]]),
                            y=library.tensors([array[:1] for array in parts[1]]))
    if description["known"]:
        table.rows = description.get("announced", description["rows"])
    tensors, place = "denoise_tensor *const *", "const denoise_dataset_place *, void *)"
    functions = {"next": "denoise_status(int64_t *, %s, %s, %s, " % (tensors, tensors, tensors) + place}
    if description["from"] == "generator":
        functions["restart"] = "denoise_status(" + place
    if description["seek"]:
        functions["seek"] = "denoise_status(" + place
    for name, form in functions.items():
        setattr(table, name, library.keep(ffi.callback(form, getattr(source, name), error=-1)))
    return library.out("denoise_dataset", lib.denoise_dataset_free, lib.denoise_dataset_from_generator, table, ffi.NULL, ffi.NULL)


def row_adder(library):
    """What map does: the row's number, counted by three, added to the first input."""

    def add(x, y, sample_weight, place, user_data):
        values = library.view(x[0])
        for index in range(len(values)):
            values[index] += (place.row + index) % 3
        return 0

    tensors = "denoise_tensor *const *"
    return library.keep(library.ffi.callback("denoise_status(%s, %s, %s, const denoise_dataset_place *, void *)" % (
        tensors, tensors, tensors), add, error=-1))


def make(library, description, x, y, weights):
    lib, ffi, rows = library.lib, library.ffi, description["rows"]
    parts = [[array[:rows] for array in arrays] for arrays in (x, y, weights if description["weights"] else [])]
    if description["from"] == "tensors":
        weights = library.tensors(parts[2]) if description["weights"] else ffi.NULL
        made = library.out("denoise_dataset", lib.denoise_dataset_free, lib.denoise_dataset_from_tensors_many,
                           library.tensors(parts[0]), len(x), library.tensors(parts[1]), len(y), weights)
    else:
        made = from_generator(library, description, parts)
    for stage, *settings in description["stages"]:
        if stage == "map":
            settings = [row_adder(library), ffi.NULL, ffi.NULL]
        library.check(getattr(lib, "denoise_dataset_" + stage)(made, *settings))
    if description["batch"] is not None:
        library.check(lib.denoise_dataset_batch(made, description["batch"], description["drop_remainder"]))
    if description["prefetch"] is not None:
        library.check(lib.denoise_dataset_prefetch(made, description["prefetch"]))
    return made
