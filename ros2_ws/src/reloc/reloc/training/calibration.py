"""Calibrate a network's stated covariances with its errors on images of known pose."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64, freeze
from reloc.distributions import CHI2_95_6DOF, chi2_quantile
from reloc.geometry.covariance import sigmas
from reloc.geometry.rotations import rotvecs_from_matrices
from reloc.geometry.transforms import inverse

SHARE = 0.95
SURE = 0.99  # share of the held-out answers that is certain enough


@dataclass(frozen=True, slots=True)
class Scales:
    """``uncertainty`` of a model's metadata; see :mod:`reloc.localizers.networked.stated_uncertainty`."""

    position_scale: float
    rotation_scale: float
    max_sigma_m: float
    max_sigma_deg: float

    def to_dict(self) -> dict[str, float]:
        """Return it rounded: the fourth digit means nothing."""
        return {name: float(f"{value:.4g}") for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True, eq=False)
class JudgedAnswers:
    """Answers on images of known pose."""

    covariances: Float64  # (N, 6, 6) as stated, unscaled
    errors: Float64  # (N, 6) of the answers, along the world's axes: meters, radians

    def __post_init__(self) -> None:
        freeze(self.covariances, self.errors)

    def __len__(self) -> int:
        return len(self.errors)

    def scaled(self, position_scale: float, rotation_scale: float) -> Float64:
        """Return the covariances (N, 6, 6) with standard deviations multiplied."""
        scale = np.repeat([position_scale, rotation_scale], 3)
        return np.asarray(self.covariances * np.outer(scale, scale))

    def nees(self, position_scale: float, rotation_scale: float) -> Float64:
        """Return (N, 3): squared errors over their covariance, of position (3), rotation (3), and both together (6)."""
        covariances = self.scaled(position_scale, rotation_scale)
        columns = []
        for part in (slice(0, 3), slice(3, 6), slice(0, 6)):
            off = self.errors[:, part, None]
            columns.append((off * np.linalg.solve(covariances[:, part, part], off)).sum(axis=(1, 2)))
        return np.stack(columns, axis=1)

    def some(self, indices: NDArray[np.int64]) -> JudgedAnswers:
        """Return some of the answers."""
        return JudgedAnswers(self.covariances[indices], self.errors[indices])

    def medians(self) -> tuple[float, float]:
        """Return median errors in meters and degrees."""
        lengths = np.median(np.linalg.norm(self.errors.reshape(-1, 2, 3), axis=2), axis=0)
        return float(lengths[0]), float(np.rad2deg(lengths[1]))

    def coverage(self, scales: Scales) -> float:
        """Return the share of errors inside the stated 95 % ellipsoid."""
        return float((self.nees(scales.position_scale, scales.rotation_scale)[:, 2] <= CHI2_95_6DOF).mean())

    def honest(self) -> tuple[float, float]:
        """Return scales of position and rotation with which 95 % of the errors lie inside the 95 % ellipsoid.

        Position and rotation are scaled separately, then both together. Quantiles count errors, so their distribution
        need not be normal.

        No scale is below 1. The variance was learned from training errors; elsewhere errors are larger, and held-out
        images are too near to prove the opposite.
        """
        position, rotation, _ = np.sqrt(
            quantile(self.nees(1.0, 1.0), SHARE) / [chi2_quantile(SHARE, dof) for dof in (3, 3, 6)]
        )
        both = np.sqrt(quantile(self.nees(position, rotation), SHARE)[2] / CHI2_95_6DOF)
        return max(1.0, float(position * both)), max(1.0, float(rotation * both))

    def with_limits(self, position_scale: float, rotation_scale: float) -> Scales:
        """Return these scales, and sigmas that nearly all of the answers stay below."""
        stated = [sigmas(covariance) for covariance in self.scaled(position_scale, rotation_scale)]
        metres, radians = quantile(np.array(stated), SURE)
        return Scales(float(position_scale), float(rotation_scale), float(metres), float(np.rad2deg(radians)))


def pose_errors(world_from_cam: Float64, truth: Float64) -> Float64:
    """Return (N, 6) errors of poses (N, 4, 4) against true ones, as in ``JudgedAnswers.errors``."""
    off = world_from_cam @ inverse(truth)
    turned = rotvecs_from_matrices(off[:, :3, :3])
    return np.column_stack([world_from_cam[:, :3, 3] - truth[:, :3, 3], turned])


def quantile(values: Float64, share: float) -> Float64:
    """Return for each column the value that one more draw is below with probability ``share``."""
    rank = min(len(values), int(np.ceil((len(values) + 1) * share)))
    return np.asarray(np.sort(values, axis=0)[rank - 1])
