# SPDX-License-Identifier: Apache-2.0
"""A layer (softsign with a trained gain), a loss (log-cosh) and an activation that raises, written in Python, with cffi:
kinds_in_python.py libdenoise.so compiler include ...     Exit 77: no cffi here."""
import math
import sys

from denoise_ffi import check, ffi, lib, hook, register, text

ffi.cdef("typedef struct { denoise_ext_kind_ref first; } gain_config;")
layer = ffi.new("denoise_ext_layer *", {"struct_size": ffi.sizeof("denoise_ext_layer"), "min_inputs": 1, "max_inputs": 1,
                                        "is_row_local": 1, "backward_needs_input": 1})


def size_of(args):
    shape = args.input_shapes[0]
    return args.batch * math.prod(shape.dim[i] for i in range(shape.rank))


@hook(layer, "weight_count")
def _(config, inputs, count, user_data):
    return 1


@hook(layer, "weight")
def _(config, inputs, count, index, weight, user_data):
    weight.name, weight.initializer = gain_name, first_name
    weight.shape.rank, weight.shape.dim[0] = 1, 1
    return lib.DENOISE_OK


@hook(layer, "forward")
def _(args, user_data):
    x, y, gain = args.inputs[0], args.outputs[0], args.weights[0][0]
    for i in range(size_of(args)):
        y[i] = gain * x[i] / (1 + abs(x[i]))
    return lib.DENOISE_OK


@hook(layer, "backward")
def _(args, user_data):
    x, dy, gain = args.inputs[0], args.output_gradients[0], args.weights[0][0]
    if args.weight_gradients[0]:
        args.weight_gradients[0][0] = math.fsum(dy[i] * x[i] / (1 + abs(x[i])) for i in range(size_of(args)))
    for i in range(size_of(args) if args.input_gradients[0] else 0):
        args.input_gradients[0][i] = dy[i] * gain / (1 + abs(x[i])) ** 2
    return lib.DENOISE_OK


gain_name, first_name = text("gain"), text("first")
first = {"name": first_name, "default_text": text("ones"), "noun": text("initializer"), "minimum": math.nan,
         "maximum": math.nan, "type": lib.DENOISE_PARAM_KIND}
register("layer", "softsign_gain", layer, [first], "gain_config")

loss = ffi.new("denoise_ext_loss *", {"struct_size": ffi.sizeof("denoise_ext_loss")})


@hook(loss, "rows")
def _(args, first_row, count, user_data):
    for row in range(first_row, first_row + count):
        scale = args.gradient_scale * (args.row_weight[row] if args.row_weight else 1) / args.columns
        errors = [args.prediction[i] - args.target[i] for i in range(row * args.columns, (row + 1) * args.columns)]
        args.row_loss[row] = sum(math.log(math.cosh(error)) for error in errors) / args.columns
        for i, error in enumerate(errors if args.gradient else []):
            args.gradient[row * args.columns + i] = scale * math.tanh(error)
    return lib.DENOISE_OK


register("loss", "log_cosh_in_python", loss)

activation = ffi.new("denoise_ext_activation *", {"struct_size": ffi.sizeof("denoise_ext_activation")})


@hook(activation, "forward")
def _(config, x, y, rows, columns, user_data):
    raise ValueError("there is no forward")


@hook(activation, "backward")
def _(config, x, y, dy, dx, rows, columns, user_data):
    raise ValueError("there is no backward")


try:
    register("activation", "raises", activation)
    sys.exit("an exception was not told")
except RuntimeError as error:
    print("an exception is told:", error)
    if str(error) != 'activation "raises": ValueError: there is no forward':
        sys.exit("these are not its words")
for noun, name in ((b"layer", b"softsign_gain"), (b"loss", b"log_cosh_in_python"), (b"activation", b"raises")):
    check(lib.denoise_ext_unregister(noun, name))
