"""Scale and axes of a reconstruction: from distances, tags and the source's poses. The truth is rendered."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest
from support.tiny_world import CAMERA, look_at, render

from reloc.errors import SfmError
from reloc.geometry import transforms
from reloc.maps.sfm.measures.distances import by_distances
from reloc.maps.sfm.measures.source_poses import by_poses
from reloc.maps.sfm.measures.tags import by_tags
from reloc.maps.sfm.piece import SfmPiece
from reloc.maps.sfm.similarity import Similarity, leveled

TAG_M = 0.3
WRONG = Similarity(
    0.37, transforms.so3_exp([0.4, -0.8, 1.1]), np.array([5.0, -3.0, 0.7])
)  # COLMAP's frame from the world
NAMES = [f"video/{i:06d}" for i in range(6)]
# Corners of tags on the wall y = 4, from the top left clockwise as one sees it from inside: x is right, z up.
TAGS = {3: np.array([1.4, 4.0, 1.6]), 8: np.array([2.4, 4.0, 1.1])}


def true_poses(count=6):
    starts = [np.array([1.0 + 0.3 * i, 1.6 + 0.1 * i, 1.0 + 0.1 * i]) for i in range(count)]
    return np.stack([look_at(start, np.array([2.0, 4.0, 1.3])) for start in starts])


def corners_of(center):
    half = TAG_M / 2
    return center + np.array([[-half, 0, half], [half, 0, half], [half, 0, -half], [-half, 0, -half]])


@functools.cache
def pictures():
    """Views of the tiny world with two tags on a wall."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    found = []
    for pose in true_poses():
        image = render(pose)[0]
        for number, center in TAGS.items():
            tag = np.pad(cv2.aruco.generateImageMarker(dictionary, number, 160), 40, constant_values=255)
            # The black square is 160 of the 240 texels wide; pixel centers are at whole numbers.
            texels = np.array([[40, 40], [200, 40], [200, 200], [40, 200]], np.float32) - 0.5
            uv = CAMERA.project(transforms.transform(transforms.inverse(pose), corners_of(center)))
            to_image = cv2.getPerspectiveTransform(texels, uv.astype(np.float32))
            size = (CAMERA.width, CAMERA.height)
            painted = cv2.warpPerspective(np.repeat(tag[..., None], 3, 2), to_image, size, flags=cv2.INTER_AREA)
            inside = cv2.warpPerspective(np.full_like(tag, 255), to_image, size) > 250
            image[inside] = painted[inside]
        found.append(image)
    return found


def piece(poses=None, images=None):
    known = true_poses() if poses is None else poses
    numbers, cameras = tuple(images or range(len(known))), (CAMERA,) * len(known)
    return SfmPiece(numbers, WRONG.poses(known), cameras, np.zeros((0, 3)), 1.0, np.nan, 0.5)


def check_scale(change, tolerance):
    assert change.scale * WRONG.scale == pytest.approx(1.0, abs=tolerance)


def test_distances():
    xyz = true_poses()[:, :3, 3]
    meters = [np.linalg.norm(xyz[a] - xyz[b]) for a, b in ((0, 5), (1, 3))]
    text = f"000000,000005,{meters[0]:.6f}; video/000001, 000003, {meters[1]:.6f};"
    change, words = by_distances(piece(), NAMES, text)
    check_scale(change, 1e-5)
    assert words == "2 known distances, which agree to 0.0 %"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is missing"),
        ("000000,000005", "is '000000,000005'"),
        ("000000,000005,x", "a number is expected"),
        ("000000,000005,-1", "a distance above 0"),
        ("000000,000000,1", "a distance above 0"),
        ("000000,nothing,1", "no image is called"),
        ("0,000005,1", "several images end with"),
        ("000000,000002,1;000000,000005,1", "contradict each other.* factor of 2"),
    ],
)
def test_distances_that_cannot_be_used(text, words):
    names = [*NAMES, "a0"]
    with pytest.raises(SfmError, match=words):
        by_distances(piece(), names, text)


def test_a_distance_to_an_image_without_a_pose():
    with pytest.raises(SfmError, match="found no pose"):
        by_distances(piece(true_poses(4), [0, 1, 2, 4]), NAMES, "000000,000003,1")


def test_tags_give_scale_and_axes():
    change, words = by_tags(piece(), pictures().__getitem__, "36h11", TAG_M, 3)
    check_scale(change, 0.005)
    assert words.startswith("2 AprilTags, whose sizes agree to ")
    # In the tag's axes: x right, y up, z out of the wall, which is -y of the room.
    world_from_tag = transforms.make(np.column_stack([[1, 0, 0], [0, 0, 1], [0, -1, 0]]), TAGS[3])
    found = change.poses(piece().world_from_cam)
    for pose, true in zip(found, true_poses(), strict=True):
        expected = transforms.inverse(world_from_tag) @ true
        assert transforms.distance_between(pose, expected) < 0.04
        assert np.degrees(transforms.rotation_angle_between(pose, expected)) < 1.5


def test_tags_that_do_not_help():
    with pytest.raises(SfmError, match="--tag-size"):
        by_tags(piece(), pictures().__getitem__, "36h11", 0.0, -1)
    with pytest.raises(SfmError, match="No AprilTag of family 16h5"):
        by_tags(piece(), lambda i: render(true_poses()[i])[0], "16h5", TAG_M, -1)
    with pytest.raises(SfmError, match="The tag 7 was not found from two sides; found were 3, 8"):
        by_tags(piece(), pictures().__getitem__, "36h11", TAG_M, 7)


def test_one_position_has_no_scale():
    pose = true_poses()[2]
    turned = np.stack([pose @ transforms.make(transforms.so3_exp([0, 0.02 * i, 0]), [0, 0, 0]) for i in range(2)])
    with pytest.raises(SfmError, match="from different sides"):
        by_tags(piece(turned), lambda i: pictures()[2], "36h11", TAG_M, -1)


@pytest.mark.parametrize("path", ["arc", "line"])
def test_poses_of_the_source(path):
    known = true_poses()
    if path == "line":  # positions alone would leave the rotation about the line open
        known[:, 1, 3], known[:, 2, 3] = 1.6, 1.0
    change, words = by_poses(piece(known), dict(enumerate(known)))
    check_scale(change, 1e-9)
    np.testing.assert_allclose(change.poses(piece(known).world_from_cam), known, atol=1e-9)
    assert words == "6 poses of the source, which differ by 0.00 m (rms)"


def test_poses_that_drift_hardly_move_the_scale():
    known = true_poses()
    drifting = known.copy()
    drifting[4:, :3, 3] += 0.2
    change, _ = by_poses(piece(known), dict(enumerate(drifting)))
    check_scale(change, 0.1)


def test_poses_that_give_no_scale():
    known = dict(enumerate(true_poses()))
    with pytest.raises(SfmError, match="2 images have a pose"):
        by_poses(piece(), {0: known[0], 5: known[5]})
    with pytest.raises(SfmError, match=r"move by 0\.00 m"):
        by_poses(piece(), dict.fromkeys(range(6), known[0]))


def test_a_map_of_unknown_axes_is_level():
    change = leveled(piece().world_from_cam)
    found = change.poses(piece().world_from_cam)
    np.testing.assert_allclose(found[0, :3, 3], 0, atol=1e-9)
    # The cameras are level, so that their "down" is the world's -z.
    np.testing.assert_allclose(
        found[:, :3, 1].mean(axis=0) / np.linalg.norm(found[:, :3, 1].mean(axis=0)), [0, 0, -1], atol=1e-9
    )
