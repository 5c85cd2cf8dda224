"""Models that were fitted here are saved, and models of other days are opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from striate.errors import StriateError
from striate.widgets.background import Background

if TYPE_CHECKING:
    from striate.widgets.links import Links
    from striate.widgets.message import Message
    from striate_cortex.panels.cortex_view import CortexView

__all__ = ["ModelFiles", "load_model", "new_name"]

_KIND = "Encoding models (*.safetensors)"


class ModelFiles(QWidget):
    """Two buttons: open a model of this subject, save the one that is in use.

    Parameters
    ----------
    links
        Of the panel; its end is ours.
    message
        Where the outcome is told.
    """

    def __init__(self, links: Links, message: Message) -> None:
        super().__init__()
        self._message = message
        self._view: CortexView | None = None
        self._background = Background(self)
        links.at_end(self._background.close)
        self.open_button = QPushButton("Open model…")
        self.open_button.setToolTip("Add an encoding model of this subject's units.")
        self.save_button = QPushButton("Save model as…")
        self.save_button.setToolTip("Keep the model in use where you want it.")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.open_button)
        row.addWidget(self.save_button)
        row.addStretch(1)
        self.open_button.clicked.connect(self._ask_model)
        self.save_button.clicked.connect(self._ask_target)

    # ---- Public methods

    def set_view(self, view: CortexView | None) -> None:
        """Open and save models of this subject."""
        self._view = view
        self.renew()

    def renew(self) -> None:
        """Offer what there is to save."""
        view = self._view
        self.setVisible(view is not None)
        self.save_button.setEnabled(view is not None and bool(view.model_in_use))

    def open(self, path: str | Path) -> None:
        """Read a model in a thread and add it to the subject."""
        view = self._view
        if view is None:
            return
        place = Path(path)
        self._background.run(
            lambda: load_model(place),
            lambda model: self._add(view, place, model),
            self._tell,
        )

    def save(self, path: str | Path) -> None:
        """Write the model in use, in a thread; what it was made of lies beside it."""
        view = self._view
        if view is None or not view.model_in_use:
            return
        name, place = view.model_in_use, _with_suffix(Path(path))

        def work() -> Path:
            return _write(view, name, place)

        self._background.run(
            work,
            lambda done: self._message.info(f"Saved {name} as {done}."),
            self._tell,
        )

    # ---- Private methods

    def _ask_model(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a model", "", _KIND)
        if path:
            self.open(path)

    def _ask_target(self) -> None:
        view = self._view
        if view is None:
            return
        wanted = str(view.subject.folder / f"{view.model_in_use}.safetensors")
        path, _ = QFileDialog.getSaveFileName(self, "Save the model", wanted, _KIND)
        if path:
            self.save(path)

    def _add(self, view: CortexView, path: Path, model: Any) -> None:
        name = new_name(view, path.stem)
        try:
            view.add_model(name, model, path)
        except StriateError as error:
            self._tell(error)
            return
        view.use_model(name)
        self._message.info(f"Opened {name}.")

    def _tell(self, error: BaseException) -> None:
        self._message.error(str(error))


def load_model(path: Path) -> Any:
    """Read an encoding model.

    Raises
    ------
    InputError
        When it is none.
    """
    from striate_cortex.encoding.model import EncodingModel

    return EncodingModel.load(path)


def new_name(view: CortexView, wanted: str) -> str:
    """Return a name that no model of the subject has."""
    taken, name, number = set(view.model_names), wanted, 2
    while name in taken:
        name, number = f"{wanted} {number}", number + 1
    return name


def _write(view: CortexView, name: str, path: Path) -> Path:
    from striate.provenance import Provenance

    model = view.model(name)
    # The dialog has asked whether to overwrite.
    saved = model.save(path, overwrite=True)
    record = Provenance.record("cortex.fit", dict(model.facts))
    if model.simulated:
        record.notes["simulated"] = True
    record.write_beside(saved)
    return saved


def _with_suffix(path: Path) -> Path:
    return path if path.suffix else path.with_suffix(".safetensors")
