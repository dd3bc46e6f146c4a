"""Make wrong answers to test which of them a verification accepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from reloc.datatypes import Float64, Localized
from reloc.geometry.pose_tolerance import is_wrong as is_wrong
from reloc.geometry.transforms import make, so3_exp
from reloc.maps.reference_map import ReferenceMap


def wrong_answers(
    answer: Localized, world_from_true: Float64, reference_map: ReferenceMap, random: np.random.Generator
) -> Iterator[tuple[str, Localized]]:
    """Return several wrong answers made from one, each with the name of its kind. Covariance and support are kept.

    They are: moved by 0.5 to 3 m along the floor (the axes along which the map's poses vary most), turned by 10 to 90
    degrees, or both; moved to another reference's pose; moved to a near reference's pose, 0.5 to 1.5 m away.
    """
    floor = _floor(reference_map)
    pose = world_from_true
    metres, degrees = random.uniform(0.51, 3.0), random.uniform(10.1, 90.0)
    way = floor.T @ _direction(random, 2)
    turn = so3_exp(np.radians(degrees) * np.cross(floor[0], floor[1]) * random.choice([-1.0, 1.0]))
    yield "moved", _at(answer, make(pose[:3, :3], pose[:3, 3] + metres * way))
    yield "moved a little", _at(answer, make(pose[:3, :3], pose[:3, 3] + random.uniform(0.51, 0.8) * way))
    yield "turned", _at(answer, make(turn @ pose[:3, :3], pose[:3, 3]))
    yield (
        "turned anyhow",
        _at(answer, make(so3_exp(np.radians(degrees) * _direction(random, 3)) @ pose[:3, :3], pose[:3, 3])),
    )
    yield "moved and turned", _at(answer, make(turn @ pose[:3, :3], pose[:3, 3] + metres * way))
    others = reference_map.world_from_cam
    wrong = np.array([is_wrong(other, pose) for other in others])
    off_m = np.linalg.norm(others[:, :3, 3] - pose[:3, 3], axis=1)
    alike = others[:, :3, 2] @ pose[:3, 2] > np.cos(np.radians(30.0))
    for kind, which in (("elsewhere", wrong), ("near by", wrong & alike & (off_m < 1.5))):
        if which.any():
            yield kind, _at(answer, others[random.choice(np.flatnonzero(which))])


def _at(answer: Localized, world_from_cam: Float64) -> Localized:
    return replace(answer, world_from_cam=world_from_cam.copy())


def _floor(reference_map: ReferenceMap) -> Float64:
    """Return (2, 3) the two axes along which the references' positions vary most."""
    places = reference_map.world_from_cam[:, :3, 3]
    return np.asarray(np.linalg.svd(places - places.mean(axis=0), full_matrices=False)[2][:2], dtype=np.float64)


def _direction(random: np.random.Generator, size: int) -> Float64:
    way = random.normal(size=size)
    return np.asarray(way / np.linalg.norm(way), dtype=np.float64)
