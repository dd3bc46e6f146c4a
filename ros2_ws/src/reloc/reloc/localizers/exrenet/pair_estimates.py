"""Turn the outputs of ExReNet's pair head into relative poses with uncertainties.

Paper, section III.B: "we sample 100 pose estimations, use their mean as final pose estimate and the variance of the
predicted camera center as uncertainty estimate". The center is direction times scale, in the reference's frame. Its
variance is the trace of the samples' covariance, in square meters.

The head drops the same hidden features in sample s of every pair. So sample s of all pairs is the output of one thinned
network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64, freeze
from reloc.geometry.relative_pose import RelativePose, Scale
from reloc.geometry.rotation_averaging import chordal_means
from reloc.geometry.rotations import matrices_from_quaternions
from reloc.geometry.transforms import make

SAMPLES = ("direction_samples", "rotation_samples", "scale_samples")  # outputs of the head that are used
SHORT = 1e-6  # a shorter direction or quaternion is invalid


@dataclass(frozen=True, slots=True, eq=False)
class PairEstimates:
    """The query's pose in the frames of N references, by S samples each. Only ``usable`` entries are defined."""

    direction: Float64  # (N, S, 3) from the reference's center to the query's, in the reference's frame, unit
    rotation: Float64  # (N, S, 3, 3) ref_from_query
    scale: Float64  # (N, S) meters between the centers
    usable: NDArray[np.bool_]  # (N,) all samples are finite, with a direction and a rotation

    def __post_init__(self) -> None:
        freeze(self.direction, self.rotation, self.scale, self.usable)

    @classmethod
    def of(cls, outputs: Mapping[str, NDArray[Any]], count: int) -> PairEstimates:
        """Return the estimates of the first ``count`` pairs of the head's outputs, which are copied.

        ``outputs`` has ``direction_samples`` (B, S, 3), ``rotation_samples`` (B, S, 4) xyzw, ``scale_samples`` (B, S).
        """
        direction, quaternion, scale = (np.array(outputs[name][:count], dtype=np.float64) for name in SAMPLES)
        length, norm = np.linalg.norm(direction, axis=-1), np.linalg.norm(quaternion, axis=-1)
        with np.errstate(invalid="ignore"):
            good = (length > SHORT) & (norm > SHORT) & (scale > 0.0)
        good &= np.isfinite(length) & np.isfinite(norm) & np.isfinite(scale)
        usable = good.all(axis=1)
        direction[~usable], quaternion[~usable], scale[~usable] = (1.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0), 1.0
        direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
        rotation = matrices_from_quaternions(quaternion)
        return cls(direction, rotation, scale, usable)

    def __len__(self) -> int:
        return len(self.scale)

    def uncertainty(self) -> Float64:
        """Return (N,) the variance of the predicted center in m^2: the paper's sigma."""
        centre = self.direction * self.scale[..., None]
        return np.asarray(centre.var(axis=1).sum(axis=-1))

    def relative_poses(self) -> list[RelativePose]:
        """Return the means of the samples with their uncertainty; NaN if there is none, which triangulation ignores."""
        if len(self) == 0:
            return []
        towards = self.direction.mean(axis=1)
        length = np.linalg.norm(towards, axis=-1)
        usable = self.usable & (length > SHORT)  # samples all around the reference have no mean direction
        with np.errstate(divide="ignore", invalid="ignore"):
            centres = towards / length[:, None] * self.scale.mean(axis=1)[:, None]
        rotations, uncertainty = chordal_means(self.rotation), self.uncertainty()
        poses = (
            make(r, c) if good else np.full((4, 4), np.nan)
            for r, c, good in zip(rotations, centres, usable, strict=True)
        )
        return [RelativePose(pose, Scale.METRIC, float(u)) for pose, u in zip(poses, uncertainty, strict=True)]
