# SPDX-License-Identifier: Apache-2.0
"""JAX: one jitted function for a step, its state donated."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
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

BETA_1, BETA_2 = 0.9, 0.999
ACTIVATIONS = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "softmax": jax.nn.softmax, "linear": lambda z: z}


def forward(weights: Any, x: jax.Array, activations: tuple[str, ...]) -> jax.Array:
    for (kernel, bias), activation in zip(weights, activations):
        x = ACTIVATIONS[activation](x @ kernel + bias)
    return x


def classifier_loss(weights: Any, x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    logits = forward(weights, x, ("relu", "relu", "linear"))
    loss = -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()
    return loss, (logits.argmax(1) == y).sum()


def autoencoder_loss(weights: Any, x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
    z = forward(weights, x, ("relu", "linear"))
    loss = (jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))).mean()
    return loss, jnp.zeros((), jnp.int32)


def adam(weights: Any, state: Any, gradients: Any) -> tuple[Any, Any]:
    """Keras' form: epsilon beside the square root that is not corrected for bias."""
    count, first, second = state
    count += 1
    rate = LEARNING_RATE * jnp.sqrt(1 - BETA_2**count) / (1 - BETA_1**count)
    first = jax.tree.map(lambda m, g: m + (g - m) * (1 - BETA_1), first, gradients)
    second = jax.tree.map(lambda v, g: v + (g * g - v) * (1 - BETA_2), second, gradients)
    weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, first, second)
    return weights, (count, first, second)


def rows_of(x: jax.Array, rows: jax.Array) -> jax.Array:
    return x.at[rows].get(mode="promise_in_bounds")


@partial(jax.jit, static_argnames="loss_of", donate_argnames=("weights", "state", "sums"))
def step(loss_of: Any, weights: Any, state: Any, sums: Any, x: jax.Array, y: jax.Array, rows: jax.Array) -> Any:
    (loss, right), gradients = jax.value_and_grad(loss_of, has_aux=True)(weights, rows_of(x, rows), rows_of(y, rows))
    weights, state = adam(weights, state, gradients)
    return weights, state, (sums[0] + loss * len(rows), sums[1] + right)


@partial(jax.jit, static_argnames="loss_of", donate_argnames="total")
def validate(loss_of: Any, weights: Any, total: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    return total + loss_of(weights, x, y)[0] * len(x)


class Training:
    def __init__(self, widths: tuple[int, ...], loss_of: Any) -> None:
        keys = jax.random.split(jax.random.key(0), len(widths))
        glorot = jax.nn.initializers.glorot_uniform()
        self.weights = [(glorot(key, shape), jnp.zeros(shape[1])) for key, shape in zip(keys, zip(widths, widths[1:]))]
        zeros = [jax.tree.map(jnp.zeros_like, self.weights) for _ in range(2)]
        self.state = (jnp.zeros(()), *zeros)
        self.loss_of = loss_of
        self.rng = np.random.default_rng(0)

    def epoch(self, x: jax.Array, y: jax.Array, rows: int) -> tuple[float, float]:
        sums = (jnp.zeros(()), jnp.zeros((), jnp.int32))
        order = self.rng.permutation(rows).astype(np.int32)
        for at in range(0, rows, BATCH):
            self.weights, self.state, sums = step(self.loss_of, self.weights, self.state, sums, x, y, order[at : at + BATCH])
        return float(sums[0]) / rows, float(sums[1]) / rows


class Jax(Driver):
    def __init__(self, folder: Path, threads: int) -> None:
        super().__init__(folder, threads)
        self.classifier: Training | None = None
        self.autoencoder: Training | None = None

    def versions(self) -> dict[str, str]:
        return {"jax": jax.__version__}

    def classifier_epoch(self) -> dict[str, float]:
        if self.classifier is None:
            self.classifier = Training(CLASSIFIER, classifier_loss)
            self.x = jnp.asarray(read_rows(self.folder, "train_x"))
            self.labels = jnp.asarray(read_labels(self.folder))
        loss, accuracy = self.classifier.epoch(self.x, self.labels, len(self.x))
        return {"loss": loss, "accuracy": accuracy}

    def autoencoder_epoch(self) -> dict[str, float]:
        if self.autoencoder is None:
            self.autoencoder = Training(AUTOENCODER, autoencoder_loss)
            clean, noisy = read_rows(self.folder, "train_x"), read_rows(self.folder, "train_noisy")
            self.clean, self.noisy = jnp.asarray(clean[:FIT_ROWS]), jnp.asarray(noisy[:FIT_ROWS])
            starts = range(FIT_ROWS, len(clean), BATCH)
            self.validation = [(jnp.asarray(noisy[i : i + BATCH]), jnp.asarray(clean[i : i + BATCH])) for i in starts]
        loss, _ = self.autoencoder.epoch(self.noisy, self.clean, FIT_ROWS)
        total = jnp.zeros(())
        for x, y in self.validation:
            total = validate(autoencoder_loss, self.autoencoder.weights, total, x, y)
        return {"loss": loss, "val_loss": float(total) / sum(len(x) for x, _ in self.validation)}

    def save(self) -> None:
        layers = read_weights(self.folder)
        parts = {f"{part}{i}": value for i, layer in enumerate(layers) for part, value in zip("kb", layer)}
        np.savez(self.folder / "model.npz", **parts)

    def load(self) -> None:
        with np.load(self.folder / "model.npz") as file:
            weights = [(file[f"k{i}"], file[f"b{i}"]) for i in range(len(CHAIN) - 1)]
        self.weights = jax.device_put(weights)
        self.forward = jax.jit(lambda weights, x: forward(weights, x, CHAIN_ACTIVATIONS))

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.forward(self.weights, x))


if __name__ == "__main__":
    main(Jax)
