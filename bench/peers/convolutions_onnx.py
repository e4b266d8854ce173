# SPDX-License-Identifier: Apache-2.0
"""The networks that predict as ONNX graphs. ONNX has channels first; with one channel in and out that is the same memory."""

from __future__ import annotations

from pathlib import Path

import convolutions as c


def write_model(folder: Path, name: str) -> Path:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, tensors, value, count = [], [], "x", 0
    network = c.NETWORKS[name]

    def add(kind: str, inputs: list[str], **attributes: object) -> str:
        nonlocal count
        count += 1
        nodes.append(helper.make_node(kind, inputs, [f"v{count}"], **attributes))
        return f"v{count}"

    for i, (layer, weights) in enumerate(zip(network.layers, c.read_weights(folder, name))):
        if layer == c.POOL:
            value = add("MaxPool", [value], kernel_shape=[2, 2], strides=[2, 2])
            continue
        kernel = np.ascontiguousarray(weights[0].transpose(3, 2, 0, 1))
        tensors += [numpy_helper.from_array(kernel, f"k{i}"), numpy_helper.from_array(weights[1], f"b{i}")]
        inputs = [value, f"k{i}", f"b{i}"]
        if isinstance(layer, c.Enlarge):  # as TensorFlow pads: the odd one behind
            value = add("ConvTranspose", inputs, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])
        else:
            value = add("Conv", inputs, kernel_shape=[layer.kernel] * 2, pads=[layer.kernel // 2] * 4)
        activation = getattr(layer, "activation", "relu")
        if activation != "linear":
            value = add({"relu": "Relu", "sigmoid": "Sigmoid"}[activation], [value])
    nodes.append(helper.make_node("Identity", [value], ["y"]))
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 1, network.side, network.side]) for n in "xy"]
    graph = helper.make_graph(nodes, name, ends[:1], ends[1:], tensors)
    path = folder / f"{name}.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path
