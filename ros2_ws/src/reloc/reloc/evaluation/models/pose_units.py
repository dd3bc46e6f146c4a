"""Interpret a network's outputs by the kind of its model: poses, in meters and degrees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.errors import PoseError
from reloc.geometry.transforms import distance_between, from_quaternion, rotation_angle_between
from reloc.localizers.posenet.regressed_pose import RegressedPose

Outputs = Mapping[str, NDArray[Any]]
# Returns world_from_cam for one image of a batch, or None without an answer.
PoseOf = Callable[[Outputs, int], Float64 | None]


def posenet(outputs: Outputs, item: int) -> Float64 | None:
    """Return the pose that the localizer answers with: the mean of the samples, if there are any."""
    if "position_samples" in outputs:
        found = RegressedPose.of(outputs, item)
        return None if found is None else found.world_from_cam
    position, rotation = outputs["position"][item], outputs["rotation"][item]
    if not (np.isfinite(position).all() and np.isfinite(rotation).all()):
        return None
    try:
        return from_quaternion(rotation, position)
    except PoseError:  # a zero quaternion
        return None


POSE_UNITS: dict[str, PoseOf] = {"posenet": posenet}


def difference(pose_of: PoseOf, exact: Outputs, got: Outputs, item: int) -> tuple[float, float]:
    """Return meters and degrees between the poses of one image; infinite if an answer is missing."""
    wanted, answer = pose_of(exact, item), pose_of(got, item)
    if wanted is None:
        return (0.0, 0.0) if answer is None else (np.inf, np.inf)
    if answer is None:
        return np.inf, np.inf
    return distance_between(answer, wanted), float(np.rad2deg(rotation_angle_between(answer, wanted)))
