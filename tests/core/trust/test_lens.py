"""What looks say of the camera's focal length, together."""

import numpy as np
import pytest

from reloc.datatypes import Answer, Localized, Lost, LostReason, Support
from reloc.trust.gate import Gate
from reloc.trust.gate_config import GateConfig
from reloc.trust.verdict import State, Verdict

MISMATCH = Lost(LostReason.CAMERA_MISMATCH, "f is 1.3 times what camera_info says")
FIX = Localized(np.eye(4), np.eye(6) * 1e-4, Support(100, 80, 0.5, 0.5, 0))
SECOND = 1_000_000_000


def fed(gate: Gate, answers: list[Answer], begin_s: float = 0.0) -> list[Verdict]:
    """Ten a second; the robot stands, and says so."""
    return [gate.consider(answer, np.eye(4), int((begin_s + 0.1 * i) * SECOND)) for i, answer in enumerate(answers)]


def test_answers_between_looks_of_another_lens_do_not_count() -> None:
    verdicts = fed(Gate(), [MISMATCH, FIX, MISMATCH, FIX, FIX, FIX, FIX])
    assert not any(verdict.accepted for verdict in verdicts)
    assert verdicts[-1].reject_reason == "camera_mismatch"
    assert "2 looks of the last 3 s" in verdicts[-1].detail


def test_one_such_look_is_no_proof() -> None:
    assert fed(Gate(), [MISMATCH, FIX, FIX, FIX])[-1].accepted


def test_a_fix_that_is_there_is_not_followed_either() -> None:
    gate = Gate()
    assert fed(gate, [FIX] * 4)[-1].state is State.TRACKING
    later = fed(gate, [MISMATCH, MISMATCH, FIX, FIX], 0.4)
    assert not any(verdict.accepted for verdict in later)


def test_it_ends_with_the_window() -> None:
    gate = Gate()
    fed(gate, [MISMATCH, MISMATCH])
    assert not fed(gate, [FIX] * 3, 2.5)[-1].accepted
    assert fed(gate, [FIX] * 3, 3.3)[-1].accepted


def test_what_verification_finds_counts_too() -> None:
    gate = Gate()
    for i in range(2):
        verdict = gate.consider(FIX, np.eye(4), i * SECOND // 10, verify=lambda _: MISMATCH)
        assert verdict.reject_reason == "camera_mismatch"
    assert not any(verdict.accepted for verdict in fed(gate, [FIX] * 3, 0.2))


@pytest.mark.parametrize("config", [GateConfig(lens_looks=0), GateConfig(lens_looks=3)])
def test_how_many_is_a_parameter(config: GateConfig) -> None:
    assert fed(Gate(config), [MISMATCH, MISMATCH, FIX, FIX, FIX])[-1].accepted


def test_reset_forgets_them() -> None:
    gate = Gate()
    fed(gate, [MISMATCH, MISMATCH])
    gate.reset()
    assert fed(gate, [FIX] * 3, 0.3)[-1].accepted
