"""An answer as text and as JSON, as ``reloc localize`` prints it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reloc.datatypes import Localized, Lost
from reloc.evaluation.answering import Answered
from reloc.evaluation.evaluation import finite
from reloc.evaluation.outcome import pose_list, sigma_deg, sigma_m


def to_text(name: str, answered: Answered, reference_names: Sequence[str], unit: str = "m") -> str:
    """Return lines for a person; ``unit`` is that of the map's positions."""
    answer = answered.answer
    if isinstance(answer, Lost):
        return f"{name}\n  lost: {answer.reason.value}{f': {answer.detail}' if answer.detail else ''}"
    numbers = pose_list(answer.world_from_cam) or []
    support = answer.support
    rival = f", runner-up {support.runner_up_inliers}" if support.runner_up_inliers else ""
    lines = [
        name,
        f"  position    {_row(numbers[:3])} {unit}    +- {sigma_m(answer.covariance):.4f}",
        f"  quaternion  {_row(numbers[3:])} xyzw +- {sigma_deg(answer.covariance):.3f} deg",
        f"  support     {support.inliers} of {support.matches} matches{rival}, {support.coverage:.0%} of the image, "
        f"{support.reprojection_px:.2f} px",
        *([f"  evidence    {support.evidence}"] if support.evidence else []),
        f"  verified    {_trust(answer)}",
        f"  references  {', '.join(reference_names[c.index] for c in answer.references)}",
        f"  time        {answered.ms:.0f} ms",
    ]
    return "\n".join(lines)


def to_dict(name: str, answered: Answered, reference_names: Sequence[str], unit: str = "m") -> dict[str, Any]:
    """Return the answer for JSON, without NaN; ``unit`` is that of the map's positions."""
    answer, support = answered.answer, answered.answer.support
    values: dict[str, Any] = {"image": name, "answered": isinstance(answer, Localized)}
    if isinstance(answer, Localized):
        numbers = pose_list(answer.world_from_cam) or []
        values |= {
            "position": numbers[:3],
            "quaternion_xyzw": numbers[3:],
            "sigma_m": sigma_m(answer.covariance),
            "sigma_deg": sigma_deg(answer.covariance),
            "verified": answer.verified,
            "probability": answer.probability,
            "covariance": np.asarray(answer.covariance).ravel().tolist(),
        }
    else:
        values |= {"reason": answer.reason.value, "detail": answer.detail}
    if support is not None:
        names = ("matches", "inliers", "coverage", "reprojection_px", "runner_up_inliers", "log_odds", "evidence")
        values["support"] = {key: getattr(support, key) for key in names}
    values["references"] = [
        {"name": reference_names[c.index], "similarity": float(c.similarity)} for c in answer.references
    ]
    values["ms"] = answered.ms
    values["stage_ms"] = dict(answer.stage_ms)
    if unit != "m":  # so that nobody takes sigma_m for meters
        values["unit"] = unit
    result: dict[str, Any] = finite(values)
    return result


def _trust(answer: Localized) -> str:
    verified = "yes" if answer.verified else "no"
    if answer.probability is None:
        return f"{verified}; probability unknown: the map is not calibrated for this method"
    return f"{verified}; probability {answer.probability:.3f} of being right"


def _row(numbers: Sequence[float]) -> str:
    return " ".join(f"{n:9.4f}" for n in numbers)
