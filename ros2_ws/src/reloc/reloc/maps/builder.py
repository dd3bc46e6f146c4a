"""Build a map from frames into a folder. An interrupted build continues; a finished one appears at once."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reloc import config as parameters
from reloc.errors import MapError
from reloc.features import extractor as family
from reloc.features.extractor import Extractor
from reloc.files import remove_drafts, storage_errors, write_atomic
from reloc.maps import keyframes, layout, map_features
from reloc.maps.build_config import BuildConfig
from reloc.maps.building import (
    arrays,
    colmap_model,
    ingest,
    kind_steps,
    retrieval,
)
from reloc.maps.building.references import IngestedReferences
from reloc.maps.building.workspace import Workspace
from reloc.maps.building.wrong_poses import WRONG_POSES
from reloc.maps.integrity import list_files
from reloc.maps.manifest import Manifest, content_hash
from reloc.maps.progress import Progress, silent
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import Source, SourceFrame, SourceOptions
from reloc.parsing import names
from reloc.parsing.blame import Blame
from reloc.version import VERSION

# Raise it whenever a step computes something else, so that no half-built map mixes old and new.
_RECIPE = 4
_TOLD_VERSIONS = {"numpy": "numpy", "opencv": "opencv-python-headless", "pycolmap": "pycolmap"}


def build_map(
    source: Source,
    out: Path | str,
    config: BuildConfig | None = None,
    progress: Progress = silent,
    *,
    overwrite: bool = False,
) -> ReferenceMap:
    """Build a map of ``source`` in the folder ``out`` and open it.

    After a kill, a call with the same source and configuration continues. An existing map is replaced only when the new
    one is complete, and only with ``overwrite``.

    Raises:
        MapError: ``out`` exists (with ``overwrite``: and is not a map), cannot be written, or another build writes it.
        MapEmptyError: no frame has a pose, or no image has a key point.
        SourceError, PoseError, CameraError, ImageError, DepthError: the source cannot be used.
        StorageError: for example, the disk is full; another call continues.
        PluginError: a retriever or local features of that name do not exist.
        ModelError, BackendError: the network of the local features is not here, or cannot be run.
        DependencyError: pycolmap is not installed.
    """
    config = config or BuildConfig()
    target = names.resolved(out, Blame("The folder to write", MapError, "Give another --out"))
    _check_target(target, overwrite)
    config = replace(config, name=config.name or target.name)
    trained_with = {name: retrieval.default_config(name) for name in config.retrievers}  # fails early
    extractor = family.kind(config.local_features).open(config.features)
    colmap_model.pycolmap()
    offered, rules = source.frames(config.split), config.keyframes or source.keyframes
    frames = ingest.posed(keyframes.select(offered, rules))
    with storage_errors(f"Cannot build the map {target}"), Workspace(target) as workspace:
        figures = _run_steps(workspace, frames, config, extractor, trained_with, progress, source)
        figures |= {"chosen": keyframes.chosen_text(len(frames), len(offered), rules)}
        how = config.to_dict() | {"retrievers": trained_with, "source": _told(source)}
        how |= map_features.told(extractor, config.features)
        _write_manifest(workspace.content, config, how, figures | {"notes": list(source.notes)})
        workspace.publish()
    return ReferenceMap.open(target, verify=False)


def _check_target(target: Path, overwrite: bool) -> None:
    """Check what ``--overwrite`` would delete: it must be a map, not images or a home folder."""
    if not target.exists():
        return
    if not overwrite:
        fix = "Give another --out, or pass --overwrite to replace it when the new map is complete"
        raise MapError(f"{target} exists", fix)
    if not (target / layout.MANIFEST).is_file() and not (target.is_dir() and not any(target.iterdir())):
        raise MapError(f"{target} is not a map, so it is not overwritten", "Give another --out, or delete it yourself")


def _run_steps(
    workspace: Workspace,
    frames: Sequence[SourceFrame],
    config: BuildConfig,
    extractor: Extractor,
    trained_with: dict[str, Any],
    progress: Progress,
    source: Source,
) -> dict[str, Any]:
    content, max_bad = workspace.content, _options(source).max_bad
    workspace.run(
        ingest.STEP,
        {"recipe": _RECIPE, "versions": _versions(), **ingest.inputs(frames, config.jpeg_quality, config.frame)},
        lambda kept: ingest.ingest(frames, content, config.jpeg_quality, config.frame, progress, max_bad),
        first=True,
    )
    references = IngestedReferences.load(content)
    if len(references) < len(frames):
        readable = set(references.names)
        gone = [frame.name for frame in frames if frame.name not in readable]
        note = f"{len(gone)} of {len(frames)} images left out: they cannot be read, or are of another size. First: "
        source.notes.append(note + gone[0])
        frames = [frame for frame in frames if frame.name in readable]
    features = kind_steps.extract(workspace, references, extractor, config.features, progress)
    kind_steps.train(workspace, references, features, trained_with, progress)
    figures = kind_steps.find_landmarks(workspace, frames, references, features, config, progress)
    if wrong := figures.get(WRONG_POSES):
        source.notes.append(
            f"{len(wrong)} of {len(references)} poses are wrong, because their images fit others only with another "
            f"pose: {', '.join(wrong)}. They get no landmarks; correct their poses or leave them out"
        )
    return figures


def _told(source: Source) -> dict[str, Any]:
    """The kind of the source and what it was told: `reloc eval` reads queries of that kind in the same way."""
    options = _options(source)
    told = {p.name: getattr(options, p.name) for p in parameters.parameters(options)}
    odometry, scale = getattr(source, "odometry", ""), getattr(source, "scale", "")
    given = {k: v for k, v in told.items() if v != getattr(SourceOptions(), k)}
    return {"name": source.name, "options": given} | {k: v for k, v in (("odometry", odometry), ("scale", scale)) if v}


def _options(source: Source) -> SourceOptions:
    options: SourceOptions = getattr(source, "options", SourceOptions())
    return options


def _write_manifest(content: Path, config: BuildConfig, how: dict[str, Any], figures: dict[str, Any]) -> None:
    remove_drafts(content)  # left by a build that was killed
    files = list_files(content, skip=frozenset([layout.MANIFEST]))
    offsets = arrays.load(content, layout.FEATURES)["offsets"]
    manifest = Manifest(
        name=config.name,
        frame=config.frame,
        content_hash=content_hash(files),
        references=len(offsets) - 1,
        key_points=int(offsets[-1]),
        landmarks=int(figures.get("landmarks", 0)),
        files=files,
        build=how,
        versions=_versions(),
        report=figures,
    )
    write_atomic(content / layout.MANIFEST, manifest.to_json().encode())


def _versions() -> dict[str, str]:
    return {"reloc": VERSION} | {name: _version(package) for name, package in _TOLD_VERSIONS.items()}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
