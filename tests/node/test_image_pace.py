"""The period of a camera, from images as they really come."""

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

from reloc_node.image_pace import ImagePace

DAY_NS = 86_400 * 10**9


def feed(stamps_s: list[float], arrivals_s: list[float]) -> float | None:
    pace = ImagePace()
    for stamp, at in zip(stamps_s, arrivals_s, strict=True):
        pace.arrived(DAY_NS + round(stamp * 1e9), at)
    return pace.period()


def every(seconds: float, count: int = 20) -> list[float]:
    return [i * seconds for i in range(count)]


def test_a_steady_camera() -> None:
    assert feed(every(1 / 30), every(1 / 30)) == pytest.approx(1 / 30)


def test_a_few_images_tell_nothing() -> None:
    assert feed(every(0.1, 3), every(0.1, 3)) is None


def test_a_burst_after_a_gap_is_not_a_fast_camera() -> None:
    arrivals = [0.5 * (i // 5) + 0.001 * (i % 5) for i in range(20)]  # five at once, twice a second
    assert feed(every(0.1), arrivals) == pytest.approx(0.1)


def test_a_bag_played_slowly_or_fast() -> None:
    assert feed(every(1 / 30), every(1 / 15)) == pytest.approx(1 / 15)
    assert feed(every(1 / 30), every(1 / 300)) == pytest.approx(1 / 30)


def test_one_that_was_lost_on_its_way_does_not_count() -> None:
    times = every(1 / 30)
    del times[7], times[12]
    assert feed(times, times) == pytest.approx(1 / 30)


def test_it_follows_a_camera_that_changes_its_rate() -> None:
    times = [*every(0.1), *(2.0 + t for t in every(0.02))]
    assert feed(times, times) == pytest.approx(0.02)
