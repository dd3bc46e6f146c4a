"""What the network's own idea of its errors is worth: measured on held-out references, before it is shipped.

A held-out stretch of the drive lies between stretches that were learned. A lost robot looks from farther off, so that
views around the held-out references, made of these alone, are judged with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from scipy.stats import chi2

from reloc.datatypes import Float64, freeze
from reloc.geometry.transforms import inverse
from reloc.localizers._regressed_pose import CHI2_95, RegressedPose, sigmas

SHARE = 0.95
QUARTERS = 4
SURE = 0.99  # share of the answers on what was held out that is sure enough


@dataclass(frozen=True, slots=True)
class Scales:
    """``uncertainty`` of a model's metadata; see :mod:`reloc.localizers._calibration`."""

    position_scale: float
    rotation_scale: float
    max_sigma_m: float
    max_sigma_deg: float

    def to_dict(self) -> dict[str, float]:
        """Rounded: the fourth digit means nothing."""
        return {name: float(f"{value:.4g}") for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Answers on images of known pose."""

    answers: tuple[RegressedPose, ...]
    errors: Float64  # (N, 6) of the answers, along the world's axes: metres, radians

    def __post_init__(self) -> None:
        freeze(self.errors)

    @classmethod
    def of(cls, outputs: Sequence[Mapping[str, NDArray[np.float32]]], truth: Float64) -> Judged:
        """From the network's outputs in batches, and the poses (N, 4, 4). Answers that are no pose are left out."""
        found = [RegressedPose.of(batch, i) for batch in outputs for i in range(len(batch["position"]))]
        answers, errors = [], []
        for answer, pose in zip(found, truth, strict=True):
            if answer is not None:
                off = answer.world_from_cam @ inverse(pose)
                turned = Rotation.from_matrix(off[:3, :3]).as_rotvec()
                errors.append([*(answer.world_from_cam[:3, 3] - pose[:3, 3]), *turned])
                answers.append(answer)
        return cls(tuple(answers), np.array(errors, dtype=np.float64).reshape(-1, 6))

    def nees(self, position_scale: float, rotation_scale: float) -> Float64:
        """(N, 3): squared errors over their covariance, of position (3), rotation (3), and both together (6)."""
        rows = []
        for answer, error in zip(self.answers, self.errors, strict=True):
            covariance = answer.covariance(position_scale, rotation_scale)
            parts = (slice(0, 3), slice(3, 6), slice(0, 6))
            rows.append([error[p] @ np.linalg.solve(covariance[p, p], error[p]) for p in parts])
        return np.array(rows, dtype=np.float64)

    def some(self, indices: NDArray[np.int64]) -> Judged:
        """Some of the answers alone."""
        return Judged(tuple(self.answers[i] for i in indices), self.errors[indices])

    def medians(self) -> tuple[float, float]:
        """Median errors in metres and degrees."""
        lengths = np.median(np.linalg.norm(self.errors.reshape(-1, 2, 3), axis=2), axis=0)
        return float(lengths[0]), float(np.rad2deg(lengths[1]))

    def coverage(self, scales: Scales) -> float:
        """Share of errors inside the stated 95 % ellipsoid."""
        return float((self.nees(scales.position_scale, scales.rotation_scale)[:, 2] <= CHI2_95).mean())


def calibrate(judged: Judged, likeness: Float64) -> Scales:
    """Scales such that, in every quarter of the images, 95 % of the errors lie inside the ellipsoid stated for 95 %.

    Quarters go by ``likeness`` (N,), to the references: the quarter least like them is nearest to what a lost robot
    sees, and decides. Position and rotation are scaled apart, then both by what makes them right together. Quantiles
    count errors, so that their distribution need not be normal, which it is not.

    No scale is below 1. The variance was learned from errors on what was learned; elsewhere errors are larger, and
    what was held out of the same drive is too near to it to prove the opposite.
    """
    quarters = np.array_split(np.argsort(likeness), QUARTERS)
    position_scale, rotation_scale = np.max([_scales(judged.some(quarter)) for quarter in quarters], axis=0)
    stated = [sigmas(answer.covariance(position_scale, rotation_scale)) for answer in judged.answers]
    metres, radians = quantile(np.array(stated), SURE)
    return Scales(float(position_scale), float(rotation_scale), float(metres), float(np.rad2deg(radians)))


def _scales(judged: Judged) -> tuple[float, float]:
    position, rotation, _ = np.sqrt(quantile(judged.nees(1.0, 1.0), SHARE) / chi2.ppf(SHARE, [3, 3, 6]))
    both = np.sqrt(quantile(judged.nees(position, rotation), SHARE)[2] / CHI2_95)
    return max(1.0, float(position * both)), max(1.0, float(rotation * both))


def quantile(values: Float64, share: float) -> Float64:
    """Of each column: the value below which one more draw lies with probability ``share``."""
    rank = min(len(values), int(np.ceil((len(values) + 1) * share)))
    return np.asarray(np.sort(values, axis=0)[rank - 1])
