# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime: inference alone (W3, W4)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

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

    def load(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(self.folder / "model.onnx", options, providers=["CPUExecutionProvider"])

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.session.run(None, {"x": x})[0]


if __name__ == "__main__":
    main(OnnxRuntime)
