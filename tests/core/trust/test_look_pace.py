"""A camera or a computer too slow for the gate's windows: the status says which parameter."""

from __future__ import annotations

import numpy as np
import pytest

from reloc.datatypes import Localized, Support
from reloc.trust.gate import Gate
from reloc.trust.gate_config import GateConfig
from reloc.trust.look_pace import LookPace


def looks(gate: Gate, period_s: float, count: int = 8) -> list:
    answer = Localized(np.eye(4), np.eye(6) * 1e-4, Support(100, 80, 0.5, 0.5, 0))
    return [gate.consider(answer, np.eye(4), round((1 + i * period_s) * 1e9)) for i in range(count)]


@pytest.mark.parametrize("period_s", [1.6, 3.1, 10.0])
def test_looks_that_never_come_together_name_the_parameter(period_s: float) -> None:
    verdicts = looks(Gate(), period_s)
    assert not any(v.accepted for v in verdicts)
    assert "gate.look_window_s" in verdicts[-1].detail
    assert f"every {period_s:.1f} s" in verdicts[-1].detail


@pytest.mark.parametrize("period_s", [1.6, 3.1, 10.0])
def test_what_the_hint_says_helps(period_s: float) -> None:
    hint = looks(Gate(), period_s)[-1].detail
    window = float(hint.split("Set gate.look_window_s to ")[1].split(" s")[0])
    assert any(v.accepted for v in looks(Gate(GateConfig(look_window_s=window)), period_s))


def test_looks_that_come_often_enough_get_no_hint() -> None:
    assert not any("look_window_s" in v.detail for v in looks(Gate(), 1.0))
    assert LookPace().hint(3, GateConfig()) == ""
