"""The record of a calibration."""

from __future__ import annotations

from collections.abc import Sequence

from fuzz.target import Target
from reloc.trust.calibration.record import CovarianceScale, Foreign, Record, RecordedOutcome


class CalibrationTarget(Target):
    """Right, wrong and lost outcomes, and answers to pictures from elsewhere."""

    name = "calibration"

    def seeds(self) -> Sequence[bytes]:
        """One record."""
        outcomes = (
            RecordedOutcome(0, "right", "", 0.01, 0.1, (9.0, 0.5, 1.5), 0.9),
            RecordedOutcome(1, "wrong", "", 2.0, 5.0, (3.0, 0.9, 1.0), 0.2, 3),
            RecordedOutcome(2, "lost", "too_few_inliers"),
        )
        foreign = (Foreign("hidden place", 4, 1, ((3.1, 0.9, 1.0),)),)
        return [
            Record("features", "a" * 64, False, outcomes, foreign, CovarianceScale(1.5, 1.2, 40, 0.9, 0.95))
            .to_json()
            .encode()
        ]

    def run(self, data: bytes) -> None:
        """Read it and count."""
        record = Record.from_json(data, "calibration.json")
        record.count("right"), record.answered, [f.passed for f in record.foreign], record.to_json()


TARGET = CalibrationTarget()
