"""For tests of the nodes' insides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.clumsy import Pair


@pytest.fixture
def pair() -> Iterator[Pair]:
    rclpy = pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")
    from support.clumsy import Pair

    rclpy.init()
    made = Pair()
    assert made.talker.count_services("/clumsy/change_state") == 1  # none of an earlier test: see tests/conftest.py
    yield made
    made.close()
    rclpy.try_shutdown()
