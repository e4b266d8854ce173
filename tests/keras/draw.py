# SPDX-License-Identifier: Apache-2.0
"""A case by its seed: a description of models, options, data and what is done with them, in plain dicts and lists.

The same description is carried out by on_keras.py and by on_library.py. A reference to a value of a graph is [node, output].
"""
import numpy as np

import draw_dataset
import draw_optimizer

# What the cases draw from; differential.py fails when the library has a kind that is not here.
KINDS = {
    "layer": ["input_layer", "dense", "activation", "flatten", "reshape", "dropout", "gaussian_noise", "rescaling", "add",
              "concatenate", "re_lu", "leaky_re_lu", "elu", "p_re_lu", "softmax", "max_pooling1d", "max_pooling2d",
              "max_pooling3d", "average_pooling1d", "average_pooling2d", "average_pooling3d", "global_max_pooling1d",
              "global_max_pooling2d", "global_max_pooling3d", "global_average_pooling1d", "global_average_pooling2d",
              "global_average_pooling3d", "up_sampling1d", "up_sampling2d", "up_sampling3d", "zero_padding1d",
              "zero_padding2d", "zero_padding3d", "cropping1d", "cropping2d", "cropping3d", "resizing", "permute",
              "repeat_vector", "batch_normalization", "layer_normalization", "group_normalization", "rms_normalization",
              "unit_normalization", "spatial_dropout1d", "spatial_dropout2d", "spatial_dropout3d"],
    "activation": ["linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "log_sigmoid",
                   "tanh", "softplus", "softsign", "squareplus", "exponential", "hard_sigmoid", "hard_silu", "hard_tanh",
                   "hard_shrink", "soft_shrink", "tanh_shrink", "threshold", "sparse_plus", "sparse_sigmoid", "softmax",
                   "log_softmax"],
    "regularizer": ["l1", "l2", "l1l2"],
    "loss": ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "mean_squared_error",
             "mean_absolute_error"],
    "metric": ["accuracy", "elementwise_accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
               "mean_squared_error", "mean_absolute_error", "psnr", "ssim"],
    "optimizer": ["sgd", "rmsprop", "adam", "adamw"],
    "schedule": draw_optimizer.SCHEDULES,
    "constraint": draw_optimizer.CONSTRAINTS,
    "callback": ["csv_logger", "early_stopping", "history", "lambda", "learning_rate_scheduler", "reduce_lr_on_plateau",
                 "terminate_on_nan"],
}
# Kinds with nothing to compare: first values are copied from one to the other, the bar's bytes have fixtures of their own, the
# sparsemax of Keras 3.15 does not add up to 1 (its issue 23425, mended since), and blocks of pixels are no layers in Keras, but
# functions, which fixtures compare. Convolutions, which fixtures compare too, are not drawn yet.
NOT_DRAWN = {
    "callback": ["progbar_logger"], "activation": ["sparsemax"],
    "layer": ["depth_to_space", "space_to_depth", "conv1d", "conv2d", "conv3d", "conv1d_transpose", "conv2d_transpose",
              "conv3d_transpose", "depthwise_conv1d", "depthwise_conv2d", "separable_conv1d", "separable_conv2d"],
}


