"""Landmarks, as passed between the steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64, Int32, LocalFeatures, freeze
from reloc.features.descriptors import as_stored
from reloc.geometry import transforms
from reloc.maps import compact, layout
from reloc.maps.building import arrays
from reloc.maps.building.references import IngestedReferences
from reloc.maps.landmark_descriptors import mean_descriptors


@dataclass(frozen=True, slots=True)
class Landmarks:
    """3D points and the key points that see them."""

    xyz: Float64  # (L, 3) in the world
    ids: tuple[Int32, ...]  # per reference (K,): the landmark of each key point, -1 for none
    report: dict[str, Any] = field(default_factory=dict)  # figures for the user

    def __post_init__(self) -> None:
        freeze(self.xyz, *self.ids)

    def __len__(self) -> int:
        return len(self.xyz)

    @classmethod
    def from_tracks(
        cls, xyz: Float64, tracks: Iterable[Iterable[tuple[int, int]]], counts: Sequence[int], report: dict[str, Any]
    ) -> Landmarks:
        """Make landmarks from (reference, key point) pairs per landmark; ``counts`` are the key points of each
        reference.
        """
        ids = tuple(np.full(count, -1, np.int32) for count in counts)
        for landmark, track in enumerate(tracks):
            for reference, key_point in track:
                ids[reference][key_point] = landmark
        return cls(np.asarray(xyz, dtype=np.float64).reshape(-1, 3), ids, report)

    def without(self, references: Collection[int]) -> Landmarks:
        """Return the landmarks without what these references see, and without those that no other two see."""
        if not references:
            return self
        ids = tuple(np.full_like(own, -1) if i in references else own for i, own in enumerate(self.ids))
        before, after = self.observations, Landmarks(self.xyz, ids).observations
        kept = np.append((after == before) | (after > 1), True)  # the last: of key points without one, -1
        ids = tuple(np.where(kept[own], own, -1) for own in ids)
        return Landmarks(self.xyz, ids, self.report).followed_by(
            Landmarks(np.zeros((0, 3)), tuple(np.full_like(own, -1) for own in ids))
        )

    @property
    def observations(self) -> Int32:
        """Return (L,) how many references see each."""
        seen = np.zeros(len(self), np.int32)
        for ids in self.ids:
            seen[np.unique(ids[ids >= 0])] += 1
        return seen

    def followed_by(self, other: Landmarks) -> Landmarks:
        """Return these, plus those of ``other`` at key points that have none here."""
        ids = [
            np.where(mine >= 0, mine, np.where(its >= 0, its + len(self), -1))
            for mine, its in zip(self.ids, other.ids, strict=True)
        ]
        used, flat = np.unique(np.concatenate(ids), return_inverse=True)
        lost = int(len(used) > 0 and used[0] == -1)
        xyz = np.concatenate([self.xyz, other.xyz])[used[lost:]]
        renumbered = np.split((flat - lost).astype(np.int32), np.cumsum([len(i) for i in ids])[:-1])
        return Landmarks(xyz, tuple(renumbered), self.report | other.report)

    def errors_px(self, references: IngestedReferences, features: Sequence[LocalFeatures]) -> list[Float64]:
        """Return per reference (K,) the distance of each key point from its landmark's image; NaN if it has none."""
        errors = []
        for index, (ids, found) in enumerate(zip(self.ids, features, strict=True)):
            error = np.full(len(ids), np.nan)
            seen = ids >= 0
            cam_from_world = transforms.inverse(references.world_from_cam[index])
            uv = references.camera(index).project(transforms.transform(cam_from_world, self.xyz[ids[seen]]))
            error[seen] = np.linalg.norm(uv - found.uv[seen], axis=1)
            errors.append(error)
        return errors


def store(landmarks: Landmarks, references: IngestedReferences, features: Sequence[LocalFeatures]) -> dict[str, Any]:
    """Write landmarks into the map; return figures about them."""
    errors = landmarks.errors_px(references, features)
    ids = np.concatenate(landmarks.ids) if landmarks.ids else np.zeros(0, np.int32)
    seen = ids >= 0
    flat = np.concatenate(errors)
    total = np.bincount(ids[seen], weights=flat[seen], minlength=len(landmarks))
    number = np.bincount(ids[seen], minlength=len(landmarks))
    mean_error: NDArray[np.float32] = (total / np.maximum(number, 1)).astype(np.float32)
    observations = landmarks.observations
    stored: dict[str, NDArray[Any]] = {
        "ids": ids, "xyz": landmarks.xyz.astype(np.float32),
        "observations": np.minimum(observations, np.iinfo(np.uint16).max).astype(np.uint16),
        "error_px": mean_error.astype(np.float16),
    }  # fmt: skip
    if len(landmarks):
        stored["descriptors"] = _descriptors(landmarks, features)
    arrays.store(references.content, layout.LANDMARKS, stored)
    figures = {
        "landmarks": len(landmarks),
        "observations": int(seen.sum()),
        "key_points_with_landmark": round(float(seen.mean()), 4) if len(seen) else 0.0,
        "mean_track": round(float(observations.mean()), 3) if len(landmarks) else 0.0,
        "median_reprojection_px": _median_of_shared(flat, ids, observations),
    }
    return figures | landmarks.report


def _descriptors(landmarks: Landmarks, features: Sequence[LocalFeatures]) -> NDArray[Any]:
    """Return (L, ...) what each looks like, in compact form."""
    seen = ((ids[ids >= 0], found.descriptors[ids >= 0]) for ids, found in zip(landmarks.ids, features, strict=True))
    mean = mean_descriptors(seen, len(landmarks))
    return compact.pack_descriptors(as_stored(mean, like=features[0].descriptors))


def _median_of_shared(error: Float64, ids: Int32, observations: Int32) -> float | None:
    """Return the median error of the landmarks of several references. One seen by a single reference always fits."""
    shared = (ids >= 0) & (np.append(observations, 0)[ids] > 1)
    return round(float(np.nanmedian(error[shared])), 4) if shared.any() else None
