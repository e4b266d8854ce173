# SPDX-License-Identifier: Apache-2.0
"""Carries out a case with the library: a list of (what, observed), as on_keras.py has it."""
import os

import numpy as np

import library_dataset
from draw import Data
from draw_dataset import batch_of
from library import Refused

HOOKS = ["on_%s_%s" % (what, edge) for what in ("train", "epoch", "train_batch", "test", "test_batch", "predict", "predict_batch")
         for edge in ("begin", "end")]


class Run:
    def __init__(self, case, folder, library):
        self.case, self.folder, self.library, self.data, self.seen = case, folder, library, Data(case), []
        self.lib, self.ffi = library.lib, library.ffi
        self.models, self.layers = [], []

    def all(self):
        try:
            self.build()
            self.compile()
            for index, op in enumerate(self.case["programme"]):
                getattr(self, op["do"])(op, "%d %s" % (index, op["do"]))
            self.look("end")
        except Refused as error:
            self.seen.append(("refused", str(error)))
        finally:
            self.library.release()
        return self.seen

    # ---- Model -----------------------------------------------------------------------------------------------------------

    def layer(self, description):
        config = dict(description["config"])
        if description["name"]:
            config["name"] = description["name"]
        return self.library.create("layer", description["kind"], config)

    def graph(self, graph):
        lib, library = self.lib, self.library
        made = [self.layer(description) for description in graph["layers"]]
        self.layers.append(made)
        name = library.c_text(graph["name"])
        if graph["sequential"]:
            builder = library.out("denoise_sequential", lib.denoise_sequential_free, lib.denoise_sequential_new, name)
            for node in graph["nodes"]:
                if "layer" in node:
                    library.check(lib.denoise_sequential_add(builder, made[node["layer"]]))
                else:
                    library.check(lib.denoise_sequential_add_model(builder, self.models[node["model"]]))
            return library.out("denoise_model", lib.denoise_model_free, lib.denoise_sequential_build, builder, self.ffi.NULL)
        builder = library.out("denoise_graph", lib.denoise_graph_free, lib.denoise_graph_new, name)
        values = []
        for node in graph["nodes"]:
            inputs = library.many("denoise_node", [values[a][b] for a, b in node["inputs"]])
            count = len(node["inputs"])
            if not count:
                values.append([lib.denoise_graph_input_layer(builder, made[node["layer"]])])
            elif "layer" in node:
                values.append([lib.denoise_graph_apply(builder, made[node["layer"]], inputs[0]) if count == 1 else
                               lib.denoise_graph_apply_many(builder, made[node["layer"]], inputs, count)])
            else:
                model = self.models[node["model"]]
                outputs = self.ffi.new("denoise_node *[]", lib.denoise_model_output_count(model))
                library.check(lib.denoise_graph_apply_model_many(outputs, len(outputs), builder, model, inputs, count))
                values.append(list(outputs))
        pick = lambda refs: library.many("denoise_node", [values[a][b] for a, b in refs])
        return library.out("denoise_model", lib.denoise_model_free, lib.denoise_graph_build_many, builder, pick(graph["inputs"]),
                           len(graph["inputs"]), pick(graph["outputs"]), len(graph["outputs"]), self.ffi.NULL)

    def weights(self):
        count = self.lib.denoise_model_weight_count(self.model)
        room = self.ffi.new("denoise_tensor *[]", max(count, 1))
        self.library.check(self.lib.denoise_model_get_weights(room, self.model, count))
        return [self.library.array(room[index]) for index in range(count)]

    def build(self):
        lib, library = self.lib, self.library
        for graph in self.case["models"]:
            self.models.append(self.graph(graph))
        self.model = self.graph(self.case["model"])
        for place, index in self.case["frozen"]:
            if index is None:
                library.check(lib.denoise_model_set_trainable(self.models[place], 0))
            else:
                library.check(lib.denoise_layer_set_trainable(self.layers[place][index], 0))
        shapes = [list(weight.shape) for weight in self.weights()]
        values = self.data.first_weights(shapes, [self.weight_name(index) for index in range(len(shapes))])
        library.check(lib.denoise_model_set_weights(self.model, library.tensors(values), len(values)))
        self.seen.append(("weights", shapes))

    def weight_name(self, index):
        """What follows the last slash."""
        name = self.ffi.new("char[]", 512)
        self.lib.denoise_model_weight_name(self.model, index, name, 512)
        return self.ffi.string(name).decode().split("/")[-1]

    def metric(self, description):
        config = dict(description["config"])
        return self.library.create("metric", description["kind"], config)

    def compile(self):
        lib, library, compiled = self.lib, self.library, self.case["compile"]
        options = library.options("denoise_compile_options")
        losses = [library.create("loss", loss["kind"], loss["config"]) for loss in compiled["losses"]]
        if len(losses) > 1 or compiled["loss_weights"]:
            options.losses, options.loss_count = library.many("denoise_loss", losses), len(losses)
            if compiled["loss_weights"]:
                options.loss_weights = library.keep(self.ffi.new("double[]", compiled["loss_weights"]))
        for key, count, outputs in (("metrics", "metric_count", "metric_outputs"),
                                    ("weighted_metrics", "weighted_metric_count", "weighted_metric_outputs")):
            flat = [(self.metric(one), output) for output, several in enumerate(compiled[key]) for one in several]
            setattr(options, key, library.many("denoise_metric", [one for one, _ in flat]))
            setattr(options, outputs, library.keep(self.ffi.new("int64_t[]", [output for _, output in flat])))
            setattr(options, count, len(flat))
        kind = compiled["optimizer"]
        optimizer = library.create("optimizer", kind["kind"], kind["config"])
        loss = self.ffi.NULL if options.loss_count else losses[0]
        self.trainer = library.out("denoise_trainer", lib.denoise_trainer_free, lib.denoise_model_compile, self.model, optimizer,
                                   loss, options)

    # ---- What is done ----------------------------------------------------------------------------------------------------

    def look(self, place):
        optimizer = self.lib.denoise_trainer_optimizer(self.trainer)
        self.seen.append((place + " weights", self.weights()))
        self.seen.append((place + " rate", self.lib.denoise_optimizer_learning_rate(optimizer)))
        self.seen.append((place + " iterations", self.lib.denoise_optimizer_iterations(optimizer)))

    def recorder(self, events):
        lib, library, ffi = self.lib, self.library, self.ffi
        hooks = library.options("denoise_callback_hooks")
        for name in HOOKS:
            counted = "batch" in name or "epoch" in name

            def hook(trainer, *arguments, name=name, counted=counted):
                logs = {} if "predict" in name else library.logs(arguments[1 if counted else 0])
                events.append((name, arguments[0] if counted else None, logs))
                return 0

            form = "denoise_status(denoise_trainer *, %sdenoise_logs *, void *)" % ("int64_t, " if counted else "")
            setattr(hooks, name, library.keep(ffi.callback(form, hook)))
        return lib.denoise_callback_lambda(hooks, ffi.NULL, ffi.NULL)

    def watched(self, op, place, call):
        """call() with a recorder among the callbacks, if the op says so."""
        events = []
        if op["watch"]:
            self.library.check(self.lib.denoise_trainer_add_callback(self.trainer, self.recorder(events)))
        call()
        if op["watch"]:
            self.seen.append((place + " hooks", events))
            self.library.check(self.lib.denoise_trainer_clear_callbacks(self.trainer))

    def rates(self, op, place):
        schedule = self.library.create("schedule", op["schedule"]["kind"], op["schedule"]["config"])
        self.library.later(self.lib.denoise_schedule_free, schedule)
        self.seen.append((place, [self.lib.denoise_schedule_rate(schedule, step) for step in range(op["steps"])]))

    def constrain(self, op, place):
        library, weight = self.library, self.data.weight(op["shape"], op["scale"])
        tensor = library.tensor(weight)
        library.check(self.lib.denoise_constraint_apply(tensor, library.c_text(op["constraint"]["kind"]),
                                                        library.params(op["constraint"]["config"])))
        self.seen.append((place, library.view(tensor).copy()))

    def dataset(self, description, place, x, y, weights, batch_size):
        made = library_dataset.make(self.library, description, x, y, weights)
        if description["from"] == "tensors" or description["known"]:
            self.seen.append((place + " batches", self.batches(description, self.lib.denoise_dataset_rows(made), batch_size)))
        return made

    def batches(self, description, rows, batch_size):
        """As tf.data counts them: -1 without end."""
        size = batch_of(description, batch_size)
        return -1 if rows == -2 else rows // size if description["drop_remainder"] else -(-rows // size)

    def training_data(self, op, place):
        data = self.data
        return self.dataset(op["dataset"], place + " dataset", data.x, data.y, data.weights, op["batch_size"])

    def predict(self, op, place):
        lib, library = self.lib, self.library
        options = library.options("denoise_predict_options", batch_size=op["batch_size"], verbose=0)
        one = len(self.data.x) == 1 and len(self.data.y) == 1

        def call():
            if op.get("dataset"):
                room = self.ffi.new("denoise_tensor *[]", 1)
                library.check(lib.denoise_model_predict_dataset(room, self.model, self.training_data(op, place), options))
            elif one and op["watch"]:
                room = self.ffi.new("denoise_tensor *[]", 1)
                library.check(lib.denoise_trainer_predict(room, self.trainer, library.tensor(self.data.x[0]), options))
            else:
                room = self.ffi.new("denoise_tensor *[]", len(self.data.y))
                library.check(lib.denoise_model_predict_many(room, len(self.data.y), self.model, library.tensors(self.data.x),
                                                             len(self.data.x), options))
            self.seen.append((place, [library.array(tensor) for tensor in room]))

        self.watched(op, place, call)

    def told(self, op, place, logs):
        """The library's logs are in the order of Keras' list; Keras' dict is sorted."""
        found = self.library.logs(logs)
        self.seen.append((place, dict(sorted(found.items())) if op["return_dict"] else list(found.values())))

    def evaluate(self, op, place):
        lib, library, data = self.lib, self.library, self.data
        options = library.options("denoise_evaluate_options", batch_size=op["batch_size"], verbose=0)
        if op.get("sample_weight"):
            options.sample_weight = library.tensors(data.weights)
        if op.get("steps") is not None:
            options.steps = op["steps"]

        def call():
            arguments = [library.tensors(data.x), len(data.x), library.tensors(data.y), len(data.y)]
            function = lib.denoise_trainer_evaluate_many
            if op.get("dataset"):
                arguments, function = [self.training_data(op, place)], lib.denoise_trainer_evaluate_dataset
            logs = library.out("denoise_logs", lib.denoise_logs_free, function, self.trainer, *arguments, options)
            self.told(op, place, logs)

        self.watched(op, place, call)

    def on_batch(self, op, place, call):
        rows, library = op["rows"], self.library
        weight = library.tensor(self.data.weights[0][:rows]) if op["sample_weight"] else self.ffi.NULL
        logs = library.out("denoise_logs", self.lib.denoise_logs_free, call, self.trainer, library.tensor(self.data.x[0][:rows]),
                           library.tensor(self.data.y[0][:rows]), weight)
        self.told(op, place, logs)

    def train_on_batch(self, op, place):
        self.on_batch(op, place, self.lib.denoise_trainer_train_on_batch)

    def test_on_batch(self, op, place):
        self.on_batch(op, place, self.lib.denoise_trainer_test_on_batch)

    def set_learning_rate(self, op, place):
        optimizer = self.lib.denoise_trainer_optimizer(self.trainer)
        self.library.check(self.lib.denoise_optimizer_set_learning_rate(optimizer, op["value"]))

    def summary(self, op, place):
        lib, library = self.lib, self.library
        options = library.options("denoise_summary_options", line_length=100,
                                  expand_nested=op["expand_nested"], show_trainable=op["show_trainable"])
        text = self.ffi.new("char **")
        library.check(lib.denoise_trainer_summary(text, self.trainer, options))
        self.seen.append((place, library.text(text[0]).rstrip("\n")))
        lib.denoise_free(text[0])

    def callbacks(self, op, place, events):
        lib, library, made = self.lib, self.library, []
        for index, one in enumerate(op["callbacks"]):
            kind, config = one["kind"], dict(one.get("config", {}))
            if kind == "lambda":
                made.append(self.recorder(events))
            elif kind == "learning_rate_scheduler":
                def schedule(epoch, rate, result, user_data, factors=one["factors"]):
                    result[0] = rate * factors[epoch % 3]
                    return 0
                function = library.keep(self.ffi.callback("denoise_status(int64_t, double, double *, void *)", schedule))
                made.append(lib.denoise_callback_learning_rate_scheduler(function, self.ffi.NULL, self.ffi.NULL))
            else:
                if kind == "csv_logger":
                    config["filename"] = os.path.join(self.folder, "library_%s_%d.csv" % (place.replace(" ", "_"), index))
                    if config["append"]:
                        with open(config["filename"], "w") as file:
                            file.write("epoch,before\r\n0,1\r\n")
                made.append(library.create("callback", kind, config))
            library.check(lib.denoise_trainer_add_callback(self.trainer, made[-1]))
        return made

    def validated(self, op, epochs, history):
        """Without the NaN of epochs that were not validated, where Keras has no entry (README.md, "Epochs without validation")."""
        freq = op.get("validation_freq", 1)
        return {key: [value for epoch, value in zip(epochs, values) if (epoch + 1) % freq == 0 or not np.isnan(value)]
                if key.startswith("val_") else values for key, values in history.items()}

    def run_fit(self, op, place, options):
        lib, library, data = self.lib, self.library, self.data
        if not op.get("dataset"):
            library.check(lib.denoise_trainer_fit_many(self.trainer, library.tensors(data.x), len(data.x), library.tensors(data.y),
                                                       len(data.y), options))
            return
        validation = self.ffi.NULL
        if op.get("validation_dataset"):
            validation = self.dataset(op["validation_dataset"], place + " validation dataset", data.validation_x, data.validation_y,
                                      data.validation_weights, op["validation_batch_size"] or op["batch_size"])
        library.check(lib.denoise_trainer_fit_dataset(self.trainer, self.training_data(op, place), validation, options))

    def fit(self, op, place):
        lib, library, ffi, data, events = self.lib, self.library, self.ffi, self.data, []
        made = self.callbacks(op, place, events)
        options = library.options("denoise_fit_options", verbose=0, shuffle=0,
                                  nonfinite=lib.DENOISE_NONFINITE_IGNORE)
        for key in ("batch_size", "epochs", "validation_split", "validation_freq", "initial_epoch"):
            if key in op:
                setattr(options, key, op[key])
        for key in ("validation_batch_size", "steps_per_epoch", "validation_steps"):
            if op.get(key) is not None:
                setattr(options, key, op[key])
        if "validation_rows" in op:
            rows = op["validation_rows"]
            options.validation_x = library.tensors([x[:rows] for x in data.validation_x])
            options.validation_y = library.tensors([y[:rows] for y in data.validation_y])
            if op["validation_weights"]:
                options.validation_weight = library.tensors([weight[:rows] for weight in data.validation_weights])
        if op.get("sample_weight"):
            options.sample_weight = library.tensors(data.weights)
        if op.get("class_weight"):
            table = [1.0] * (1 + max(map(int, op["class_weight"])))
            for label, weight in op["class_weight"].items():
                table[int(label)] = weight
            options.class_weight, options.class_count = library.keep(ffi.new("double[]", table)), len(table)
        self.run_fit(op, place, options)
        epochs, history = library.history(lib.denoise_trainer_history(self.trainer))
        self.seen.append((place + " epochs", epochs))
        self.seen.append((place + " history", self.validated(op, epochs, history)))
        self.seen.append((place + " stopping", bool(lib.denoise_trainer_stopping(self.trainer))))
        for index, (one, callback) in enumerate(zip(op["callbacks"], made)):
            if one["kind"] == "early_stopping":
                self.seen.append((place + " stopped", [lib.denoise_early_stopping_stopped_epoch(callback),
                                                       lib.denoise_early_stopping_best_epoch(callback)]))
                self.seen.append((place + " best", lib.denoise_early_stopping_best(callback)))
            if one["kind"] == "history":
                own = library.history(lib.denoise_callback_history_of(callback))
                self.seen.append((place + " own history", self.validated(op, *own)))
            if one["kind"] == "csv_logger":
                with open(os.path.join(self.folder, "library_%s_%d.csv" % (place.replace(" ", "_"), index)), newline="") as file:
                    self.seen.append((place + " csv " + one["config"]["separator"], file.read()))
        self.seen.append((place + " hooks", events))
        library.check(lib.denoise_trainer_clear_callbacks(self.trainer))
        self.look(place)
