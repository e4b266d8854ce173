# SPDX-License-Identifier: Apache-2.0
"""What the drivers of all peers share: the workloads' numbers, the data, and the line protocol.

A driver reads one command a line from standard input and answers each with one line of JSON. Between commands it waits in
read(), so that an idle driver costs nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import numpy as np

import convolutions

PIXELS = 784
CLASSES = 10
BATCH = 512
TRAIN_ROWS = 60_000
FIT_ROWS = 48_000  # of W2; the other 12,000 validate
TEST_ROWS = 10_000
CLASSIFIER = (784, 256, 256, 10)
AUTOENCODER = (784, 64, 784)
CHAIN = (784, 64, 784, 256, 256, 10)  # W3: denoiser, then classifier
CHAIN_ACTIVATIONS = ("relu", "sigmoid", "relu", "relu", "softmax")
LEARNING_RATE = 1e-3
EPSILON = 1e-7
PREDICT_BATCHES = (250, 500, 1000, 2500, 5000, 10_000)  # divisors of TEST_ROWS: the fastest is taken
SAMPLE_SECONDS = 0.25  # least time of one sample of W3
MOST_CALLS = 4000  # of one sample of single images
ONE_IMAGES = 1000  # images that single predictions cycle through


def read_rows(folder: Path, name: str) -> np.ndarray:
    return np.fromfile(folder / f"{name}.f32", np.float32).reshape(-1, PIXELS)


def read_labels(folder: Path) -> np.ndarray:
    return np.fromfile(folder / "train_labels.i32", np.int32)


def read_weights(folder: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Kernel (inputs, units) and bias of each layer of W3's chain."""
    flat = np.fromfile(folder / "weights.f32", np.float32)
    layers, at = [], 0
    for inputs, units in zip(CHAIN, CHAIN[1:]):
        kernel = flat[at : at + inputs * units].reshape(inputs, units)
        at += inputs * units
        layers.append((kernel, flat[at : at + units]))
        at += units
    return layers


def peak_memory_mb() -> float:
    """Peak resident memory of this process since its start."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return math.nan


def fingerprint(probabilities: np.ndarray) -> float:
    """One number that tells whether two peers predicted the same: the mean of sum(class * probability)."""
    return float(np.asarray(probabilities, np.float64).dot(np.arange(CLASSES)).mean())


class Driver:
    """A peer. What it cannot do raises NotImplementedError."""

    batches = PREDICT_BATCHES

    def __init__(self, folder: Path, threads: int) -> None:
        self.folder = folder
        self.threads = threads

    def versions(self) -> dict[str, str]:
        raise NotImplementedError

    def classifier_epoch(self) -> dict[str, float]:
        """Trains W1 for one more epoch; returns its loss and what else was measured."""
        raise NotImplementedError

    def autoencoder_epoch(self) -> dict[str, float]:
        """Trains W2 for one more epoch and validates; returns loss and val_loss."""
        raise NotImplementedError

    def save(self) -> None:
        """Writes W3's model in the peer's own format, for W4."""
        raise NotImplementedError

    def load(self) -> None:
        """Loads what save() wrote; predict() works from then on."""
        raise NotImplementedError

    def predict(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    # The convolutional networks of convolutions.py.

    def conv_training(self, name: str, batch: int = 0) -> Callable[[], float]:
        """What trains a network for one more epoch of training_data() and returns its loss."""
        raise NotImplementedError

    def conv_predictor(self, name: str) -> Callable[[np.ndarray], np.ndarray]:
        """What predicts images (n, rows, columns, 1)."""
        raise NotImplementedError

    def conv_images(self, name: str, x: np.ndarray) -> np.ndarray:
        """The images as the predictor wants them."""
        return x

    def conv_shape_calls(self) -> list[tuple[str, Callable[[], Any]]]:
        """Each shape's name and what computes it."""
        raise NotImplementedError


