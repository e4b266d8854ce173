# SPDX-License-Identifier: Apache-2.0
"""Carries out a case in Keras: a list of (what, observed)."""
import os

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["COLUMNS"] = "200"  # else rich cuts summaries at 80

import warnings  # noqa: E402

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from draw import Data  # noqa: E402
from draw_dataset import batch_of, is_known  # noqa: E402

warnings.simplefilter("ignore")
tf.get_logger().setLevel("ERROR")
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

LOSSES = {"binary_crossentropy": keras.losses.BinaryCrossentropy, "mean_squared_error": keras.losses.MeanSquaredError,
          "categorical_crossentropy": keras.losses.CategoricalCrossentropy, "mean_absolute_error": keras.losses.MeanAbsoluteError,
          "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy}
METRICS = {"Accuracy": keras.metrics.Accuracy, "binary_accuracy": keras.metrics.BinaryAccuracy,
           "categorical_accuracy": keras.metrics.CategoricalAccuracy,
           "sparse_categorical_accuracy": keras.metrics.SparseCategoricalAccuracy,
           "mean_squared_error": keras.metrics.MeanSquaredError, "mean_absolute_error": keras.metrics.MeanAbsoluteError}
OPTIMIZERS = {"sgd": keras.optimizers.SGD, "rmsprop": keras.optimizers.RMSprop, "adam": keras.optimizers.Adam,
              "adamw": keras.optimizers.AdamW}
REGULARIZERS = {"l1": keras.regularizers.L1, "l2": keras.regularizers.L2, "l1l2": keras.regularizers.L1L2}
SCHEDULES = {"exponential_decay": "ExponentialDecay", "piecewise_constant_decay": "PiecewiseConstantDecay",
             "polynomial_decay": "PolynomialDecay", "inverse_time_decay": "InverseTimeDecay", "cosine_decay": "CosineDecay",
             "cosine_decay_restarts": "CosineDecayRestarts"}
CONSTRAINTS = {"max_norm": keras.constraints.MaxNorm, "min_max_norm": keras.constraints.MinMaxNorm,
               "unit_norm": keras.constraints.UnitNorm, "non_neg": keras.constraints.NonNeg}
HOOKS = ["on_%s_%s" % (what, edge) for what in ("train", "epoch", "train_batch", "test", "test_batch", "predict", "predict_batch")
         for edge in ("begin", "end")]


class Recorder(keras.callbacks.Callback):
    """Writes down every call of a hook; what Keras hands to predict's hooks (the outputs) is left out."""

    def __init__(self, events):
        super().__init__()
        self.events = events


def _record(name):
    def hook(self, *arguments):
        index, logs = arguments if len(arguments) == 2 else (None, arguments[0] if arguments else None)
        logs = {} if "predict" in name else {key: float(value) for key, value in (logs or {}).items()}
        self.events.append((name, index, logs))
    return lambda self, *arguments, **keys: hook(self, *arguments, *keys.values())


for _name in HOOKS:
    setattr(Recorder, _name, _record(_name))


def function(description):
    """An activation."""
    if description is None:
        return None
    kind, config = description["kind"], description["config"]
    made = getattr(keras.activations, kind)
    return (lambda x: made(x, **config)) if config else made


def constraint(description):
    """Keras 3 has no RadialConstraint; that of Keras 2 is asked for it."""
    if description["kind"] == "radial_constraint":
        import tf_keras
        return tf_keras.constraints.RadialConstraint()
    return CONSTRAINTS[description["kind"]](**description["config"])


def schedule(description):
    return getattr(keras.optimizers.schedules, SCHEDULES[description["kind"]])(**description["config"])


def optimizer(description):
    config = dict(description["config"])
    words = config.pop("exclude_from_weight_decay", None)
    if isinstance(config.get("learning_rate"), dict):
        config["learning_rate"] = schedule(config["learning_rate"])
    made = OPTIMIZERS[description["kind"]](**config)
    if words is not None:
        made.exclude_from_weight_decay(var_names=words.split("|"))
    return made
# Keras' classes by their small names: "max_pooling2d".
SPATIAL = {keras.src.utils.naming.to_snake_case(name): getattr(keras.layers, name) for name in dir(keras.layers)
           if name.startswith(("MaxPooling", "AveragePooling", "Global", "UpSampling", "ZeroPadding", "Cropping", "Resizing", "Permute",
                               "RepeatVector"))}


def layer(description):
    kind, name, config = description["kind"], description["name"], dict(description["config"])
    if kind == "dense":
        config["activation"] = function(config["activation"])
        for key in ("kernel_constraint", "bias_constraint"):
            if key in config:
                config[key] = constraint(config[key])
    if kind == "activation":
        config["activation"] = function(config["activation"])
    for key in config:
        if key.endswith("_regularizer"):
            config[key] = REGULARIZERS[config[key]["kind"]](**config[key]["config"])
    made = {"dense": keras.layers.Dense, "activation": keras.layers.Activation, "flatten": keras.layers.Flatten,
            "reshape": keras.layers.Reshape, "dropout": keras.layers.Dropout, "gaussian_noise": keras.layers.GaussianNoise,
            "rescaling": keras.layers.Rescaling, "add": keras.layers.Add, "concatenate": keras.layers.Concatenate,
            "re_lu": keras.layers.ReLU, "leaky_re_lu": keras.layers.LeakyReLU, "elu": keras.layers.ELU,
            "p_re_lu": keras.layers.PReLU, "softmax": keras.layers.Softmax,
            "batch_normalization": keras.layers.BatchNormalization, "layer_normalization": keras.layers.LayerNormalization,
            "group_normalization": keras.layers.GroupNormalization, "rms_normalization": keras.layers.RMSNormalization,
            "unit_normalization": keras.layers.UnitNormalization, "spatial_dropout1d": keras.layers.SpatialDropout1D,
            "spatial_dropout2d": keras.layers.SpatialDropout2D, "spatial_dropout3d": keras.layers.SpatialDropout3D}
    return made.get(kind, SPATIAL.get(kind))(name=name, **config)


def listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def ssim(a, b, max_val):
    """tf.image.ssim in the images' own precision; TensorFlow's is always in single, and loses digits of small variances."""
    place = np.exp(-0.5 * ((np.arange(11) - 5) / 1.5) ** 2)
    window = np.outer(place, place) / place.sum() ** 2
    mean = lambda x: tf.nn.depthwise_conv2d(x, tf.constant(window[:, :, None, None], x.dtype), [1, 1, 1, 1], "VALID")
    c1, c2, product = (0.01 * max_val) ** 2, (0.03 * max_val) ** 2, mean(a) * mean(b)
    squares = mean(a) ** 2 + mean(b) ** 2
    value = (2 * product + c1) / (squares + c1) * (2 * (mean(a * b) - product) + c2) / (mean(a * a + b * b) - squares + c2)
    return tf.reduce_mean(value, [1, 2, 3])


def image(function, config, kind):
    def measure(y_true, y_pred):
        shape = [-1, config["height"], config["width"], 1]
        if kind == "ssim" and y_pred.dtype == tf.float64:
            return ssim(tf.reshape(tf.cast(y_true, tf.float64), shape), tf.reshape(y_pred, shape), config["max_val"])
        return function(tf.reshape(tf.cast(y_true, y_pred.dtype), shape), tf.reshape(y_pred, shape), config["max_val"])
    made = keras.metrics.MeanMetricWrapper(measure, name=config.get("name", kind))
    made._direction = "up"  # what mode "auto" of callbacks asks metrics for
    return made


def metric(description):
    kind, config = description["kind"], description["config"]
    if kind in ("psnr", "ssim"):
        return image(getattr(tf.image, kind), config, kind)
    if kind in ("accuracy", "acc", "mse", "mae") or (kind in METRICS and not config and kind != "Accuracy" and len(kind) % 2):
        return kind
    return METRICS[kind](**config)


def whole(events, descriptions):
    """Events without batches that begin and never come: so Keras finds the end of a dataset whose rows it does not know."""
    if all(is_known(description) for description in descriptions):
        return events
    begins = [name.endswith("_batch_begin") and (after or ("",))[0] != name.replace("begin", "end")
              for (name, _, _), after in zip(events, events[1:] + [None])]
    return [event for event, begins_only in zip(events, begins) if not begins_only]


def staged(rows, description, batch_size):
    """A tf.data.Dataset behind the stages of its description."""
    for stage, *settings in description["stages"]:
        if stage == "map":
            rows = rows.enumerate().map(row_added)
        else:
            rows = getattr(rows, stage)(*settings)
    rows = rows.batch(batch_of(description, batch_size), drop_remainder=description["drop_remainder"])
    return rows if description["prefetch"] is None else rows.prefetch(description["prefetch"])


def row_added(number, parts):
    """What map does: the row's number, counted by three, added to the first input."""
    x = tf.nest.flatten(parts[0])
    x[0] += tf.cast(number % 3, x[0].dtype)
    return (tf.nest.pack_sequence_as(parts[0], x),) + tuple(parts[1:])


class Run:
    def __init__(self, case, folder, shake=0.0, floatx="float32"):
        self.case, self.folder, self.data, self.seen = case, folder, Data(case), []
        self.shake, self.floatx = shake, floatx
        self.models, self.layers = [], []
        if shake:
            self.data.x = [self.shaken(x) for x in self.data.x]

    def shaken(self, values):
        """In single precision, each number a little more or a little less."""
        rng = np.random.default_rng(int(self.shake * 1e12))
        return (values.astype(np.float32) * (1 + self.shake * rng.choice([-1, 1], values.shape))).astype(np.float32)

    def all(self):
        """What was observed; ends with ("refused", text) if Keras refused."""
        keras.config.set_floatx(self.floatx)
        keras.backend.clear_session(free_memory=False)
        try:
            self.build()
            self.compile()
            for index, op in enumerate(self.case["programme"]):
                getattr(self, op["do"])(op, "%d %s" % (index, op["do"]))
            self.look("end", self.model)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, ZeroDivisionError,
                tf.errors.OpError) as error:
            self.seen.append(("refused", str(error)[:600]))
        finally:
            keras.config.set_floatx("float32")
        return self.seen

    # ---- Model -----------------------------------------------------------------------------------------------------------

    def graph(self, graph):
        made, values = [], []
        self.layers.append(made)
        for description in graph["layers"]:
            made.append(None if description["kind"] == "input_layer" else layer(description))
        if graph["sequential"]:
            steps = [keras.Input(graph["layers"][0]["config"]["shape"], name=graph["layers"][0]["name"])]
            steps += [made[node["layer"]] if "layer" in node else self.models[node["model"]] for node in graph["nodes"][1:]]
            return keras.Sequential(steps, name=graph["name"])
        for node in graph["nodes"]:
            inputs = [values[a][b] for a, b in node["inputs"]]
            if not inputs:
                description = graph["layers"][node["layer"]]
                values.append([keras.Input(description["config"]["shape"], name=description["name"])])
            else:
                called = made[node["layer"]] if "layer" in node else self.models[node["model"]]
                values.append(listed(called(inputs if len(inputs) > 1 else inputs[0])))
        pick = lambda refs: [values[a][b] for a, b in refs] if len(refs) > 1 else values[refs[0][0]][refs[0][1]]
        return keras.Model(pick(graph["inputs"]), pick(graph["outputs"]), name=graph["name"])

    def build(self):
        for graph in self.case["models"]:
            self.models.append(self.graph(graph))
        self.model = self.graph(self.case["model"])
        for place, index in self.case["frozen"]:
            if index is None:
                self.models[place].trainable = False
            elif self.layers[place][index] is not None:
                self.layers[place][index].trainable = False
        shapes = [weight.shape for weight in self.model.get_weights()]
        values = self.data.first_weights(shapes, [weight.path.split("/")[-1] for weight in self.model.weights])
        if self.shake:
            values = [self.shaken(value) for value in values]
        self.model.set_weights(values)
        self.seen.append(("weights", [list(shape) for shape in shapes]))

    def compile(self):
        compiled = self.case["compile"]
        losses = [loss["kind"] if loss["by_name"] else LOSSES[loss["kind"]](**loss["config"]) for loss in compiled["losses"]]
        several = len(losses) > 1
        metrics = {key: [[metric(one) for one in output] for output in compiled[key]] for key in ("metrics", "weighted_metrics")}
        self.model.compile(optimizer(compiled["optimizer"]), losses if several else losses[0],
                           loss_weights=compiled["loss_weights"], run_eagerly=not self.case["graph_mode"], jit_compile=False,
                           metrics=metrics["metrics"] if several else metrics["metrics"][0],
                           weighted_metrics=metrics["weighted_metrics"] if several else metrics["weighted_metrics"][0])

    # ---- What is done ----------------------------------------------------------------------------------------------------

    def look(self, place, model):
        self.seen.append((place + " weights", [np.array(value) for value in model.get_weights()]))
        self.seen.append((place + " rate", float(model.optimizer.learning_rate)))
        self.seen.append((place + " iterations", int(model.optimizer.iterations)))

    def joined(self, arrays):
        return arrays if len(arrays) > 1 else arrays[0]

    def rows(self, arrays, rows):
        return self.joined([array[:rows] for array in arrays])

    def rates(self, op, place):
        made = schedule(op["schedule"])
        self.seen.append((place, [float(made(tf.constant(step, tf.int64))) for step in range(op["steps"])]))

    def constrain(self, op, place):
        weight = self.data.weight(op["shape"], op["scale"])
        self.seen.append((place, np.array(constraint(op["constraint"])(tf.constant(weight)))))

    def dataset(self, description, place, x, y, weights, batch_size):
        """A tf.data.Dataset, or a Python generator where rows are a stream."""
        rows = description["rows"]
        pack = lambda arrays: tuple(arrays) if len(arrays) > 1 else arrays[0]
        parts = tuple(pack([array[:rows] for array in arrays]) for arrays in [x, y] + [weights] * description["weights"])
        if description["from"] == "stream":
            return self.stream(parts, batch_of(description, batch_size))
        made = tf.data.Dataset.from_tensor_slices(parts)
        if description["from"] == "generator":
            signature = made.element_spec
            made = tf.data.Dataset.from_generator(
                lambda: (tf.nest.map_structure(lambda array: array[row], parts) for row in range(rows)), output_signature=signature)
            if description["known"]:
                made = made.apply(tf.data.experimental.assert_cardinality(description.get("announced", rows)))
        options = tf.data.Options()
        options.threading.private_threadpool_size = options.threading.max_intra_op_parallelism = 1
        options.autotune.enabled = False
        made = staged(made, description, batch_size)
        if description["from"] == "tensors" or description["known"]:
            self.seen.append((place + " batches", int(made.cardinality())))
        return made.with_options(options)

    @staticmethod
    def stream(parts, size):
        row, rows = 0, len(tf.nest.flatten(parts)[0])
        while True:
            places = np.arange(row, row + size) % rows
            yield tf.nest.map_structure(lambda array: array[places], parts)
            row += size

    def training_data(self, op, place):
        data = self.data
        return self.dataset(op["dataset"], place + " dataset", data.x, data.y, data.weights, op["batch_size"])

    def predict(self, op, place):
        events = []
        x = self.training_data(op, place) if op.get("dataset") else self.joined(self.data.x)
        y = self.model.predict(x, batch_size=None if op.get("dataset") else op["batch_size"], verbose=0,
                               callbacks=[Recorder(events)] if op["watch"] else None)
        self.seen.append((place, [np.array(one) for one in listed(y)]))
        if op["watch"]:
            self.seen.append((place + " hooks", events))

    def evaluate(self, op, place):
        events, described = [], op.get("dataset")
        data = [self.training_data(op, place)] if described else [self.joined(self.data.x), self.joined(self.data.y)]
        logs = self.model.evaluate(*data, batch_size=None if described else op["batch_size"], verbose=0, steps=op.get("steps"),
                                   sample_weight=self.joined(self.data.weights) if op.get("sample_weight") else None,
                                   callbacks=[Recorder(events)] if op["watch"] else None, return_dict=op["return_dict"])
        self.told(op, place, logs)
        if op["watch"]:
            self.seen.append((place + " hooks", whole(events, [described] if described else [])))

    def told(self, op, place, logs):
        if op["return_dict"]:
            self.seen.append((place, {key: float(value) for key, value in logs.items()}))
        else:
            self.seen.append((place, self.once([float(value) for value in listed(logs)])))

    def once(self, values):
        """evaluate's list without what Keras says again of a second metric of the same name (README.md, "Names given twice")."""
        compiled = self.case["compile"]
        if len(compiled["losses"]) > 1:
            return values
        names = ["loss"] + [one["config"].get("name", one["kind"].replace("Accuracy", "accuracy"))
                            for key in ("metrics", "weighted_metrics") for one in compiled[key][0]]
        return [value for index, value in enumerate(values) if index >= len(names) or names[index] not in names[:index]]

    def on_batch(self, op, place, call):
        logs = call(self.rows(self.data.x, op["rows"]), self.rows(self.data.y, op["rows"]),
                    sample_weight=self.rows(self.data.weights, op["rows"]) if op["sample_weight"] else None, return_dict=op["return_dict"])
        self.told(op, place, logs)

    def train_on_batch(self, op, place):
        self.on_batch(op, place, self.model.train_on_batch)

    def test_on_batch(self, op, place):
        self.on_batch(op, place, self.model.test_on_batch)

    def set_learning_rate(self, op, place):
        self.model.optimizer.learning_rate = op["value"]

    def summary(self, op, place):
        lines = []
        self.model.summary(line_length=100, print_fn=lines.append, expand_nested=op["expand_nested"],
                           show_trainable=op["show_trainable"])
        self.seen.append((place, "\n".join(lines).rstrip("\n")))

    def callbacks(self, op, place, events):
        made = []
        for index, one in enumerate(op["callbacks"]):
            kind, config = one["kind"], one.get("config", {})
            if kind == "lambda":
                made.append(Recorder(events))
            elif kind == "learning_rate_scheduler":
                factors = one["factors"]
                made.append(keras.callbacks.LearningRateScheduler(lambda epoch, rate, factors=factors: rate * factors[epoch % 3]))
            elif kind == "csv_logger":
                path = os.path.join(self.folder, "keras_%s_%d.csv" % (place.replace(" ", "_"), index))
                if config["append"]:
                    with open(path, "w") as file:
                        file.write("epoch,before\r\n0,1\r\n")
                made.append(keras.callbacks.CSVLogger(path, **config))
            else:
                name = {"early_stopping": "EarlyStopping", "reduce_lr_on_plateau": "ReduceLROnPlateau", "history": "History",
                        "terminate_on_nan": "TerminateOnNaN"}[kind]
                made.append(getattr(keras.callbacks, name)(**config))
        return made

    def fit(self, op, place):
        data, events = self.data, []
        made = self.callbacks(op, place, events)
        keys = {key: op[key] for key in ("batch_size", "epochs", "validation_split", "validation_freq", "validation_batch_size",
                                         "initial_epoch", "shuffle", "steps_per_epoch", "validation_steps") if key in op}
        described = [op[key] for key in ("dataset", "validation_dataset") if op.get(key)]
        if "validation_rows" in op:
            rows = op["validation_rows"]
            parts = [data.validation_x, data.validation_y] + [data.validation_weights] * op["validation_weights"]
            keys["validation_data"] = tuple(self.rows(part, rows) for part in parts)
        if op.get("validation_dataset"):
            size = op["validation_batch_size"] or op["batch_size"]
            keys["validation_data"] = self.dataset(op["validation_dataset"], place + " validation dataset", data.validation_x,
                                                   data.validation_y, data.validation_weights, size)
        if op.get("sample_weight"):
            keys["sample_weight"] = self.joined(data.weights)
        if op.get("class_weight"):
            keys["class_weight"] = {int(label): weight for label, weight in op["class_weight"].items()}
        rows = [self.training_data(op, place)] if op.get("dataset") else [self.joined(data.x), self.joined(data.y)]
        history = self.model.fit(*rows, callbacks=made, verbose=0, **keys)
        self.seen.append((place + " epochs", list(history.epoch)))
        self.seen.append((place + " history", {key: [float(value) for value in values] for key, values in history.history.items()}))
        self.seen.append((place + " stopping", bool(self.model.stop_training)))
        for index, (one, callback) in enumerate(zip(op["callbacks"], made)):
            if one["kind"] == "early_stopping":
                best = float("nan") if callback.best is None else float(callback.best)
                self.seen.append((place + " stopped", [callback.stopped_epoch, callback.best_epoch]))
                self.seen.append((place + " best", best))
            if one["kind"] == "history":
                self.seen.append((place + " own history", {key: [float(value) for value in values]
                                                           for key, values in callback.history.items()}))
            if one["kind"] == "csv_logger":
                with open(os.path.join(self.folder, "keras_%s_%d.csv" % (place.replace(" ", "_"), index)), newline="") as file:
                    self.seen.append((place + " csv " + one["config"]["separator"], file.read()))
        self.seen.append((place + " hooks", whole(events, described)))
        self.look(place, self.model)
