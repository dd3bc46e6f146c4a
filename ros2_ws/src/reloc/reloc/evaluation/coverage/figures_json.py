"""The coverage as plain values for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from reloc.evaluation.coverage.advice import Advice
from reloc.evaluation.coverage.finding import STATES
from reloc.evaluation.coverage.survey import MethodSurvey, Survey
from reloc.maps.layers import layers

FORMAT = 1


def figures(survey: Survey) -> dict[str, Any]:
    """Return all of it; it may hold NaN."""
    opened = survey.reference_map
    return {
        "format": FORMAT,
        "map": str(opened.path),
        "content_hash": opened.content_hash,
        "axes": survey.floor.labels,
        "references": [
            {
                "name": name,
                "xyz": opened.world_from_cam[index, :3, 3].tolist(),
                "floor_xy": survey.floor.xy[index].tolist(),
                "heading_deg": float(np.rad2deg(survey.floor.heading[index])),
                "key_points": check.key_points,
                "landmarks": check.landmarks,
                "coverage": check.coverage,
                "neighbours": check.neighbours,
                "problems": check.problems,
            }
            for index, (name, check) in enumerate(zip(opened.names, survey.checks, strict=True))
        ],
        "layers": [asdict(layer) for layer in layers(opened)],
        "add": [_advice(opened.names, one) for one in survey.advice],
        "methods": [_method(opened.names, one) for one in survey.methods],
        "outdated_calibrations": survey.outdated,
    }


def _method(names: tuple[str, ...], one: MethodSurvey) -> dict[str, Any]:
    return {
        "method": one.method or None,  # null: the quick check, because there is no calibration
        "counts": {state: one.count(state) for state in STATES},
        "fails_because": one.reasons(),
        "calibration": _calibration(one),
        "references": [
            {
                "name": found.name,
                "state": found.state,
                "reason": found.reason,
                "error_m": found.error_m,
                "error_deg": found.error_deg,
                "probability": found.probability,
                "rival": names[found.rival] if found.rival >= 0 else None,
            }
            for found in one.findings
        ],
        "look_alikes": [
            {
                "letter": found.letter,
                "pairs": [
                    {**asdict(pair), "reference": names[pair.reference], "rival": names[pair.rival]}
                    for pair in found.pairs
                ],
            }
            for found in one.look_alikes
        ],
        "add": [_advice(names, found) for found in one.advice],
    }


def _calibration(one: MethodSurvey) -> dict[str, Any] | None:
    if one.calibration is None:
        return None
    record, curve = one.calibration.record, one.calibration.curve
    return {
        "verified": record.verified,
        "known_poses": len(record.outcomes),
        "queries": sum(outcome.reference < 0 for outcome in record.outcomes),
        "problem": one.calibration.problem,
        "curve": []
        if curve is None
        else [
            {"from_rank": score, "probability": probability, "right": right, "wrong": wrong}
            for score, probability, right, wrong in zip(
                curve.score.tolist(),
                curve.probability.tolist(),
                curve.right_in.tolist(),
                curve.wrong_in.tolist(),
                strict=True,
            )
        ],
        "covariance": asdict(record.scale),
        "foreign": [
            {"kind": kind.kind, "shown": kind.shown, "answered": kind.answered, "passed": kind.passed}
            for kind in record.foreign
        ],
    }


def _advice(names: tuple[str, ...], one: Advice) -> dict[str, Any]:
    return {**asdict(one), "references": [names[index] for index in one.references]}
