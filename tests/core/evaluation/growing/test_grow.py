"""A drive joins a map only if their poses agree; frames that show nothing new are left out."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from support.drives import beside, frames
from support.tiny_world import reference_poses, small_map

from reloc.cli.main import main
from reloc.errors import MapError
from reloc.evaluation.growing.agreement import Agreement
from reloc.evaluation.growing.config import JoinConfig
from reloc.evaluation.growing.grow import grow
from reloc.geometry import transforms
from reloc.maps.drives import drives_of
from reloc.maps.manifest import Manifest
from reloc.maps.reference_map import ReferenceMap

MOVED = transforms.make(transforms.so3_exp([0.0, 0.0, 0.5]), [3.0, -2.0, 0.1])
FEW = JoinConfig(min_localized=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_map(), tmp_path / "small.map"))


def between() -> list[np.ndarray]:
    """Poses between the small map's."""
    return reference_poses(9)[1:8:2]


def test_nothing_new_changes_nothing(folder: Path) -> None:
    before = Manifest.load(folder).content_hash
    done = grow(ReferenceMap.open(folder), frames(reference_poses(12)[2:8:2]), "again", {}, FEW)
    assert (done.added, done.known) == (None, 3)
    assert done.agreement.apart_m < 0.02
    assert Manifest.load(folder).content_hash == before


def test_a_drive_in_a_frame_of_its_own(folder: Path) -> None:
    poses = [*between(), beside()[0]]
    drive = frames(poses, moved=MOVED)
    with pytest.raises(MapError, match=r"poses of monday and the map's answers are .* m and .* deg apart .*--align"):
        grow(ReferenceMap.open(folder), drive, "monday", {}, FEW)
    done = grow(ReferenceMap.open(folder), drive, "monday", {}, JoinConfig(min_localized=2, known_share=0), align=True)
    assert done.added is not None
    assert done.added.references == 5
    now = ReferenceMap.open(folder)
    assert max(transforms.distance_between(a, b) for a, b in zip(now.world_from_cam[12:], poses, strict=True)) < 0.03
    assert drives_of(now.manifest)[-1].agreement["localized"] >= 4
    assert 0 < done.sigma_m < 0.05


def test_a_drive_elsewhere(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drive = frames(beside()[:2], seed=7)
    with pytest.raises(MapError, match=r"localizes 0 of 2 frames of annex.*--separate"):
        grow(ReferenceMap.open(folder), drive, "annex", {})
    done = grow(ReferenceMap.open(folder), drive, "annex", {}, separate=True)
    assert done.added is not None
    assert main(["map", "info", str(folder)]) == 0
    assert "annex (2)" in capsys.readouterr().out


def test_half_of_the_answers_may_be_wrong() -> None:
    random = np.random.default_rng(0)
    given = np.stack([transforms.make(np.eye(3), random.uniform(-9, 9, 3)) for _ in range(40)])
    found = MOVED @ given
    found[::3, :3, 3] += random.uniform(5, 9, (14, 3))
    agreement = Agreement(50, tuple(range(40)), given, found)
    mean, covariance = agreement.map_from_drive()
    np.testing.assert_allclose(mean, MOVED, atol=1e-6)
    assert np.isfinite(covariance).all()
    assert agreement.aligned(mean).apart_m < 1e-6


def test_drift_is_said() -> None:
    given = np.stack([transforms.make(np.eye(3), [i, 0.0, 0.0]) for i in range(30)])
    found = given.copy()
    found[:, 1, 3] += np.linspace(0.0, 0.3, 30)
    assert Agreement(30, tuple(range(30)), given, found).drift_m == pytest.approx(0.2, abs=0.02)


def test_the_commands(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = Path(shutil.copytree(folder, folder.with_name("other.map")))
    assert main(["map", "merge", str(folder), str(other)]) == 0
    assert "knows all 12 frames" in capsys.readouterr().out
    assert main(["map", "merge", str(folder), str(folder)]) == 2
    assert main(["map", "remove", str(folder), "--region", "1,2,3"]) == 2
    assert "four numbers" in capsys.readouterr().err
    assert main(["map", "remove", str(folder), "--region", "0,0,2,9"]) == 0
    assert "removed" in capsys.readouterr().out
    assert len(ReferenceMap.open(folder)) < 12
