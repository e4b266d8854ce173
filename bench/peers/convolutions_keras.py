# SPDX-License-Identifier: Apache-2.0
"""The convolutional networks in Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
from keras import layers as k

import convolutions as c


def layer_of(layer: c.Layer) -> keras.layers.Layer:
    match layer:
        case c.Conv(filters, kernel, activation, padding, bias):
            return k.Conv2D(filters, kernel, activation=activation, padding=padding, use_bias=bias)
        case c.Enlarge(filters, kernel):
            return k.Conv2DTranspose(filters, kernel, strides=2, activation="relu", padding="same")
        case c.Dense(units, activation):
            return k.Dense(units, activation)
        case c.Norm():
            return k.BatchNormalization()
        case c.Plain("flatten"):
            return k.Flatten()
        case c.Plain("pool"):
            return k.MaxPooling2D(2, padding="same")
        case c.Plain("double"):
            return k.UpSampling2D(2)
        case _:
            return k.ReLU()


def network(folder: Path, name: str) -> keras.Model:
    spec = c.NETWORKS[name]
    image = x = k.Input((spec.side, spec.side, 1))
    kept: list[Any] = []
    for layer, weights in zip(spec.layers, c.read_weights(folder, name)):
        if layer == c.KEEP:
            kept.append(x)
        elif layer == c.JOIN:
            x = k.Concatenate()([kept.pop(), x])
        else:
            made = layer_of(layer)
            x = made(x)
            made.set_weights(weights)
    return keras.Model(image, x)
