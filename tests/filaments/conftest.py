"""What the tests of Filaments share with the platform's: disks with faults."""

from tests.app.conftest import largest_file, read_only_folder

__all__ = ["largest_file", "read_only_folder"]
