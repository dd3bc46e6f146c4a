"""The result of one query."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from reloc.datatypes import Answer, Float64, Localized, Lost, UInt8
from reloc.evaluation import metrics
from reloc.geometry import transforms


@dataclass(frozen=True, slots=True)
class Errors:
    """The error of one pose."""

    translation_m: float
    rotation_deg: float
    nees: float = math.nan  # over all six; NaN without a covariance
    nees_position: float = math.nan  # over x, y, z

    @classmethod
    def of_pose(cls, world_from_cam: Float64, world_from_true: Float64) -> Errors:
        """Compute it for a pose alone. Both (4, 4)."""
        return cls(
            metrics.translation_error(world_from_cam, world_from_true),
            metrics.rotation_error_deg(world_from_cam, world_from_true),
        )

    @classmethod
    def of_answer(cls, answer: Localized, world_from_true: Float64) -> Errors:
        """Compute it for an answer with its covariance. ``world_from_true`` is (4, 4)."""
        error = metrics.error_vector(answer.world_from_cam, world_from_true)
        return cls(
            float(np.linalg.norm(error[:3])),
            float(np.degrees(np.linalg.norm(error[3:]))),
            metrics.nees(error, answer.covariance),
            metrics.nees(error[:3], answer.covariance[:3, :3]),
        )


@dataclass(frozen=True, slots=True)
class QueryOutcome:
    """One query and its answer, with the ground truth if it is known."""

    name: str
    answer: Answer
    ms: float  # wall time of localize(); 0 if the frame could not be read
    references: tuple[str, ...] = ()  # names of answer.references
    world_from_true: Float64 | None = None  # (4, 4)
    errors: Errors | None = None  # None without truth or answer
    baseline: Errors | None = None  # errors of the first retrieved reference's pose; None without truth
    load_image: Callable[[], UInt8] | None = None  # (H, W, 3) RGB, for pictures

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON; it may hold NaN. Poses are [x, y, z, qx, qy, qz, qw] of world_from_cam."""
        answer, support = self.answer, self.answer.support
        pose = answer.world_from_cam if isinstance(answer, Localized) else None
        return {
            "name": self.name,
            "answered": isinstance(answer, Localized),
            "translation_m": self.errors and self.errors.translation_m,
            "rotation_deg": self.errors and self.errors.rotation_deg,
            "sigma_m": sigma_m(answer.covariance) if isinstance(answer, Localized) else None,
            "nees": self.errors and self.errors.nees,
            "matches": support.matches if support else 0,
            "inliers": support.inliers if support else 0,
            "runner_up_inliers": support.runner_up_inliers if support else 0,
            "log_odds": support.log_odds if support else None,
            "reason": answer.reason.value if isinstance(answer, Lost) else None,
            "detail": answer.detail if isinstance(answer, Lost) else None,
            "ms": self.ms,
            "stage_ms": dict(answer.stage_ms),
            "references": list(self.references),
            "retrieval_translation_m": self.baseline and self.baseline.translation_m,
            "retrieval_rotation_deg": self.baseline and self.baseline.rotation_deg,
            "pose": pose_list(pose),
            "true_pose": pose_list(self.world_from_true),
        }


def pose_list(world_from_cam: Float64 | None) -> list[float] | None:
    """Return [x, y, z, qx, qy, qz, qw], or None."""
    if world_from_cam is None:
        return None
    return [*world_from_cam[:3, 3].tolist(), *transforms.to_quaternion(world_from_cam).tolist()]


def sigma_m(covariance: Float64) -> float:
    """Return the standard deviation of the position in its worst direction, in meters, from the (6, 6) covariance."""
    return _worst_sigma(covariance[:3, :3])


def sigma_deg(covariance: Float64) -> float:
    """Return the standard deviation of the orientation about its worst axis, in degrees, from the (6, 6) covariance."""
    return math.degrees(_worst_sigma(covariance[3:, 3:]))


def _worst_sigma(block: Float64) -> float:
    if not np.isfinite(block).all():
        return math.nan
    return math.sqrt(max(0.0, float(np.linalg.eigvalsh(block)[-1])))
