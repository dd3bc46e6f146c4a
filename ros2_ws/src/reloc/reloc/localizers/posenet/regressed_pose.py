"""Turn a pose network's outputs into one pose and its covariance.

Dropout stays on. S samples of the same image differ by what the network does not know for lack of similar references
(epistemic; Kendall and Cipolla, "Modelling uncertainty in deep learning for camera relocalization", ICRA 2016). The
noise that it learned to expect is added (aleatoric; "Geometric loss functions", CVPR 2017, sec. 3.2). Neither is in
meters before it is compared with real errors; scales from held-out references do that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64, freeze
from reloc.distributions import CHI2_95_6DOF
from reloc.geometry.rotation_averaging import chordal_mean
from reloc.geometry.rotations import matrices_from_quaternions, rotvecs_from_matrices
from reloc.geometry.transforms import make

_LARGEST_LOG = 20.0  # e^20 square meters mean "unknown", as does any larger value


@dataclass(frozen=True, slots=True, eq=False)
class RegressedPose:
    """The combined samples of one image."""

    world_from_cam: Float64  # (4, 4) mean position, and the chordal mean of the rotations
    errors: Float64  # (S, 6) deviations of the samples: (dt, dr) along the world's axes, as in datatypes.Localized
    epistemic: Float64  # (6, 6)
    aleatoric: Float64  # (6, 6), diagonal

    def __post_init__(self) -> None:
        freeze(self.world_from_cam, self.errors, self.epistemic, self.aleatoric)

    @classmethod
    def of(cls, outputs: Mapping[str, NDArray[Any]], item: int = 0) -> RegressedPose | None:
        """Return the pose of image ``item`` of a batch; None if the network gave NaN, infinity or an invalid rotation.

        ``outputs`` has ``position_samples`` (B, S, 3) meters, ``rotation_samples`` (B, S, 4) xyzw, and ``log_variance``
        (B, 2): of the position in m^2 and the rotation in rad^2, per axis.
        """
        position = np.asarray(outputs["position_samples"][item], dtype=np.float64)
        quaternion = np.asarray(outputs["rotation_samples"][item], dtype=np.float64)
        log_variance = np.asarray(outputs["log_variance"][item], dtype=np.float64)
        if not all(np.isfinite(values).all() for values in (position, quaternion, log_variance)):
            return None
        if (np.linalg.norm(quaternion, axis=1) < 1e-6).any():
            return None
        rotation = matrices_from_quaternions(quaternion)
        mean = make(chordal_mean(rotation), position.mean(axis=0))
        dr = rotvecs_from_matrices(rotation @ mean[:3, :3].T)
        errors = np.column_stack([position - mean[:3, 3], dr])
        epistemic = errors.T @ errors / max(1, len(errors) - 1)
        aleatoric = np.diag(np.repeat(np.exp(np.clip(log_variance, -_LARGEST_LOG, _LARGEST_LOG)), 3))
        return cls(mean, errors, epistemic, aleatoric)

    def covariance(self, position_scale: float = 1.0, rotation_scale: float = 1.0) -> Float64:
        """Return (6, 6), both kinds of uncertainty together. The scales are of standard deviations."""
        scale = np.repeat([position_scale, rotation_scale], 3)
        return np.asarray((self.epistemic + self.aleatoric) * np.outer(scale, scale))

    def agreeing(self, covariance: Float64) -> int:
        """Return how many samples lie inside the 95 % ellipsoid of ``covariance`` (6, 6)."""
        distance2 = np.einsum("si,si->s", self.errors, np.linalg.solve(covariance, self.errors.T).T)
        return int((distance2 <= CHI2_95_6DOF).sum())
