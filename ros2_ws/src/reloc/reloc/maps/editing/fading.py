"""How probable it is that a landmark is still there, after drives of later days looked at its place.

A reference of a later drive should see a landmark again if a reference that saw it had a similar view. If it does not,
the landmark may be gone, or it was not found this time. How often landmarks are found is measured: the share that the
later reference sees of all that it should see, and how often this landmark was found within its own drive. Where
nothing is found again, such as at night, a miss says nothing. Views of one drive share light and people: any two count
as half correlated, so many of them count as two. A landmark that is seen again is there, whatever other drives missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from reloc.datatypes import Float32, Float64, Int32, UInt8
from reloc.features.descriptors import as_unit
from reloc.geometry import transforms
from reloc.maps import compact
from reloc.maps.building.references import IngestedReferences
from reloc.maps.editing.kind_content import KindContent

Ints = NDArray[np.intp]
Mask = NDArray[np.bool_]

UNKNOWN = 255  # no later drive looked, or it saw the landmark again
PRIOR = 0.9  # that a landmark is there when a later drive begins
_NEIGHBORS = 30  # references whose landmarks are expected in a view
_SAME_WAY = 0.5  # cosine of two viewing directions
_SIMILAR_RAD, _SIMILAR_DEPTH = np.deg2rad(20.0), 1.5  # SIFT finds a point again under such changes of view
_ALIKE = 0.8  # cosine of a key point's and a landmark's descriptor
LEAST_ERROR_PX = 4.0
_MOST_SURE = 0.95  # a miss never excludes a landmark


class Sightings:
    """What N references see of L landmarks."""

    def __init__(self, content: KindContent, max_error_px: float) -> None:
        """Take what a map holds; a key point this near to a landmark's image (pixels) may be the landmark."""
        self.xyz, self.max_error_px = content.xyz, max_error_px
        self.ids: Sequence[Int32] = content.of_references(content.ids)
        self._uv, self._descriptors = (content.of_references(part) for part in (content.uv, content.descriptors))
        self._looks = content.looks

    def uv(self, index: int) -> Float32:
        """Return the key points (K, 2) of a reference in pixels."""
        return compact.uv_of(self._uv[index])

    def unit(self, index: int, key_points: Sequence[int]) -> Float32:
        """Return descriptors (K, D) of some key points of a reference, of length about 1."""
        return as_unit(compact.descriptors_of(self._descriptors[index][key_points]))

    def look(self, landmark: int) -> Float32:
        """Return what a landmark looks like (D,), of length about 1."""
        return np.asarray(as_unit(compact.descriptors_of(self._looks[landmark : landmark + 1]))[0])


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The landmarks that one reference should see."""

    drive: int
    landmarks: Ints  # (E,)
    seen: Mask  # (E,)
    by_own: Mask  # (E,) whether another reference of the same drive had a similar view
    by_earlier: Mask  # (E,) whether one of an earlier drive had


def presence(
    references: IngestedReferences, drives: Sequence[int], sightings: Sightings, before: UInt8 | None = None
) -> UInt8:
    """Return (L,) the probability that each landmark is still there, 0 to 255.

    Args:
        references: all, those of one drive together, the earliest first.
        drives: how many references each drive has.
        before: (L,) what was known before the last drive, :data:`UNKNOWN` for new landmarks. Then only the last drive
            is looked at, and what is near it. None looks at all drives.
    """
    count = len(sightings.xyz)
    if len(drives) < 2 or not count:
        return np.full(count, UNKNOWN, np.uint8)
    drive_of = np.repeat(np.arange(len(drives)), drives)
    near = _near(references, drive_of)
    wanted: Ints = np.arange(len(references))
    if before is not None:
        last = wanted[drive_of == len(drives) - 1]
        wanted = np.unique(np.concatenate([last, *(near[i] for i in last.tolist())]))
    views = [_view(references, drive_of, sightings, index, near[index]) for index in wanted.tolist()]
    found = _found_within_own_drive(views, count)
    known = np.full(count, UNKNOWN, np.uint8) if before is None else before
    inside = np.clip(known / 255.0, 1e-3, 1.0 - 1e-3)
    log_odds = np.where(known == UNKNOWN, _logit(PRIOR), np.log(inside / (1.0 - inside)))
    for drive in range(1 if before is None else len(drives) - 1, len(drives)):
        votes, number, again = np.zeros(count), np.zeros(count), np.zeros(count, bool)
        for view in (view for view in views if view.drive == drive):
            landmarks, seen = view.landmarks[view.by_earlier], view.seen[view.by_earlier]
            if not len(landmarks):
                continue
            rate = (seen.sum() + 1.0) / (len(seen) + 2.0)
            chance = np.clip(rate * found[landmarks] / found[landmarks].mean(), 0.0, _MOST_SURE)
            np.add.at(votes, landmarks, np.log1p(-chance))
            np.add.at(number, landmarks, 1.0)
            again[landmarks[seen]] = True
        log_odds += votes * 2.0 / (number + 1.0)  # the mean, times number / (1 + (number - 1) / 2)
        log_odds[again] = _logit(PRIOR)
    told = np.minimum(np.rint(255.0 / (1.0 + np.exp(-log_odds))), UNKNOWN - 1).astype(np.uint8)
    told[log_odds == _logit(PRIOR)] = UNKNOWN
    return np.asarray(told)


def _near(references: IngestedReferences, drive_of: Ints) -> list[Ints]:
    """Return for each reference others near it that look the same way, of its own and of earlier drives."""
    centers, ahead = references.world_from_cam[:, :3, 3], references.world_from_cam[:, :3, 2]
    nearest = cKDTree(centers).query(centers, min(_NEIGHBORS, len(centers)))[1].reshape(len(centers), -1)
    return [
        near[(near != index) & (ahead[near] @ ahead[index] > _SAME_WAY) & (drive_of[near] <= drive_of[index])]
        for index, near in enumerate(nearest)
    ]


def _view(references: IngestedReferences, drive_of: Ints, sightings: Sightings, index: int, near: Ints) -> _View:
    landmark, whose = _of(sightings, near)
    centers = references.world_from_cam[whose, :3, 3]
    similar, uv = _similar(references, index, sightings.xyz[landmark].astype(np.float64), centers)
    landmark, whose, uv = landmark[similar], whose[similar], uv[similar]
    expected, first, which = np.unique(landmark, return_index=True, return_inverse=True)
    own = np.bincount(which, drive_of[whose] == drive_of[index], len(expected)) > 0
    earlier = np.bincount(which, drive_of[whose] < drive_of[index], len(expected)) > 0
    return _View(int(drive_of[index]), expected, _seen(sightings, index, expected, uv[first]), own, earlier)


def _of(sightings: Sightings, references: Ints) -> tuple[Ints, Ints]:
    """Return the landmarks (M,) of references, and which of these sees each."""
    ids = [np.unique(sightings.ids[i][sightings.ids[i] >= 0]) for i in references.tolist()]
    whose = np.repeat(references, [len(one) for one in ids])
    return np.concatenate([np.zeros(0, np.intp), *ids]).astype(np.intp), whose


def _similar(references: IngestedReferences, index: int, xyz: Float64, centers: Float64) -> tuple[Mask, Float64]:
    """Return which points (M, 3) a reference sees as similar as a camera at each of ``centers`` (M, 3) does, and where
    in pixels.
    """
    camera, pose = references.camera(index), references.world_from_cam[index]
    uv = camera.project(transforms.transform(transforms.inverse(pose), xyz))
    now, then = xyz - pose[:3, 3], xyz - centers
    far_now, far_then = (np.maximum(np.linalg.norm(ray, axis=1), 1e-9) for ray in (now, then))
    turned = np.einsum("nk,nk->n", now, then) / (far_now * far_then) > np.cos(_SIMILAR_RAD)
    scale = far_now / far_then
    with np.errstate(invalid="ignore"):
        inside = ((uv > 0.0) & (uv < (camera.width - 1.0, camera.height - 1.0))).all(axis=1)
    return turned & (scale < _SIMILAR_DEPTH) & (scale > 1.0 / _SIMILAR_DEPTH) & inside, uv


def _seen(sightings: Sightings, index: int, landmarks: Ints, uv: Float64) -> Mask:
    """Return which landmarks (E,) a reference sees at pixels (E, 2): by their number, or by a key point that looks the
    same there. It may have become a landmark of its own.
    """
    seen = np.isin(landmarks, sightings.ids[index])
    if not len(sightings.ids[index]) or seen.all():
        return seen
    left = np.flatnonzero(~seen)
    beside = cKDTree(sightings.uv(index)).query_ball_point(uv[left], sightings.max_error_px)
    for row, key_points in zip(left.tolist(), beside, strict=True):
        if key_points:
            seen[row] = bool((sightings.unit(index, key_points) @ sightings.look(int(landmarks[row]))).max() > _ALIKE)
    return seen


def _found_within_own_drive(views: Sequence[_View], count: int) -> Float64:
    """Return (L,) how often references of a landmark's own drive see it when they should, 0 to 1."""
    should, did = np.zeros(count), np.zeros(count)
    for view in views:
        np.add.at(should, view.landmarks[view.by_own], 1.0)
        np.add.at(did, view.landmarks[view.by_own & view.seen], 1.0)
    return np.asarray((did + 1.0) / (should + 2.0))


def _logit(probability: float) -> float:
    return float(np.log(probability / (1.0 - probability)))
