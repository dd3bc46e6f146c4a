"""Value types: nothing in them can be changed."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from reloc.datatypes import Candidate, LocalFeatures, Localized, Lost, LostReason, Prior, Query, Support, freeze
from reloc.geometry.cameras import Camera
from reloc.geometry.relative_pose import RelativePose, Scale


def features() -> LocalFeatures:
    return LocalFeatures(
        uv=np.zeros((5, 2), np.float32),
        size=np.ones(5, np.float32),
        angle=np.zeros(5, np.float32),
        descriptors=np.zeros((5, 128), np.uint8),
    )


def support() -> Support:
    return Support(100, 60, 0.5, 0.8, 3, uv_inliers=np.zeros((60, 2), np.float32))


VALUES: list[Any] = [
    features(),
    Prior(np.eye(4), np.eye(6)),
    Query(np.zeros((4, 4, 3), np.uint8), Camera(4, 4, 5, 5, 2, 2)),
    support(),
    Localized(np.eye(4), np.eye(6), support()),
    RelativePose(np.eye(4), Scale.METRIC),
    Lost(LostReason.NO_TF, "base_link"),
    Candidate(3, 0.8),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_frozen_to_the_last_array(value: Any) -> None:
    for field in dataclasses.fields(value):
        content = getattr(value, field.name)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field.name, content)
        if isinstance(content, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                content[...] = 0
    with pytest.raises((AttributeError, TypeError)):  # slots: a misspelt name is no new field
        value.surprise = 1


@pytest.mark.parametrize("value", VALUES[:-2], ids=lambda v: type(v).__name__)
def test_values_with_arrays_compare_by_identity(value: Any) -> None:
    other = dataclasses.replace(value)
    assert value == value
    assert value != other
    assert len({value, other}) == 2


def test_lost_compares_by_value() -> None:
    assert Lost(LostReason.NO_TF, "a") == Lost(LostReason.NO_TF, "a") != Lost(LostReason.NO_TF, "b")


def test_number_of_features() -> None:
    assert len(features()) == 5


def test_support_without_pixels() -> None:
    assert Support(0, 0, 0.0, 0.0, 0).uv_inliers.shape == (0, 2)


def test_reasons_are_published_by_value() -> None:
    assert LostReason("no_tf") is LostReason.NO_TF
    assert len({r.value for r in LostReason}) == len(LostReason)


def test_freeze_takes_a_memory_map(tmp_path: Any) -> None:
    np.save(tmp_path / "a.npy", np.arange(4))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    freeze(mapped)
    assert not mapped.flags.writeable
