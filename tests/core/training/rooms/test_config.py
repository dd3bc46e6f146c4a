"""Rooms are any task's whose configuration says how they are looked at."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from reloc.geometry.cameras import Camera
from reloc.training.exrenet.config import ExReNetTaskConfig
from reloc.training.rooms.rooms import LEARNED, Rooms

pytest.importorskip("embreex", reason="Embree is not installed: it renders the worlds")


@dataclass(frozen=True)
class OtherTask:
    """Nothing but what rooms need."""

    camera: Camera
    seed: int = 1
    places: int = 2
    views: int = 4
    sparse: float = 0.25
    response: float = 0.3
    textures: str = ""


def test_another_task_that_says_the_same_has_the_same_rooms(tmp_path):
    exrenet = ExReNetTaskConfig(side=64, places=2, views=4)
    first = Rooms(exrenet, tmp_path / "one").room(LEARNED, 0)
    second = Rooms(OtherTask(exrenet.camera), tmp_path / "other").room(LEARNED, 0)
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.pairs.overlap, second.pairs.overlap)


def test_what_another_rendered_is_used_through_a_link(tmp_path):
    exrenet = ExReNetTaskConfig(side=64, places=2, views=4)
    kept = Rooms(exrenet, tmp_path / "one").room(LEARNED, 0)
    (tmp_path / "link").symlink_to(tmp_path / "one")
    blind = SimpleNamespace(textures="")  # could render nothing
    np.testing.assert_array_equal(Rooms(blind, tmp_path / "link").room(LEARNED, 0).depth, kept.depth)
