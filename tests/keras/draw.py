# SPDX-License-Identifier: Apache-2.0
"""A case by its seed: a description of models, options, data and what is done with them, in plain dicts and lists.

The same description is carried out by on_keras.py and by on_library.py. A reference to a value of a graph is [node, output].
"""
import numpy as np

# What the cases draw from; differential.py fails when the library has a kind that is not here.
KINDS = {
    "layer": ["input_layer", "dense", "activation", "flatten", "reshape", "dropout", "gaussian_noise", "rescaling", "add",
              "concatenate", "batch_normalization", "layer_normalization", "group_normalization", "rms_normalization",
              "unit_normalization", "spatial_dropout1d", "spatial_dropout2d", "spatial_dropout3d"],
    "activation": ["linear", "relu", "leaky_relu", "elu", "sigmoid", "softmax", "softplus", "tanh"],
    "regularizer": ["l1", "l2", "l1l2"],
    "loss": ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "mean_squared_error",
             "mean_absolute_error"],
    "metric": ["accuracy", "elementwise_accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
               "mean_squared_error", "mean_absolute_error", "psnr", "ssim"],
    "optimizer": ["sgd", "rmsprop", "adam", "adamw"],
    "callback": ["csv_logger", "early_stopping", "history", "lambda", "learning_rate_scheduler", "reduce_lr_on_plateau",
                 "terminate_on_nan"],
}
# Kinds with nothing to compare: first values are copied from one to the other, and the bar's bytes have fixtures of their own.
NOT_DRAWN = {"callback": ["progbar_logger"]}


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


def activation(draw, softmax=False):
    kind = draw.one(["linear", "relu", "relu", "leaky_relu", "elu", "sigmoid", "softplus", "tanh", "tanh"] + ["softmax"] * softmax)
    config = {}
    if kind == "relu" and draw.chance(0.3):
        config = {"negative_slope": draw.real(0, 0.5), "max_value": draw.one([None, draw.real(0.5, 3)]),
                  "threshold": draw.one([0.0, draw.real(0, 0.5)])}
    if kind == "leaky_relu" and draw.chance(0.5):
        config = {"negative_slope": draw.real(0, 0.6)}
    if kind == "elu" and draw.chance(0.5):
        config = {"alpha": draw.real(0.2, 2)}
    return {"kind": kind, "config": config}


def regularizer(draw):
    kind = draw.one(KINDS["regularizer"])
    keys = {"l1": ["l1"], "l2": ["l2"], "l1l2": ["l1", "l2"]}[kind]
    return {"kind": kind, "config": {key: draw.small(1e-4, 3e-2) for key in keys}}


def dense(draw, units, function=None):
    config = {"units": units, "activation": function if function or draw.chance(0.15) else activation(draw, draw.chance(0.2))}
    if draw.chance(0.15):
        config["use_bias"] = False
    if draw.chance(0.15):
        config["kernel_regularizer"] = regularizer(draw)
    if draw.chance(0.1) and config.get("use_bias", True):
        config["bias_regularizer"] = regularizer(draw)
    return "dense", config


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
        kind = draw.one(["dense"] * 6 + ["activation"] * 2 + ["flatten", "reshape", "dropout", "gaussian_noise", "rescaling"] +
                        ["normalization"] * 3 + ["spatial_dropout"])
        if kind == "dense" and len(shape) > 0:
            units = draw.whole(1, 9)
            return self.add(*dense(draw, units), [ref], shape[:-1] + [units])[0]
        if kind == "activation":
            return self.add(kind, {"activation": activation(draw, len(shape) > 0)}, [ref], shape)[0]
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
                     [2, draw.whole(1, 3), 2]])


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


