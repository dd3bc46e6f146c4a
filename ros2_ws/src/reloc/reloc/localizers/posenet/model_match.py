"""Check that a pose network and a map belong to the same world.

A network answers any image with a pose in its training world. In another map that pose is wrong, and no covariance
shows it. Frames are usually all named "map", so the network is also tested on some of the map's own references.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import ImageError, ModelFormatError, ModelMapMismatchError
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.maps.reference_map import ReferenceMap
from reloc.models.model import Model

ASKED = 8  # references that are tested
OUTSIDE = 0.1  # share of the references that may lie outside the training area, because a map may have grown
TIMES = 5.0  # errors of more than this many times the held-out median are refused
LEAST_M, LEAST_DEG = 0.5, 10.0
_FIX = "Train one in this map: reloc train posenet MAP, then reloc export"


@dataclass(frozen=True, slots=True, eq=False)
class TrainedWorld:
    """The training world that a model states."""

    frame: str
    lower: Float64  # (3,) lowest coordinates of the references, meters
    upper: Float64  # (3,) highest coordinates of the references, meters
    median_m: float  # median position error on held-out references; 0 if not stated
    median_deg: float

    @classmethod
    def of(cls, model: Model) -> TrainedWorld:
        """Read ``world`` of the model and ``held_out`` of its metadata: {"median_m": ..., "median_deg": ...}.

        Raises:
            ModelFormatError: the model does not state its world.
        """
        try:
            world: Any = model.world
            held_out = model.metadata.get("held_out", {})
            lower, upper = (np.array(world[key], dtype=np.float64) for key in ("lower", "upper"))
            median_m, median_deg = (float(held_out.get(key, 0.0)) for key in ("median_m", "median_deg"))
            known = np.isfinite([*lower, *upper, median_m, median_deg]).all()
            if lower.shape != (3,) or upper.shape != (3,) or not known:
                raise ValueError(f"bounds {lower} to {upper}, medians {median_m} and {median_deg}")
            return cls(str(world["frame"]), lower, upper, median_m, median_deg)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelFormatError(
                f"{model.path} does not say which map it was trained with ({error!r})", "Export it again: reloc export"
            ) from error


def check_world(model: Model, reference_map: ReferenceMap) -> None:
    """Check that the frames' names are equal, and that the references lie in the trained area.

    Raises:
        ModelMapMismatchError: model and map belong to different worlds.
        ModelFormatError: the model does not state its world.
    """
    world = TrainedWorld.of(model)
    if world.frame != reference_map.frame:
        raise ModelMapMismatchError(
            f"The model {model.name} gives poses in the frame {world.frame!r}, but the map "
            f"{reference_map.path} has {reference_map.frame!r}",
            _FIX,
        )
    margin = max(0.5, 0.1 * float(np.linalg.norm(world.upper - world.lower)))
    places = reference_map.world_from_cam[:, :3, 3]
    outside = int(((places < world.lower - margin) | (places > world.upper + margin)).any(axis=1).sum())
    if outside > OUTSIDE * len(places):
        raise ModelMapMismatchError(
            f"{outside} of {len(places)} references of {reference_map.path} lie outside the box {_words(world.lower)} "
            f"to {_words(world.upper)} m in which the model {model.name} was trained",
            _FIX,
        )


def check_answers(model: Model, reference_map: ReferenceMap, pose_of: Callable[[int], Float64 | None]) -> None:
    """Test the poses of some references; ``pose_of`` returns the model's pose of one, (4, 4) world_from_cam.

    A map without its images cannot be tested, and passes.

    Raises:
        ModelMapMismatchError: the answers are far off.
    """
    world = TrainedWorld.of(model)
    limit_m, limit_deg = max(LEAST_M, TIMES * world.median_m), max(LEAST_DEG, TIMES * world.median_deg)
    errors = []
    for index in np.unique(np.linspace(0, len(reference_map) - 1, ASKED).round().astype(int)):
        try:
            answer = pose_of(int(index))
        except ImageError:
            continue
        truth = reference_map.world_from_cam[index]
        off = (np.inf, np.inf) if answer is None else (distance_between(answer, truth), _degrees(answer, truth))
        errors.append(off)
    if not errors:
        return
    metres, degrees = np.median(errors, axis=0)
    if metres > limit_m or degrees > limit_deg:
        raise ModelMapMismatchError(
            f"The model {model.name} puts {len(errors)} references of {reference_map.path} {metres:.2f} m and "
            f"{degrees:.0f} degrees (median) from their poses; at most {limit_m:.2f} m and {limit_deg:.0f} "
            "degrees are allowed",
            _FIX,
        )


def _degrees(a: Float64, b: Float64) -> float:
    return float(np.rad2deg(rotation_angle_between(a, b)))


def _words(place: Float64) -> str:
    return "(" + ", ".join(f"{v:.1f}" for v in place) + ")"
