"""The whole story: open, fit, map, ask for a phrase, click, caption, image.

In the window through real widgets, and by the command line; offline.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.cortex.panel_parts import make_services

from striate.cli import main
from striate_cortex.subjects.simulation import simulate_subject
from striate_cortex.workspace import workspace


def auc(inside: np.ndarray, outside: np.ndarray) -> float:
    """Share of pairs in which the one inside is higher."""
    ranks = np.argsort(np.argsort(np.concatenate([inside, outside]))) + 1.0
    n, m = len(inside), len(outside)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_simulated_subject_is_opened_fitted_asked_and_clicked(shell, tmp_path, qtbot):
    pytest.importorskip("efficientnet_lite_pytorch")
    subject = simulate_subject(tmp_path / "simulated", images=240, sessions=3)
    services = make_services(tmp_path / "jobs")
    window = shell(workspace(), jobs=services.jobs)
    window.resize(1500, 950)
    window.opening.open([subject.folder], page="cortex")
    qtbot.waitUntil(lambda: bool(window.pages.current().model.layers), timeout=60_000)
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
    qtbot.waitUntil(lambda: len(unit.compare.strongest.shown()) > 0, timeout=60_000)
    qtbot.waitUntil(lambda: len(unit.compare.trace.values) == 240, timeout=60_000)
    alike = [view.units.rois["simulated FFA"][u] for u in unit.compare.similar.shown()]
    assert np.mean(alike) > 0.7

    # Told in words, from the subject's own images.
    answer = unit.answer
    qtbot.waitUntil(lambda: answer.shown is not None and answer.shown.complete,
                    timeout=180_000)  # fmt: skip
    assert "face" in answer.caption.caption.text()
    assert answer.keywords.bars.bars[0].text == "face"
    assert "simulated" in answer.caption.how.text().lower()
    answer.predict.sentence.setText("the face of a man")
    answer.predict.predict()
    qtbot.waitUntil(lambda: "higher than" in answer.predict.answer.text(),
                    timeout=60_000)  # fmt: skip
    assert answer.shown.agreement > 0.5

    # And an image is made for it, in the worker.
    unit.images.choices.count.setValue(1)
    unit.images.choices.steps = 2
    unit.images.make_button.click()
    qtbot.waitUntil(
        lambda: [i["state"] for i in unit.images.shown()] == ["made"], timeout=240_000
    )
    (image,) = unit.images.shown()
    assert Path(image["path"]).is_file()
    assert 0 <= image["percentile"] <= 100
    assert unit.images.tiles.tiles[0].line.startswith("z ")
    services.jobs.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_same_by_command_line(tmp_path, capfd):
    pytest.importorskip("efficientnet_lite_pytorch")
    folder = simulate_subject(tmp_path / "simulated", images=120, sessions=2).folder

    def told(*arguments):
        capfd.readouterr()
        assert main([*map(str, arguments), "--json"]) == 0
        return json.loads(capfd.readouterr().out.splitlines()[-1])

    captions = tmp_path / "captions.json"
    outcome = told("cortex", "caption", folder, "--units", "simulated FFA",
                   "--above", "r2=0.2", "--out", captions)  # fmt: skip
    assert outcome["simulated"] is True
    said = [u["caption"] for u in json.loads(captions.read_text())["units"]]
    assert np.mean(["face" in caption for caption in said]) > 0.9

    outcome = told("cortex", "synthesize", folder, "--units", "simulated FFA", "--out",
                   tmp_path / "images", "--seeds", 1, "--steps", 2)  # fmt: skip
    (image,) = outcome["images"]
    assert Path(image).is_file()
    assert 0 <= outcome["percentile"][0] <= 100
