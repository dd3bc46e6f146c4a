import numpy as np
import pytest
from support.tiny_world import CAMERA, reference_poses

from reloc.errors import SourceError
from reloc.kidnap.recorded import drives_of
from reloc.kidnap.scenery import walk
from reloc.maps.source import SourceFrame


def frames(count: int = 40, folder: str = "a", hz: float | None = None, start_s: float = 1.0) -> list[SourceFrame]:
    return [
        SourceFrame(f"{folder}/{i:03d}", lambda: np.zeros((2, 2, 3), np.uint8), CAMERA, pose,
                    None if hz is None else int((start_s + i / hz) * 1e9))
        for i, pose in enumerate(reference_poses(count))
    ]  # fmt: skip


def test_folders_and_jumps_cut_a_drive():
    there = frames() + frames(folder="b") + frames(folder="b")[:10]  # back to the beginning: a jump
    assert [len(drive) for drive in drives_of(there, 10.0)] == [40, 40, 10]


def test_stamps_give_the_rate_and_gaps_cut():
    there = frames(60, hz=30.0) + frames(60, hz=30.0, start_s=20.0)
    first, second = drives_of(there, 10.0)
    assert [f.name for f in first[:4]] == ["a/000", "a/003", "a/006", "a/009"]
    assert len(first) == len(second) == 20
    assert len(drives_of(frames(40, hz=5.0), 10.0)[0]) == 40  # slower than the test: each once


def test_what_is_no_drive_is_refused():
    with pytest.raises(SourceError, match="consecutive"):
        drives_of(frames(2), 10.0)
    with pytest.raises(SourceError, match="has a pose"):
        drives_of([SourceFrame("x", lambda: np.zeros((2, 2, 3), np.uint8))], 10.0)


def test_at_its_end_a_drive_turns_back():
    random = np.random.default_rng(0)
    for _ in range(10):
        way = walk(frames(5), 3, 20, random)
        assert way[0] == 3
        assert min(way) == 0
        assert max(way) == 4
        assert set(np.abs(np.diff(way))) == {1}
