"""Scenes of the standard data sets are found as their authors lay them out, with the frames and poses of each split."""

from __future__ import annotations

import numpy as np
import pytest
from support import standard_scenes as scenes

from reloc.errors import PoseError, SourceError
from reloc.evaluation.standard.pose_files import PosedByFiles, key, read
from reloc.evaluation.standard.suites import OFFICIAL, SFM, SUITES, find
from reloc.geometry import transforms
from reloc.maps.source import SourceOptions

MAKE = {
    "7scenes": (scenes.seven_scenes, "stairs"),
    "12scenes": (scenes.twelve_scenes, "apt1/kitchen"),
    "cambridge": (scenes.cambridge, "ShopFacade"),
    "indoor6": (scenes.indoor6, "scene2a"),
}


@pytest.mark.parametrize("name", MAKE)
def test_official_splits_are_read_with_their_poses_and_cameras(name, tmp_path):
    make, where = MAKE[name]
    make(tmp_path / where)
    suite = SUITES[name]
    (scene,) = find(suite, tmp_path, None)
    assert (scene.name, scene.truth) == (where.replace("/", "_"), OFFICIAL)
    assert scene.name in suite.scenes
    for split, poses in (("train", scenes.TRAIN), ("test", scenes.TEST)):
        frames = scene.open(suite, SourceOptions()).frames(split)
        assert len(frames) == len(poses)
        for frame, pose in zip(frames, poses, strict=True):
            np.testing.assert_allclose(frame.world_from_cam, pose, atol=1e-6)
            assert frame.camera is not None
            np.testing.assert_allclose(frame.camera.matrix, scenes.CAMERA.matrix, atol=1e-9)
    assert find(suite, tmp_path / where, None)[0].folder == tmp_path / where  # one scene by itself


def test_scenes_come_in_the_papers_order(tmp_path):
    for name in ("stairs", "chess", "attic", "fire"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "TestSplit.txt").write_text("sequence1\n")
    suite = SUITES["7scenes"]
    assert [s.name for s in find(suite, tmp_path, None)] == ["chess", "fire", "stairs", "attic"]
    assert [s.name for s in find(suite, tmp_path, None, ["attic"])] == ["attic"]
    with pytest.raises(SourceError, match=r"no scene chest.*There are: .*chess"):
        find(suite, tmp_path, None, ["chest"])
    with pytest.raises(SourceError, match=r"No scene of Indoor-6.*train_test_val\.pkl"):
        find(SUITES["indoor6"], tmp_path, None)


def test_both_kinds_of_true_poses(tmp_path):
    scenes.seven_scenes(tmp_path / "chess")
    moved = transforms.make(transforms.so3_exp([0.1, 0.2, -0.3]), [5.0, -1.0, 0.5])
    scenes.pose_files(tmp_path / "pgt" / "sfm" / "7scenes", "chess", "seq-{:02d}/", moved, 281.5)
    official, sfm = find(SUITES["7scenes"], tmp_path, None)
    assert (official.truth, sfm.truth) == (OFFICIAL, SFM)
    frames = sfm.open(SUITES["7scenes"], SourceOptions()).frames("test")
    for frame, pose in zip(frames, scenes.TEST, strict=True):
        np.testing.assert_allclose(frame.world_from_cam, moved @ pose, atol=1e-6)
        assert frame.camera is not None
        assert (frame.camera.fx, frame.camera.cx) == (281.5, 159.5)
    elsewhere = find(SUITES["7scenes"], tmp_path / "chess", tmp_path / "pgt" / "sfm" / "7scenes")
    assert [s.truth for s in elsewhere] == [OFFICIAL, SFM]


def test_a_scene_with_its_own_sfm_poses_is_the_same_scene(tmp_path):
    for name in ("chess", "chess_sfm", "attic_sfm"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "TestSplit.txt").write_text("sequence1\n")
    found = {(s.name, s.truth) for s in find(SUITES["7scenes"], tmp_path, None)}
    assert found == {("chess", OFFICIAL), ("chess", SFM), ("attic_sfm", OFFICIAL)}


def test_frames_without_a_line_are_left_out_and_told(tmp_path):
    scenes.seven_scenes(tmp_path / "chess")
    scenes.pose_files(tmp_path / "pgt", "chess", "seq-{:02d}/", np.eye(4), 280.0)
    file = tmp_path / "pgt" / "chess_test.txt"
    file.write_text("\n".join(file.read_text().splitlines()[:2]) + "\n")
    (_, sfm) = find(SUITES["7scenes"], tmp_path, tmp_path / "pgt")
    source = sfm.open(SUITES["7scenes"], SourceOptions())
    assert len(source.frames("test")) == 2
    assert "1 of 3 frames have no line in chess_test.txt" in source.notes
    file.write_text("seq-09/frame-000000.color.png 1 0 0 0 0 0 0 500\n")
    with pytest.raises(SourceError, match="has no line for"):
        PosedByFiles(source._source, {"test": file}).frames("test")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("a.png 1 0 0 0 0 0 0", SourceError),
        ("a.png 1 0 0 0 0 0 zero 500", SourceError),
        ("a.png 2 0 0 0 0 0 0 500", PoseError),
    ],
)
def test_a_line_of_another_form_is_refused(tmp_path, line, error):
    (tmp_path / "poses.txt").write_text(f"b.png 1 0 0 0 0 0 0 500\n{line}\n")
    with pytest.raises(error, match=r"poses\.txt"):
        read(tmp_path / "poses.txt")


@pytest.mark.parametrize("name", ["seq-01/frame-000003.color.png", "seq-01/frame-000003", "seq-01/frame-000003.jpg"])
def test_names_of_frames_and_files_meet(name):
    assert key(name) == "seq-01/frame-000003"
    assert key("data/frame-000178.color.jpg") == "frame-000178"
