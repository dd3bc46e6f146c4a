"""The public interface: what `from reloc import ...` promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

import reloc
from reloc import Camera, GateConfig, Localized, Look, Lost, LostReason, Map, Relocalizer, RelocError, State
from reloc.errors import CameraError, ImageError, MapNotFoundError, PluginError, PoseError
from reloc.geometry.transforms import distance_between

TRUTH = query_poses()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_map(tmp_path_factory.mktemp("api"), "triangulate", "vlad,densevlad")


@pytest.fixture(scope="module")
def relocalizer(folder: Path) -> Relocalizer:
    return Relocalizer.open(folder)


@pytest.fixture
def photo() -> np.ndarray:
    return render(TRUTH)[0].copy()


def test_every_public_name_is_there_and_importing_reloc_alone_imports_no_library() -> None:
    for name in reloc.__all__:
        assert getattr(reloc, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Relocaliser'"):
        reloc.Relocaliser  # noqa: B018
    code = "import sys, reloc; print('numpy' in sys.modules, sorted(set(reloc.__all__) - set(dir(reloc))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "[]"]


def test_one_image_by_path_and_by_array_gives_the_same_pose(
    relocalizer: Relocalizer, photo: np.ndarray, tmp_path: Path
) -> None:
    file = tmp_path / "photo.png"
    cv2.imwrite(str(file), cv2.cvtColor(photo, cv2.COLOR_RGB2BGR))
    by_array, by_path, by_text = (relocalizer.localize(image) for image in (photo, file, str(file)))
    assert isinstance(by_array, Localized)
    assert isinstance(by_path, Localized)
    assert isinstance(by_text, Localized)
    assert distance_between(by_array.world_from_cam, TRUTH) < 0.05
    np.testing.assert_array_equal(by_array.world_from_cam, by_path.world_from_cam)
    np.testing.assert_array_equal(by_array.world_from_cam, by_text.world_from_cam)
    assert by_array.verified
    assert by_array.probability is None  # the map has no calibration


def test_the_callers_arrays_stay_as_they_were(relocalizer: Relocalizer, photo: np.ndarray) -> None:
    before, odometry = photo.copy(), np.eye(4)
    relocalizer.localize(photo)
    relocalizer.look(photo, stamp_ns=1, odom_from_cam=odometry)
    assert photo.flags.writeable
    assert odometry.flags.writeable
    np.testing.assert_array_equal(photo, before)


def test_a_gray_image_serves_too(relocalizer: Relocalizer, photo: np.ndarray) -> None:
    answer = relocalizer.localize(np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)))
    assert isinstance(answer, Localized)


def test_an_image_of_nothing_is_lost(relocalizer: Relocalizer) -> None:
    answer = relocalizer.localize(np.full((CAMERA.height, CAMERA.width, 3), 128, np.uint8))
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.TOO_FEW_FEATURES


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (None, "NoneType"),
        ([[1, 2], [3, 4]], "list"),
        (b"bytes", "bytes"),
        (np.zeros((48, 64, 3), np.float32), "float32"),
        (np.full((48, 64), np.nan), "float64"),
        (np.zeros((48, 64, 3), np.uint16), "uint16"),
        (np.zeros((48, 64, 3), bool), "bool"),
        (np.zeros((3, 48, 64), np.uint8), r"\(3, 48, 64\)"),
        (np.zeros((48, 64, 2), np.uint8), r"\(48, 64, 2\)"),
        (np.zeros((0, 64, 3), np.uint8), r"\(0, 64, 3\)"),
        (np.zeros(64, np.uint8), r"\(64,\)"),
        ("nowhere.jpg", "nowhere.jpg"),
    ],
)
def test_what_is_no_image_is_named(relocalizer: Relocalizer, image: object, says: str) -> None:
    for ask in (relocalizer.localize, lambda one: relocalizer.look(one, stamp_ns=1)):
        with pytest.raises(ImageError, match=says):
            ask(image)


def test_an_image_of_another_size_than_its_camera_is_named(relocalizer: Relocalizer, photo: np.ndarray) -> None:
    small = photo[: CAMERA.height // 2]
    with pytest.raises(CameraError, match="map's camera is for"):
        relocalizer.localize(small)
    with pytest.raises(CameraError, match="the camera is for 640 x 480"):
        relocalizer.localize(small, Camera(640, 480, 500.0, 500.0, 319.5, 239.5))
    with pytest.raises(CameraError, match="dict"):
        relocalizer.localize(photo, {"fx": 500.0})  # type: ignore[arg-type]


def test_an_image_of_the_same_shape_uses_the_maps_camera_scaled(relocalizer: Relocalizer, photo: np.ndarray) -> None:
    answer = relocalizer.localize(np.asarray(cv2.resize(photo, (CAMERA.width * 3 // 4, CAMERA.height * 3 // 4))))
    assert isinstance(answer, Localized)
    assert distance_between(answer.world_from_cam, TRUTH) < 0.1


def test_a_stream_is_accepted_once_looks_agree_along_odometry(folder: Path) -> None:
    robot = Relocalizer.open(Map.open(folder), "features", {"candidates": 10}, gate=GateConfig(looks=2))
    looks = [
        robot.look(render(pose)[0], CAMERA, stamp_ns=10**9 + number * 10**8, odom_from_cam=pose)
        for number, pose in enumerate(query_poses()[:3])
    ]
    assert [type(look) for look in looks] == [Look] * 3
    assert [look.accepted for look in looks] == [False, True, True]
    assert looks[0].state is State.RELOCALIZING
    assert looks[2].state is State.TRACKING
    assert {"retrieve", "solve", "gate"} <= set(looks[2].stage_ms)


@pytest.mark.parametrize(
    "odometry",
    [np.zeros((4, 4)), np.eye(3), np.full((4, 4), np.nan), np.diag([1.0, 1.0, -1.0, 1.0]), "left", [[1.0], [1.0, 2.0]]],
)
def test_odometry_that_is_no_rigid_transform_is_named(
    relocalizer: Relocalizer, photo: np.ndarray, odometry: object
) -> None:
    with pytest.raises(PoseError, match="odom_from_cam"):
        relocalizer.look(photo, stamp_ns=1, odom_from_cam=odometry)  # type: ignore[arg-type]


def test_a_map_or_a_method_that_is_not_there_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MapNotFoundError, match=r"no\.map"):
        Relocalizer.open(tmp_path / "no.map")
    with pytest.raises(PluginError, match="feature"):
        Relocalizer.open(folder, "feature")
    with pytest.raises(RelocError, match="candidate"):
        Relocalizer.open(folder, parameters={"candidate": 3})


def test_a_method_that_does_not_check_itself_is_verified(folder: Path, photo: np.ndarray) -> None:
    answer = Relocalizer.open(folder, "sift_5pt").localize(photo)
    bare = Relocalizer.open(folder, "sift_5pt", verification=reloc.VerificationConfig(when="never")).localize(photo)
    assert isinstance(answer, Localized)
    assert isinstance(bare, Localized)
    assert answer.verified
    assert not bare.verified
