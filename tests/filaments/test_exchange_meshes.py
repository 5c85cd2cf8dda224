"""Meshes: closed surfaces in µm that other programs open."""

from __future__ import annotations

import meshio
import numpy as np
import pytest
import trimesh
from tests.filaments.neuron_sets import bar, crossing_pair

from striate_filaments.exchange.meshes import mesh_of, write_mesh_folder
from striate_filaments.neurons import Neuron, NeuronSet

SIZE = (1.0, 0.5, 0.5)


def ball(radius, centre):
    far = np.linalg.norm(np.indices((2 * radius + 1,) * 3) - radius, axis=0)
    return Neuron.from_mask(3, far <= radius, np.array(centre) - radius)


@pytest.mark.parametrize("kind", ["ply", "obj"])
def test_a_ball_opens_in_trimesh_closed_outward_and_in_place(tmp_path, kind):
    neurons = NeuronSet((40, 40, 40), SIZE, "µm", [ball(8, (20, 12, 16))])

    write_mesh_folder(tmp_path / "mesh", neurons, kind=kind)

    mesh = trimesh.load(tmp_path / f"mesh/neuron_3.{kind}")
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    # An ellipsoid of 8.0 x 4 x 4 µm half axes; outward faces give it a plus sign.
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 8 * 4 * 4, rel=0.1)
    assert mesh.bounds.mean(0) == pytest.approx([16 * 0.5, 12 * 0.5, 20 * 1.0])


@pytest.mark.parametrize("kind", ["ply", "obj"])
def test_meshio_reads_it_too(tmp_path, kind):
    write_mesh_folder(tmp_path / "mesh", crossing_pair(), kind=kind)

    mesh = meshio.read(tmp_path / f"mesh/neuron_1.{kind}")

    points, faces = mesh_of(crossing_pair()[1], SIZE)
    assert mesh.points == pytest.approx(points, abs=1e-3)
    assert mesh.cells_dict["triangle"].tolist() == faces.tolist()


def test_a_neurite_one_voxel_thin_does_not_vanish():
    points, faces = mesh_of(bar(1, (5, 5, 5), 30, thickness=1))

    mesh = trimesh.Trimesh(points, faces)
    assert mesh.is_watertight
    assert mesh.body_count == 1
    assert mesh.extents[0] >= 29


def test_one_voxel_has_a_surface():
    points, faces = mesh_of(Neuron.from_coordinates(1, [(7, 8, 9)]), (1.0, 1.0, 1.0))

    assert len(faces) >= 8
    assert points.mean(0) == pytest.approx([9, 8, 7], abs=0.01)


def test_no_neurons_is_an_empty_folder(tmp_path):
    write_mesh_folder(tmp_path / "mesh", NeuronSet((4, 4, 4)))

    assert list((tmp_path / "mesh").iterdir()) == []
