"""The weights of pnlp and camnet that are shipped, in a world that they never saw."""

import numpy as np
import pytest
from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

from reloc.datatypes import Localized, Lost, Query
from reloc.distributions import CHI2_95_6DOF
from reloc.engine import Engine, open_localizer
from reloc.geometry.covariance import pose_error
from reloc.geometry.pose_tolerance import is_wrong
from reloc.maps.reference_map import ReferenceMap

MEDIAN_M = {"pnlp": 0.1, "camnet": 0.15}


@pytest.fixture(scope="module")
def tiny_map(tmp_path_factory):
    return ReferenceMap.open(build_tiny_map(tmp_path_factory.mktemp("maps"), "none", "vlad"))


@pytest.fixture(scope="module", params=list(MEDIAN_M))
def localizer(request, tiny_map):
    return open_localizer(tiny_map, request.param, {"model": f"{request.param}-light"})


def test_they_find_what_they_never_saw(localizer):
    poses = query_poses(8)
    # Ten seconds apart: no image helps the next one.
    queries = [Query(render(pose)[0], CAMERA, 10_000_000_000 * (i + 1)) for i, pose in enumerate(poses)]
    found = [
        (answer, pose)
        for query, pose in zip(queries, poses, strict=True)
        if isinstance(answer := localizer.localize(query), Localized)
    ]
    assert len(found) >= 7
    assert not any(is_wrong(answer.world_from_cam, pose) for answer, pose in found)
    errors = [pose_error(answer.world_from_cam, pose) for answer, pose in found]
    assert np.median([np.linalg.norm(error[:3]) for error in errors]) < MEDIAN_M[localizer.name]
    inside = [e @ np.linalg.solve(a.covariance, e) < CHI2_95_6DOF for e, (a, _) in zip(errors, found, strict=True)]
    assert sum(inside) >= len(found) - 1


def test_noise_is_published_by_neither(tiny_map, localizer):
    """Whatever the network takes it for: no reference bears it out."""
    engine = Engine.open(tiny_map, localizer.name, {"model": f"{localizer.name}-light"})
    for seed in range(6):
        image = np.random.default_rng(seed).integers(0, 256, (CAMERA.height, CAMERA.width, 3), dtype=np.uint8)
        query = Query(image, CAMERA, 10_000_000_000 * (seed + 100))
        if isinstance(answer := engine.localize(query), Localized):
            found = engine.verify(query, answer)
            assert found is not None
            assert isinstance(found.answer, Lost)
