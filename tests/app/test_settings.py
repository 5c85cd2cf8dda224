"""Preferences are kept, and damage never blocks a start."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from striate.settings import Settings, cache_dir, data_dir, home


@pytest.fixture
def file(own_home):
    own_home.mkdir()
    return own_home / "settings.json"


def test_preferences_are_there_at_the_next_start():
    settings = Settings.load()
    settings.theme = "dark"
    settings.device = "cuda:1"
    settings.window = {"geometry": "abc"}
    settings.save()

    again = Settings.load()

    assert (again.theme, again.device) == ("dark", "cuda:1")
    assert again.window == {"geometry": "abc"}
    assert [p.name for p in home().iterdir()] == ["settings.json"]


def test_a_preference_that_changes_says_so():
    settings = Settings()
    heard = []
    settings.events.theme.connect(heard.append)

    settings.theme = "light"

    assert heard == ["light"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("theme", "pink"), ("device", "gpu"), ("workers", -1), ("autosave_seconds", 0)],
)
def test_a_preference_that_makes_no_sense_is_refused(name, value):
    settings = Settings()

    with pytest.raises(ValidationError):
        setattr(settings, name, value)
    assert getattr(settings, name) == getattr(Settings(), name)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "null", "\x00\xff"])
def test_a_damaged_file_gives_the_defaults_and_is_kept_aside(file, text):
    file.write_text(text, "utf-8")

    assert Settings.load() == Settings()
    assert file.with_suffix(".damaged.json").read_text("utf-8") == text
    assert not file.exists()


def test_of_a_damaged_file_what_makes_sense_is_kept(file):
    stored = {"theme": "dark", "device": "abacus", "workers": "many", "from": "2031"}
    file.write_text(json.dumps(stored))

    settings = Settings.load()

    assert (settings.theme, settings.device, settings.workers) == ("dark", "auto", 0)
    assert json.loads(file.with_suffix(".damaged.json").read_text()) == stored


def test_a_folder_in_place_of_the_file_does_not_block_a_start(file):
    file.mkdir()

    assert Settings.load() == Settings()


def test_a_folder_that_cannot_be_written_to_does_not_block_the_end(
    read_only_folder, monkeypatch
):
    monkeypatch.setenv("STRIATE_HOME", str(read_only_folder))

    Settings().save()

    assert not list(read_only_folder.glob("settings*"))


def test_recent_files_are_newest_first_once_each_and_few(tmp_path):
    settings = Settings()
    for number in range(20):
        settings.add_recent(tmp_path / f"{number}.tif")
    settings.add_recent(tmp_path / "12.tif")

    names = [p.rpartition("/")[2] for p in settings.recent_files]

    assert names[:3] == ["12.tif", "19.tif", "18.tif"]
    assert len(names) == len(set(names)) == 12


def test_recent_files_that_are_gone_are_not_offered(tmp_path):
    settings = Settings()
    here = tmp_path / "here.tif"
    here.touch()
    settings.add_recent(here)
    settings.add_recent(tmp_path / "gone.tif")

    assert settings.existing_recent() == [str(here)]


def test_everything_of_ours_lies_in_one_folder_that_can_be_chosen(own_home, tmp_path):
    assert home() == own_home
    assert data_dir() == own_home / "data"
    assert cache_dir() == own_home / "cache"
    assert Settings().jobs_dir() == own_home / "jobs"
    assert Settings(jobs_folder=str(tmp_path / "scratch")).jobs_dir().is_dir()


def test_a_jobs_folder_whose_disk_is_unplugged_does_not_block_a_start(tmp_path):
    (tmp_path / "disk").touch()
    settings = Settings(jobs_folder=str(tmp_path / "disk" / "jobs"))

    assert settings.jobs_dir() == home() / "jobs"
