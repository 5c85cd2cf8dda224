"""Fitting a scorer to what was noted: torch trains, and numbers come out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from striate_filaments.linking.scorer import Scorer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Doubles = NDArray[np.float64]

__all__ = ["fit"]

_HIDDEN = (48, 24)
_BATCH = 1024
_DECAY = 1.0
"""Of the weights, times the learning rate: what is decided on comes from few volumes,
and without it is learned by heart."""
_BLUR = 0.3
"""Standard deviations by which features are blurred while it learns, as ever they are
a little other in another volume."""
_MOST_STEPS = 5000


def fit(
    features: Doubles,
    answer: Doubles,
    weight: Doubles,
    seed: int,
    epochs: int = 60,
) -> Scorer:
    """Fit log-odds of (n,) `answer` to (n, F) `features`, rows weighed by `weight`."""
    import torch

    mean = features.mean(axis=0)
    spread = np.maximum(features.std(axis=0), 1e-3)
    scaled = np.clip((features - mean) / spread, -4.0, 4.0)
    generator = torch.Generator().manual_seed(seed)
    layers = _layers(features.shape[1], generator)
    x, y, w = (
        torch.from_numpy(np.asarray(v, dtype=np.float32))
        for v in (scaled, answer, weight / weight.mean())
    )
    steps = min(_MOST_STEPS, max(1, epochs * -(-len(x) // _BATCH)))
    adam = torch.optim.AdamW(layers.parameters(), lr=3e-3, weight_decay=_DECAY)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        some = torch.randint(len(x), (min(_BATCH, len(x)),), generator=generator)
        blur = _BLUR * torch.randn((len(some), x.shape[1]), generator=generator)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            layers(x[some] + blur)[:, 0], y[some], weight=w[some]
        )
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        rate.step()
    w1, b1, w2, b2, w3, b3 = (
        p.detach().numpy().astype(np.float64) for p in layers.parameters()
    )
    return Scorer(mean, spread, w1, b1, w2, b2, np.append(w3[0], b3))


def _layers(inputs: int, generator: Any) -> Any:
    import torch

    sizes = (inputs, *_HIDDEN, 1)
    made: list[torch.nn.Module] = []
    for a, b in pairwise(sizes):
        linear = torch.nn.Linear(a, b)
        torch.nn.init.kaiming_uniform_(linear.weight, generator=generator)
        torch.nn.init.zeros_(linear.bias)
        made += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*made[:-1])
