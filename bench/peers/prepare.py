# SPDX-License-Identifier: Apache-2.0
"""Writes what all drivers read: MNIST's rows clean and noisy, labels, one set of weights for W3 and W4, and what the
convolutional networks need."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import numpy as np

import convolutions
from driver import CHAIN, PIXELS

NOISE = 0.9
SEED = 42


def read_idx(folder: Path, name: str) -> np.ndarray:
    """An IDX file of bytes, plain or gzip: two zero bytes, type 8, the rank, big-endian lengths, the bytes."""
    for path in (folder / f"{name}.gz", folder / name):
        if path.exists():
            raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            rank = raw[3]
            shape = struct.unpack(f">{rank}I", raw[4 : 4 + 4 * rank])
            return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)
    raise FileNotFoundError(f"{name}[.gz] is not in {folder}: set DENOISE_DATA_DIR, or run tools/fetch-mnist")


def rows_of(images: np.ndarray) -> np.ndarray:
    return (images.reshape(-1, PIXELS) / np.float64(255)).astype(np.float32)


def noisy_of(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(rows + np.float32(NOISE) * rng.standard_normal(rows.shape, np.float32), 0, 1)


def glorot(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    layers = []
    for inputs, units in zip(CHAIN, CHAIN[1:]):
        limit = np.sqrt(6 / (inputs + units))
        kernel = rng.uniform(-limit, limit, (inputs, units)).astype(np.float32)
        layers.append((kernel, rng.uniform(-0.1, 0.1, units).astype(np.float32)))
    return layers


def write_safetensors(path: Path, tensors: dict[str, np.ndarray]) -> None:
    header, at = {}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + value.nbytes]}
        at += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(value.tobytes() for value in tensors.values()))


def prepare(folder: Path, data: Path) -> None:
    done = folder / "prepared.2"  # files of this version of the script
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    train = rows_of(read_idx(data, "train-images-idx3-ubyte"))
    train.tofile(folder / "train_x.f32")
    noisy_of(train, rng).tofile(folder / "train_noisy.f32")
    noisy_of(rows_of(read_idx(data, "t10k-images-idx3-ubyte")), rng).tofile(folder / "test_noisy.f32")
    read_idx(data, "train-labels-idx1-ubyte").astype(np.int32).tofile(folder / "train_labels.i32")
    layers = glorot(rng)
    np.concatenate([part.ravel() for layer in layers for part in layer]).tofile(folder / "weights.f32")
    names = ["dense" if i == 0 else f"dense_{i}" for i in range(len(layers))]
    tensors = {f"{name}/{part}": value for name, layer in zip(names, layers) for part, value in zip(("kernel", "bias"), layer)}
    write_safetensors(folder / "model.safetensors", tensors)
    convolutions.prepare(folder)
    done.touch()
