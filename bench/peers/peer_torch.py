# SPDX-License-Identifier: Apache-2.0
"""PyTorch, eager or compiled."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import convolutions_torch
from driver import (
    AUTOENCODER,
    BATCH,
    CHAIN,
    CHAIN_ACTIVATIONS,
    CLASSIFIER,
    EPSILON,
    FIT_ROWS,
    LEARNING_RATE,
    PREDICT_BATCHES,
    Driver,
    main,
    read_labels,
    read_rows,
    read_weights,
)

COMPILED = os.environ.get("PEER_TORCH_COMPILE") == "1"
ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "softmax": lambda: nn.Softmax(dim=1), "linear": nn.Identity}


def network(widths: tuple[int, ...], activations: tuple[str, ...]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, units, activation in zip(widths, widths[1:], activations):
        layers.append(nn.Linear(inputs, units))
        nn.init.xavier_uniform_(layers[-1].weight)  # Keras' initial weights
        nn.init.zeros_(layers[-1].bias)
        if activation != "linear":
            layers.append(ACTIVATIONS[activation]())
    return nn.Sequential(*layers)


class Training:
    """A network, its optimizer and one step of training."""

    def __init__(self, model: nn.Sequential, loss: Callable) -> None:
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, eps=EPSILON, fused=True)
        self.loss = torch.compile(loss, dynamic=False) if COMPILED else loss

    def step(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        loss, right = self.loss(self.model, x, y)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.detach(), right


def classifier_loss(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    logits = model(x)
    return functional.cross_entropy(logits, y), (logits.argmax(1) == y).sum()


def autoencoder_loss(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    loss = functional.binary_cross_entropy_with_logits(model(x), y)
    return loss, loss.detach()


def train(training: Training, x: torch.Tensor, y: torch.Tensor) -> tuple[float, float]:
    """One epoch. Mean of the loss over the rows, and the sum of the second result over the batches, by rows."""
    loss_sum, right_sum = torch.zeros(()), torch.zeros(())
    for rows in torch.randperm(len(x)).split(BATCH):
        loss, right = training.step(x.index_select(0, rows), y.index_select(0, rows))
        loss_sum += loss * len(rows)
        right_sum += right
    return loss_sum.item() / len(x), right_sum.item() / len(x)


class Torch(Driver):
    batches = (1000,) if COMPILED else PREDICT_BATCHES  # each size is compiled and tuned for itself

    def __init__(self, folder: Path, threads: int) -> None:
        super().__init__(folder, threads)
        torch.set_num_threads(threads)
        torch.set_flush_denormal(True)
        torch.manual_seed(0)
        self.classifier: Training | None = None
        self.autoencoder: Training | None = None

    def versions(self) -> dict[str, str]:
        return {"torch": torch.__version__, "isa": torch.backends.cpu.get_cpu_capability()}

    def classifier_epoch(self) -> dict[str, float]:
        if self.classifier is None:
            self.classifier = Training(network(CLASSIFIER, ("relu", "relu", "linear")), classifier_loss)
            self.x = torch.from_numpy(read_rows(self.folder, "train_x"))
            self.labels = torch.from_numpy(read_labels(self.folder)).long()
        loss, accuracy = train(self.classifier, self.x, self.labels)
        return {"loss": loss, "accuracy": accuracy}

    def autoencoder_epoch(self) -> dict[str, float]:
        if self.autoencoder is None:
            self.autoencoder = Training(network(AUTOENCODER, ("relu", "linear")), autoencoder_loss)
            self.clean = torch.from_numpy(read_rows(self.folder, "train_x"))
            self.noisy = torch.from_numpy(read_rows(self.folder, "train_noisy"))
        loss, _ = train(self.autoencoder, self.noisy[:FIT_ROWS], self.clean[:FIT_ROWS])
        validation = torch.zeros(())
        with torch.no_grad():
            for x, y in zip(self.noisy[FIT_ROWS:].split(BATCH), self.clean[FIT_ROWS:].split(BATCH)):
                validation += self.autoencoder.loss(self.autoencoder.model, x, y)[0] * len(x)
        return {"loss": loss, "val_loss": validation.item() / (len(self.clean) - FIT_ROWS)}

    def save(self) -> None:
        model = network(CHAIN, CHAIN_ACTIVATIONS)
        linear = [layer for layer in model if isinstance(layer, nn.Linear)]
        for layer, (kernel, bias) in zip(linear, read_weights(self.folder)):
            layer.weight.data = torch.from_numpy(kernel.T.copy())
            layer.bias.data = torch.from_numpy(bias.copy())
        torch.save(model.state_dict(), self.folder / "model.pt")

    def load(self) -> None:
        with torch.device("meta"):  # no initial weights, which the file replaces
            model = network(CHAIN, CHAIN_ACTIVATIONS)
        model.load_state_dict(torch.load(self.folder / "model.pt"), assign=True)
        self.model = model.eval()
        if COMPILED:
            import torch._inductor.config as inductor

            inductor.freezing = True
            self.model = torch.compile(self.model, dynamic=False, mode="max-autotune")

    def predict(self, x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return self.model(torch.from_numpy(x)).numpy()

    def conv_training(self, name: str, batch: int = 0) -> Callable[[], float]:
        return convolutions_torch.Training(self.folder, name, batch).epoch

    def conv_predictor(self, name: str) -> Callable[[np.ndarray], np.ndarray]:
        return convolutions_torch.predictor(self.folder, name)

    def conv_images(self, name: str, x: np.ndarray) -> np.ndarray:
        return convolutions_torch.mirrored(name, x)

    def conv_shape_calls(self) -> list[tuple[str, Callable[[], Any]]]:
        if COMPILED:
            raise NotImplementedError  # the same kernels as eager
        return convolutions_torch.shape_calls()


if __name__ == "__main__":
    main(Torch)
