"""Remove references from a map: those of a drive, or of a region."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from reloc.errors import MapEmptyError, MapError
from reloc.maps import layout
from reloc.maps.building import colmap_model, ingest
from reloc.maps.building.landmarks import Landmarks
from reloc.maps.building.references import IngestedReferences
from reloc.maps.compact import uv_of
from reloc.maps.drives import drives_of
from reloc.maps.editing import retrieval_rows
from reloc.maps.editing.fading import LEAST_ERROR_PX, Sightings, presence
from reloc.maps.editing.kind_content import KindContent
from reloc.maps.editing.kinds import kinds_of
from reloc.maps.editing.new_version import link_others, new_version, write_manifest
from reloc.maps.reference_map import ReferenceMap
from reloc.nearest import did_you_mean

Chosen = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Removal:
    """What was done."""

    references: int  # that were removed
    landmarks: int  # that nobody sees any more
    signed: bool  # the map was signed, and its signature is gone


def of_drive(opened: ReferenceMap, name: str) -> Chosen:
    """Return (N,) which references are those of a drive.

    Raises:
        MapError: the map has no such drive.
    """
    drives = drives_of(opened.manifest)
    known = [drive.name for drive in drives]
    if name not in known:
        raise MapError(
            f"The map {opened.path} has no drive {name!r}; it has {', '.join(known)}",
            did_you_mean(name, known) or "Give the name of one of them",
        )
    return np.repeat([drive.name == name for drive in drives], [drive.references for drive in drives])


def in_region(opened: ReferenceMap, region: tuple[float, float, float, float]) -> Chosen:
    """Return (N,) which references were taken in x0, y0, x1, y1 of the map's frame, in meters.

    Raises:
        MapError: the region is empty, or no reference is in it.
    """
    x0, y0, x1, y1 = region
    if not (np.isfinite(region).all() and x0 < x1 and y0 < y1):
        raise MapError(f"The region {region} is empty", "Give x0,y0,x1,y1 in meters, with x0 < x1 and y0 < y1")
    xy = opened.world_from_cam[:, :2, 3]
    chosen = ((xy >= (x0, y0)) & (xy <= (x1, y1))).all(axis=1)
    if not chosen.any():
        low, high = xy.min(axis=0), xy.max(axis=0)
        where = f"x {low[0]:.2f} to {high[0]:.2f} m, y {low[1]:.2f} to {high[1]:.2f} m"
        raise MapError(f"No reference of {opened.path} is in the region {region}", f"They are in {where}")
    return np.asarray(chosen)


def remove(opened: ReferenceMap, chosen: Chosen) -> Removal:
    """Remove references from a map on the disk; what others see stays. Calibrations of the map become stale.

    Args:
        chosen: (N,) which.

    Raises:
        MapEmptyError: no reference would be left.
        MapError: the map cannot be written, or another process writes it; it is as it was.
        MapChangedError: the map changed since it was opened.
    """
    keep = ~chosen
    if not keep.any():
        raise MapEmptyError(f"Nothing of {opened.path} would be left", "Delete its folder to remove all of it")
    signed = (opened.path / layout.SIGNATURE).is_file()
    with new_version(opened, f"Cannot remove references from {opened.path}") as workspace:
        workspace.run("remove", {"map": opened.content_hash, "keep": keep.tolist()}, lambda kept: None, first=True)
        content = workspace.content
        gone = {reference.image for reference, stays in zip(opened.references, keep, strict=True) if not stays}
        link_others(opened, content, lambda path: path in gone)
        left = _write_lists(opened, content, keep)
        landmarks, drives = 0, _drives(opened, keep)
        for kind in kinds_of(opened):
            made = KindContent.read(kind.view).kept(keep)
            counts = [drive.references for drive in drives]
            if len(drives) < len(drives_of(opened.manifest)):  # what a removed drive missed no longer counts
                limit = float(opened.manifest.report.get("max_error_px", 0.0))
                made = replace(made, presence=presence(left, counts, Sightings(made, max(limit, LEAST_ERROR_PX))))
            kind.write(content, made)
            retrieval_rows.rewrite(kind, content, keep)
            if kind.added is None:
                landmarks = opened.manifest.landmarks - len(made.xyz)
                write_model(left, made)
                base = made
        write_manifest(opened, content, drives, base, {})
        workspace.publish()
    return Removal(int(chosen.sum()), landmarks, signed)


def write_model(references: IngestedReferences, made: KindContent) -> None:
    """Write the COLMAP model of a new version."""
    landmarks = Landmarks(made.xyz.astype(np.float64), tuple(np.array(ids) for ids in made.of_references(made.ids)))
    colmap_model.write(references, [uv_of(uv) for uv in made.of_references(made.uv)], landmarks)


def _drives(opened: ReferenceMap, keep: Chosen) -> list[Any]:
    drives = drives_of(opened.manifest)
    parts = np.split(keep, np.cumsum([drive.references for drive in drives])[:-1])
    left = [msgspec.structs.replace(d, references=int(p.sum())) for d, p in zip(drives, parts, strict=True)]
    return [drive for drive in left if drive.references]


def _write_lists(opened: ReferenceMap, content: Path, keep: Chosen) -> IngestedReferences:
    before = IngestedReferences.load(opened.path)
    indices = np.flatnonzero(keep).tolist()
    part = before.part(indices)
    used = sorted(set(part.camera_of))
    left = replace(
        part, content=content, cameras=tuple(part.cameras[c] for c in used),
        camera_of=tuple(used.index(c) for c in part.camera_of),
    )  # fmt: skip
    listed = [msgspec.to_builtins(opened.references[i]) for i in indices]
    ingest.write_lists(content, opened.frame, listed, left.cameras, left.camera_of, left.world_from_cam)
    return left