class Draw:
    def __init__(self, seed, case):
        self.rng = np.random.default_rng([seed, case])

    def chance(self, probability):
        return bool(self.rng.random() < probability)

    def whole(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def one(self, things):
        return things[int(self.rng.integers(len(things)))]

    def real(self, low, high):
        """A number of few digits, as people write them."""
        return float("%.3g" % self.rng.uniform(low, high))

    def small(self, low, high):
        """The same, evenly by its logarithm."""
        return float("%.2g" % np.exp(self.rng.uniform(np.log(low), np.log(high))))


COMMON = ["linear", "relu", "relu", "leaky_relu", "elu", "sigmoid", "softplus", "tanh", "tanh"]
# They look at whole rows; an exponential behind another one overflows.
SELDOM = ["softmax", "log_softmax", "exponential"]


def activation(draw, softmax=False):
    if draw.chance(0.5):
        kind = draw.one([kind for kind in KINDS["activation"] if kind not in SELDOM])
    else:
        kind = draw.one(COMMON + ["softmax", "log_softmax", "exponential"] * softmax)
    config = {}
    if kind == "relu" and draw.chance(0.3):
        config = {"negative_slope": draw.real(0, 0.5), "max_value": draw.one([None, draw.real(0.5, 3)]),
                  "threshold": draw.one([0.0, draw.real(0, 0.5)])}
    if kind == "leaky_relu" and draw.chance(0.5):
        config = {"negative_slope": draw.real(0, 0.6)}
    if kind in ("elu", "celu") and draw.chance(0.5):
        config = {"alpha": draw.real(0.2, 2)}
    if kind == "gelu" and draw.chance(0.5):
        config = {"approximate": True}
    if kind == "squareplus" and draw.chance(0.5):
        config = {"b": draw.real(0.5, 6)}
    if kind in ("hard_shrink", "soft_shrink") and draw.chance(0.5):
        config = {"threshold": draw.real(0, 1)}
    if kind == "threshold":
        config = {"threshold": draw.real(-1, 1), "default_value": draw.real(-1, 1)}
    return {"kind": kind, "config": config}


def regularizer(draw):
    kind = draw.one(KINDS["regularizer"])
    keys = {"l1": ["l1"], "l2": ["l2"], "l1l2": ["l1", "l2"]}[kind]
    return {"kind": kind, "config": {key: draw.small(1e-4, 3e-2) for key in keys}}


OF_MATRICES = [kind for kind in draw_optimizer.CONSTRAINTS if kind != "radial_constraint"]


def dense(draw, units, function=None):
    config = {"units": units, "activation": function if function or draw.chance(0.15) else activation(draw, draw.chance(0.2))}
    if draw.chance(0.15):
        config["use_bias"] = False
    if draw.chance(0.15):
        config["kernel_regularizer"] = regularizer(draw)
    if draw.chance(0.1) and config.get("use_bias", True):
        config["bias_regularizer"] = regularizer(draw)
    if draw.chance(0.12):
        config["kernel_constraint"] = draw_optimizer.constraint(draw, OF_MATRICES, [0, 1, -1, [0, 1], [-2]])
    if draw.chance(0.08) and config.get("use_bias", True):
        config["bias_constraint"] = draw_optimizer.constraint(draw, OF_MATRICES, [0, -1, [0]])
    return "dense", config


def rectifier(draw, kind, shape):
    """Parameters of a layer that is an activation."""
    if kind == "re_lu" and draw.chance(0.6):
        return {"negative_slope": draw.one([0.0, draw.real(0, 0.5)]), "max_value": draw.one([None, draw.real(0.5, 3)]),
                "threshold": draw.one([0.0, draw.real(0, 0.5)])}
    if kind == "leaky_re_lu" and draw.chance(0.6):
        return {"negative_slope": draw.real(0, 0.6)}
    if kind == "elu" and draw.chance(0.6):
        return {"alpha": draw.real(0.2, 2)}
    if kind == "softmax":
        axes = [axis + 1 for axis in range(len(shape))]
        several = [axis for axis in axes if draw.chance(0.5)]
        return {"axis": several if several and draw.chance(0.4) else draw.one(axes) - draw.one([0, len(shape) + 1])}
    config = {}
    if kind == "p_re_lu":
        config["shared_axes"] = draw.one([None, [axis + 1 for axis in range(len(shape)) if draw.chance(0.5)] or None])
        if draw.chance(0.3):
            config["alpha_regularizer"] = regularizer(draw)
    return config


def spatial(draw, shape):
    """A layer for sequences, pictures or volumes that fits, with its parameters and what comes out; None."""
    axes = len(shape) - 1
    if axes == 0:
        n = draw.whole(1, 3)
        return "repeat_vector", {"n": n}, [n] + shape
    if draw.chance(0.15):
        dims = [int(i) + 1 for i in draw.rng.permutation(len(shape))]
        return "permute", {"dims": dims}, [shape[i - 1] for i in dims]
    family = draw.one(["max_pooling", "average_pooling", "global_max_pooling", "global_average_pooling", "up_sampling",
                       "zero_padding", "cropping"] + ["resizing"] * (axes == 2))
    first = draw.chance(0.3) and (axes > 1 or family not in ("up_sampling", "cropping"))
    lengths, channels = (shape[1:], shape[0]) if first else (shape[:-1], shape[-1])
    config = {"data_format": "channels_first"} if first else {}
    all_of = lambda numbers: numbers[0] if axes == 1 or draw.chance(0.5) and len(set(numbers)) == 1 else numbers
    if family.startswith("global"):
        keeps = draw.chance(0.3)
        config["keepdims"] = keeps
        lengths = [1] * axes
        if not keeps:
            return family + "%dd" % axes, config, [channels]
    elif family.endswith("pooling"):
        config["padding"] = draw.one(["valid", "same"])
        size = [draw.whole(1, 3 if config["padding"] == "same" else min(3, length)) for length in lengths]
        # Where strides leave gaps, TensorFlow pads three axes in another way without oneDNN.
        strides = [draw.whole(1, number) for number in size] if draw.chance(0.6) else size
        config["pool_size"] = all_of(size)
        if strides is not size:
            config["strides"] = all_of(strides)
        lengths = [-(-length // step) if config["padding"] == "same" else (length - number) // step + 1
                   for length, number, step in zip(lengths, size, strides)]
    elif family == "up_sampling":
        size = [draw.whole(1, 3 if axes < 3 else 2) for _ in lengths]
        config["size"] = all_of(size)
        if axes == 2 and draw.chance(0.5):
            config["interpolation"] = draw.one(["bilinear", "bicubic", "lanczos3", "lanczos5"])
        lengths = [length * number for length, number in zip(lengths, size)]
    elif family == "resizing":
        lengths = [draw.whole(1, 6), draw.whole(1, 6)]
        config.update(height=lengths[0], width=lengths[1], antialias=draw.chance(0.4),
                      interpolation=draw.one(["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]))
        config.update(draw.one([{}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": draw.real(-1, 1)}]))
    else:
        crops = family == "cropping"
        pairs = []
        for length in lengths:
            before = draw.whole(0, min(2, length - 1) if crops else 2)
            pairs.append((before, draw.whole(0, min(2, length - 1 - before) if crops else 2)))
        config["cropping" if crops else "padding"] = pairs[0] if axes == 1 else pairs
        lengths = [length + (-1 if crops else 1) * (before + behind) for length, (before, behind) in zip(lengths, pairs)]
    kind = family if family == "resizing" else family + "%dd" % axes
    return kind, config, [channels] + lengths if first else lengths + [channels]


def gamma_and_beta(draw):
    config = {}
    for key in ("center", "scale"):
        if draw.chance(0.15):
            config[key] = False
    for key in ("beta_regularizer", "gamma_regularizer"):
        if draw.chance(0.08):
            config[key] = regularizer(draw)
    if draw.chance(0.3):
        config["epsilon"] = draw.small(1e-4, 1e-1)
    return config


def axis_of(draw, rank):
    """One axis of an input whose samples have so many."""
    axis = draw.whole(1, rank)
    return draw.one([axis, axis - rank - 1])


def normalization(draw, shape):
    """Kind and parameters of one that fits samples of this shape."""
    rank, kind = len(shape), draw.one(["batch"] * 3 + ["layer", "group", "rms", "unit"])
    config = gamma_and_beta(draw) if kind in ("batch", "layer", "group") else {}
    if kind == "batch":
        if draw.chance(0.4):
            config["axis"] = axis_of(draw, rank)
        if draw.chance(0.6):
            config["momentum"] = draw.real(0.3, 0.99)
    elif kind == "group":
        if draw.chance(0.3):
            config["axis"] = axis_of(draw, rank)
        channels = shape[config.get("axis", -1) - (1 if config.get("axis", -1) > 0 else 0)]
        config["groups"] = draw.one([-1] + [count for count in range(1, channels + 1) if channels % count == 0])
    elif draw.chance(0.5):
        axes = sorted(int(axis) + 1 for axis in draw.rng.permutation(rank)[:draw.whole(1, rank)])
        if kind == "rms":
            axes = list(range(rank + 1 - len(axes), rank + 1))
        config["axis"] = axes if kind == "rms" or len(axes) > 1 or draw.chance(0.5) else axes[0]
    return kind + "_normalization", config


def reshaped(draw, size):
    """A shape of this size, perhaps with one length left open."""
    shape = []
    for factor in [2, 3, 5]:
        if size % factor == 0 and size > factor and len(shape) < 2 and draw.chance(0.6):
            shape.append(factor)
            size //= factor
    shape.append(size)
    return [shape[i] for i in draw.rng.permutation(len(shape))]


class Graph:
    """A graph that grows by layers which fit."""

    def __init__(self, draw, name, models, trains):
        self.draw, self.models, self.trains = draw, models, trains
        self.name, self.layers, self.nodes, self.shapes = name, [], [], []
        # Keras numbers automatic names over all models of a process, the library in each model: only a model alone has them.
        self.named = draw.chance(0.7) or bool(models) or name != "model"

    def add(self, kind, config, inputs, shape, name=None):
        if name is None and self.named:
            name = "%s_%s_%d" % (self.name, kind[:3], len(self.layers))
        self.layers.append({"kind": kind, "name": name, "config": config})
        return self.apply({"layer": len(self.layers) - 1}, inputs, [shape])

    def apply(self, what, inputs, shapes):
        self.nodes.append(dict(what, inputs=inputs))
        self.shapes.append(shapes)
        return [[len(self.nodes) - 1, output] for output in range(len(shapes))]

    def shape(self, ref):
        return self.shapes[ref[0]][ref[1]]

    def input(self, shape):
        return self.add("input_layer", {"shape": shape}, [], shape)[0]

    def again(self, ref):
        """A layer that is there already and takes such a value once more, or None."""
        fitting = [node for node, shapes in zip(self.nodes, self.shapes)
                   if "layer" in node and len(node["inputs"]) == 1 and self.shape(node["inputs"][0]) == self.shape(ref)
                   and node["inputs"][0] != ref]
        if not fitting:
            return None
        node = self.draw.one(fitting)
        layer = node["layer"]
        return self.apply({"layer": layer}, [ref], [self.shapes[self.nodes.index(node)][0]])[0]

    def nested(self, ref):
        """A model applied to the value, or None; it may be applied twice."""
        fitting = [index for index, model in enumerate(self.models) if [self.shape(ref)] == model["input_shapes"]]
        if not fitting:
            return None
        index = self.draw.one(fitting)
        return self.apply({"model": index}, [ref], self.models[index]["output_shapes"])

    def grow(self, ref):
        """One more layer behind a value."""
        draw, shape = self.draw, self.shape(ref)
        size = int(np.prod(shape))
        if len(shape) > 0 and size <= 300 and draw.chance(0.6 if len(shape) > 1 else 0.05):
            kind, config, shape = spatial(draw, shape)
            return self.add(kind, config, [ref], shape)[0]
        kind = draw.one(["dense"] * 6 + ["activation"] * 2 + ["flatten", "reshape", "dropout", "gaussian_noise", "rescaling"] +
                        ["re_lu", "leaky_re_lu", "elu", "p_re_lu", "softmax"] * draw.chance(0.3) +
                        ["normalization"] * 3 + ["spatial_dropout"])
        if kind == "dense" and len(shape) > 0:
            units = draw.whole(1, 9)
            return self.add(*dense(draw, units), [ref], shape[:-1] + [units])[0]
        if kind == "activation":
            return self.add(kind, {"activation": activation(draw, len(shape) > 0)}, [ref], shape)[0]
        if kind in ("re_lu", "leaky_re_lu", "elu") or kind in ("p_re_lu", "softmax") and len(shape) > 0:
            return self.add(kind, rectifier(draw, kind, shape), [ref], shape)[0]
        if kind == "reshape":
            target = reshaped(draw, size)
            config = [-1 if index == 0 and draw.chance(0.3) else length for index, length in enumerate(target)]
            return self.add(kind, {"target_shape": config}, [ref], target)[0]
        if kind == "normalization" and len(shape) > 0:
            return self.add(*normalization(draw, shape), [ref], shape)[0]
        if kind == "spatial_dropout" and 2 <= len(shape) <= 4:
            config = {"rate": 0.0 if self.trains else draw.real(0, 0.9)}
            if len(shape) > 2 and draw.chance(0.5):
                config["data_format"] = draw.one(["channels_first", "channels_last"])
            return self.add("spatial_dropout%dd" % (len(shape) - 1), config, [ref], shape)[0]
        if kind == "dropout":
            rate = 0.0 if self.trains else draw.real(0, 0.9)
            return self.add(kind, {"rate": rate}, [ref], shape)[0]
        if kind == "gaussian_noise":
            return self.add(kind, {"stddev": 0.0 if self.trains else draw.real(0, 1)}, [ref], shape)[0]
        if kind == "rescaling":
            config = {"scale": draw.real(-1.5, 1.5), "offset": draw.one([0.0, draw.real(-1, 1)])}
            return self.add(kind, config, [ref], shape)[0]
        return self.add("flatten", {}, [ref], [size])[0]

    def flat(self, ref):
        shape = self.shape(ref)
        return ref if len(shape) == 1 else self.add("flatten", {}, [ref], [int(np.prod(shape))])[0]

    def merge(self, a, b):
        """Sum or concatenation of two values."""
        draw = self.draw
        one, two = self.shape(a), self.shape(b)
        if one == two and draw.chance(0.6):
            return self.add("add", {}, [a, b], one)[0]
        fitting = [axis for axis in range(len(one)) if len(one) == len(two) and
                   one[:axis] + one[axis + 1:] == two[:axis] + two[axis + 1:]]
        if not fitting:
            a, b = self.flat(a), self.flat(b)
            one, two, fitting = self.shape(a), self.shape(b), [0]
        axis = draw.one(fitting)
        shape = one[:axis] + [one[axis] + two[axis]] + one[axis + 1:]
        return self.add("concatenate", {"axis": draw.one([axis + 1, axis - len(one)])}, [a, b], shape)[0]

    def sinks(self):
        used = {tuple(ref) for node in self.nodes for ref in node["inputs"]}
        return [[node, output] for node, shapes in enumerate(self.shapes) for output in range(len(shapes))
                if (node, output) not in used]

    def done(self, inputs, outputs, sequential=False):
        return {"name": self.name, "sequential": sequential, "layers": self.layers, "nodes": self.nodes, "inputs": inputs,
                "outputs": outputs, "input_shapes": [self.shape(ref) for ref in inputs],
                "output_shapes": [self.shape(ref) for ref in outputs]}


def input_shape(draw):
    return draw.one([[draw.whole(1, 10)], [draw.whole(1, 10)], [draw.whole(2, 6)], [draw.whole(1, 4), draw.whole(1, 4)],
                     [2, draw.whole(1, 3), 2], [draw.whole(1, 5), draw.whole(1, 5), draw.whole(1, 3)],
                     [2, draw.whole(1, 3), 2, draw.whole(1, 2)]])


def sequential(draw, name, models, trains, shape, head):
    graph = Graph(draw, name, models, trains)
    first = last = graph.input(shape)
    for _ in range(draw.whole(0 if head else 1, 4)):
        nested = graph.nested(last) if draw.chance(0.5) else None
        last = nested[0] if nested and len(nested) == 1 else graph.grow(last) if not nested else last
        if nested and len(nested) != 1:
            graph.nodes.pop()
            graph.shapes.pop()
    outputs = [head(graph, last)] if head else [last]
    return graph.done([first], outputs, True)


def functional(draw, name, models, trains, shapes, heads):
    graph = Graph(draw, name, models, trains)
    inputs = [graph.input(shape) for shape in shapes]
    for _ in range(draw.whole(1, 5)):
        values = [[node, output] for node, several in enumerate(graph.shapes) for output in range(len(several))]
        ref = draw.one(graph.sinks() if draw.chance(0.7) else values)
        grown = graph.nested(ref) if draw.chance(0.3) else graph.again(ref) if draw.chance(0.3) else None
        if grown is None:
            if len(values) > 1 and draw.chance(0.25):
                graph.merge(*[values[i] for i in draw.rng.permutation(len(values))[:2]])
            else:
                graph.grow(ref)
    while len(graph.sinks()) > len(heads):
        graph.merge(*graph.sinks()[:2])
    ends = graph.sinks()
    outputs = [head(graph, ends[index % len(ends)]) for index, head in enumerate(heads)]
    return graph.done(inputs, outputs)


# ---- Outputs, their losses, targets and metrics -------------------------------------------------------------------------------


def plain_head(graph, ref):
    """The end of a model inside."""
    units = graph.draw.whole(1, 6)
    shape = graph.shape(ref)
    return graph.add(*dense(graph.draw, units), [ref], shape[:-1] + [units])[0]


def head_of(draw, output):
    """The last layers of an output: what its loss wants, one time in eight something else."""
    wanted = {"binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax",
              "sparse_categorical_crossentropy": "softmax"}.get(output["loss"]["kind"])
    function = {"kind": wanted, "config": {}} if wanted else activation(draw, True)
    if wanted and output["loss"]["config"].get("from_logits"):
        function = None if draw.chance(0.8) else function
    elif wanted and draw.chance(0.12):
        function = {"kind": draw.one(["sigmoid", "softmax", "softplus"]), "config": {}}

    def head(graph, ref):
        shape = graph.shape(ref)
        if output["flat"] or len(shape) == 0:
            ref = graph.flat(ref)
            shape = graph.shape(ref)
        apart = function is not None and draw.chance(0.25)
        units = output["units"]
        ref = graph.add(*dense(draw, units, {"kind": "linear", "config": {}} if apart or function is None else function),
                        [ref], shape[:-1] + [units], "out_%d" % output["index"] if not apart else None)[0]
        if apart:
            ref = graph.add("activation", {"activation": function}, [ref], shape[:-1] + [units], "out_%d" % output["index"])[0]
        return ref

    return head


def output_of(draw, index, images):
    kind = draw.one(KINDS["loss"])
    config = {}
    if draw.chance(0.25):
        config["reduction"] = draw.one(["sum_over_batch_size", "sum", "mean_with_sample_weight"])
    if kind.endswith("crossentropy") and draw.chance(0.25):
        config["from_logits"] = True
    if kind in ("binary_crossentropy", "categorical_crossentropy") and draw.chance(0.25):
        config["label_smoothing"] = draw.real(0, 0.4)
    units = draw.whole(1 if kind[:4] in ("bina", "mean") else 2, 6)
    if images:
        kind, config, units = draw.one(["mean_squared_error", "binary_crossentropy"]), {}, 11 * draw.whole(11, 12)
    return {"index": index, "loss": {"kind": kind, "config": config, "by_name": not config and draw.chance(0.5)}, "units": units,
            "flat": images or draw.chance(0.75), "images": images}


def metrics_of(draw, output):
    """Metrics that can look at such an output."""
    loss, found = output["loss"]["kind"], []
    if loss == "sparse_categorical_crossentropy":
        choice = ["accuracy", "acc", "sparse_categorical_accuracy"]
    else:
        choice = ["accuracy", "acc", "mse", "mae", "mean_squared_error", "mean_absolute_error", "binary_accuracy", "Accuracy"]
        choice += ["categorical_accuracy"] if output["units"] > 1 else []
        choice += ["psnr", "ssim"] * 3 if output["images"] else []
    for _ in range(draw.one([0, 1, 1, 2, 3])):
        kind, config = draw.one(choice), {}
        if kind == "binary_accuracy" and draw.chance(0.6):
            config["threshold"] = draw.real(0.2, 0.8)
        if kind in ("psnr", "ssim"):
            config.update(height=11, width=output["units"] // 11, max_val=1.0)
        if kind not in ("accuracy", "acc", "mse", "mae") and draw.chance(0.3):
            config["name"] = "m%d" % draw.whole(0, 3)
        found.append({"kind": kind, "config": config})
    return found


def target_of(draw, output, shape):
    """How targets are made: kind, shape of a sample, element type."""
    loss = output["loss"]["kind"]
    real = draw.one(["float32", "float32", "float64"])
    if loss == "sparse_categorical_crossentropy":
        return {"kind": "labels", "classes": shape[-1], "shape": shape[:-1] + draw.one([[], [1]]),
                "dtype": draw.one(["int32", "int64", "uint8", "float32"])}
    if loss == "categorical_crossentropy":
        kind = draw.one(["one_hot", "one_hot", "shares"])
        return {"kind": kind, "shape": shape, "dtype": real if kind == "shares" else draw.one(["float32", "float64", "int32", "uint8"])}
    if loss == "binary_crossentropy":
        kind = draw.one(["bits", "uniform"])
        dtype = real if kind == "uniform" else draw.one(["float32", "float64", "uint8", "int64"])
    else:
        kind, dtype = draw.one(["normal", "uniform", "bits"]), real
    if shape == [1] and draw.chance(0.3):
        shape = []
    return {"kind": kind, "shape": shape, "dtype": dtype}


# ---- What is compiled and done ------------------------------------------------------------------------------------------------


def callbacks(draw, keys, is_scheduled):
    """Callbacks of a fit; keys are the logs that there may be. With a schedule, rates cannot be set, which both refuse."""
    found = []
    monitor = lambda: draw.one(keys + ["val_loss", "val_loss", "loss"] + (["nothing"] if draw.chance(0.2) else []))
    mode = lambda: draw.one(["auto", "min", "max"])
    if draw.chance(0.45):
        found.append({"kind": "early_stopping", "config": {
            "monitor": monitor(), "mode": mode(), "patience": draw.whole(0, 2), "min_delta": draw.one([0.0, draw.real(0, 0.05)]),
            "baseline": draw.one([None, None, draw.real(0, 1)]), "start_from_epoch": draw.one([0, 0, 1]),
            "restore_best_weights": draw.chance(0.6)}})
    if draw.chance(0.35):
        found.append({"kind": "reduce_lr_on_plateau", "config": {
            "monitor": monitor(), "mode": mode(), "patience": draw.whole(0, 2), "factor": draw.real(0.1, 0.9),
            "min_delta": draw.one([1e-4, draw.real(0, 0.1)]), "cooldown": draw.whole(0, 1),
            "min_lr": draw.one([0.0, draw.small(1e-4, 1e-2)])}})
    if draw.chance(0.03 if is_scheduled else 0.25):
        found.append({"kind": "learning_rate_scheduler", "factors": [draw.real(0.2, 1.5) for _ in range(3)]})
    if draw.chance(0.35):
        found.append({"kind": "csv_logger", "config": {"separator": draw.one([",", ";", "\t"]), "append": draw.chance(0.4)}})
    if draw.chance(0.3):
        found.append({"kind": "terminate_on_nan", "config": {"raise_error": draw.chance(0.3)}})
    if draw.chance(0.2):
        found.append({"kind": "history"})
    if draw.chance(0.5):
        found.insert(draw.whole(0, len(found)), {"kind": "lambda"})
    return [found[i] for i in draw.rng.permutation(len(found))]


def rows_only(case):
    """Whether each sample has one loss per output: where it has several, Keras cannot weigh samples (README.md)."""
    return all(len(shape) == 1 for shape in case["model"]["output_shapes"])


def fit(draw, case, outputs):
    rows = case["rows"]
    op = {"do": "fit", "batch_size": draw.one([draw.whole(3, 20), draw.whole(5, 12), rows, rows + 3, 32]), "epochs": draw.whole(1, 3),
          "shuffle": False}
    validation = draw.one(["none", "split", "split", "data", "data"])
    if validation == "split":
        op["validation_split"] = draw.real(0.05, 0.6)
    if validation == "data":
        op["validation_rows"] = draw.whole(1, rows)
        op["validation_weights"] = draw.chance(0.3) and rows_only(case)
        op["validation_batch_size"] = draw.one([None, draw.whole(2, 9)])
    if validation != "none" and draw.chance(0.2):
        op["validation_freq"] = draw.whole(1, 3)
    if draw.chance(0.2):
        op["initial_epoch"] = draw.whole(0, 2)
        op["epochs"] += op["initial_epoch"] - draw.whole(0, 1)
    if draw.chance(0.25) and rows_only(case):
        op["sample_weight"] = True
    elif len(outputs) == 1 and outputs[0]["classes"] and draw.chance(0.4):
        op["class_weight"] = {str(label): draw.real(0.2, 3) for label in range(outputs[0]["classes"] + 1) if draw.chance(0.7)}
    keys = ["val_loss", "loss"]
    for metric in case["compile"]["metrics"][0] + case["compile"]["weighted_metrics"][0]:
        name = metric["config"].get("name", metric["kind"])
        prefix = "" if len(outputs) == 1 else "out_0_"
        keys += [prefix + name, "val_" + prefix + name]
    op["callbacks"] = callbacks(draw, keys, draw_optimizer.is_scheduled(case["compile"]["optimizer"]))
    if one_batch(case, outputs):
        op.update(batch_size=rows + draw.whole(0, 3))
        op.pop("validation_batch_size", None)
    elif draw.chance(0.3):
        fit_dataset(draw, case, outputs, op)
    elif draw.chance(0.25):
        op["steps_per_epoch"] = draw.whole(1, -(-rows // op["batch_size"]) + 2)
    if not one_batch(case, outputs) and "validation_rows" in op and draw.chance(0.2):
        op["validation_steps"] = draw.whole(1, 4)
    return op


def counted(case, outputs, description, trains=False):
    """The dataset, of known length where Keras' graphs count what is not there (README.md, "Steps without batches")."""
    if case["graph_mode"] and (trains or len(outputs) > 1):
        description["known"] = True
    return description


def fit_dataset(draw, case, outputs, op):
    """Rows of the fit, and perhaps of its validation, from datasets. Keras has no weight for classes beyond class_weight's here."""
    if op.pop("validation_split", None):
        op.pop("validation_freq", None)
    if draw.chance(0.15):
        op["dataset"] = draw_dataset.stream(draw, case["rows"])
        op.pop("sample_weight", None)
        op.pop("class_weight", None)  # Keras has none for its generators
    else:
        op["dataset"] = counted(case, outputs, draw_dataset.dataset(draw, case["rows"], weights=op.pop("sample_weight", False)), True)
        if op.get("class_weight"):
            op["class_weight"].setdefault(str(outputs[0]["classes"] - 1), 1.0)
    op["steps_per_epoch"] = draw_dataset.steps(draw, op["dataset"], op["batch_size"], True)
    if "validation_rows" in op and draw.chance(0.7):
        size = op["validation_batch_size"] or op["batch_size"]
        made = draw_dataset.dataset(draw, op.pop("validation_rows"), weights=op.pop("validation_weights"))
        op["validation_dataset"] = counted(case, outputs, made)
        op["validation_steps"] = draw_dataset.steps(draw, op["validation_dataset"], size)


def one_batch(case, outputs):
    """Keras' graphs count each batch alike in the losses of several outputs, its eager mode counts rows; the library is as the
    graphs, which are what people run. So eager cases of several outputs have one batch (README.md, "Several outputs")."""
    return len(outputs) > 1 and not case["graph_mode"]


def look(draw, case, outputs, op):
    """evaluate or predict, perhaps with rows from a dataset; predict of one takes a model of one output and no hooks."""
    evaluates = op["do"] == "evaluate"
    if one_batch(case, outputs) or not (evaluates or len(outputs) == 1):
        return op
    if draw.chance(0.25):
        made = draw_dataset.dataset(draw, case["rows"], evaluates, op.pop("sample_weight", False))
        op["dataset"] = counted(case, outputs, made)
        if evaluates:
            op["steps"] = draw_dataset.steps(draw, op["dataset"], op["batch_size"])
        else:
            op["watch"] = False
    elif evaluates and draw.chance(0.15):
        op["steps"] = draw.whole(1, 4)
    return op


def alone(draw):
    """A schedule's rates, or a constraint of a weight of any shape, by themselves."""
    if draw.chance(0.5):
        steps = draw.whole(1, 40)
        return {"do": "rates", "schedule": draw_optimizer.schedule(draw, lambda: draw.real(0, 1), steps), "steps": 3 * steps}
    shape = draw.one([[draw.whole(1, 70)], [draw.whole(1, 9), draw.whole(1, 80)], [draw.whole(1, 5) for _ in range(3)]])
    kinds = OF_MATRICES
    if draw.chance(0.4):
        side = draw.one([2, 2, 3, 4, 5, 6, 7])  # Keras 2 fails with one element, which the library leaves as it is
        shape, kinds = [side, side, draw.whole(1, 3), draw.whole(1, 3)], OF_MATRICES + ["radial_constraint"] * 4
    axes = [draw.whole(-len(shape), len(shape) - 1), sorted({draw.whole(0, len(shape) - 1) for _ in range(3)})]
    return {"do": "constrain", "constraint": draw_optimizer.constraint(draw, kinds, axes), "shape": shape,
            "scale": draw.small(0.05, 3)}


def programme(draw, case, outputs, trains):
    batch = lambda: 64 if one_batch(case, outputs) else draw.one([32, draw.whole(2, 15)])
    one = len(case["model"]["inputs"]) == 1 and len(outputs) == 1
    looks = [lambda: look(draw, case, outputs, {"do": "predict", "batch_size": batch(), "watch": draw.chance(0.3) and one}),
             lambda: look(draw, case, outputs, {
                 "do": "evaluate", "batch_size": batch(), "sample_weight": draw.chance(0.3) and rows_only(case),
                 "watch": draw.chance(0.3), "return_dict": draw.chance(0.3)})]
    steps = [lambda: {"do": draw.one(["train_on_batch", "train_on_batch", "test_on_batch"] if trains else ["test_on_batch"]),
                      "rows": draw.whole(1, case["rows"]), "sample_weight": draw.chance(0.3) and rows_only(case), "return_dict": draw.chance(0.5)}]
    ops = []
    if draw.chance(0.2):
        ops.append(draw.one(looks)())
    if one and draw.chance(0.3):
        ops += [steps[0]() for _ in range(draw.whole(1, 3))]
    if trains:
        ops.append(fit(draw, case, outputs))
    if draw.chance(0.12) and trains:
        if not draw_optimizer.is_scheduled(case["compile"]["optimizer"]) or draw.chance(0.1):
            ops.append({"do": "set_learning_rate", "value": draw.small(1e-3, 1e-1)})
        ops.append(fit(draw, case, outputs))
    ops.append(draw.one(looks)())
    if draw.chance(0.25):
        ops.append(draw.one(looks)())
    if draw.chance(0.15):
        ops.append(alone(draw))
    if draw.chance(0.25):
        ops.append({"do": "summary", "expand_nested": draw.chance(0.3), "show_trainable": draw.chance(0.3),
                    "of": draw.one(["model", "trainer"])})
    return ops


def wrong(draw, case):
    """One thing that is wrong, which both should refuse."""
    fits = [op for op in case["programme"] if op["do"] == "fit"]
    choice = ["target_rows", "target_width", "input_width"]
    if fits:
        choice += ["validation_split", "batch_size", "class_and_sample_weight", "monitor", "optimizer", "axis", "dataset"]
    kind = draw.one(choice)
    if kind == "dataset":
        return wrong_dataset(draw, case, fits[0])
    for op in case["programme"]:
        if op.pop("dataset", None):  # the call is checked, not what tf.data has to say
            op.update(sample_weight=False, steps_per_epoch=None, steps=None, validation_dataset=None)
    if kind == "validation_split":
        fits[0].pop("validation_rows", None)
        fits[0]["validation_split"] = draw.one([0.999, 0.0001, 1.0])
    elif kind == "batch_size":
        fits[0]["batch_size"] = -3
    elif kind == "class_and_sample_weight":
        fits[0].update(sample_weight=True, class_weight={"0": 2.0})
    elif kind == "monitor":
        fits[0]["callbacks"].insert(0, {"kind": "reduce_lr_on_plateau", "config": {"factor": 1.5}})
    elif kind == "optimizer":
        draw_optimizer.wrong_optimizer(draw, case["compile"]["optimizer"]["config"])
    elif kind == "axis":
        layer = draw.one([layer for layer in case["model"]["layers"] if layer["kind"] == "dense"])
        layer["config"]["kernel_constraint"] = {"kind": "max_norm", "config": {"axis": draw.one([7, -4, [0, 5]])}}
    return kind


def wrong_dataset(draw, case, op):
    """A dataset that has fewer rows than it says, or options beside it that are for arrays."""
    kind = draw.one(["fewer_rows", "dataset_and_split", "dataset_and_weight"])
    op["dataset"] = {"from": "generator", "stages": [], "weights": False, "batch": 4, "drop_remainder": False, "prefetch": None,
                     "known": True, "seek": False, "chunk": 3, "rows": case["rows"]}
    op["steps_per_epoch"] = None
    for key in ("sample_weight", "validation_split"):
        op.pop(key, None)
    op["epochs"] = op.get("initial_epoch", 0) + 1
    if kind == "fewer_rows":
        op["dataset"]["announced"] = case["rows"] + draw.whole(1, 5)
    elif kind == "dataset_and_split":
        for key in ("validation_rows", "validation_dataset"):
            op.pop(key, None)
        op["validation_split"] = 0.5
    else:
        op["sample_weight"] = True
    return kind


def draw_case(seed, number, extras):
    """The description of one case."""
    draw = Draw(seed, number)
    trains = draw.chance(0.88)
    images = draw.chance(0.03)
    several = not images and draw.chance(0.13)
    case = {"seed": seed, "case": number, "graph_mode": draw.chance(0.2 if several else 0.04), "rows": draw.whole(4, 40)}
    outputs = [output_of(draw, index, images) for index in range(draw.whole(2, 3) if several else 1)]
    heads = [head_of(draw, output) for output in outputs]
    shapes = [input_shape(draw) for _ in range(1 if draw.chance(0.75) else draw.whole(2, 3))]
    models = []
    for index in range(draw.one([0, 0, 0, 1, 1, 2])):
        make = functional if draw.chance(0.5) else sequential
        many = [plain_head] * draw.one([1, 1, 2])
        shape = draw.one(shapes)
        name = "inner_%d" % index
        models.append(make(draw, name, models[:], trains, [shape], many) if make is functional
                      else make(draw, name, models[:], trains, shape, plain_head))
    if len(shapes) == 1 and len(heads) == 1 and draw.chance(0.55):
        model = sequential(draw, "model", models, trains, shapes[0], heads[0])
    else:
        model = functional(draw, "model", models, trains, shapes, heads)
    case.update(models=models, model=model, frozen=[])
    for place, graph in enumerate(models + [model]):
        place = place if place < len(models) else -1
        for index, layer in enumerate(graph["layers"]):
            if draw.chance({"dense": 0.08, "batch_normalization": 0.25}.get(layer["kind"], 0)):
                case["frozen"].append([place, index])
        if place >= 0 and draw.chance(0.1):
            case["frozen"].append([place, None])
    targets = [target_of(draw, output, shape) for output, shape in zip(outputs, model["output_shapes"])]
    for output, target in zip(outputs, targets):
        sparse = target["kind"] == "labels" and target["shape"] in ([], [1])
        output["classes"] = target["classes"] if sparse else output["units"] if target["kind"] == "one_hot" and len(
            target["shape"]) == 1 else 0
    weights = [draw.real(0.1, 2) for _ in outputs] if draw.chance(0.4) else None
    case["compile"] = {"optimizer": draw_optimizer.optimizer(draw, KINDS["optimizer"], extras),
                       "losses": [output["loss"] for output in outputs], "loss_weights": weights,
                       "metrics": [metrics_of(draw, output) for output in outputs],
                       "weighted_metrics": [metrics_of(draw, output) if draw.chance(0.3) else [] for output in outputs]}
    case["inputs"] = [{"shape": shape, "dtype": draw.one(["float32", "float32", "float32", "float64", "uint8", "int32", "int64"]),
                       "nan": draw.chance(0.04)} for shape in shapes]
    case["targets"] = targets
    case["programme"] = programme(draw, case, outputs, trains)
    if any(op["do"] == "train_on_batch" for op in case["programme"]):
        for put in case["inputs"]:
            put["nan"] = False  # denoise_trainer_train_on_batch() has no options, and so always refuses NaN
    case["wrong"] = wrong(draw, case) if draw.chance(0.05) else None
    return case


# ---- Numbers ------------------------------------------------------------------------------------------------------------------


def target_values(rng, target, rows):
    shape = [rows] + target["shape"]
    kind = target["kind"]
    if kind == "labels":
        values = rng.integers(0, target["classes"], shape)
    elif kind == "one_hot":
        values = np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
    elif kind == "shares":
        values = rng.uniform(0.05, 1, shape)
        values /= values.sum(-1, keepdims=True)
    elif kind == "bits":
        values = rng.integers(0, 2, shape)
    else:
        values = rng.uniform(0, 1, shape) if kind == "uniform" else rng.normal(0, 1, shape)
    return values.astype(target["dtype"])


def input_values(rng, put, rows):
    shape = [rows] + put["shape"]
    if put["dtype"].startswith("float"):
        values = rng.normal(0, 1, shape).astype(put["dtype"])
        if put["nan"]:
            values.flat[int(rng.integers(values.size))] = np.nan
        return values
    return rng.integers(0, 4, shape).astype(put["dtype"])


class Data:
    """The arrays of a case."""

    def __init__(self, case):
        self.seed, self.number = case["seed"], case["case"]
        rng = np.random.default_rng([self.seed, self.number, 1])
        rows = case["rows"]
        self.x = [input_values(rng, put, rows) for put in case["inputs"]]
        self.y = [target_values(rng, target, rows) for target in case["targets"]]
        self.weights = [rng.uniform(0, 2, rows).astype(np.float32) for _ in self.y]
        self.validation_x = [input_values(rng, dict(put, nan=False), rows) for put in case["inputs"]]
        self.validation_y = [target_values(rng, target, rows) for target in case["targets"]]
        self.validation_weights = [rng.uniform(0, 2, rows).astype(np.float32) for _ in self.y]
        self.rng = rng
        if case["wrong"] == "target_rows":
            self.y[0] = self.y[0][:-1]
        if case["wrong"] == "target_width":
            self.y[0] = np.zeros(list(self.y[0].shape) + [7], np.float32)
        if case["wrong"] == "input_width":
            self.x[0] = np.zeros([rows] + [length + 1 for length in case["inputs"][0]["shape"]], np.float32)

    def weight(self, shape, scale):
        """A weight that is the same whatever was asked for before."""
        rng = np.random.default_rng([self.seed, self.number, 2])
        return rng.normal(0, scale, shape).astype(np.float32)

    def first_weights(self, shapes, names):
        """Well scaled weights of these shapes; factors are near 1, and a variance is not negative."""
        values = []
        for shape, name in zip(shapes, names):
            scale = 0.1 if len(shape) < 2 or name in ("gamma", "beta", "scale") else shape[0] ** -0.5
            value = self.rng.normal(0, scale, shape)
            value = abs(value) * 5 + 0.5 if name == "moving_variance" else value + 1 if name in ("gamma", "scale") else value
            values.append(value.astype(np.float32))
        return values
