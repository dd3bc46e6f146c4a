"""A courtyard is a world of its own kind: large, under the sky, seen by somebody who walks around it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reloc.geometry.cameras import Camera
from reloc.synth.camera_poses import PoseConfig
from reloc.synth.courtyard import SIDES_M
from reloc.synth.courtyard_poses import courtyard_poses
from reloc.synth.dataset import DatasetConfig, write_rooms
from reloc.synth.generate import COURTYARD, WorldConfig, make_world
from reloc.synth.renderer import render
from reloc.synth.world import World

pytest.importorskip("embreex", reason="embreex is not installed: pip install embreex")
CAMERA = Camera(96, 72, 80.0, 80.0, 47.5, 35.5)
CONFIG = WorldConfig(kind=COURTYARD)


@pytest.fixture(scope="module")
def yard() -> World:
    return make_world(3, config=CONFIG)


def test_it_is_as_large_as_it_says_and_lit(yard: World) -> None:
    (room,) = yard.rooms
    for side in (room.x1 - room.x0, room.y1 - room.y0):
        assert SIDES_M[0] <= side <= SIDES_M[1]
    assert room.height > 5.0
    assert np.isfinite(yard.light).all()
    assert yard.exposure > 0.0


def test_references_surround_the_yard_and_see_its_facades(yard: World) -> None:
    references, queries = courtyard_poses(yard, CAMERA, 12, 5, np.random.default_rng(0), PoseConfig())
    assert (len(references), len(queries)) == (12, 5)
    around = np.unwrap(np.arctan2(references[:, 1, 3], references[:, 0, 3]))
    assert np.ptp(around) > np.deg2rad(270.0)
    image, depth = render(yard, references[0], CAMERA)
    assert np.median(depth) > 4.0
    assert depth.max() > 200.0  # the sky
    assert image.std() > 20.0


def test_the_data_set_has_as_many_images_as_asked_for(tmp_path: Path) -> None:
    small = DatasetConfig(seed=4, images=3, queries=2, width=64, height=48)
    (folder,) = write_rooms(tmp_path, small, CONFIG)
    assert len(list((folder / "seq-01").glob("*.color.png"))) == 3
    assert len(list((folder / "seq-02").glob("*.color.png"))) == 2
