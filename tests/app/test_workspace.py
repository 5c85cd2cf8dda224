"""Workspaces are found by entry point; one that is broken harms no other."""

from __future__ import annotations

import logging

import pytest

from striate.jobs.kind import JobKind, load_object
from striate.workspace import job_kind, workspaces

GOOD = "tests.app.tiny_workspace:workspace"


def test_an_installed_workspace_is_found_by_its_entry_point(tiny_plugin):
    tiny = next(w for w in workspaces() if w.name == "tiny")

    assert tiny.title == "Tiny"
    assert [s.name for s in tiny.samples] == ["dots"]


def test_workspaces_stand_by_their_order_whatever_their_names(install_workspaces):
    install_workspaces(zebra=GOOD, aardvark=GOOD)

    found = workspaces()

    assert [w.name for w in found][:3] == ["filaments", "channels", "cortex"]
    assert [w.order for w in found] == sorted(w.order for w in found)
    assert [w.name for w in found[-2:]] == ["tiny", "tiny"]


@pytest.mark.parametrize(
    "entry", ["tests.app.tiny_workspace:broken", "no_such_package:workspace"]
)
def test_a_broken_workspace_is_left_out_and_told(install_workspaces, caplog, entry):
    install_workspaces(tiny=GOOD, worse=entry)

    with caplog.at_level(logging.WARNING, "striate.workspace"):
        names = [w.name for w in workspaces()]

    assert "tiny" in names
    assert "The workspace worse cannot be loaded" in caplog.text


def test_a_kind_of_job_is_found_by_its_name(tiny_plugin):
    kind = job_kind("tiny.count")

    assert (kind.title, kind.uses_device) == ("Count", False)
    assert kind.load_params()(n=2).n == 2


def test_the_platform_fetches_samples_itself():
    kind = job_kind("samples.fetch")

    assert kind.title == "Get a sample"
    assert kind.lane == "downloads"


def test_a_kind_nobody_offers_is_a_key_error(tiny_plugin):
    with pytest.raises(KeyError, match="No installed workspace offers the job"):
        job_kind("tiny.nothing")


def everything_named() -> list[str]:
    named = []
    for w in workspaces():
        named += [w.cli, w.demo, w.opener, *(p.factory for p in w.panels)]
        named += [s.maker for s in w.samples]
        named += [text for k in w.job_kinds for text in (k.function, k.params)]
    return sorted({name for name in named if name})


@pytest.mark.parametrize("name", everything_named())
def test_what_installed_workspaces_name_is_there(name):
    pytest.importorskip("qtpy")

    assert callable(load_object(name))


def test_names_of_samples_and_jobs_are_unique_over_all_workspaces():
    samples = [s.name for w in workspaces() for s in w.samples]
    kinds = [k.name for w in workspaces() for k in w.job_kinds]

    assert len(set(samples)) == len(samples)
    assert len(set(kinds)) == len(kinds)
    assert all(isinstance(k, JobKind) for w in workspaces() for k in w.job_kinds)
