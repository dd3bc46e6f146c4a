import math

import pytest

from reloc.backends.tensorrt.timing import input_there


def test_launching_is_what_computing_is_not():
    times = input_there(1, [1.0] * 98 + [1.1, 9.0], [2.0] * 100, 0.8)
    assert times.p50_ms == times.graph_p50_ms == 1.0
    assert times.graph_p99_ms > 1.0
    assert times.plain_p50_ms == times.plain_p99_ms == 2.0
    assert times.launch_share == pytest.approx(0.2)
    assert times.launch_share_plain == pytest.approx(0.6)


def test_without_a_graph_the_plain_launch_counts():
    times = input_there(4, [], [2.0, 2.0], 1.5)
    assert math.isnan(times.graph_p50_ms)
    assert times.p50_ms == 2.0
    assert times.launch_share == times.launch_share_plain == pytest.approx(0.25)


def test_noise_gives_no_negative_share():
    assert input_there(1, [1.0], [1.0], 1.01).launch_share == 0.0
