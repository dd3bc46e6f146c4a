"""Find the matches of an image with the reference of its answer that shares most with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Answer, Float64, LocalFeatures, Lost, UInt8
from reloc.features.descriptors import as_unit
from reloc.features.extractor import Extractor
from reloc.features.matching import mutual_nearest
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.images import to_gray
from reloc.maps.map_features import open_extractor
from reloc.maps.reference_map import ReferenceMap

NEAR_PX = 8.0  # a match within this distance of where the pose expects it agrees with the pose
_RATIO = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class FoundMatches:
    """Matches of an image with a reference."""

    uv: Float64  # (M, 2) in the image, pixels
    uv_reference: Float64  # (M, 2) in the reference, pixels
    agree: np.typing.NDArray[np.bool_] | None  # (M,) whether each agrees with the pose; None: there is no pose
    reference: int = -1  # index in the map


def find_matches(
    reference_map: ReferenceMap, index: int, features: LocalFeatures, camera: Camera, world_from_cam: Float64 | None
) -> FoundMatches:
    """Match an image with a reference, and check each match against the image's pose.

    Key points with a landmark are projected; the others must lie on their epipolar line.

    Args:
        features: of the image, extracted like the map's.
        world_from_cam: (4, 4) the image's pose; None if it has none.
    """
    there = reference_map.features(index)
    pairs = mutual_nearest(as_unit(features.descriptors), as_unit(there.descriptors), _RATIO)
    uv, other = features.uv[pairs[:, 0]].astype(np.float64), there.uv[pairs[:, 1]].astype(np.float64)
    if world_from_cam is None:
        return FoundMatches(uv, other, None, index)
    off = _off_epipolar_line(reference_map, index, uv, other, camera, world_from_cam)
    if reference_map.has_landmarks:
        ids = reference_map.landmark_ids(index)[pairs[:, 1]]
        has = ids >= 0
        in_cam = transforms.transform(transforms.inverse(world_from_cam), reference_map.landmarks[ids[has]])
        off[has] = np.where(in_cam[:, 2] > 0, np.linalg.norm(camera.project(in_cam) - uv[has], axis=1), np.inf)
    return FoundMatches(uv, other, off <= NEAR_PX, index)


class MatchFinder:
    """Finds the matches behind answers in one map. It is used by one thread at a time."""

    def __init__(self, reference_map: ReferenceMap, tried: int = 8) -> None:
        """Create it.

        Args:
            tried: so many references of an answer are compared. Fewer take less time.
        """
        self._map, self._tried = reference_map, tried
        self._extractor: Extractor | None = None

    def best(self, image: UInt8, camera: Camera, answer: Answer) -> FoundMatches | None:
        """Return the matches with the reference that shares most with the image; None if the answer names none.

        A method's first reference need not be that one. Without a pose, the first is taken.

        Args:
            image: (H, W) or (H, W, 3) RGB.

        Raises:
            MapFeatureError, ModelError, DependencyError: key points like the map's cannot be extracted.
        """
        if not answer.references:
            return None
        lost = isinstance(answer, Lost)
        indices = [candidate.index for candidate in answer.references[: 1 if lost else self._tried]]
        features = None if isinstance(answer, Lost) else answer.features
        if features is None or not _compare(features, self._map.features(indices[0])):
            features = self._extract(image)
        pose = None if isinstance(answer, Lost) else answer.world_from_cam
        tried = [find_matches(self._map, index, features, camera, pose) for index in indices]
        return max(tried, key=lambda one: 0 if one.agree is None else int(one.agree.sum()))

    def _extract(self, image: UInt8) -> LocalFeatures:
        self._extractor = self._extractor or open_extractor(self._map.path, self._map.manifest)
        return self._extractor.extract(to_gray(image))


def _compare(first: LocalFeatures, second: LocalFeatures) -> bool:
    """Return whether descriptors are of one kind: a method may use other features than those that the map shows."""
    return first.descriptors.shape[1:] == second.descriptors.shape[1:] and (
        first.descriptors.dtype == second.descriptors.dtype
    )


def _off_epipolar_line(
    reference_map: ReferenceMap, index: int, uv: Float64, other: Float64, camera: Camera, world_from_cam: Float64
) -> Float64:
    """Return (M,) the distance of each point from its match's epipolar line, in pixels of the image."""
    cam_from_ref = transforms.inverse(world_from_cam) @ reference_map.world_from_cam[index]
    essential = transforms.skew(cam_from_ref[:3, 3]) @ cam_from_ref[:3, :3]
    here = np.column_stack([camera.normalize(uv), np.ones(len(uv))])
    there = np.column_stack([reference_map.camera(index).normalize(other), np.ones(len(other))])
    lines = there @ essential.T
    length = np.maximum(np.linalg.norm(lines[:, :2], axis=1), 1e-12)
    return np.asarray(np.abs((here * lines).sum(axis=1)) / length * camera.fx)
