"""Add the frames of a drive to a map: work for what is new, not for what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from reloc.config import from_mapping
from reloc.datatypes import Int8, LocalFeatures
from reloc.errors import MapError
from reloc.features import extractor as family
from reloc.geometry.cameras import Camera
from reloc.maps import layout, map_features
from reloc.maps.building import colmap_model, ingest
from reloc.maps.building import features as feature_step
from reloc.maps.building.references import IngestedReferences
from reloc.maps.building.workspace import Workspace
from reloc.maps.content import references_in
from reloc.maps.drives import MapDrive, drives_of
from reloc.maps.editing import retrieval_rows
from reloc.maps.editing.fading import LEAST_ERROR_PX, Sightings, presence
from reloc.maps.editing.join import Newcomers, join
from reloc.maps.editing.kinds import Kind, kinds_of
from reloc.maps.editing.new_version import bytes_anew, link_others, new_version, write_manifest
from reloc.maps.editing.remove import write_model
from reloc.maps.feature_set import FADED
from reloc.maps.progress import Progress, silent
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame
from reloc.parsing import names
from reloc.parsing.blame import Blame


@dataclass(frozen=True, slots=True)
class AddedDrive:
    """What was done."""

    references: int  # new ones
    landmarks: int  # new ones
    bytes_anew: int  # of files that a robot with the former map lacks
    signed: bool  # the map was signed, and its signature is gone
    faded: int  # landmarks that count as gone, because this and other drives do not see them again


def check_name(opened: ReferenceMap, drive: str) -> None:
    """Check the name of a drive that is to be added.

    Raises:
        MapError: the map has a drive of that name, or it cannot be the name of a folder.
    """
    blame = Blame("The name of the drive", MapError, "Give another --drive")
    names.relative(drive, blame, "the map")
    if drive in (known := [one.name for one in drives_of(opened.manifest)]):
        raise MapError(
            f"The map {opened.path} has a drive {drive!r} already; it has {', '.join(known)}",
            f"Give another --drive, or remove that one first: reloc map remove {opened.path} --drive {drive}",
        )


def add_frames(
    opened: ReferenceMap,
    frames: Sequence[SourceFrame],
    drive: str,
    source: dict[str, Any],
    progress: Progress = silent,
    max_bad: float = 0.0,
    agreement: dict[str, float] | None = None,
) -> AddedDrive:
    """Add frames with poses in the map's frame to a map on the disk, as references after those that it has.

    The references of the map keep their numbers and names, its landmarks their numbers and positions. The former map
    stays until the new one is complete; after a kill, a call with the same arguments continues. Calibrations of the map
    become stale.

    Args:
        drive: its name; the new references are named ``DRIVE/NAME OF THE FRAME``.
        source: what the manifest says of where the drive comes from.
        max_bad: share of unreadable images that is left out, in percent.
        agreement: figures for the manifest: how well the drive's poses fit the map.

    Raises:
        MapError: the drive's name is taken, the map cannot be written, or another process writes it; it is as it was.
        MapChangedError: the map changed since it was opened.
        MapFeatureError: its features are of another model than what is here.
        MapEmptyError, SourceError, PoseError, CameraError, ImageError, DepthError: the frames cannot be used.
        PluginError, ModelError, BackendError, DependencyError: what its features need is not here.
    """
    check_name(opened, drive)
    colmap_model.pycolmap()
    named = _named(opened, frames, drive)
    kinds = list(kinds_of(opened))
    extractors = [map_features.open_extractor(opened.path, kind.view.manifest) for kind in kinds]
    signed = (opened.path / layout.SIGNATURE).is_file()
    quality = int(opened.manifest.build.get("jpeg_quality", 95))
    with new_version(opened, f"Cannot add the drive {drive} to {opened.path}") as workspace:
        content = workspace.content
        inputs = {"map": opened.content_hash, **ingest.inputs(named, quality, opened.frame)}
        workspace.run("add", inputs, lambda kept: None, first=True)
        ingest.ingest(named, content, quality, opened.frame, progress, max_bad)
        newcomers = _together(opened, content, named)
        link_others(opened, content, lambda path: False)
        for kind, extractor in zip(kinds, extractors, strict=True):
            features = _features(kind, extractor, newcomers, workspace, progress)
            made, limit = join(kind, newcomers, features, workspace, progress)
            counts = [*(known.references for known in drives_of(opened.manifest)), len(newcomers.frames)]
            looked = Sightings(made, max(limit, LEAST_ERROR_PX))
            made = replace(made, presence=presence(newcomers.references, counts, looked, made.presence))
            kind.write(content, made)
            rows = partial(_rows, kind.view, newcomers, features)
            retrieval_rows.rewrite(kind, content, more=rows)
            if kind.added is None:
                base, limit_px = made, limit
                faded = int((made.presence < FADED).sum())
                write_model(newcomers.references, made)
        drives = [*drives_of(opened.manifest), MapDrive(drive, len(newcomers.frames), source, agreement or {})]
        most = max(float(opened.manifest.report.get("max_error_px", 0.0)), round(limit_px, 3))
        said = {"max_error_px": most} if limit_px else {}  # verification relies on the larger
        manifest = write_manifest(opened, content, drives, base, said)
        workspace.publish()
    more = manifest.landmarks - opened.manifest.landmarks
    return AddedDrive(len(newcomers.frames), more, bytes_anew(opened.manifest, manifest), signed, faded)


def _named(opened: ReferenceMap, frames: Sequence[SourceFrame], drive: str) -> list[SourceFrame]:
    named = ingest.posed([replace(frame, name=f"{drive}/{frame.name}") for frame in frames])
    there = {*opened.names, *(reference.image for reference in opened.references)}
    for frame in named:
        if frame.name in there or {ingest.image_path(frame.name, suffix) for suffix in (".jpg", ".png")} & there:
            raise MapError(f"The map {opened.path} has a reference {frame.name!r} already", "Give another --drive")
    return named


def _together(opened: ReferenceMap, content: Path, frames: Sequence[SourceFrame]) -> Newcomers:
    """Write the lists of all references; the content has those of the new ones."""
    new, old = IngestedReferences.load(content), IngestedReferences.load(opened.path)
    cameras: list[Camera] = list(old.cameras)
    cameras += [camera for camera in new.cameras if camera not in cameras]
    both = IngestedReferences(
        content,
        old.names + new.names,
        old.images + new.images,
        np.concatenate([old.world_from_cam, new.world_from_cam]),
        tuple(cameras),
        old.camera_of + tuple(cameras.index(new.cameras[c]) for c in new.camera_of),
    )
    file = content / layout.REFERENCES
    listed = [*opened.references, *references_in(file.read_bytes(), file)[0]]
    told = [msgspec.to_builtins(reference) for reference in listed]
    ingest.write_lists(content, opened.frame, told, cameras, both.camera_of, both.world_from_cam)
    readable = set(new.names)
    return Newcomers(both, len(old), [frame for frame in frames if frame.name in readable])


def _features(
    kind: Kind, extractor: Any, newcomers: Newcomers, workspace: Workspace, progress: Progress
) -> Sequence[LocalFeatures]:
    build = kind.view.manifest.build
    config = from_mapping(family.kind(kind.name).Config, build.get(map_features.SETTINGS, {}))
    step = f"{feature_step.STEP}-{kind.name}"
    workspace.run(
        step,
        map_features.told(extractor, config),
        lambda kept: feature_step.extract(newcomers.new, extractor, config, kept, progress),
    )
    return feature_step.load(workspace.kept(step), len(newcomers.frames))


def _rows(view: ReferenceMap, newcomers: Newcomers, features: Sequence[LocalFeatures], name: str) -> Int8:
    return retrieval_rows.described(view, name, newcomers.new, features)
