"""Poses compared as AMCL knows them: x, y and yaw."""

from __future__ import annotations

import numpy as np
import pytest

from reloc.geometry.transforms import make, so3_exp
from reloc_node.outputs.planar import planar_difference


def pose(x: float, y: float, z: float = 0.0, yaw_deg: float = 0.0, pitch_deg: float = 0.0) -> np.ndarray:
    turn = so3_exp([0, 0, np.deg2rad(yaw_deg)]) @ so3_exp([0, np.deg2rad(pitch_deg), 0])
    return make(turn, [x, y, z])


@pytest.mark.parametrize(
    ("a", "b", "apart_m", "turned_deg"),
    [
        (pose(1, 2), pose(1, 2), 0.0, 0.0),
        (pose(1, 2, 0.95), pose(1, 2), 0.0, 0.0),  # a base_link above the plane
        (pose(0, 0), pose(3, 4, 100.0), 5.0, 0.0),
        (pose(0, 0, 0, 179.0), pose(0, 0, 0, -179.0), 0.0, 2.0),
        (pose(0, 0, 0, 10.0), pose(0, 0, 0, 190.0), 0.0, 180.0),
        (pose(0, 0, 0, 30.0, 20.0), pose(0, 0, 0, 30.0), 0.0, 0.0),  # a robot on a ramp
    ],
)
def test_height_roll_and_pitch_do_not_count(a: np.ndarray, b: np.ndarray, apart_m: float, turned_deg: float) -> None:
    assert planar_difference(a, b) == pytest.approx((apart_m, turned_deg), abs=1e-9)
    assert planar_difference(b, a) == pytest.approx((apart_m, turned_deg), abs=1e-9)
