"""Proofreading one set of neurons: do, undo, redo, and never lose an edit.

Each edit is in the edit log before it is made. Opening the same neurons with the
same log again gives the state they were left in, undo and redo included.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from striate.errors import InputError
from striate.project.edit_log import EditLog
from striate_filaments.proofreading.delta import (
    Delta,
    Facts,
    apply,
    decode,
    encode,
)

if TYPE_CHECKING:
    from pathlib import Path

    from striate_filaments.neurons import NeuronSet

__all__ = ["Proofreading", "digest"]

SYNC_EVERY = 20
"""Edits after which the disk is asked to keep them, even from a power failure."""


class Proofreading:
    """The one way to change neurons that a person can take back.

    Parameters
    ----------
    neurons
        Changed in place.
    path
        The edit log; made when there is none.

    Attributes
    ----------
    changed
        Emitted with the :class:`Delta` that was just made (an undo emits the
        inverse); ``delta.dirty(neurons.shape)`` is the box to draw again.

    Raises
    ------
    InputError
        When the log holds edits of other neurons.
    StriateError
        When another running program has the log open.
    """

    changed = Signal(Delta)

    def __init__(self, neurons: NeuronSet, path: Path) -> None:
        self.neurons = neurons
        self.log = EditLog(path)
        try:
            self._catch_up()
        except BaseException:
            self.log.close()
            raise

    # ---- Changing

    def do(self, delta: Delta) -> Delta:
        """Write an edit down, then make it; one without changes is neither.

        Raises
        ------
        InputError
            When it was made for another state of the neurons.
        OutputError
            When it cannot be written down; then it is not made.
        """
        if delta.changes:
            self.log.append(encode(delta))
            try:
                apply(self.neurons, delta)
            except InputError:
                self.log.undo()
                raise
            self._after(delta)
        return delta

    def undo(self) -> Delta | None:
        """Take the last edit back and return what that changed."""
        edit = self.log.undoable
        return None if edit is None else self._go(edit, forward=False)

    def redo(self) -> Delta | None:
        """Make the edit again that was last taken back."""
        edit = self.log.redoable
        return None if edit is None else self._go(edit, forward=True)

    # ---- What can be done

    @property
    def undo_text(self) -> str:
        """What undo would take back; empty when there is nothing."""
        edit = self.log.undoable
        return "" if edit is None else decode(self.log.payload(edit)).text

    @property
    def redo_text(self) -> str:
        """What redo would make again; empty when there is nothing."""
        edit = self.log.redoable
        return "" if edit is None else decode(self.log.payload(edit)).text

    def history(self) -> list[str]:
        """Texts of the edits that led here, oldest first."""
        return [decode(self.log.payload(edit)).text for edit in self.log.history()]

    # ---- Files

    def saved(self) -> None:
        """Note that the neurons, as they are, have been written to their file."""
        self.log.mark(digest(self.neurons))
        self.log.sync()

    def close(self) -> None:
        """Let the log go."""
        self.log.close()

    # ---- Private methods

    def _catch_up(self) -> None:
        """Bring neurons as read from their file to where the log left them."""
        known = digest(self.neurons)
        if len(self.log) == 0:
            self.log.mark(known)
            return
        state = self.log.marked(known)
        if state is None:
            raise InputError(
                f"The edits in {self.log.path} were made to other neurons: open those, "
                "or move the file away."
            )
        for step in self.log.route(state, self.log.state):
            delta = decode(self.log.payload(step.edit))
            apply(self.neurons, delta if step.forward else delta.inverse)

    def _go(self, edit: int, *, forward: bool) -> Delta:
        delta = decode(self.log.payload(edit))
        delta = delta if forward else delta.inverse
        apply(self.neurons, delta)
        if forward:
            self.log.redo()
        else:
            self.log.undo()
        self._after(delta)
        return delta

    def _after(self, delta: Delta) -> None:
        if self.log.unsynced >= SYNC_EVERY:
            self.log.sync()
        self.changed.emit(delta)


def digest(neurons: NeuronSet) -> bytes:
    """Fingerprint of all that a set holds: equal sets have equal ones."""
    found = hashlib.sha256(repr(neurons.shape).encode())
    for place, neuron in enumerate(neurons):
        colour = [float(np.float32(c)) for c in neuron.colour]
        _, _, *rest = astuple(Facts.of(neuron, place))
        head = [neuron.id, neuron.start, neuron.stop, colour, *rest]
        found.update(json.dumps(head, sort_keys=True).encode())
        found.update(neuron.voxels.astype("<u8").tobytes())
    return found.digest()
