# SPDX-License-Identifier: Apache-2.0
"""The convolutional networks and single convolutions that all peers build, as lists of layers; their weights, data and samples.

The networks are those of bench/conv_networks.c. All sides begin with the same weights.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ALL_IMAGES = 60_000  # that the seconds of training are told of
SIDE = 28
PATCH = 40
PICTURE = 256
PATCHES = 128  # of dncnn_train's data; all of them at once tell its memory
MEMORY_STEPS = 2
SAMPLE_SECONDS = 0.25
SHAPE_SECONDS = 0.01
MOST_CALLS = 4000


@dataclass(frozen=True)
class Conv:
    filters: int
    kernel: int
    activation: str = "linear"
    padding: str = "same"
    bias: bool = True


@dataclass(frozen=True)
class Enlarge:
    """Transposed convolution, strides 2, padding same, ReLU."""

    filters: int
    kernel: int


@dataclass(frozen=True)
class Dense:
    units: int
    activation: str


@dataclass(frozen=True)
class Plain:
    """What has no weights: relu, pool (the greatest of 2 x 2), double (each pixel repeated), flatten, keep (for a join), join
    (the last kept one in front of this, by channels)."""

    what: str


@dataclass(frozen=True)
class Norm:
    """Batch normalisation, with Keras' defaults."""


Layer = Conv | Enlarge | Dense | Plain | Norm
RELU, POOL, DOUBLE, FLATTEN, KEEP, JOIN = (Plain(w) for w in ("relu", "pool", "double", "flatten", "keep", "join"))


@dataclass(frozen=True)
class Network:
    layers: tuple[Layer, ...]
    loss: str = "binary_crossentropy"
    side: int = SIDE
    batch: int = 128
    steps: int = 1  # of a sample
    told: int = ALL_IMAGES  # images that the seconds are told of; 0: a step's
    loss_range: float = 0.08  # relative, of the last loss


def unet() -> tuple[Layer, ...]:
    def level(channels: int) -> tuple[Layer, ...]:
        return Conv(channels, 3, "relu"), Conv(channels, 3, "relu")

    down = (*level(24), KEEP, POOL, *level(48), KEEP, POOL)
    return *down, *level(96), DOUBLE, JOIN, *level(48), DOUBLE, JOIN, *level(24), Conv(1, 1, "sigmoid")


AUTOENCODER = (
    *(Conv(32, 3, "relu"), POOL, Conv(32, 3, "relu"), POOL),
    *(Enlarge(32, 3), Enlarge(32, 3), Conv(1, 3, "sigmoid")),
)
LENET = (
    *(Conv(6, 5, "relu"), POOL, Conv(16, 5, "relu", "valid"), POOL, FLATTEN),
    *(Dense(120, "relu"), Dense(84, "relu"), Dense(10, "softmax")),
)
DNCNN = (Conv(64, 3, "relu"), *(Conv(64, 3, bias=False), Norm(), RELU) * 15, Conv(1, 3))
DNCNN_FOLDED = (*(Conv(64, 3, "relu"),) * 16, Conv(1, 3))

TRAININGS = {
    "conv_autoencoder": Network(AUTOENCODER, steps=30),
    "dncnn_train": Network(DNCNN, "mean_squared_error", PATCH, batch=32, steps=2, told=0, loss_range=0.25),
    "unet_train": Network(unet(), steps=6),
    "lenet_train": Network(LENET, "sparse_categorical_crossentropy", steps=60, loss_range=0.25),
}
PREDICTIONS = {
    "dncnn_predict": Network(DNCNN_FOLDED, side=PICTURE),
    "conv_one_image": Network(AUTOENCODER),
}
NETWORKS = TRAININGS | PREDICTIONS
PREDICTION_RANGE = 1e-3  # relative, of the fingerprint


# ---- Weights ----


def weight_shapes(network: Network) -> list[list[tuple[int, ...]]]:
    """Shapes of each layer's weights as Keras has them; of a Norm gamma, beta, mean, variance."""
    side, channels, flat = network.side, 1, 0
    kept: list[int] = []
    shapes: list[list[tuple[int, ...]]] = []
    for layer in network.layers:
        mine: list[tuple[int, ...]] = []
        match layer:
            case Conv(filters, kernel, _, padding, bias):
                mine = [(kernel, kernel, channels, filters), *([(filters,)] if bias else [])]
                side, channels = (side if padding == "same" else side - kernel + 1), filters
            case Enlarge(filters, kernel):
                mine = [(kernel, kernel, filters, channels), (filters,)]
                side, channels = 2 * side, filters
            case Dense(units, _):
                mine = [(flat, units), (units,)]
                flat = units
            case Norm():
                mine = [(channels,)] * 4
            case Plain("pool"):
                side //= 2
            case Plain("double"):
                side *= 2
            case Plain("keep"):
                kept.append(channels)
            case Plain("join"):
                channels += kept.pop()
            case Plain("flatten"):
                flat = side * side * channels
        shapes.append(mine)
    return shapes


def draw_weights(network: Network, rng: np.random.Generator) -> np.ndarray:
    """Uniform kernels whose outputs are as large as their inputs behind ReLU (He et al. 2015); gamma and variance 1; zeros."""
    parts = []
    for layer, shapes in zip(network.layers, weight_shapes(network)):
        if isinstance(layer, Norm):
            parts += [np.ones(shapes[0]), np.zeros(shapes[1]), np.zeros(shapes[2]), np.ones(shapes[3])]
            continue
        for shape in shapes:
            outputs = shape[2 if isinstance(layer, Enlarge) and len(shape) == 4 else -1]
            limit = math.sqrt(6 * outputs / math.prod(shape)) if len(shape) > 1 else 0.0
            parts.append(rng.uniform(-limit, limit, shape))
    return np.concatenate([part.ravel() for part in parts]).astype(np.float32)


