"""The whole story in the window: open, fit, map, ask for a phrase, click."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cortex.panel_parts import make_services

from striate_cortex.subjects.simulation import simulate_subject
from striate_cortex.workspace import workspace


def auc(inside: np.ndarray, outside: np.ndarray) -> float:
    """Share of pairs in which the one inside is higher."""
    ranks = np.argsort(np.argsort(np.concatenate([inside, outside]))) + 1.0
    n, m = len(inside), len(outside)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


@pytest.mark.slow
def test_simulated_subject_is_opened_fitted_asked_and_clicked(shell, tmp_path, qtbot):
    pytest.importorskip("efficientnet_lite_pytorch")
    subject = simulate_subject(tmp_path / "simulated", images=240, sessions=3)
    services = make_services(tmp_path / "jobs")
    window = shell(workspace(), jobs=services.jobs)
    window.resize(1500, 950)
    window.opening.open([subject.folder], page="cortex")
    page = window.pages.current()
    panels = {name: dock.panel_widget() for name, dock in page.panels.items()}
    view = panels["map"].view()
    assert view.subject.title == subject.title

    panels["subject"].fitting.form.set_values({"held_out": 0.25})
    panels["subject"].fitting.fit_button.click()
    qtbot.waitUntil(lambda: "starter" in view.model_names, timeout=120_000)
    assert panels["map"].choice.model.currentText() == "starter"
    panels["map"].show_map("r2")
    inside = np.any([*view.units.rois.values()], axis=0)
    assert auc(view.map.values[inside], view.map.values[~inside]) > 0.9

    panels["map"].show_map("text", "a face")
    qtbot.waitUntil(lambda: view.map.name == "text:a face", timeout=180_000)
    faces, places = (view.units.rois[f"simulated {n}"] for n in ("FFA", "PPA"))
    rest = ~inside
    assert auc(view.map.values[faces], view.map.values[rest]) > 0.9
    assert auc(view.map.values[places], view.map.values[rest]) < 0.6

    panels["subject"].go_to("flat")
    best = int(np.argmax(np.where(faces, view.map.values, -np.inf)))
    view.pick(view.vertex_of(best))
    unit = panels["unit"]
    assert unit.place.lines["Region"].text() == "simulated FFA"
    assert "(simulated)" in unit.title.text()
    qtbot.waitUntil(lambda: len(unit.compare.strongest.shown()) > 0)
    qtbot.waitUntil(lambda: len(unit.compare.trace.values) == 240)
    alike = [view.units.rois["simulated FFA"][u] for u in unit.compare.similar.shown()]
    assert np.mean(alike) > 0.7
    services.jobs.close()
