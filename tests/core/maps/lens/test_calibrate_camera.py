"""A camera from a rendered board, and from a rendered video without one; its sigma is that of its error."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from support import bags
from support.tiny_world import CAMERA, reference_poses, render

from reloc.cli.main import main
from reloc.errors import CameraError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.maps.bags.writer import BagWriter
from reloc.maps.lens.board_config import BoardConfig
from reloc.maps.lens.charuco import calibrate_by_board
from reloc.maps.query_frames import pictures_of, query_input
from reloc.maps.source import open_source

LENS = Camera(320, 240, 260.0, 263.0, 163.0, 116.0, DistortionModel.PLUMB_BOB, (-0.12, 0.03, 0.001, -0.0005, 0.0))
SQUARE, COLUMNS, ROWS = 0.04, 5, 7
TEXELS = 60  # a square


def board_image():
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_5X5_100)
    board = cv2.aruco.CharucoBoard((COLUMNS, ROWS), SQUARE, 0.75 * SQUARE, dictionary)
    return board.generateImage((COLUMNS * TEXELS, ROWS * TEXELS))


def view(camera, cam_from_board, printed):
    """The board as a camera sees it: each pixel's ray meets its plane."""
    v, u = np.mgrid[0 : camera.height, 0 : camera.width]
    xy = camera.normalize(np.column_stack([u.ravel(), v.ravel()]))
    rays = np.column_stack([xy, np.ones(len(xy))])
    normal, start = cam_from_board[:3, 2], cam_from_board[:3, 3]
    points = rays * ((normal @ start) / (rays @ normal))[:, None]
    on_board = transforms.transform(transforms.inverse(cam_from_board), points)
    texels = (on_board[:, :2] / SQUARE * TEXELS - 0.5).astype(np.float32).reshape(camera.height, camera.width, 2)
    # Two pixels of blur a texel: what a lens does, and no stairs.
    soft = cv2.GaussianBlur(printed, (0, 0), 1.2)
    image = cv2.remap(soft, texels[..., 0], texels[..., 1], cv2.INTER_LINEAR, borderValue=200)
    return np.repeat(image[..., None], 3, 2)


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    """Twelve views, all over the image; and one of something else."""
    folder, printed, random = tmp_path_factory.mktemp("board"), board_image(), np.random.default_rng(4)
    middle = np.array([COLUMNS * SQUARE / 2, ROWS * SQUARE / 2, 0.0])
    for i in range(12):
        turn = transforms.so3_exp([*random.uniform(-0.5, 0.5, 2), random.uniform(-0.3, 0.3)])
        place = np.array([*random.uniform(-0.12, 0.12, 2), random.uniform(0.36, 0.5)])
        pose = transforms.make(turn, place - turn @ middle)
        cv2.imwrite(str(folder / f"{i:02d}.png"), view(LENS, pose, printed))
    cv2.imwrite(str(folder / "99.png"), render(reference_poses()[0])[0])
    return folder


def test_a_board_gives_the_lens(shots, tmp_path, capsys):
    out = tmp_path / "camera.json"
    assert main(["calibrate-camera", str(shots), "--out", str(out)]) == 0
    found = Camera.from_dict(json.loads(out.read_text()))
    np.testing.assert_allclose([found.fx, found.fy, found.cx, found.cy], [LENS.fx, LENS.fy, LENS.cx, LENS.cy], atol=3)
    # As rays, because coefficients trade against each other. The center is known to a pixel: see its sigma.
    corners = np.array([[40.0, 40], [280, 40], [280, 200], [40, 200], [160, 120]])
    assert np.abs(found.normalize(corners) - LENS.normalize(corners)).max() * LENS.fx < 2.5
    text = capsys.readouterr().out
    assert "plumb_bob" in text
    assert "+- " in text
    assert "px over 12 images" in text
    assert "of the image" in text


def test_its_sigma_is_honest(shots):
    found = calibrate_by_board(open_source("images", shots).frames("all"), BoardConfig())
    assert 0.02 < found.sigma_fx < 2.0
    assert abs(found.camera.fx - LENS.fx) < 5 * found.sigma_fx + 0.3
    assert found.error_px < 0.3


def test_other_lenses(shots):
    frames = open_source("images", shots).frames("all")
    plain = calibrate_by_board(frames, BoardConfig(lens="none"))
    assert plain.camera.distortion == ()
    assert plain.error_px > 1.5 * calibrate_by_board(frames, BoardConfig()).error_px  # the lens does bend
    fisheye = calibrate_by_board(frames, BoardConfig(lens="equidistant"))
    assert fisheye.camera.model is DistortionModel.EQUIDISTANT
    assert fisheye.error_px < 0.5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--columns", "9", "--rows", "11", "--dictionary", "4X4_100"],
            "0 of 13 images show the board of 9 x 11",
        ),
        (["--columns", "20", "--rows", "20"], "needs 200 markers, and 5X5_100 has 100"),
        (["--marker", "0.05"], "is not smaller than --square"),
    ],
)
def test_another_board_is_named(shots, capsys, options, words):
    assert main(["calibrate-camera", str(shots), *options]) == 2
    assert words in capsys.readouterr().err


def test_without_a_board_by_structure_from_motion(tmp_path, capsys):
    for i, pose in enumerate(reference_poses(8)):
        cv2.imwrite(str(tmp_path / f"{i}.png"), render(pose)[0][..., ::-1])
    assert main(["calibrate-camera", str(tmp_path), "--sfm", "--out", str(tmp_path / "camera.json")]) == 0
    text = capsys.readouterr().out
    found = Camera.from_dict(json.loads((tmp_path / "camera.json").read_text()))
    sigma = float(next(line for line in text.splitlines() if line.startswith("focal")).split()[-1])
    assert abs(found.fx - CAMERA.fx) < 0.03 * CAMERA.fx
    assert 0 < sigma < 10
    assert abs(found.fx - CAMERA.fx) < 6 * sigma + 0.5


def test_a_known_camera_does_not_stand_in_the_way(tmp_path):
    cv2.imwrite(str(tmp_path / "0.png"), np.zeros((48, 64, 3), np.uint8))
    (tmp_path / "camera.json").write_text(json.dumps(Camera(64, 48, 60.0, 60.0, 31.5, 23.5).to_dict()))
    assert query_input(tmp_path).frames[0].camera is not None
    assert pictures_of(tmp_path).frames[0].camera is None


def test_a_bag_needs_no_camera_info(tmp_path):
    with BagWriter(tmp_path / "bag") as bag:
        bag.add_topic("/cam/image_raw", bags.IMAGE)
        picture = np.zeros((24, 32, 3), np.uint8)
        bag.write("/cam/image_raw", bags.START_NS, bags.cdr(bags.image(bags.START_NS, picture)))
    with pytest.raises(CameraError, match="has no camera_info"):
        query_input(tmp_path / "bag")
    frame = pictures_of(tmp_path / "bag").frames[0]
    assert (frame.camera, frame.load_image().shape) == (None, (24, 32, 3))
