"""The stage clock."""

from __future__ import annotations

import time

import pytest

from reloc.timing import StageClock


def test_stages_are_timed_in_order_and_add_up() -> None:
    clock = StageClock()
    for name in ("retrieve", "match", "retrieve"):
        with clock.stage(name):
            time.sleep(0.01)
    assert list(clock.stage_ms) == ["retrieve", "match"]
    assert clock.stage_ms["match"] >= 9.0
    assert clock.stage_ms["retrieve"] >= 18.0


def test_a_stage_that_fails_is_timed_too() -> None:
    clock = StageClock()
    with pytest.raises(KeyError), clock.stage("solve"):
        raise KeyError
    assert "solve" in clock.stage_ms
