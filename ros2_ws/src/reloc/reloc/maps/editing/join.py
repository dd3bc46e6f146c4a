"""Join new references to what a map has of one kind of features: matches, landmarks, global descriptors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from reloc import config as parameters
from reloc.config import from_mapping
from reloc.datatypes import Float64, Int32, LocalFeatures
from reloc.errors import ConfigError, DepthError
from reloc.maps.build_config import DepthConfig, TriangulationConfig
from reloc.maps.building import landmarks_depth, landmarks_triangulated, matches, pairs
from reloc.maps.building.landmarks import Landmarks
from reloc.maps.building.references import IngestedReferences
from reloc.maps.building.workspace import Workspace
from reloc.maps.editing.attach import attach, free
from reloc.maps.editing.kind_content import KindContent
from reloc.maps.editing.kinds import Kind
from reloc.maps.progress import Progress
from reloc.maps.source import SourceFrame

C = TypeVar("C")


@dataclass(frozen=True, slots=True, eq=False)
class Newcomers:
    """The references of a map, the new ones last, and what is known of these."""

    references: IngestedReferences  # all
    first: int  # the first new one
    frames: Sequence[SourceFrame]  # of the new ones

    @property
    def new(self) -> IngestedReferences:
        """The new ones alone."""
        return self.references.part(range(self.first, len(self.references)))


def join(
    kind: Kind, newcomers: Newcomers, features: Sequence[LocalFeatures], workspace: Workspace, progress: Progress
) -> tuple[KindContent, float]:
    """Return what the map has of a kind with the new references, and the limit in pixels that matches were held to.

    Only pairs with a new reference are matched. Landmarks keep their numbers and positions; new references see them,
    and new ones follow.

    Args:
        features: of the new references.

    Raises:
        DependencyError: pycolmap is not installed.
        StorageError: COLMAP could not write.
    """
    former = KindContent.read(kind.view)
    how = str(kind.view.manifest.build.get("landmarks", "auto"))
    config = _told(TriangulationConfig, kind, "triangulation")
    if how == "none" or not kind.view.has_landmarks:
        ids = np.concatenate([former.ids, np.full(sum(map(len, features)), -1, np.int32)])
        nothing = np.zeros((0, 3), np.float32)
        return former.followed_by(features, ids, nothing, nothing[:, 0], np.zeros(0, np.intp)), 0.0
    chosen = pairs.with_new(newcomers.references, newcomers.first, config.neighbours)
    old = sorted({i for pair in chosen for i in pair if i < newcomers.first})
    involved = [*old, *range(newcomers.first, len(newcomers.references))]
    place = {index: number for number, index in enumerate(involved)}
    some = newcomers.references.part(involved)
    seen = [*(kind.view.features(i) for i in old), *features]
    step = f"{matches.STEP}-{kind.name}"
    workspace.run(
        step,
        parameters.to_mapping(config),
        lambda kept: matches.match(some, seen, config, kept, progress, [(place[i], place[j]) for i, j in chosen]),
    )
    verified = matches.verified(workspace.kept(step), len(some), config)
    former_ids = former.of_references(former.ids)
    own: list[Int32] = [*(former_ids[i].copy() for i in old), *(np.full(len(f), -1, np.int32) for f in features)]
    attach(some, seen, own, verified.matches, former.xyz, verified.max_error_px, len(old))
    known = np.unique(np.concatenate(own[len(old) :]))
    found = _nothing(seen)
    if how != "depth":
        rest = replace(verified, matches=free(own, verified.matches))
        found = landmarks_triangulated.triangulate(some, seen, rest, config)
        _take(own, found, len(former.xyz))
    if how in ("auto", "depth"):
        deep = _of_depth(kind, newcomers, features, own[len(old) :], verified, len(old), workspace, progress)
        found = found.followed_by(Landmarks(deep.xyz, (*_nothing(seen[: len(old)]).ids, *deep.ids)))
        _take(own, found, len(former.xyz))
    every = [*former_ids, *own[len(old) :]]
    for number, index in enumerate(old):
        every[index] = own[number]
    made = former.followed_by(
        features, np.concatenate(every), found.xyz.astype(np.float32), _errors(found, some, seen),
        known[known >= 0].astype(np.intp),
    )  # fmt: skip
    return made, verified.max_error_px


def _of_depth(
    kind: Kind,
    newcomers: Newcomers,
    features: Sequence[LocalFeatures],
    ids: Sequence[Int32],
    verified: matches.VerifiedMatches,
    old: int,
    workspace: Workspace,
    progress: Progress,
) -> Landmarks:
    """Return landmarks from the depth of the new references, at their key points that have none yet."""
    config, step = _told(DepthConfig, kind, "depth"), f"{landmarks_depth.STEP}-{kind.name}"
    workspace.run(
        step,
        parameters.to_mapping(config),
        lambda kept: landmarks_depth.read_depth(newcomers.frames, newcomers.new, features, config, kept, progress),
    )
    among = {(i - old, j - old): rows for (i, j), rows in verified.matches.items() if i >= old}
    try:
        found = landmarks_depth.from_depth(
            newcomers.new, features, replace(verified, matches=free(ids, among)), config, workspace.kept(step)
        )
    except DepthError:  # most sources have no depth
        return _nothing(features)
    left = tuple(np.where(have < 0, its, -1).astype(np.int32) for have, its in zip(ids, found.ids, strict=True))
    return _nothing(features).followed_by(Landmarks(found.xyz, left))  # without those that nobody sees now


def _take(ids: Sequence[Int32], found: Landmarks, first: int) -> None:
    for have, its in zip(ids, found.ids, strict=True):
        have[its >= 0] = its[its >= 0] + first


def _errors(found: Landmarks, references: IngestedReferences, features: Sequence[LocalFeatures]) -> Float64:
    """Return (L,) the mean reprojection error of each landmark, in pixels."""
    error, ids = np.concatenate(found.errors_px(references, features)), np.concatenate(found.ids)
    seen = ids >= 0
    total = np.bincount(ids[seen], weights=error[seen], minlength=len(found))
    return np.asarray(total / np.maximum(np.bincount(ids[seen], minlength=len(found)), 1))


def _nothing(features: Sequence[LocalFeatures]) -> Landmarks:
    return Landmarks.from_tracks(np.zeros((0, 3)), [], [len(f) for f in features], {})


def _told(kind_of_config: type[C], kind: Kind, name: str) -> C:
    """Return how the map was built; the defaults where another version of reloc says it."""
    try:
        return from_mapping(kind_of_config, kind.view.manifest.build.get(name, {}))
    except ConfigError:
        return kind_of_config()
