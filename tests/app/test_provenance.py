"""Beside every result lies who made it, from what, and how."""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import version

import pytest
from pydantic import BaseModel

from striate.provenance import Provenance, fingerprint, relocate

MIB = 1 << 20


class Params(BaseModel):
    sigma: float = 1.5
    method: str = "colour"


@pytest.fixture
def scan(tmp_path):
    path = tmp_path / "scan.tif"
    path.write_bytes(bytes(range(256)) * 12 * 1024)  # 3 MiB
    return path


def test_a_record_says_who_made_a_result_from_what_and_how(scan, tmp_path):
    record = Provenance.record(
        "filaments.segment", Params(sigma=2.0), [scan], seed=7, blocks=4
    )

    path = record.write_beside(tmp_path / "x.neurons.zarr")

    assert path == tmp_path / "x.neurons.zarr.provenance.json"
    stored = json.loads(path.read_text())
    assert stored["tool"] == "filaments.segment"
    assert stored["params"] == {"sigma": 2.0, "method": "colour"}
    assert stored["inputs"] == [fingerprint(scan).model_dump()]
    assert (stored["seed"], stored["notes"]) == (7, {"blocks": 4})
    assert stored["striate"] == version("striate")
    assert stored["versions"]["numpy"] == version("numpy")
    assert stored["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", stored["created"])
    assert Provenance(**stored) == record


def test_a_model_is_named_by_its_card():
    class Card(BaseModel):
        id: str = "chadavit"
        sha256: str = "ab"

    record = Provenance.record("channels.embed", {}, model=Card())

    assert record.model == {"id": "chadavit", "sha256": "ab"}


def test_a_file_is_known_wherever_it_lies(scan, tmp_path):
    copy = tmp_path / "elsewhere.tif"
    copy.write_bytes(scan.read_bytes())

    assert fingerprint(copy).sha256 == fingerprint(scan).sha256
    assert fingerprint(scan).bytes == 3 * MIB


@pytest.mark.parametrize("place", [0, MIB - 1, 2 * MIB, 3 * MIB - 1])
def test_a_change_at_either_end_of_a_file_is_seen(scan, place):
    before = fingerprint(scan).sha256
    data = bytearray(scan.read_bytes())
    data[place] ^= 1
    scan.write_bytes(data)

    assert fingerprint(scan).sha256 != before


def test_another_length_is_seen(scan):
    before = fingerprint(scan).sha256
    scan.write_bytes(scan.read_bytes() + b"\0")

    assert fingerprint(scan).sha256 != before


@pytest.mark.parametrize("size", [0, 1, MIB, MIB + 1, 2 * MIB, 2 * MIB + 1])
def test_every_byte_of_a_small_file_counts(tmp_path, size):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(size))
    before = fingerprint(path).sha256
    if size:
        path.write_bytes(bytes(size - 1) + b"\1")

    assert (fingerprint(path).sha256 == before) == (size == 0)


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "x.zarr"
    (folder / "raw").mkdir(parents=True)
    (folder / ".zattrs").write_text('{"axes": "ZYX"}')
    (folder / "raw" / "0.0").write_bytes(bytes(100))
    return folder


def test_a_folder_is_known_by_names_sizes_and_metadata(store, tmp_path):
    before = fingerprint(store)
    moved = store.rename(tmp_path / "y.zarr")

    assert fingerprint(moved).sha256 == before.sha256
    assert before.bytes == 100 + len('{"axes": "ZYX"}')


@pytest.mark.parametrize(
    ("name", "content"),
    [("raw/0.0", b"1" * 101), ("raw/0.1", b""), (".zattrs", b'{"axes": "XYZ"}')],
)
def test_a_change_in_a_folder_is_seen(store, name, content):
    before = fingerprint(store).sha256
    (store / name).write_bytes(content)

    assert fingerprint(store).sha256 != before


def test_an_input_that_is_gone_is_recorded_as_empty(tmp_path):
    record = fingerprint(tmp_path / "gone.tif")

    assert (record.bytes, record.path) == (0, str(tmp_path / "gone.tif"))


def test_records_made_under_a_temporary_name_name_the_final_place(tmp_path):
    part, out = tmp_path / ".out.ab12.part", tmp_path / "out"
    (part / "x.zarr").mkdir(parents=True)
    result = part / "result.txt"
    result.write_text(str(part))
    Provenance.record("tool", {"out": str(result)}, [result]).write_beside(result)
    (part / "x.zarr" / ".zattrs").write_text(json.dumps({"source": str(result)}))

    relocate(part, out)

    record = json.loads((part / "result.txt.provenance.json").read_text())
    assert record["params"]["out"] == str(out / "result.txt")
    assert record["inputs"][0]["path"] == str(out / "result.txt")
    attributes = json.loads((part / "x.zarr" / ".zattrs").read_text())
    assert attributes == {"source": str(out / "result.txt")}
    assert result.read_text() == str(part)
