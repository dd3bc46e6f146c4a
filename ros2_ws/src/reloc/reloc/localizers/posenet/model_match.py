"""Whether a pose network and a map speak of the same world.

A network answers any image with a pose in the world it was trained in. In another map that pose would be a lie of the
kind that no covariance tells. Names of frames are all "map", so the network is also asked where some of the map's own
references are.
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

ASKED = 8  # references that are asked for their own pose
OUTSIDE = 0.1  # share of the references that may lie beyond the bounds of the training: a map may have grown
TIMES = 5.0  # as far off as this many times the median of what was held out is nowhere near
LEAST_M, LEAST_DEG = 0.5, 10.0
_FIX = "Train one in this map: reloc train posenet MAP, then reloc export"


@dataclass(frozen=True, slots=True, eq=False)
class TrainedWorld:
    """What a model says of the world it was trained in."""

    frame: str
    lower: Float64  # (3,) least and
    upper: Float64  # (3,) greatest coordinates of the references, metres
    median_m: float  # errors on references that were held out; 0 where it does not say
    median_deg: float

    @classmethod
    def of(cls, model: Model) -> TrainedWorld:
        """From ``world`` of the model, and ``held_out`` of its metadata: {"median_m": ..., "median_deg": ...}.

        Raises:
            ModelFormatError: it does not say.
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
                f"{model.path} does not say which world it was trained in ({error!r})", "Export it again: reloc export"
            ) from error


def check_world(model: Model, reference_map: ReferenceMap) -> None:
    """Compare names and places.

    Raises:
        ModelMapMismatchError: they are of different worlds.
        ModelFormatError: the model does not say.
    """
    world = TrainedWorld.of(model)
    if world.frame != reference_map.frame:
        raise ModelMapMismatchError(
            f"The model {model.name} gives poses in the frame {world.frame!r}, the map {reference_map.path} has "
            f"{reference_map.frame!r}",
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
    """Ask for the poses of some references; ``pose_of`` gives what the model says of one, (4, 4) world_from_cam.

    A map without its images cannot be asked, and passes.

    Raises:
        ModelMapMismatchError: the answers are nowhere near.
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
            f"{degrees:.0f} degrees (median) from where they are; at most {limit_m:.2f} m and {limit_deg:.0f} degrees "
            "would do",
            _FIX,
        )


def _degrees(a: Float64, b: Float64) -> float:
    return float(np.rad2deg(rotation_angle_between(a, b)))


def _words(place: Float64) -> str:
    return "(" + ", ".join(f"{v:.1f}" for v in place) + ")"
