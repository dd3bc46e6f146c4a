"""Building maps: whole or not at all, resumed, the same twice, and every bad source by name."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.tiny_world import CAMERA, TinySource, reference_poses, render

from reloc.datatypes import UInt8
from reloc.errors import (
    CameraError,
    DepthError,
    ImageError,
    MapEmptyError,
    MapError,
    MapIncompleteError,
    PluginError,
    PoseError,
    SourceError,
)
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.building.workspace import Workspace
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame

SMALL = BuildConfig(landmarks="triangulate", retrieval="vlad")
PLAIN = BuildConfig(landmarks="none", retrieval="")


class Frames(TinySource):
    """A source of these frames and no others."""

    def __init__(self, frames: list[SourceFrame]) -> None:
        super().__init__()
        self._frames = frames

    def frames(self, split: str) -> list[SourceFrame]:
        return self._frames


def one_broken(**changes: object) -> Frames:
    frames = TinySource(reference_poses(3)).frames("train")
    frames[1] = dataclasses.replace(frames[1], **changes)
    return Frames(frames)


def test_same_content_same_hash(tiny_map: ReferenceMap, tmp_path: Path) -> None:
    again = build_map(TinySource(), tmp_path / "other-name.map", SMALL)
    assert again.content_hash == tiny_map.content_hash
    assert again.manifest.name == "other-name.map"
    assert not (tmp_path / "other-name.map.partial").exists()


def test_other_content_other_hash(tiny_map: ReferenceMap, tmp_path: Path) -> None:
    other = build_map(TinySource(seed=1), tmp_path / "m", SMALL)
    assert other.content_hash != tiny_map.content_hash


def test_killed_and_resumed(tiny_map: ReferenceMap, tmp_path: Path) -> None:
    out = tmp_path / "m.map"
    script = f"""
        import os, signal
        from support.tiny_world import TinySource
        from reloc.maps.build_config import BuildConfig
        from reloc.maps.builder import build_map
        def die(step, done, total):
            if step == "features" and done == 5:
                os.kill(os.getpid(), signal.SIGKILL)
        build_map(TinySource(), {str(out)!r}, BuildConfig(landmarks="triangulate", retrieval="vlad"), die)
    """
    tests = str(Path(__file__).parents[2])
    code = f"import sys; sys.path.insert(0, {tests!r})\n" + textwrap.dedent(script)
    died = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert not out.exists()
    with pytest.raises(MapIncompleteError, match="did not finish"):
        ReferenceMap.open(out)

    kept = {f: f.stat().st_mtime_ns for f in (tmp_path / "m.map.partial/work/features").glob("*.npz")}
    assert len(kept) >= 5
    steps: list[str] = []

    def listen(step: str, done: int, total: int, /) -> None:
        steps.append(step)
        if step == "features" and done == total:
            assert all(f.stat().st_mtime_ns == stamp for f, stamp in kept.items())

    made = build_map(TinySource(), out, SMALL, listen)
    assert "images" not in steps
    assert "features" in steps
    assert made.content_hash == tiny_map.content_hash
    assert list(tmp_path.iterdir()) == [out]


def test_half_built_of_another_source_is_not_mixed_in(tmp_path: Path) -> None:
    def stop(step: str, done: int, total: int, /) -> None:
        if step == "features" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_map(TinySource(seed=1), tmp_path / "m", PLAIN, stop)
    other = [p.copy() for p in reference_poses(3)]
    made = build_map(TinySource(other), tmp_path / "m", PLAIN)
    assert len(made) == 3
    assert np.abs(made.image(0).astype(int) - render(other[0])[0]).mean() < 10
    assert len(list((tmp_path / "m/images/ref").iterdir())) == 3


def test_existing_map_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    out = tmp_path / "m"
    first = build_map(TinySource(reference_poses(3)), out, PLAIN)
    with pytest.raises(MapError, match=r"exists\. Give another --out, or pass --overwrite"):
        build_map(TinySource(reference_poses(2)), out, PLAIN)

    def stop(step: str, done: int, total: int, /) -> None:
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        build_map(TinySource(reference_poses(2)), out, PLAIN, stop, overwrite=True)
    assert ReferenceMap.open(out).content_hash == first.content_hash
    assert len(build_map(TinySource(reference_poses(2)), out, PLAIN, overwrite=True)) == 2
    assert len(first.features(2)) > 0  # the old map's pages stay readable for who has it open
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("kind", ["folder of images", "file"])
def test_overwrite_deletes_maps_and_nothing_else(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "holiday"
    photo = out if kind == "file" else out / "photo.jpg"
    photo.parent.mkdir(exist_ok=True)
    photo.write_bytes(b"precious")
    with pytest.raises(MapError, match="is not a map, so it is not overwritten"):
        build_map(TinySource(reference_poses(2)), out, PLAIN, overwrite=True)
    assert photo.read_bytes() == b"precious"


def test_an_empty_folder_may_be_overwritten(tmp_path: Path) -> None:
    assert len(build_map(TinySource(reference_poses(2)), tmp_path, PLAIN, overwrite=True)) == 2


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(MapError, match=r"Cannot write .*file/m\.partial.*give another --out"):
        build_map(TinySource(reference_poses(2)), tmp_path / "file" / "m", PLAIN)


def test_killed_between_the_renames(tmp_path: Path) -> None:
    out = tmp_path / "m"
    build_map(TinySource(reference_poses(2)), out, PLAIN)
    out.rename(tmp_path / "m.replaced")
    with Workspace(out):
        assert len(ReferenceMap.open(out)) == 2


def test_one_build_at_a_time(tmp_path: Path) -> None:
    with Workspace(tmp_path / "m"), pytest.raises(MapError, match="Another build"):
        build_map(TinySource(reference_poses(2)), tmp_path / "m", PLAIN)


def test_key_frames_and_frame_name(tmp_path: Path) -> None:
    config = dataclasses.replace(PLAIN, keyframes=KeyframeConfig(every=5), frame="hall")
    made = build_map(TinySource(), tmp_path / "m", config)
    assert made.names == ("ref/000", "ref/005", "ref/010")
    assert made.frame == "hall"


def test_jpeg_files_are_copied_byte_for_byte(tmp_path: Path) -> None:
    image = render(reference_poses(2)[0])[0]
    file = tmp_path / "photo.JPG"
    good, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    assert good
    file.write_bytes(bytes(data))
    frame = dataclasses.replace(TinySource().frames("train")[0], image_file=file, name="a/photo.JPG")
    made = build_map(Frames([frame]), tmp_path / "m", PLAIN)
    assert made.image_path(0).read_bytes() == file.read_bytes()
    assert made.image_path(0).relative_to(made.path).as_posix() == "images/a/photo.jpg"


def test_png_is_lossless(tmp_path: Path) -> None:
    source = TinySource(reference_poses(1))
    made = build_map(source, tmp_path / "m", dataclasses.replace(PLAIN, jpeg_quality=0))
    np.testing.assert_array_equal(made.image(0), render(source.poses[0])[0])


def test_opens_in_colmap(tiny_map: ReferenceMap) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    model = pycolmap.Reconstruction(tiny_map.path / "sparse")
    assert model.num_images() == 12
    assert model.num_points3D() == len(tiny_map.landmarks)
    assert model.compute_mean_reprojection_error() < 0.3
    image = model.image(1)
    assert (tiny_map.path / "images" / image.name).is_file()
    np.testing.assert_allclose(image.projection_center(), tiny_map.world_from_cam[0, :3, 3], atol=1e-9)
    assert model.camera(1).principal_point_x == CAMERA.cx + 0.5


def raise_truncated() -> UInt8:
    raise ImageError("ref/001.jpg is cut off")


def flat_pose() -> np.ndarray:
    pose = np.eye(4)
    pose[0, 0] = 2.0
    return pose


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"world_from_cam": flat_pose()}, PoseError, "ref/001"),
        ({"world_from_cam": np.full((4, 4), np.nan)}, PoseError, "not finite"),
        ({"camera": None}, CameraError, "ref/001"),
        ({"camera": CAMERA.scaled(640, 480)}, CameraError, "320 x 240 pixels, but its camera is for 640 x 480"),
        ({"load_image": raise_truncated}, ImageError, "cut off"),
        ({"name": "ref/000"}, SourceError, "Two frames are named 'ref/000'"),
        ({"name": "../../etc/x"}, SourceError, "cannot be the name of a frame"),
    ],
)
def test_bad_frame(tmp_path: Path, changes: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        build_map(one_broken(**changes), tmp_path / "m", PLAIN)
    assert not (tmp_path / "m").exists()


def test_no_poses(tmp_path: Path) -> None:
    frames = [dataclasses.replace(f, world_from_cam=None) for f in TinySource().frames("train")]
    with pytest.raises(MapEmptyError, match="None of the 12 frames has a pose"):
        build_map(Frames(frames), tmp_path / "m", PLAIN)


def test_frame_without_pose_is_left_out(tmp_path: Path) -> None:
    assert build_map(one_broken(world_from_cam=None), tmp_path / "m", PLAIN).names == ("ref/000", "ref/002")


def test_blank_images(tmp_path: Path) -> None:
    blank = np.zeros((240, 320, 3), np.uint8)
    frames = [dataclasses.replace(f, load_image=lambda: blank.copy()) for f in TinySource().frames("train")[:2]]
    with pytest.raises(MapEmptyError, match="has a key point"):
        build_map(Frames(frames), tmp_path / "m", PLAIN)


def test_one_blank_image_is_kept(tmp_path: Path) -> None:
    blank = np.zeros((240, 320, 3), np.uint8)
    made = build_map(one_broken(load_image=lambda: blank.copy()), tmp_path / "m", BuildConfig(retrieval=""))
    assert len(made.features(1)) == 0
    assert len(made.landmark_ids(1)) == 0


def test_unknown_retriever_fails_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="bag-of-words"):
        build_map(TinySource(), tmp_path / "m", BuildConfig(retrieval="bag-of-words"))
    assert list(tmp_path.iterdir()) == []


def test_depth_in_millimetres_taken_for_metres(tmp_path: Path) -> None:
    source = TinySource(reference_poses(3), depth_factor=1000.0)
    with pytest.raises(DepthError, match="--depth-scale"):
        build_map(source, tmp_path / "m", BuildConfig(landmarks="depth", retrieval=""))


def test_no_depth(tmp_path: Path) -> None:
    source = TinySource(reference_poses(3), with_depth=False)
    with pytest.raises(DepthError, match="No key point"):
        build_map(source, tmp_path / "m", BuildConfig(landmarks="depth", retrieval=""))


@pytest.mark.parametrize("kind", ["bytes", "pipe", "folder", "device", "loop"])
@pytest.mark.parametrize("note", ["step.begun", "step.done"])
def test_what_stands_in_place_of_a_note_makes_the_step_run_again(tmp_path: Path, note: str, kind: str) -> None:
    runs: list[Path] = []
    with Workspace(tmp_path / "m") as workspace:
        assert workspace.run("step", {"a": 1}, runs.append)
        file = workspace.scratch / note
        file.unlink()
        if kind == "bytes":
            file.write_bytes(b"\xff\xfe" * 10)
        elif kind == "pipe":
            os.mkfifo(file)
        elif kind == "folder":
            file.mkdir()
        else:
            file.symlink_to("/dev/zero" if kind == "device" else file.name)
    with Workspace(tmp_path / "m") as workspace:
        if kind == "folder":  # it cannot be replaced by a file
            with pytest.raises(OSError, match="directory"):
                workspace.run("step", {"a": 2}, runs.append)
            return
        assert workspace.run("step", {"a": 2}, runs.append)
    with Workspace(tmp_path / "m") as workspace:
        assert not workspace.run("step", {"a": 2}, runs.append)
    assert len(runs) == 2
