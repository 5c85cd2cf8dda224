"""An encoding model: what each unit of a subject makes of features."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import InputError
from striate_cortex.tensors import read_arrays, write_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

__all__ = ["EncodingModel"]

FORMAT = "striate-encoding-1"


@dataclass(frozen=True)
class EncodingModel:
    """Linear maps from p features to the responses of v units.

    Parameters
    ----------
    weights
        (v, p).
    intercept
        (v,).
    alpha
        (v,) ridge penalty of each unit; NaN where it is not known.
    space
        Name of the encoder whose features these are; empty: not known.
    normalised
        Whether features are brought to unit length before; so it is in BrainDiVE and
        BrainSCUBA.
    scores
        (v,) numbers of how good it is, by name: ``r2_gcv``, ``r2``, ``r``, ``p``, …
        NaN where there is none.
    fold_weights
        (k, v, p), each fitted without one fold; None unless they were asked for.
    bands
        Name of a feature space to its first and last feature (exclusive).
    facts
        JSON-able: how it was fitted, on what, and whether the data are simulated.

    Raises
    ------
    InputError
        When sizes differ.
    """

    weights: NDArray[Any]
    intercept: NDArray[Any]
    alpha: NDArray[Any]
    space: str = ""
    normalised: bool = False
    scores: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    fold_weights: NDArray[Any] | None = None
    bands: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.weights.ndim != 2:
            raise InputError(
                f"Weights have the shape {self.weights.shape}: they must be units by "
                "features."
            )
        v, p = self.weights.shape
        named = {"intercepts": self.intercept, "alphas": self.alpha, **self.scores}
        for name, values in named.items():
            if np.shape(values) != (v,):
                raise InputError(
                    f"There are weights of {v:,} units and {name} of shape "
                    f"{np.shape(values)}."
                )
        if self.fold_weights is not None and self.fold_weights.shape[1:] != (v, p):
            raise InputError(
                f"The weights of folds have the shape {self.fold_weights.shape} and "
                f"not (folds, {v}, {p})."
            )

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def simulated(self) -> bool:
        """Whether the responses it was fitted to, or it itself, were made up."""
        return bool(self.facts.get("simulated"))

    # ---- Using it

    def predict(self, features: ArrayLike) -> NDArray[Any]:
        """Predict responses.

        Parameters
        ----------
        features
            (n, p).

        Returns
        -------
        ndarray
            (n, v).

        Raises
        ------
        InputError
            When there are not p features.
        """
        return self.prepared(features) @ self.weights.T + self.intercept

    def prepared(self, features: ArrayLike) -> NDArray[Any]:
        """Return features as the weights expect them: checked, and of unit length."""
        x = np.asarray(features)
        if x.dtype.kind != "f":
            x = x.astype(np.float32)
        if x.ndim != 2 or x.shape[1] != self.weights.shape[1]:
            raise InputError(
                f"This model takes {self.weights.shape[1]} features"
                f"{f' of {self.space}' if self.space else ''} and the shape "
                f"{x.shape} was given: use the encoder that it was fitted with."
            )
        if not self.normalised:
            return x
        return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)

    def r2(self, features: ArrayLike, responses: Any) -> NDArray[np.float64]:
        """Variance explained of responses that were not fitted, by unit.

        Parameters
        ----------
        features, responses
            (n, p) and (n, v); responses may be lazy.

        Returns
        -------
        ndarray
            (v,) at most 1, negative where the mean is better; NaN for units that
            are constant or hold NaN.
        """
        from striate_cortex.encoding.scores import r2_score

        return r2_score(self, features, responses)

    def r(self, features: ArrayLike, responses: Any) -> NDArray[np.float64]:
        """Pearson correlation of predicted and measured responses; see :meth:`r2`."""
        from striate_cortex.encoding.scores import correlation

        return correlation(self, features, responses)

    def query(self, vector: ArrayLike) -> NDArray[np.float32]:
        """Say how strongly each unit prefers a direction of the feature space.

        Parameters
        ----------
        vector
            (p,), a text's embedding for instance; its length does not matter.

        Returns
        -------
        ndarray
            (v,) float32, the response to a step of unit length in that direction.
        """
        q = np.asarray(vector, np.float32)
        if q.shape != (self.weights.shape[1],):
            raise InputError(
                f"The query has the shape {q.shape} and this model takes "
                f"{self.weights.shape[1]} features: use the encoder it was fitted with."
            )
        return np.asarray(self.weights @ (q / max(float(np.linalg.norm(q)), 1e-12)))

    def agreement(self) -> NDArray[np.float32]:
        """Mean cosine between the weights of every two folds, by unit; (v,).

        Raises
        ------
        InputError
            When the weights of folds were not kept.
        """
        if self.fold_weights is None:
            raise InputError(
                "This model has no weights of folds: fit it again with keep_folds."
            )
        k = len(self.fold_weights)
        length = np.linalg.norm(self.fold_weights, axis=2, keepdims=True)
        unit = self.fold_weights / np.maximum(length, 1e-12)
        total = np.einsum("kvp,lvp->v", unit, unit, optimize=True)
        return np.asarray((total - k) / (k * (k - 1)), np.float32)

    # ---- Files

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write it as safetensors, with everything else as JSON inside."""
        arrays = {
            "weights": self.weights, "intercept": self.intercept, "alpha": self.alpha,
        }  # fmt: skip
        if self.fold_weights is not None:
            arrays["fold_weights"] = self.fold_weights
        arrays |= {f"score.{name}": values for name, values in self.scores.items()}
        facts = {
            "format": FORMAT, "space": self.space, "normalised": self.normalised,
            "bands": dict(self.bands), "facts": dict(self.facts),
        }  # fmt: skip
        return write_arrays(path, arrays, facts, overwrite=overwrite)

    @classmethod
    def load(cls, path: str | Path) -> EncodingModel:
        """Read what :meth:`save` wrote.

        Raises
        ------
        InputError
            When it is no encoding model, or damaged.
        """
        arrays, facts = read_arrays(path, FORMAT)
        # What ships is kept in half precision; nothing is computed in it.
        if arrays["weights"].dtype == np.float16:
            arrays["weights"] = arrays["weights"].astype(np.float32)
        scores = {k: arrays.pop(k) for k in list(arrays) if k.startswith("score.")}
        return cls(
            space=facts["space"],
            normalised=facts["normalised"],
            bands={k: (int(a), int(b)) for k, (a, b) in facts["bands"].items()},
            facts=facts["facts"],
            scores={k.removeprefix("score."): v for k, v in scores.items()},
            **arrays,
        )