def read_weights(folder: Path, name: str) -> Iterator[list[np.ndarray]]:
    flat, at = np.fromfile(folder / f"{name}.f32", np.float32), 0
    for shapes in weight_shapes(NETWORKS[name]):
        mine = []
        for shape in shapes:
            mine.append(flat[at : at + math.prod(shape)].reshape(shape))
            at += math.prod(shape)
        yield mine


# ---- Data ----


def prepare(folder: Path) -> None:
    """Weights of all networks; smooth patches and a picture with noise of standard deviation 25 / 255, and the noise."""
    rng = np.random.default_rng(7)
    for name, network in NETWORKS.items():
        draw_weights(network, rng).tofile(folder / f"{name}.f32")
    for name, count, side in (("patches", PATCHES, PATCH), ("picture", 1, PICTURE)):
        waves = rng.uniform(-0.3, 0.3, (count, 2, 1, 1)) * np.arange(side)[:, None]
        clean = 0.5 + 0.4 * np.sin(waves[:, :1]) * np.sin(waves[:, 1:].swapaxes(2, 3))
        noise = (25 / 255 * rng.standard_normal((count, side, side))).astype(np.float32)
        noise.tofile(folder / f"{name}_noise.f32")
        (clean[:, 0] + noise).astype(np.float32).tofile(folder / f"{name}_noisy.f32")


def read_images(folder: Path, file: str, side: int) -> np.ndarray:
    return np.fromfile(folder / f"{file}.f32", np.float32).reshape(-1, side, side, 1)


def training_data(folder: Path, name: str, batch: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows of a sample. Another batch: so many rows at once, as many steps as memory is told of."""
    network = TRAININGS[name]
    rows = batch or network.batch * network.steps
    if network.loss == "mean_squared_error":
        x, y = (read_images(folder, f"patches_{what}", PATCH) for what in ("noisy", "noise"))
    elif network.loss == "binary_crossentropy":
        x, y = (read_images(folder, f"train_{what}", SIDE) for what in ("noisy", "x"))
    else:
        x, y = read_images(folder, "train_x", SIDE), np.fromfile(folder / "train_labels.i32", np.int32)
    return x[:rows].copy(), y[:rows].copy()


def prediction_data(folder: Path, name: str) -> np.ndarray:
    if name == "dncnn_predict":
        return read_images(folder, "picture_noisy", PICTURE)
    return read_images(folder, "test_noisy", SIDE)[:1000].copy()


# ---- Single convolutions ----


@dataclass(frozen=True)
class Shape:
    """A line of bench/conv_shape_list.c."""

    name: str
    kind: str  # PLAIN, DEPTHWISE, TRANSPOSE
    images: int
    side: int
    channels: int
    filters: int
    kernel: int
    stride: int
    dilation: int
    groups: int
    trains: bool

    def flops(self) -> float:
        """Of the direct form, forward."""
        side = self.side if self.kind == "TRANSPOSE" else -(-self.side // self.stride)
        return 2 * self.images * side**2 * self.kernel**2 * self.channels // self.groups * self.filters


def read_shapes() -> list[Shape]:
    """Read from the C file, so that both sides measure the same list."""
    shapes = []
    for line in (Path(__file__).resolve().parent.parent / "conv_shape_list.c").read_text().splitlines():
        fields = line.strip().strip("{},").split(", ")
        if len(fields) == 11 and fields[0].startswith('"'):
            numbers = [int(field) for field in fields[2:10]]
            shapes.append(Shape(fields[0].strip('"'), fields[1].removeprefix("CONV_"), *numbers, fields[10] == "true"))
    return shapes


def shape_sample(calls: list[tuple[str, Callable[[], Any]]]) -> dict[str, Any]:
    """Microseconds of each shape's call."""
    times = {}
    for name, call in calls:
        call()
        start = time.perf_counter()
        call()
        repeats = max(1, math.ceil(SHAPE_SECONDS / max(time.perf_counter() - start, 1e-7)))
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        times[name] = (time.perf_counter() - start) / repeats * 1e6
    return {"seconds": sum(times.values()) * 1e-6, "microseconds": times}


# ---- Samples ----


def fingerprint(y: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(y, dtype=np.float64))))


def prediction_sample(predict: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> dict[str, float]:
    """Calls with one image each, one after the other."""
    images = [x[i : i + 1] for i in range(len(x))]
    times: list[float] = []
    for image in images[:20]:
        y = predict(image)
    end = time.perf_counter() + SAMPLE_SECONDS
    last = time.perf_counter()
    while len(times) < MOST_CALLS and (last < end or len(times) < 2):
        image = images[len(times) % len(images)]
        start = time.perf_counter()
        predict(image)
        last = time.perf_counter()
        times.append(last - start)
    p50, p99 = np.percentile(times, [50, 99])
    mark = fingerprint(np.asarray(y))
    return {"seconds": float(p50), "p50_us": p50 * 1e6, "p99_us": p99 * 1e6, "calls": len(times), "check": mark}


def training_sample(name: str, epoch: Callable[[], float]) -> dict[str, float]:
    """Seconds of 60,000 images or of a step, in proportion; the loss of the steps."""
    network = TRAININGS[name]
    start = time.perf_counter()
    loss = epoch()
    seconds = time.perf_counter() - start
    trained = network.steps * network.batch
    return {"seconds": seconds * (network.told or network.batch) / trained, "loss": loss}
