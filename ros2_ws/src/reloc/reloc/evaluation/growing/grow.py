"""Add a drive, or another map, to a map, if their poses agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import MapError
from reloc.evaluation.growing.agreement import Agreement, measure
from reloc.evaluation.growing.config import JoinConfig
from reloc.maps.building.ingest import posed
from reloc.maps.editing.add_drive import AddedDrive, add_frames, check_name
from reloc.maps.editing.known_views import shared_with
from reloc.maps.progress import Progress, silent
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame

_NOT_COMPARED = Agreement(0, (), np.zeros((0, 4, 4)), np.zeros((0, 4, 4)))


@dataclass(frozen=True, slots=True, eq=False)
class Grown:
    """What was done."""

    agreement: Agreement  # of the poses as they were added
    moved: Float64 | None  # (4, 4) map_from_drive that the drive's poses were moved by; None: they were not
    sigma_m: float  # of that transform's position, the largest of x, y and z; 0 if the poses were not moved
    known: int  # frames that show nothing new
    added: AddedDrive | None  # None: all frames are known


def grow(
    opened: ReferenceMap,
    frames: Sequence[SourceFrame],
    drive: str,
    source: dict[str, Any],
    config: JoinConfig | None = None,
    progress: Progress = silent,
    *,
    align: bool = False,
    separate: bool = False,
    max_bad: float = 0.0,
) -> Grown:
    """Localize the frames in the map, and add those that show something new.

    Args:
        frames: with poses in the drive's frame.
        align: move the drive's poses by the transform that most of its localized frames agree on. Without it they must
            be poses in the map's frame.
        separate: take the drive's poses as they are: the map does not localize it, and all its frames are new.
        max_bad: share of unreadable images that is left out, in percent.

    Raises:
        MapError: the map does not know the drive's place, the poses disagree, and as :func:`add_frames`.
        RelocError: the map, the frames or what the features need cannot be used.
    """
    config = config or JoinConfig()
    check_name(opened, drive)
    given = posed(frames)
    found = _NOT_COMPARED if separate else measure(opened, given, progress)
    moved, sigma_m = None, 0.0
    if not separate and len(found.localized) < config.min_localized:
        raise MapError(
            f"The map {opened.path} localizes {len(found.localized)} of {found.frames} frames of {drive}; at least "
            f"{config.min_localized} are needed to compare their poses",
            "Give a drive that passes places of the map; or pass --separate if its poses are in the map's frame",
        )
    if align and len(found.localized) >= config.min_localized:
        moved, covariance = found.map_from_drive()
        sigma_m = float(np.sqrt(covariance.diagonal()[:3].max()))
        found = found.aligned(moved)
        given = [replace(f, world_from_cam=moved @ np.asarray(f.world_from_cam)) for f in given]
    if not separate:
        _check(found, drive, config, align)
    new = _new(opened, given, found, config)
    if not new:
        return Grown(found, moved, sigma_m, len(given), None)
    added = add_frames(opened, new, drive, source, progress, max_bad, _figures(found))
    return Grown(found, moved, sigma_m, len(given) - len(new), added)


def _check(found: Agreement, drive: str, config: JoinConfig, align: bool) -> None:
    degrees = float(np.rad2deg(found.apart_rad))
    if found.apart_m <= config.max_apart_m and degrees <= config.max_apart_deg:
        return
    after = " after they were aligned" if align else ""
    raise MapError(
        f"The poses of {drive} and the map's answers are {found.apart_m:.3f} m and {degrees:.2f} deg apart (median of "
        f"{len(found.localized)} frames){after}; at most {config.max_apart_m:g} m and {config.max_apart_deg:g} deg are "
        f"allowed. The offset drifts by {found.drift_m:.3f} m",
        "Correct the poses"
        if align
        else "Pass --align if they are in another frame; else correct the poses, or raise "
        "--max-apart-m and --max-apart-deg",
    )


def _new(opened: ReferenceMap, given: Sequence[SourceFrame], found: Agreement, config: JoinConfig) -> list[SourceFrame]:
    """Return the frames that the map does not know."""
    if config.known_share == 0.0 or not found.localized:
        return list(given)
    limit_m, limit_rad = config.max_apart_m, np.deg2rad(config.max_apart_deg)
    near = np.linalg.norm(found.given[:, :3, 3] - found.found[:, :3, 3], axis=1) <= limit_m
    cosine = (np.einsum("nij,nij->n", found.given[:, :3, :3], found.found[:, :3, :3]) - 1.0) / 2.0
    right = np.asarray(found.localized)[near & (cosine >= np.cos(limit_rad))]
    known = shared_with(opened, given) >= config.known_share
    gone = set(right[known[right]].tolist())
    return [frame for index, frame in enumerate(given) if index not in gone]


def _figures(found: Agreement) -> dict[str, float]:
    if not found.localized:
        return {}
    return {
        "localized": len(found.localized),
        "apart_m": round(found.apart_m, 4),
        "apart_deg": round(float(np.rad2deg(found.apart_rad)), 3),
        "drift_m": round(found.drift_m, 4),
    }
