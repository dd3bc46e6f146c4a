"""Convert a map to training views: images in the network's camera, depth at the landmarks, and pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reloc.datatypes import Float32
from reloc.errors import TrainingDataError
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import inverse, rotation_angles_between, transform
from reloc.maps.progress import Progress, track
from reloc.maps.reference_map import ReferenceMap
from reloc.preprocessing import Preprocess
from reloc.training.rooms.pair_rules import Pairs
from reloc.training.rooms.rooms import RoomViews

NEAREST_M, FARTHEST_M = 0.05, 1.0  # limits for the distance of two cameras that form a pair
TURNED_DEG = 30.0
COMMON = 20  # landmarks that two views of a pair must share, if the map has landmarks
SPARSE = 30  # a view with fewer landmarks has no depth
USUAL_M = (0.2, 100.0)  # limits for a map's median depth, meters


def views_of(folder: Path, camera: Camera, needs_depth: bool, progress: Progress) -> RoomViews:
    """Return all references of the map in ``folder``.

    Args:
        camera: the network's camera.
        needs_depth: whether depth supervises the training. Otherwise other views do, and no landmarks are needed.

    Raises:
        MapError, ImageError: the map is incomplete, or an image cannot be read.
        TrainingDataError: the map has no depth, too little depth, or depth that cannot be in meters; or no two views
            form a pair.
    """
    opened = ReferenceMap.open(folder, verify=False)
    if needs_depth and not opened.has_landmarks:
        raise TrainingDataError(
            f"The map {folder} has no landmarks, and so no depth to learn from",
            "Build it with --landmarks depth or triangulate, or train with --supervision views",
        )
    preprocess, count = Preprocess(camera), len(opened)
    images = np.empty((count, camera.height, camera.width, 3), np.uint8)
    depth = np.zeros((count, camera.height, camera.width), np.float32)
    for index in track(progress, "references", range(count)):
        preprocess.into(opened.image(index), opened.camera(index), images[index])
        if opened.has_landmarks:
            depth[index] = landmark_depth(opened, index, camera)
    if needs_depth:
        _check_depth(depth, folder)
    poses = np.array(opened.world_from_cam)
    return RoomViews(images, depth, poses, _pairs(opened, folder))


def landmark_depth(reference_map: ReferenceMap, index: int, camera: Camera) -> Float32:
    """Return depth (H, W) in meters at those pixels of ``camera`` that show a landmark of the reference; 0
    elsewhere.
    """
    ids = reference_map.landmark_ids(index)
    points = reference_map.landmarks[np.unique(ids[ids >= 0])]
    in_cam = transform(inverse(reference_map.world_from_cam[index]), points)
    uv = camera.project(in_cam)
    inside = (uv > -0.5).all(axis=1) & (uv < (camera.width - 0.5, camera.height - 0.5)).all(axis=1)  # NaN is outside
    u, v = np.rint(uv[inside]).astype(np.intp).T
    nearest = np.full((camera.height, camera.width), np.inf, np.float32)
    np.minimum.at(nearest, (v, u), in_cam[inside, 2].astype(np.float32))
    return np.where(np.isfinite(nearest), nearest, np.float32(0))


def _check_depth(depth: Float32, folder: Path) -> None:
    sparse = (depth > 0).sum(axis=(1, 2)) < SPARSE
    if sparse.mean() > 0.5:
        raise TrainingDataError(
            f"{sparse.sum()} of {len(sparse)} references of {folder} have fewer than {SPARSE} landmarks, too "
            "few for depth",
            "Build it from sharper images, or with --landmarks depth; or train with --supervision views",
        )
    median = float(np.median(depth[depth > 0]))
    if not USUAL_M[0] <= median <= USUAL_M[1]:
        raise TrainingDataError(
            f"The median depth in {folder} is {median:.4g} m, which is not {USUAL_M[0]:g} to {USUAL_M[1]:g} m",
            "Its poses or its depth have another unit: build it again in meters (see --help of `reloc map build`)",
        )


def _pairs(opened: ReferenceMap, folder: Path) -> Pairs:
    """Return pairs of views with similar positions and directions.

    If the map has landmarks, they must also share some.
    """
    poses = opened.world_from_cam
    first, second = np.triu_indices(len(opened), k=1)
    apart = np.linalg.norm(poses[first, :3, 3] - poses[second, :3, 3], axis=1)
    turned = np.rad2deg(rotation_angles_between(poses[first], poses[second]))
    fits = (apart >= NEAREST_M) & (apart <= FARTHEST_M) & (turned <= TURNED_DEG)
    first, second = first[fits], second[fits]
    shared = np.ones(len(first))
    if opened.has_landmarks:
        seen = [np.unique(ids[ids >= 0]) for ids in (opened.landmark_ids(i) for i in range(len(opened)))]
        common = [len(np.intersect1d(seen[i], seen[j], assume_unique=True)) for i, j in zip(first, second, strict=True)]
        shared = np.array(common, np.float64)
        keep = shared >= COMMON
        first, second, shared = first[keep], second[keep], shared[keep]
        shared = shared / np.array(
            [max(1, min(len(seen[i]), len(seen[j]))) for i, j in zip(first, second, strict=True)]
        ).reshape(-1)
    if not len(first):
        raise TrainingDataError(
            f"No two references of {folder} are {NEAREST_M:g} to {FARTHEST_M:g} m apart and show the same scene",
            "Build the map from more images: lower --every",
        )
    return Pairs(first, second, shared)
