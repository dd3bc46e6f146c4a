"""A view that changes while odometry says that the camera hardly moves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from reloc.geometry.transforms import make, so3_exp
from reloc.trust.gate import State
from reloc.trust.view import WIDTH, ViewWatch, glimpse

from .test_coasting import AMBIGUOUS, Drive


def scene(seed: int, shift: int = 0) -> np.ndarray:
    """A textured picture (480, 640), seen from so many pixels beside."""
    rng = np.random.default_rng(seed)
    wide = cv2.resize(rng.integers(0, 255, (48, 96), dtype=np.uint8), (960, 480), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(wide[:, 100 + shift : 740 + shift])


def odom(x: float = 0.0, yaw: float = 0.0) -> np.ndarray:
    return make(so3_exp([0, 0, yaw]), [x, 0.0, 0.0])


def seen(*views: tuple[np.ndarray, np.ndarray]) -> str:
    watch = ViewWatch()
    for image, odom_from_cam in views:
        watch.take(glimpse(image), odom_from_cam)
    return watch.contradiction()


def test_a_glimpse_is_small_and_gray() -> None:
    assert glimpse(scene(0)).shape == (120, WIDTH)
    assert glimpse(np.dstack([scene(0)] * 3)).shape == (120, WIDTH)
    assert glimpse(scene(0)[:3, :3]).dtype == np.uint8


def test_another_view_at_once_contradicts_odometry_that_stands_or_hardly_moves() -> None:
    assert "changed at once" in seen((scene(0), odom()), (scene(1), odom()))
    assert "changed at once" in seen((scene(0), odom()), (scene(1), odom(0.05, 0.05)))


def test_what_odometry_explains_contradicts_nothing() -> None:
    assert seen((scene(0), odom()), (scene(0, 24), odom(0.05, 0.03))) == ""
    assert seen((scene(0), odom()), (scene(1), odom(2.0))) == ""
    assert seen((scene(0), odom()), (scene(1), odom(0.0, 1.0))) == ""


def test_a_view_that_moves_contradicts_odometry_that_stands() -> None:
    assert "odometry stands still" in seen((scene(0), odom()), (scene(0, 40), odom()))
    assert seen((scene(0), odom()), (scene(0, 1), odom())) == ""


def test_people_who_walk_by_are_no_motion_of_the_camera() -> None:
    walked = scene(0).copy()
    walked[:, 200:400] = scene(3)[:, 200:400]
    assert seen((scene(0), odom()), (walked, odom())) == ""


def test_one_image_again_and_again_contradicts_odometry_that_moves() -> None:
    assert "the camera repeats an image" in seen((scene(0), odom()), (scene(0), odom(0.1)))


@pytest.mark.parametrize("blank", [np.zeros((480, 640), np.uint8), np.full((480, 640), 200, np.uint8)])
def test_a_covered_lens_tells_nothing_but_what_comes_after_it_does(blank: np.ndarray) -> None:
    assert seen((scene(0), odom()), (blank, odom())) == ""
    assert "changed at once" in seen((scene(0), odom()), (blank, odom()), (scene(1), odom()))
    assert seen((scene(0), odom()), (blank, odom(1.0)), (scene(1), odom(2.0))) == ""


def test_light_that_is_switched_is_no_other_view() -> None:
    assert seen((scene(0), odom()), ((scene(0) * 0.4).astype(np.uint8), odom())) == ""


def test_no_image_and_no_odometry_tell_nothing() -> None:
    watch = ViewWatch()
    watch.take(None, odom())
    watch.take(glimpse(scene(0)), None)
    watch.take(glimpse(scene(1)), odom())
    assert watch.contradiction() == ""


def test_a_robot_that_is_carried_while_odometry_stands_notices_at_the_first_image() -> None:
    drive = Drive()
    drive.track()
    here, there = glimpse(scene(0)), glimpse(scene(1))
    drive.step(glimpse=here)
    verdicts = [drive.step(AMBIGUOUS, glimpse=there, step_m=0.0) for _ in range(15)]
    assert verdicts[0].state is State.SUSPECT
    assert "changed at once" in verdicts[0].detail
    assert verdicts[-1].state is State.LOST
    assert State.COASTING not in {v.state for v in verdicts}


def test_the_same_drive_with_a_view_that_moves_along_goes_on() -> None:
    drive = Drive()
    drive.track()
    drive.step(glimpse=glimpse(scene(0)))
    states = {drive.step(AMBIGUOUS, glimpse=glimpse(scene(0, 3 * i))).state for i in range(1, 30)}
    assert states == {State.TRACKING, State.COASTING}
