# SPDX-License-Identifier: Apache-2.0
"""The convolutional networks in PyTorch: channels_last, eager or compiled."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import convolutions as c

COMPILED = os.environ.get("PEER_TORCH_COMPILE") == "1"
LEARNING_RATE = 1e-3
EPSILON = 1e-7


def channels_last(x: np.ndarray) -> torch.Tensor:
    """Rows, columns, channels in memory; PyTorch counts the axes in another order."""
    return torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def mirrored(name: str, x: np.ndarray) -> np.ndarray:
    """nn.ConvTranspose2d pads in front where Keras pads behind. With rows and columns of images and kernels in reverse it does
    the same."""
    if any(isinstance(layer, c.Enlarge) for layer in c.NETWORKS[name].layers):
        return np.ascontiguousarray(x[:, ::-1, ::-1])
    return x


class Flatten(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


def module_of(layer: c.Layer, weights: list[np.ndarray]) -> nn.Module:
    tensors = [torch.from_numpy(w.copy()) for w in weights]
    match layer:
        case c.Conv(_, kernel, _, padding, bias):
            inputs, filters = weights[0].shape[2:]
            module = nn.Conv2d(inputs, filters, kernel, padding=kernel // 2 if padding == "same" else 0, bias=bias)
            tensors[0] = tensors[0].permute(3, 2, 0, 1)
        case c.Enlarge(filters, kernel):
            module = nn.ConvTranspose2d(weights[0].shape[3], filters, kernel, stride=2, padding=1, output_padding=1)
            tensors[0] = tensors[0].permute(3, 2, 0, 1)
        case c.Dense(units, _):
            module = nn.Linear(weights[0].shape[0], units)
            tensors[0] = tensors[0].T
        case c.Norm():
            return nn.BatchNorm2d(len(weights[0]), eps=1e-3, momentum=0.01)
        case c.Plain("flatten"):
            return Flatten()
        case c.Plain("pool"):
            return nn.MaxPool2d(2)
        case c.Plain("double"):
            return nn.Upsample(scale_factor=2, mode="nearest")
        case c.Plain("relu"):
            return nn.ReLU(inplace=True)
        case _:
            return nn.Identity()
    module.weight.data = tensors[0].contiguous()
    if len(tensors) > 1:
        module.bias.data = tensors[1]
    return module


class Model(nn.Module):
    """A network; with `logits` without the last activation, which the loss has then."""

    def __init__(self, folder: Path, name: str, logits: bool) -> None:
        super().__init__()
        self.spec = c.NETWORKS[name].layers
        weights = c.read_weights(folder, name)
        self.parts = nn.ModuleList(module_of(layer, mine) for layer, mine in zip(self.spec, weights))
        if any(isinstance(layer, c.Enlarge) for layer in self.spec):
            for part in self.parts:
                if hasattr(part, "kernel_size") and hasattr(part, "weight"):
                    part.weight.data = part.weight.data.flip(2, 3)
        self.activations = [getattr(layer, "activation", "relu" if isinstance(layer, c.Enlarge) else "") for layer in self.spec]
        if logits:
            self.activations[-1] = ""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept: list[torch.Tensor] = []
        for layer, part, activation in zip(self.spec, self.parts, self.activations):
            if layer == c.KEEP:
                kept.append(x)
            elif layer == c.JOIN:
                x = torch.cat([kept.pop(), x], dim=1)
            else:
                x = part(x)
            if activation == "relu":
                x = functional.relu(x, inplace=True)
            elif activation == "sigmoid":
                x = torch.sigmoid(x)
            elif activation == "softmax":
                x = torch.softmax(x, dim=1)
        return x


LOSSES: dict[str, Callable] = {
    "binary_crossentropy": functional.binary_cross_entropy_with_logits,
    "mean_squared_error": functional.mse_loss,
    "sparse_categorical_crossentropy": functional.cross_entropy,
}


class Training:
    def __init__(self, folder: Path, name: str, batch: int = 0) -> None:
        network = c.TRAININGS[name]
        x, y = c.training_data(folder, name, batch)
        self.x = channels_last(mirrored(name, x))
        self.y = torch.from_numpy(y).long() if y.ndim == 1 else channels_last(mirrored(name, y))
        self.batch = batch or network.batch
        self.model = Model(folder, name, logits=True).to(memory_format=torch.channels_last).train()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE, eps=EPSILON, fused=True)
        loss = LOSSES[network.loss]
        compute = lambda x, y: loss(self.model(x), y)
        self.compute = torch.compile(compute, dynamic=False) if COMPILED else compute

    def step(self, rows: torch.Tensor) -> torch.Tensor:
        loss = self.compute(self.x[rows].contiguous(memory_format=torch.channels_last), self.y[rows])
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    def epoch(self) -> float:
        total = torch.zeros(())
        parts = torch.randperm(len(self.x)).split(self.batch)
        for rows in parts:
            total += self.step(rows)
        return total.item() / len(parts)


def predictor(folder: Path, name: str) -> Callable[[np.ndarray], np.ndarray]:
    model: Any = Model(folder, name, logits=False).to(memory_format=torch.channels_last).eval()
    if COMPILED:
        import torch._inductor.config as inductor

        inductor.freezing = True
        model = torch.compile(model, dynamic=False)

    def predict(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return model(torch.from_numpy(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).numpy()

    return predict


class Single:
    """One convolution: forward in inference mode, and forward with the gradients of weights and input."""

    def __init__(self, s: c.Shape) -> None:
        transposed = s.kind == "TRANSPOSE"
        sizes = (s.channels, s.filters) if transposed else (s.filters, s.channels // s.groups)
        self.x = channels_last(np.random.default_rng(1).random((s.images, s.side, s.side, s.channels), np.float32))
        self.w = torch.rand(*sizes, s.kernel, s.kernel).contiguous(memory_format=torch.channels_last)
        self.operator = functional.conv_transpose2d if transposed else functional.conv2d
        padding = 0 if transposed else s.dilation * (s.kernel // 2)
        self.more = {"stride": s.stride, "dilation": s.dilation, "groups": s.groups, "padding": padding}
        self.dy = torch.rand_like(self.run(self.x, self.w))

    def run(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return self.operator(x, w, None, **self.more)

    def forward(self) -> None:
        with torch.inference_mode():
            self.run(self.x, self.w)

    def training(self) -> None:
        x, w = self.x.detach().requires_grad_(), self.w.detach().requires_grad_()
        torch.autograd.grad(self.run(x, w), (x, w), self.dy)


def shape_calls() -> list[tuple[str, Callable[[], Any]]]:
    calls: list[tuple[str, Callable[[], Any]]] = []
    for s in c.read_shapes():
        single = Single(s)
        calls.append((s.name, single.forward))
        if s.trains:
            calls.append((f"{s.name}.training", single.training))
    return calls