def optimizer(draw, extras):
    kind = draw.one(KINDS["optimizer"])
    rate = draw.small(1e-2, 0.3) if kind == "sgd" else draw.small(3e-4, 2e-2)
    config = {"learning_rate": rate} if draw.chance(0.9) else {}
    if kind == "sgd" and draw.chance(0.6):
        config.update(momentum=draw.real(0, 0.95), nesterov=draw.chance(0.5))
    if kind == "rmsprop" and draw.chance(0.7):
        config.update(rho=draw.real(0.5, 0.99), momentum=draw.one([0.0, draw.real(0, 0.9)]), centered=draw.chance(0.4),
                      epsilon=draw.small(1e-6, 1e-2))
    if kind.startswith("adam") and draw.chance(0.6):
        config.update(beta_1=draw.real(0.5, 0.95), beta_2=draw.real(0.8, 0.999), epsilon=draw.small(1e-7, 1e-3))
    if draw.chance(0.3):
        config["weight_decay"] = draw.small(1e-4, 5e-2)
    # What later libraries can: drawn where their optimizers list it.
    choices = {"clipnorm": lambda: draw.real(0.05, 2), "global_clipnorm": lambda: draw.real(0.05, 2),
               "clipvalue": lambda: draw.real(0.01, 1)}
    clips = [key for key in choices if key in extras[kind]]
    if clips and draw.chance(0.3):
        key = draw.one(clips)
        config[key] = choices[key]()
    if "use_ema" in extras[kind] and draw.chance(0.2):
        config.update(use_ema=True, ema_momentum=draw.real(0.5, 0.99))
        if draw.chance(0.5):
            config["ema_overwrite_frequency"] = draw.whole(1, 5)
    if "gradient_accumulation_steps" in extras[kind] and draw.chance(0.2):
        config["gradient_accumulation_steps"] = draw.whole(2, 4)
    if "amsgrad" in extras[kind] and draw.chance(0.3):
        config["amsgrad"] = True
    return {"kind": kind, "config": config}


def callbacks(draw, keys):
    """Callbacks of a fit; keys are the logs that there may be."""
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
    if draw.chance(0.25):
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
    op["callbacks"] = callbacks(draw, keys)
    if len(outputs) > 1 and not case["graph_mode"]:
        op.update(batch_size=rows + draw.whole(0, 3))  # one batch, see one_batch()
        op.pop("validation_batch_size", None)
    return op


def one_batch(case, outputs):
    """Keras' graphs count each batch alike in the losses of several outputs, its eager mode counts rows; the library is as the
    graphs, which are what people run. So eager cases of several outputs have one batch (README.md, "Several outputs")."""
    return len(outputs) > 1 and not case["graph_mode"]


def programme(draw, case, outputs, trains):
    batch = lambda: 64 if one_batch(case, outputs) else draw.one([32, draw.whole(2, 15)])
    one = len(case["model"]["inputs"]) == 1 and len(outputs) == 1
    looks = [lambda: {"do": "predict", "batch_size": batch(), "watch": draw.chance(0.3) and one},
             lambda: {"do": "evaluate", "batch_size": batch(), "sample_weight": draw.chance(0.3) and rows_only(case), "watch": draw.chance(0.3),
                      "return_dict": draw.chance(0.3)}]
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
        ops.append({"do": "set_learning_rate", "value": draw.small(1e-3, 1e-1)})
        ops.append(fit(draw, case, outputs))
    ops.append(draw.one(looks)())
    if draw.chance(0.25):
        ops.append(draw.one(looks)())
    if draw.chance(0.25):
        ops.append({"do": "summary", "expand_nested": draw.chance(0.3), "show_trainable": draw.chance(0.3),
                    "of": draw.one(["model", "trainer"])})
    return ops


def wrong(draw, case):
    """One thing that is wrong, which both should refuse."""
    fits = [op for op in case["programme"] if op["do"] == "fit"]
    choice = ["target_rows", "target_width", "input_width"]
    choice += ["validation_split", "batch_size", "class_and_sample_weight", "monitor"] if fits else []
    kind = draw.one(choice)
    if kind == "validation_split":
        fits[0].pop("validation_rows", None)
        fits[0]["validation_split"] = draw.one([0.999, 0.0001, 1.0])
    elif kind == "batch_size":
        fits[0]["batch_size"] = -3
    elif kind == "class_and_sample_weight":
        fits[0].update(sample_weight=True, class_weight={"0": 2.0})
    elif kind == "monitor":
        fits[0]["callbacks"].insert(0, {"kind": "reduce_lr_on_plateau", "config": {"factor": 1.5}})
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
    case["compile"] = {"optimizer": optimizer(draw, extras), "losses": [output["loss"] for output in outputs], "loss_weights": weights,
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
        rng = np.random.default_rng([case["seed"], case["case"], 1])
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

    def first_weights(self, shapes, names):
        """Well scaled weights of these shapes; factors are near 1, and a variance is not negative."""
        values = []
        for shape, name in zip(shapes, names):
            scale = 0.1 if len(shape) < 2 or name in ("gamma", "beta", "scale") else shape[0] ** -0.5
            value = self.rng.normal(0, scale, shape)
            value = abs(value) * 5 + 0.5 if name == "moving_variance" else value + 1 if name in ("gamma", "scale") else value
            values.append(value.astype(np.float32))
        return values
