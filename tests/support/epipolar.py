"""A small drive, matches found in its images alone, and how far they lie from the epipolar lines of told poses."""

from __future__ import annotations

import functools
from itertools import pairwise

import cv2
import numpy as np

from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.maps.source import SourceOptions, open_source
from support.pose_sources import place_of
from support.tiny_world import look_at, render

# Neither square pixels nor a centered principal point: what is swapped or halved is seen.
LENS = Camera(256, 192, 210.0, 226.0, 138.0, 88.0)


@functools.cache
def drive():
    """Four views of the tiny world, turned about all axes."""
    poses = []
    for i in range(4):
        pose = look_at(np.array([1.4 + 0.25 * i, 1.3 + 0.1 * i, 1.1 + 0.12 * i]), np.array([2.4 - 0.2 * i, 4.0, 1.3]))
        poses.append(transforms.make(pose[:3, :3] @ transforms.so3_exp([0.02, 0.03, 0.12 * i]), pose[:3, 3]))
    return [render(pose, LENS)[0] for pose in poses], poses


@functools.cache
def matches():
    """Pixels (N, 2) of the same points in each pair of neighbors, found in the images alone."""
    pictures, _ = drive()
    sift = cv2.SIFT_create(400)
    found = [sift.detectAndCompute(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), None) for p in pictures]
    pairs = []
    for (points_a, words_a), (points_b, words_b) in pairwise(found):
        good = [m for m, n in cv2.BFMatcher().knnMatch(words_a, words_b, k=2) if m.distance < 0.7 * n.distance]
        pixels = [(points_a[m.queryIdx].pt, points_b[m.trainIdx].pt) for m in good]
        pairs.append((np.array([a for a, _ in pixels]), np.array([b for _, b in pixels])))
    return pairs


def epipolar_px(a, b, uv_a, uv_b):
    """Median distance of b's pixels from the lines of a's, as two frames tell cameras and poses."""
    b_from_a = transforms.inverse(b.world_from_cam) @ a.world_from_cam
    essential = transforms.skew(b_from_a[:3, 3]) @ b_from_a[:3, :3]
    rays = [np.column_stack([c.normalize(uv), np.ones(len(uv))]) for c, uv in ((a.camera, uv_a), (b.camera, uv_b))]
    lines = rays[0] @ essential.T
    apart = np.abs((rays[1] * lines).sum(axis=1)) / np.linalg.norm(lines[:, :2], axis=1)
    return float(np.median(apart)) * b.camera.fx


def frames_of(kind, root, **options):
    source = open_source(kind, place_of(kind, root), SourceOptions(**options))
    return source.frames("all"), " | ".join(source.notes), source


def check_epipolar(found):
    """Fail unless all frames of the drive are there, and lead matches onto their epipolar lines."""
    assert len(found) == len(drive()[1])
    for (uv_a, uv_b), a, b in zip(matches(), found, found[1:], strict=False):
        assert len(uv_a) > 30
        assert epipolar_px(a, b, uv_a, uv_b) < 0.5