class Convolutions:
    """Samples of the convolutional workloads."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.made: dict[str, Any] = {}

    def make(self, key: str, maker: Callable[[], Any]) -> Any:
        if key not in self.made:
            self.made[key] = maker()
        return self.made[key]

    def images(self, key: str) -> np.ndarray:
        return self.driver.conv_images(key, convolutions.prediction_data(self.driver.folder, key))

    def sample(self, key: str) -> dict[str, Any]:
        if key == "conv_shapes":
            return convolutions.shape_sample(self.make(key, self.driver.conv_shape_calls))
        if key in convolutions.TRAININGS:
            return convolutions.training_sample(key, self.make(key, lambda: self.driver.conv_training(key)))
        predict = self.make(key, lambda: self.driver.conv_predictor(key))
        x = self.make(f"{key} x", lambda: self.images(key))
        return convolutions.prediction_sample(predict, x)


class Predictions:
    """Samples of W3."""

    def __init__(self, driver: Driver) -> None:
        driver.load()
        self.predict = driver.predict
        self.batches = driver.batches
        self.x = read_rows(driver.folder, "test_noisy")
        self.batch = 0

    def one_pass(self, batch: int) -> float:
        """Seconds for all rows."""
        start = time.perf_counter()
        for row in range(0, len(self.x), batch):
            self.predict(self.x[row : row + batch])
        return time.perf_counter() - start

    def choose_batch(self) -> int:
        def best_time(batch: int) -> float:
            self.one_pass(batch)  # compiles, allocates
            return min(self.one_pass(batch) for _ in range(4))

        return min(self.batches, key=best_time)

    def batch_sample(self) -> dict[str, float]:
        if not self.batch:
            self.batch = self.choose_batch()
        seconds = self.one_pass(self.batch)
        passes = max(1, math.ceil(SAMPLE_SECONDS / seconds))
        seconds = sum(self.one_pass(self.batch) for _ in range(passes)) / passes
        parts = [self.predict(self.x[row : row + self.batch]) for row in range(0, len(self.x), self.batch)]
        mark = fingerprint(np.concatenate(parts))
        return {"seconds": seconds, "images_per_second": len(self.x) / seconds, "batch": self.batch, "check": mark}

    def one_sample(self) -> dict[str, float]:
        images = [self.x[i : i + 1] for i in range(ONE_IMAGES)]
        times: list[float] = []
        for image in images[:20]:
            self.predict(image)
        end = time.perf_counter() + SAMPLE_SECONDS
        last = time.perf_counter()
        while len(times) < MOST_CALLS and (last < end or len(times) < 20):
            image = images[len(times) % ONE_IMAGES]
            start = time.perf_counter()
            self.predict(image)
            last = time.perf_counter()
            times.append(last - start)
        p50, p99 = np.percentile(times, [50, 99])
        mark = fingerprint(np.concatenate([self.predict(image) for image in images[:100]]))
        return {"seconds": float(p50), "p50_us": p50 * 1e6, "p99_us": p99 * 1e6, "calls": len(times), "check": mark}


def timed(epoch: Callable[[], dict[str, float]]) -> dict[str, float]:
    start = time.perf_counter()
    result = epoch()
    return {"seconds": time.perf_counter() - start, **result}


def answer(driver: Driver, state: dict[str, Any], command: str) -> dict[str, Any]:
    word = command.split()[0]
    if word == "conv_shapes" or word in convolutions.NETWORKS:
        return state.setdefault("conv", Convolutions(driver)).sample(word)
    if word == "w1":
        return timed(driver.classifier_epoch)
    if word == "w2":
        return timed(driver.autoencoder_epoch)
    if word == "memory":
        return {"mb": peak_memory_mb()}
    if word == "versions":
        return dict(driver.versions())
    if word == "save":
        driver.save()
        return {}
    if word in ("w3_batch", "w3_one"):
        if "w3" not in state:
            state["w3"] = Predictions(driver)
        return state["w3"].batch_sample() if word == "w3_batch" else state["w3"].one_sample()
    raise ValueError(f"unknown command {command}")


def own_output() -> TextIO:
    """The pipe to the caller; what libraries print goes to standard error instead."""
    pipe = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return pipe


def serve(driver: Driver, out: TextIO) -> None:
    state: dict[str, Any] = {}
    for line in iter(sys.stdin.readline, ""):
        command = line.strip()
        if command == "quit":
            return
        try:
            result = answer(driver, state, command)
        except NotImplementedError:
            result = {"unsupported": True}
        except Exception as error:  # reported in the table; the run goes on
            result = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        print(json.dumps(result), file=out, flush=True)


def first_prediction(driver: Driver, out: TextIO) -> None:
    """W4: a saved model, one image, the answer; then the peak memory."""
    image = np.fromfile(driver.folder / "test_noisy.f32", np.float32, count=PIXELS).reshape(1, PIXELS)
    driver.load()
    print(json.dumps({"check": fingerprint(driver.predict(image))}), file=out, flush=True)
    print(json.dumps({"mb": peak_memory_mb()}), file=out, flush=True)


def training_memory(driver: Driver, out: TextIO) -> None:
    """Peak memory of two steps of DnCNN with a large batch."""
    try:
        epoch = driver.conv_training("dncnn_train", convolutions.PATCHES)
    except NotImplementedError:
        print(json.dumps({"unsupported": True}), file=out, flush=True)
        return
    for _ in range(convolutions.MEMORY_STEPS):
        epoch()
    print(json.dumps({"mb": peak_memory_mb()}), file=out, flush=True)


def main(kind: type[Driver]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--first", action="store_true", help="predict one image and leave (W4)")
    parser.add_argument("--memory", action="store_true", help="train DnCNN for two steps and leave")
    arguments = parser.parse_args()
    out = own_output()
    driver = kind(arguments.folder, arguments.threads)
    if arguments.memory:
        training_memory(driver, out)
        os._exit(0)
    if arguments.first:
        first_prediction(driver, out)
        out.flush()
        os._exit(0)  # the peers' way out of the process is not part of the figure
    serve(driver, out)
    out.flush()
    os._exit(0)
