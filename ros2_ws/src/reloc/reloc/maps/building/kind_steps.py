"""The steps of a build that depend on the kind of local features: they make all that a map holds of one kind."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from reloc import config as parameters
from reloc.datatypes import LocalFeatures
from reloc.errors import DepthError
from reloc.features.extractor import Extractor
from reloc.maps import layout, map_features
from reloc.maps.build_config import BuildConfig
from reloc.maps.building import (
    arrays,
    colmap_model,
    landmarks,
    landmarks_depth,
    matches,
    retrieval,
)
from reloc.maps.building import features as feature_step
from reloc.maps.building.landmarks import Landmarks
from reloc.maps.building.landmarks_tiled import triangulate_in_tiles
from reloc.maps.building.references import IngestedReferences
from reloc.maps.building.workspace import Workspace
from reloc.maps.building.wrong_poses import WRONG_POSES, wrong_poses
from reloc.maps.progress import Progress
from reloc.maps.source import SourceFrame


def extract(
    workspace: Workspace, references: IngestedReferences, extractor: Extractor, config: Any, progress: Progress
) -> Sequence[LocalFeatures]:
    """Find the key points of all references.

    Raises:
        MapEmptyError: no image has a key point.
    """
    workspace.run(
        feature_step.STEP,
        map_features.told(extractor, config),
        lambda kept: feature_step.extract(references, extractor, config, kept, progress),
    )
    return feature_step.load(workspace.kept(feature_step.STEP), len(references))


def train(
    workspace: Workspace,
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    trained_with: Mapping[str, Any],
    progress: Progress,
) -> None:
    """Train retrievers; ``trained_with`` are their parameters by name."""
    for stale in (workspace.content / layout.arrays_folder(layout.RETRIEVAL)).glob("*"):
        if stale.name not in trained_with:  # left by an interrupted build with other retrievers
            shutil.rmtree(stale)
    for name, values in trained_with.items():
        work = partial(retrieval.train, name, references, features, progress)
        workspace.run(f"retrieval-{name}", values, work)


def find_landmarks(
    workspace: Workspace,
    frames: Sequence[SourceFrame],
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    config: BuildConfig,
    progress: Progress,
) -> dict[str, Any]:
    """Match, triangulate, and store key points and landmarks; return figures about them.

    Raises:
        DepthError: landmarks were to come from depth, and there is none.
        DependencyError: pycolmap is not installed.
    """
    figures: dict[str, Any] = {}
    if config.landmarks == "none":
        arrays.store(references.content, layout.LANDMARKS, {})
        feature_step.store(references.content, features, _no_landmarks(features).ids)
        colmap_model.write(references, [f.uv for f in features], _no_landmarks(features))
        return figures
    workspace.run(
        matches.STEP,
        parameters.to_mapping(config.triangulation),
        lambda kept: matches.match(references, features, config.triangulation, kept, progress),
    )
    verified = matches.verified(workspace.kept(matches.STEP), len(references), config.triangulation)
    found = _no_landmarks(features)
    if config.landmarks in ("auto", "triangulate"):
        found = triangulate_in_tiles(references, features, verified, config.triangulation, progress)
    if config.landmarks in ("auto", "depth"):
        found = _with_depth(workspace, frames, references, features, verified, found, config, progress)
    wrong = wrong_poses(references, features, found, verified.max_error_px)
    found = found.without(wrong)
    figures = landmarks.store(found, references, features)
    feature_step.store(references.content, features, found.ids)
    colmap_model.write(references, [f.uv for f in features], found)
    return figures | ({WRONG_POSES: [references.names[i] for i in wrong]} if wrong else {})


def _with_depth(
    workspace: Workspace,
    frames: Sequence[SourceFrame],
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    verified: matches.VerifiedMatches,
    found: Landmarks,
    config: BuildConfig,
    progress: Progress,
) -> Landmarks:
    """Add landmarks from depth at the key points that have none yet."""
    step = landmarks_depth.STEP
    workspace.run(
        step,
        parameters.to_mapping(config.depth),
        lambda kept: landmarks_depth.read_depth(frames, references, features, config.depth, kept, progress),
    )
    try:
        measured = landmarks_depth.from_depth(references, features, verified, config.depth, workspace.kept(step))
    except DepthError:
        if config.landmarks == "auto":  # most sources have no depth
            return found
        raise
    return replace(found.followed_by(measured), report=found.report | {"from_depth": len(measured)})


def _no_landmarks(features: Sequence[LocalFeatures]) -> Landmarks:
    return Landmarks.from_tracks(np.zeros((0, 3)), [], [len(f) for f in features], {})
