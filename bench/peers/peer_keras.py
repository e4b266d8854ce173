# SPDX-License-Identifier: Apache-2.0
"""Keras on TensorFlow or JAX (KERAS_BACKEND says which)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Any

import keras
import numpy as np

import convolutions
import convolutions_keras
from driver import (
    AUTOENCODER,
    BATCH,
    CHAIN,
    CHAIN_ACTIVATIONS,
    CLASSIFIER,
    EPSILON,
    FIT_ROWS,
    LEARNING_RATE,
    Driver,
    main,
    read_labels,
    read_rows,
    read_weights,
)

BACKEND = keras.backend.backend()
MANY_EPOCHS = 1_000_000
CONV_JIT = BACKEND == "jax"  # measured: convolutions on TensorFlow are 1.5 to 3 times as fast without
STEPS_PER_EXECUTION = 8 if BACKEND == "tensorflow" else 1  # measured: TensorFlow 10 % faster so, JAX not


def network(widths: tuple[int, ...], activations: tuple[str, ...]) -> keras.Model:
    layers = [keras.layers.Dense(units, activation) for units, activation in zip(widths[1:], activations)]
    return keras.Sequential([keras.layers.Input((widths[0],)), *layers])


class Gate(keras.callbacks.Callback):
    """Holds a fit at the begin of each epoch until one is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: Queue[None] = Queue()
        self.done: Queue[dict[str, float] | Exception] = Queue()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.wanted.get()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.done.put({name: float(value) for name, value in logs.items()})


class LongFit:
    """One fit() of many epochs in a thread, so that an epoch's time holds nothing of fit's own start."""

    def __init__(self, model: keras.Model, batch: int = BATCH, **arguments: Any) -> None:
        self.gate = Gate()
        self.batch = batch
        self.model = model
        self.arguments = arguments
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        try:
            self.model.fit(batch_size=self.batch, epochs=MANY_EPOCHS, verbose=0, callbacks=[self.gate], **self.arguments)
        except Exception as error:  # handed to the thread that waits
            self.gate.done.put(error)

    def epoch(self) -> dict[str, float]:
        self.gate.wanted.put(None)
        result = self.gate.done.get()
        if isinstance(result, Exception):
            raise result
        return result


def compile_model(model: keras.Model, loss: str, metrics: list[str], jit: bool = True) -> None:
    adam = keras.optimizers.Adam(LEARNING_RATE, epsilon=EPSILON)
    model.compile(optimizer=adam, loss=loss, metrics=metrics, jit_compile=jit, steps_per_execution=STEPS_PER_EXECUTION)


class Keras(Driver):
    def __init__(self, folder: Path, threads: int) -> None:
        super().__init__(folder, threads)
        if BACKEND == "tensorflow":
            import tensorflow

            tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
            tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
        self.classifier: LongFit | None = None
        self.autoencoder: LongFit | None = None

    def versions(self) -> dict[str, str]:
        return {"keras": keras.__version__, BACKEND: __import__(BACKEND).__version__}

    def classifier_epoch(self) -> dict[str, float]:
        if self.classifier is None:
            keras.utils.set_random_seed(0)
            model = network(CLASSIFIER, ("relu", "relu", "softmax"))
            compile_model(model, "sparse_categorical_crossentropy", ["accuracy"])
            self.classifier = LongFit(model, x=read_rows(self.folder, "train_x"), y=read_labels(self.folder))
        return self.classifier.epoch()

    def autoencoder_epoch(self) -> dict[str, float]:
        if self.autoencoder is None:
            keras.utils.set_random_seed(0)
            model = network(AUTOENCODER, ("relu", "sigmoid"))
            compile_model(model, "binary_crossentropy", [])
            clean, noisy = read_rows(self.folder, "train_x"), read_rows(self.folder, "train_noisy")
            validation = (noisy[FIT_ROWS:], clean[FIT_ROWS:])
            self.autoencoder = LongFit(model, x=noisy[:FIT_ROWS], y=clean[:FIT_ROWS], validation_data=validation)
        return self.autoencoder.epoch()

    def path(self) -> Path:
        return self.folder / f"model_{BACKEND}.keras"

    def save(self) -> None:
        model = network(CHAIN, CHAIN_ACTIVATIONS)
        model.set_weights([part for layer in read_weights(self.folder) for part in layer])
        model.save(self.path())

    def load(self) -> None:
        self.call = self.compiled(keras.saving.load_model(self.path(), compile=False))

    def compiled(self, model: keras.Model, jit: bool = True) -> Callable[[Any], Any]:
        if BACKEND == "tensorflow":
            import tensorflow

            return tensorflow.function(model, jit_compile=jit, reduce_retracing=False)
        import jax

        state = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]
        call = jax.jit(lambda state, x: model.stateless_call(*state, x)[0])
        return lambda x: call(state, x)

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.call(x))

    def conv_training(self, name: str, batch: int = 0) -> Callable[[], float]:
        keras.utils.set_random_seed(0)
        model = convolutions_keras.network(self.folder, name)
        network = convolutions.TRAININGS[name]
        compile_model(model, network.loss, [], CONV_JIT)
        x, y = convolutions.training_data(self.folder, name, batch)
        fit = LongFit(model, batch or network.batch, x=x, y=y)
        return lambda: fit.epoch()["loss"]

    def conv_predictor(self, name: str) -> Callable[[np.ndarray], np.ndarray]:
        call = self.compiled(convolutions_keras.network(self.folder, name), CONV_JIT)
        return lambda x: np.asarray(call(x))


if __name__ == "__main__":
    main(Keras)
