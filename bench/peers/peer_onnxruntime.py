# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime: inference alone (W3, W4, convolutional networks)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

import convolutions_onnx
from driver import CHAIN_ACTIVATIONS, CLASSES, PIXELS, Driver, main, read_weights

OPERATORS = {"relu": "Relu", "sigmoid": "Sigmoid", "softmax": "Softmax"}


class OnnxRuntime(Driver):
    def __init__(self, folder: Path, threads: int) -> None:
        super().__init__(folder, threads)

    def versions(self) -> dict[str, str]:
        return {"onnxruntime": onnxruntime.__version__}

    def save(self) -> None:
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        nodes, tensors, value = [], [], "x"
        for i, ((kernel, bias), activation) in enumerate(zip(read_weights(self.folder), CHAIN_ACTIVATIONS)):
            tensors += [numpy_helper.from_array(kernel, f"kernel{i}"), numpy_helper.from_array(bias, f"bias{i}")]
            output = "y" if activation == "softmax" else f"a{i}"
            nodes.append(helper.make_node("Gemm", [value, f"kernel{i}", f"bias{i}"], [f"z{i}"]))
            nodes.append(helper.make_node(OPERATORS[activation], [f"z{i}"], [output]))
            value = output
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", PIXELS])
        y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", CLASSES])
        graph = helper.make_graph(nodes, "denoise_classify", [x], [y], tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(model, self.folder / "model.onnx")

    def session_of(self, path: Path) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def load(self) -> None:
        self.session = self.session_of(self.folder / "model.onnx")

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.session.run(None, {"x": x})[0]

    def conv_predictor(self, name: str) -> Callable[[np.ndarray], np.ndarray]:
        session = self.session_of(convolutions_onnx.write_model(self.folder, name))
        return lambda x: session.run(None, {"x": x.transpose(0, 3, 1, 2)})[0]


if __name__ == "__main__":
    main(OnnxRuntime)
