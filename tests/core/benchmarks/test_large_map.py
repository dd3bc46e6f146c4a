"""The map of many rooms that the benchmark of large maps makes."""

from pathlib import Path

import numpy as np
import pytest
from support.tiny_world import CAMERA, query_poses, render, small_map

from reloc.datatypes import Localized, Query
from reloc.engine import open_localizer
from reloc.geometry.transforms import distance_between
from reloc.maps.reference_map import ReferenceMap

ROOT = Path(__file__).resolve().parents[3]


def test_the_first_room_answers_and_the_others_are_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from scale_parts import many_rooms

    room = ReferenceMap.open(small_map())
    found = ReferenceMap.open(many_rooms.grow(room.path, tmp_path / "rooms.map", 30))
    assert len(found) == 36
    assert len(set(found.names)) == 36
    np.testing.assert_array_equal(found.features(5).descriptors, room.features(5).descriptors)
    np.testing.assert_array_equal(found.landmark_ids(17), np.where(
        room.landmark_ids(5) < 0, -1, room.landmark_ids(5) + len(room.landmarks)
    ))  # fmt: skip
    localizer = open_localizer(found)
    for pose in query_poses():
        answer = localizer.localize(Query(render(pose)[0], CAMERA))
        assert isinstance(answer, Localized)
        assert distance_between(answer.world_from_cam, pose) < 0.05
    looks = found.landmark_descriptors
    count = len(room.landmarks)
    alike = np.einsum("nd,nd->n", looks[:count], looks[count : 2 * count])
    assert np.median(alike) < 0.8
