"""Parts of a table on disk, so that a long embedding that was cut off goes on."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from striate.data.atomic import plain_error, replacing
from striate.errors import StriateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

__all__ = ["Parts"]


class Parts:
    """The folder ``.<name>.parts`` beside a target; it outlives a cancel or a crash.

    Parameters
    ----------
    target
        The table that is made.
    plan
        Digest of the plan; parts of another plan are thrown away.
    """

    def __init__(self, target: Path, plan: str) -> None:
        self.target = target
        self.folder = target.with_name(f".{target.name}.parts")
        mark = self.folder / "plan"
        if self.folder.exists() and not (
            mark.exists() and mark.read_text("utf-8") == plan
        ):
            shutil.rmtree(self.folder)
        try:
            self.folder.mkdir(exist_ok=True)
            mark.write_text(plan, "utf-8")
        except OSError as error:
            raise plain_error(error, target) from error

    def has(self, number: int) -> bool:
        """Whether a part is there, whole."""
        return self._path(number).exists()

    def write(self, number: int, table: pa.Table) -> None:
        """Write a part; whole or not at all."""
        import pyarrow.parquet as pq

        with replacing(self._path(number)) as part:
            pq.write_table(table, part)

    def join(self, count: int, *, overwrite: bool, checked: Callable[[], None]) -> int:
        """Make the target out of `count` parts, one in memory at a time.

        Returns the number of rows. `checked` is called before each part.
        """
        import pyarrow.parquet as pq

        rows = 0
        with replacing(self.target, overwrite=overwrite) as whole:
            writer = None
            try:
                for number in range(count):
                    checked()
                    table = pq.read_table(self._path(number))
                    writer = writer or pq.ParquetWriter(whole, table.schema)
                    if table.schema != writer.schema:
                        raise StriateError(
                            "The images do not give vectors of one length: pool the "
                            "channels by their mean, or embed images with equally "
                            "many channels."
                        )
                    writer.write_table(table)
                    rows += len(table)
            finally:
                if writer is not None:
                    writer.close()
        return rows

    def remove(self) -> None:
        """Throw the parts away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.parquet"
