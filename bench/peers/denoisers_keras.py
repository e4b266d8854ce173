# SPDX-License-Identifier: Apache-2.0
"""The networks of examples/ in real Keras: trained and judged as those are, for the same epochs, with the same figures.

    build/peers/venv/bin/python bench/peers/denoisers_keras.py unet --noise gaussian --epochs 30 --seed 1

NETWORK is dense_denoiser, conv_autoencoder, unet, lenet5 or noisy_classifier. Needs the packages of requirements.txt; the last
line printed is the example's.
"""

from __future__ import annotations

import argparse
import gzip
import os
from pathlib import Path

import keras
import numpy as np
from keras import layers

# name: learning rate of the first step, batch size, epochs; as in examples/NAME.c
SETTINGS = {
    "dense_denoiser": (1e-3, 256, 100),
    "conv_autoencoder": (1e-3, 128, 30),
    "unet": (1e-3, 128, 30),
    "lenet5": (2e-3, 64, 5),
    "noisy_classifier": (1e-3, 128, 12),
}
CLEAN_EVERY = 8  # as in examples/denoisers.h


def read_idx(folder: Path, name: str) -> np.ndarray:
    path = folder / name
    data = path.read_bytes() if path.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    rank = data[3]
    shape = np.frombuffer(data, ">i4", rank, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def read_digits(folder: Path, rows: int | None) -> tuple[np.ndarray, ...]:
    """x_train (n, 784), y_train, x_test, y_test; values 0..1."""
    parts = []
    for prefix in ("train", "t10k"):
        images = read_idx(folder, f"{prefix}-images-idx3-ubyte")[:rows]
        parts.append(images.reshape(-1, 784).astype("float32") / 255)
        parts.append(read_idx(folder, f"{prefix}-labels-idx1-ubyte")[:rows].astype("int32"))
    return tuple(parts)


def add_noise(x: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    draw = rng.standard_normal if kind == "gaussian" else rng.random
    return np.clip(x + np.float32(0.9) * draw(x.shape, np.float32), 0, 1)


class FreshNoise(keras.utils.PyDataset):
    """Batches of shuffled rows with noise that is new in every epoch, and their clean targets."""

    def __init__(self, x: np.ndarray, y: np.ndarray, batch: int, kind: str, seed: int, clean_every: int | None) -> None:
        super().__init__()
        self.clean_every = clean_every  # of so many rows one stays clean; batch sizes are multiples of it
        self.x, self.y, self.batch, self.kind = x, y, batch, kind
        self.rng = np.random.default_rng(seed)
        self.order = self.rng.permutation(len(x))

    def __len__(self) -> int:
        return -(-len(self.x) // self.batch)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self.order[index * self.batch : (index + 1) * self.batch]
        noisy = add_noise(self.x[rows], self.kind, self.rng)
        if self.clean_every is not None:
            noisy[:: self.clean_every] = self.x[rows[:: self.clean_every]]
        return noisy, self.y[rows]

    def on_epoch_end(self) -> None:
        self.order = self.rng.permutation(len(self.x))


def dense_denoiser() -> keras.Model:
    return keras.Sequential(
        [layers.Input((784,))]
        + [layers.Dense(units, "relu") for units in (512, 256, 512)]
        + [layers.Dense(784, "sigmoid")]
    )


def conv_autoencoder() -> keras.Model:
    """https://keras.io/examples/vision/autoencoder/"""
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(2, padding="same"),
            layers.Conv2D(32, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(2, padding="same"),
            layers.Conv2DTranspose(32, 3, strides=2, activation="relu", padding="same"),
            layers.Conv2DTranspose(32, 3, strides=2, activation="relu", padding="same"),
            layers.Conv2D(1, 3, activation="sigmoid", padding="same"),
        ]
    )


def unet() -> keras.Model:
    def block(x, channels):
        for _ in range(2):
            x = layers.Conv2D(channels, 3, activation="relu", padding="same")(x)
        return x

    def up(x, skip, channels):
        return block(layers.Concatenate()([skip, layers.UpSampling2D(2)(x)]), channels)

    image = layers.Input((28, 28, 1))
    fine = block(image, 24)
    middle = block(layers.MaxPooling2D(2)(fine), 48)
    coarse = block(layers.MaxPooling2D(2)(middle), 96)
    x = up(up(coarse, middle, 48), fine, 24)
    return keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(x))


def lenet5() -> keras.Model:
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(6, 5, activation="relu", padding="same"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(120, "relu"),
            layers.Dense(84, "relu"),
            layers.Dense(10, "softmax"),
        ]
    )


def noisy_classifier() -> keras.Model:
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 5, activation="relu", padding="same"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu", padding="same"),
            layers.Conv2D(64, 3, activation="relu", padding="same"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.25),
            layers.Dense(256, "relu"),
            layers.Dropout(0.5),
            layers.Dense(10, "softmax"),
        ]
    )


