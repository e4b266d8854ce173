# SPDX-License-Identifier: Apache-2.0
"""Keras on TensorFlow or JAX (KERAS_BACKEND says which)."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import Queue
from typing import Any

import keras
import numpy as np

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

    def __init__(self, model: keras.Model, **arguments: Any) -> None:
        self.gate = Gate()
        self.model = model
        self.arguments = arguments
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        try:
            self.model.fit(batch_size=BATCH, epochs=MANY_EPOCHS, verbose=0, callbacks=[self.gate], **self.arguments)
        except Exception as error:  # handed to the thread that waits
            self.gate.done.put(error)

    def epoch(self) -> dict[str, float]:
        self.gate.wanted.put(None)
        result = self.gate.done.get()
        if isinstance(result, Exception):
            raise result
        return result


def compile_model(model: keras.Model, loss: str, metrics: list[str]) -> None:
    adam = keras.optimizers.Adam(LEARNING_RATE, epsilon=EPSILON)
    model.compile(optimizer=adam, loss=loss, metrics=metrics, jit_compile=True, steps_per_execution=STEPS_PER_EXECUTION)


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
        model = keras.saving.load_model(self.path(), compile=False)
        if BACKEND == "tensorflow":
            import tensorflow

            self.call = tensorflow.function(model, jit_compile=True, reduce_retracing=False)
        else:
            import jax

            state = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]
            call = jax.jit(lambda state, x: model.stateless_call(*state, x)[0])
            self.call = lambda x: call(state, x)

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.call(x))


if __name__ == "__main__":
    main(Keras)
