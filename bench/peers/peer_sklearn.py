# SPDX-License-Identifier: Apache-2.0
"""scikit-learn: MLPClassifier for W1; MLPRegressor, which knows neither sigmoid output nor cross-entropy, for W2."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from driver import (
    AUTOENCODER,
    BATCH,
    CHAIN,
    CLASSES,
    CLASSIFIER,
    EPSILON,
    FIT_ROWS,
    LEARNING_RATE,
    Driver,
    main,
    read_labels,
    read_rows,
    read_weights,
)


def settings(hidden: tuple[int, ...]) -> dict[str, Any]:
    """alpha: no weight decay, as in the other peers."""
    return dict(
        hidden_layer_sizes=hidden,
        batch_size=BATCH,
        learning_rate_init=LEARNING_RATE,
        epsilon=EPSILON,
        alpha=0.0,
        random_state=0,
    )


def set_weights(model: Any, layers: list[tuple[np.ndarray, np.ndarray]]) -> None:
    model.coefs_ = [kernel.copy() for kernel, _ in layers]
    model.intercepts_ = [bias.copy() for _, bias in layers]


class ScikitLearn(Driver):
    def __init__(self, folder: Path, threads: int) -> None:
        super().__init__(folder, threads)
        self.classifier: MLPClassifier | None = None
        self.autoencoder: MLPRegressor | None = None

    def versions(self) -> dict[str, str]:
        import sklearn
        from threadpoolctl import threadpool_info

        pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        blas = "; ".join(f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}" for pool in pools)
        return {"scikit-learn": sklearn.__version__, "numpy": np.__version__, "blas": blas}

    def classifier_epoch(self) -> dict[str, float]:
        if self.classifier is None:
            self.classifier = MLPClassifier(**settings(CLASSIFIER[1:-1]))
            self.x, self.labels = read_rows(self.folder, "train_x"), read_labels(self.folder)
        self.classifier.partial_fit(self.x, self.labels, classes=range(CLASSES))
        return {"loss": float(self.classifier.loss_)}

    def autoencoder_epoch(self) -> dict[str, float]:
        if self.autoencoder is None:
            self.autoencoder = MLPRegressor(**settings(AUTOENCODER[1:-1]))
            self.clean, self.noisy = read_rows(self.folder, "train_x"), read_rows(self.folder, "train_noisy")
        self.autoencoder.partial_fit(self.noisy[:FIT_ROWS], self.clean[:FIT_ROWS])
        total = 0.0
        for i in range(FIT_ROWS, len(self.clean), BATCH):
            error = self.autoencoder.predict(self.noisy[i : i + BATCH]) - self.clean[i : i + BATCH]
            total += float(np.vdot(error, error))
        return {"squared_error": float(self.autoencoder.loss_), "val_squared_error": total / self.clean[FIT_ROWS:].size / 2}

    def save(self) -> None:
        """Two models, the first with the sigmoid outside; a fit on a few rows makes all their parts."""
        x = read_rows(self.folder, "test_noisy")[:100]
        denoiser = MLPRegressor(**{**settings(CHAIN[1:2]), "batch_size": 100}).partial_fit(x, x)
        classifier = MLPClassifier(**{**settings(CHAIN[3:-1]), "batch_size": 100})
        classifier.partial_fit(x, np.arange(100) % CLASSES, classes=range(CLASSES))
        layers = read_weights(self.folder)
        set_weights(denoiser, layers[:2])
        set_weights(classifier, layers[2:])
        (self.folder / "model_sklearn.pickle").write_bytes(pickle.dumps((denoiser, classifier)))

    def load(self) -> None:
        from scipy.special import expit

        self.denoiser, self.reader = pickle.loads((self.folder / "model_sklearn.pickle").read_bytes())
        self.expit = expit

    def predict(self, x: np.ndarray) -> np.ndarray:
        clean = self.denoiser.predict(x)
        return self.reader.predict_proba(self.expit(clean, out=clean))


if __name__ == "__main__":
    main(ScikitLearn)