def get_judge(x: np.ndarray, y: np.ndarray) -> keras.Model:
    """The notebook's classifier."""
    judge = keras.Sequential(
        [layers.Input((784,)), layers.Dense(256, "relu"), layers.Dense(256, "relu"), layers.Dense(10, "softmax")]
    )
    judge.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    judge.fit(x, y, batch_size=512, epochs=3, verbose=2)
    return judge


def psnr(x: np.ndarray, y: np.ndarray) -> float:
    """As tf.image.psnr: the mean over the images of decibels."""
    mse = np.square(x.astype(np.float64) - y).mean(axis=1)
    return float(np.mean(-10 * np.log10(mse)))


def ssim(x: np.ndarray, y: np.ndarray) -> float:
    """As tf.image.ssim: 11 x 11 windows that lie in the image, Gaussian of sigma 1.5."""
    taps = np.exp(-np.square(np.arange(-5, 6) / 1.5) / 2)
    taps /= taps.sum()

    def blur(z: np.ndarray) -> np.ndarray:
        for axis in (1, 2):
            z = np.lib.stride_tricks.sliding_window_view(z, 11, axis) @ taps
        return z

    a, b = (z.reshape(-1, 28, 28).astype(np.float64) for z in (x, y))
    mean_a, mean_b = blur(a), blur(b)
    product, squares = mean_a * mean_b, mean_a**2 + mean_b**2
    c1, c2 = 0.01**2, 0.03**2
    contrast = (2 * (blur(a * b) - product) + c2) / (blur(a * a + b * b) - squares + c2)
    return float(np.mean((2 * product + c1) / (squares + c1) * contrast))


def accuracy(model: keras.Model, x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.argmax(model.predict(x, 256, verbose=0), 1) == y))


def adam(rate: float, rows: int, batch: int, epochs: int) -> keras.optimizers.Adam:
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, -(-rows // batch) * epochs))


def run_classifier(model: keras.Model, digits: tuple[np.ndarray, ...], options: argparse.Namespace) -> None:
    x, y, x_test, y_test = digits
    rate, batch, _ = SETTINGS[options.network]
    shape = (-1, *model.input_shape[1:])
    model.compile(adam(rate, len(x), batch, options.epochs), "sparse_categorical_crossentropy", metrics=["accuracy"])
    if options.network == "lenet5":
        model.fit(x.reshape(shape), y, batch_size=batch, epochs=options.epochs, verbose=2)
    else:
        dataset = FreshNoise(x.reshape(shape), y, batch, options.noise, options.seed, None)
        model.fit(dataset, epochs=options.epochs, verbose=2)
        noisy = add_noise(x_test, options.noise, np.random.default_rng(options.seed + 1))
        print(f"{options.noise} noise: {accuracy(model, noisy.reshape(shape), y_test):.4f} on noisy digits, ", end="")
    print(f"{accuracy(model, x_test.reshape(shape), y_test):.4f} on clean digits")


def run_denoiser(model: keras.Model, digits: tuple[np.ndarray, ...], options: argparse.Namespace) -> None:
    x, y, x_test, y_test = digits
    rate, batch, _ = SETTINGS[options.network]
    judge = get_judge(x, y)
    shape = (-1, *model.input_shape[1:])
    count = len(x) - len(x) // 12  # the others validate
    train, kept = x[:count].reshape(shape), x[count:].reshape(shape)
    kept_noisy = add_noise(kept, options.noise, np.random.default_rng(options.seed + 2))
    model.compile(adam(rate, count, batch, options.epochs), "binary_crossentropy")
    dataset = FreshNoise(train, train, batch, options.noise, options.seed, CLEAN_EVERY)
    validation = (kept_noisy, kept)
    model.fit(dataset, epochs=options.epochs, validation_data=validation, verbose=2)

    noisy = add_noise(x_test, options.noise, np.random.default_rng(options.seed + 1)).reshape(shape)
    denoised = model.predict(noisy, 256, verbose=0).reshape(-1, 784)
    of_clean = model.predict(x_test.reshape(shape), 256, verbose=0).reshape(-1, 784)
    print(
        f"{options.noise} noise: accuracy {accuracy(judge, denoised, y_test):.4f} on denoised digits, "
        f"PSNR {psnr(x_test, denoised):.2f} dB, SSIM {ssim(x_test, denoised):.4f}, "
        f"composite {accuracy(judge, of_clean, y_test):.4f} on clean digits"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=SETTINGS)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--noise", choices=("gaussian", "uniform"), default="gaussian")
    parser.add_argument("--rows", type=int, help="at most so many digits to learn from, and to test")
    parser.add_argument("--data", type=Path, default=os.environ.get("DENOISE_DATA_DIR"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("--data or DENOISE_DATA_DIR must name MNIST's folder")
    options.epochs = options.epochs or SETTINGS[options.network][2]
    keras.utils.set_random_seed(options.seed)
    digits = read_digits(Path(options.data), options.rows)
    model = globals()[options.network]()
    run = run_classifier if options.network in ("lenet5", "noisy_classifier") else run_denoiser
    run(model, digits, options)


if __name__ == "__main__":
    main()
