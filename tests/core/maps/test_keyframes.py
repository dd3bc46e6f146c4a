"""Key frames by motion, by step and by number."""

from __future__ import annotations

import numpy as np
import pytest

from reloc.errors import ConfigError
from reloc.geometry import transforms
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.keyframes import chosen_text, select
from reloc.maps.source import SourceFrame


def frame(name, x=None, turn_deg=0.0):
    pose = None if x is None else transforms.make(transforms.so3_exp([0, np.radians(turn_deg), 0]), [x, 0, 0])
    return SourceFrame(str(name), lambda: np.zeros((1, 1, 3), np.uint8), world_from_cam=pose)


def names(frames, **config):
    return [f.name for f in select(frames, KeyframeConfig(**config))]


LINE = [frame(i, 0.1 * i) for i in range(10)]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, "0123456789"),
        ({"every": 4}, "048"),
        ({"max_count": 3}, "036"),
        ({"max_count": 20}, "0123456789"),
        ({"min_distance_m": 0.29}, "0369"),
        ({"min_distance_m": 0.29, "every": 2}, "048"),
        ({"min_distance_m": 0.29, "max_count": 2}, "06"),
        ({"min_angle_deg": 5.0}, "0"),
        ({"min_distance_m": 100.0}, "0"),
    ],
)
def test_along_a_line(config, expected):
    assert "".join(names(LINE, **config)) == expected


def test_distance_or_angle_suffices():
    frames = [frame(0, 0.0), frame(1, 0.0, 5.0), frame(2, 0.0, 11.0), frame(3, 0.3, 11.0), frame(4, 0.3, 20.0)]
    assert names(frames, min_distance_m=0.2, min_angle_deg=10.0) == ["0", "2", "3"]
    assert names(frames, min_angle_deg=10.0) == ["0", "2"]


def test_small_steps_add_up():
    """The distance is to the last frame kept, not to the one before."""
    assert names([frame(i, 0.01 * i) for i in range(101)], min_distance_m=0.499) == ["0", "50", "100"]


def test_frames_without_pose_are_kept():
    assert names([frame(0), frame(1, 0.0), frame(2, 0.0), frame(3)], min_distance_m=0.1) == ["0", "1", "3"]


def test_nothing_to_choose_from():
    assert select([], KeyframeConfig(every=3, max_count=2, min_distance_m=1.0)) == []


@pytest.mark.parametrize("config", [{"every": 0}, {"max_count": -1}, {"min_distance_m": -0.1}])
def test_bad_values(config):
    with pytest.raises(ConfigError):
        KeyframeConfig(**config)


@pytest.mark.parametrize(
    ("kept", "config", "words"),
    [
        (20, KeyframeConfig(min_distance_m=0.2, min_angle_deg=10.0), "kept 20 of 167 images (0.2 m or 10 deg apart)"),
        (20, KeyframeConfig(min_distance_m=0.2), "kept 20 of 167 images (0.2 m apart)"),
        (17, KeyframeConfig(every=10), "kept 17 of 167 images (one of 10)"),
        (50, KeyframeConfig(every=2, max_count=50), "kept 50 of 167 images (one of 2, at most 50)"),
        (20, KeyframeConfig(max_count=50), "kept 20 of 167 images"),
        (167, KeyframeConfig(), "kept 167 of 167 images"),
    ],
)
def test_the_choice_in_words(kept, config, words):
    assert chosen_text(kept, 167, config) == words
