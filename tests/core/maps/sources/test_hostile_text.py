"""Text files of data sets that are no text, or hold what no data set holds: named errors, and never a wait."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from support import folders
from support.hostile import NO_FILE, NO_JSON, NO_TEXT

from reloc.errors import CameraError, RelocError, SourceError
from reloc.geometry import transforms
from reloc.maps.source import SourceOptions, open_source
from reloc.maps.sources.shared.frames import natural

START = 1305031102
HUGE = "1" + "0" * 400
INFO = "m_calibrationColorIntrinsic = 60 0 32 0 0 61 24 0 0 0 1 0 0 0 0 1\nm_depthShift = "


def seven_scenes(root: Path) -> None:
    for i in range(3):
        folders.write_colour(root / f"seq-01/frame-{i:06d}.color.png", i)
        folders.write_pose(root / f"seq-01/frame-{i:06d}.pose.txt", folders.pose(i))
    (root / "TrainSplit.txt").write_text("sequence1\n")


def twelve_scenes(root: Path) -> None:
    for i in range(3):
        folders.write_colour(root / f"data/frame-{i:06d}.color.png", i)
        folders.write_pose(root / f"data/frame-{i:06d}.pose.txt", folders.pose(i))
    (root / "split.txt").write_text("sequence0 [frames=0] [start=7 ; end=8]\n")
    numbers = "60 0 32 0 0 61 24 0 0 0 1 0 0 0 0 1"
    keys = ("m_calibrationColorIntrinsic", "m_calibrationDepthIntrinsic")
    (root / "info.txt").write_text("m_depthShift = 1000\n" + "".join(f"{key} = {numbers}\n" for key in keys))


def tum(root: Path) -> None:
    for i in range(3):
        folders.write_colour(root / f"rgb/{i}.png", i)
    (root / "rgb.txt").write_text("".join(f"{START + i}.5 rgb/{i}.png\n" for i in range(3)))
    rows = []
    for i in range(3):
        pose = folders.pose(i)
        numbers = " ".join(map(str, [*pose[:3, 3], *transforms.to_quaternion(pose)]))
        rows.append(f"{START + i}.5 {numbers}\n")
    (root / "groundtruth.txt").write_text("".join(rows))
    (root / "depth.txt").write_text(f"{START}.5 depth/0.png\n")


def cambridge(root: Path) -> None:
    rows = []
    for i in range(3):
        folders.write_colour(root / f"seq1/{i}.png", i)
        pose = folders.pose(i)
        x, y, z, w = transforms.to_quaternion(transforms.inverse(pose))
        rows.append(" ".join(map(str, (f"seq1/{i}.png", *pose[:3, 3], w, x, y, z))) + "\n")
    (root / "dataset_train.txt").write_text("".join(rows))
    nvm = "".join(f"seq1/{i}.jpg 60 1 0 0 0 0 0 0 0 0\n" for i in range(3))
    (root / "reconstruction.nvm").write_text(f"NVM_V3\n\n3\n{nvm}")


def images(root: Path) -> None:
    folders.write_colour(root / "a.png", 1)
    (root / "camera.json").write_text('{"width": 64, "height": 48, "fx": 60, "fy": 60, "cx": 31.5, "cy": 23.5}')


MAKERS = {"7scenes": seven_scenes, "12scenes": twelve_scenes, "tum": tum, "cambridge": cambridge, "images": images}
OWN_CAMERA = ("12scenes", "cambridge", "images")
FILES = [
    ("7scenes", "TrainSplit.txt"),
    ("7scenes", "seq-01/frame-000001.pose.txt"),
    ("7scenes", "seq-01/frame-000000.color.png"),
    ("12scenes", "split.txt"),
    ("12scenes", "info.txt"),
    ("12scenes", "data/frame-000001.pose.txt"),
    ("tum", "rgb.txt"),
    ("tum", "groundtruth.txt"),
    ("tum", "depth.txt"),
    ("tum", "rgb/0.png"),
    ("cambridge", "dataset_train.txt"),
    ("cambridge", "reconstruction.nvm"),
    ("cambridge", "seq1/0.png"),
    ("images", "camera.json"),
]


def read(kind: str, root: Path) -> list[np.ndarray]:
    options = SourceOptions() if kind in OWN_CAMERA else SourceOptions(camera="60")
    return [frame.load_image() for frame in open_source(kind, root, options).frames("train")]


@pytest.fixture(params=MAKERS)
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    MAKERS[request.param](tmp_path)
    return request.param, tmp_path


def test_whole_ones_are_read_with_and_without_a_byte_order_mark(whole: tuple[str, Path]) -> None:
    kind, root = whole
    before = read(kind, root)
    assert before
    for file in (*root.rglob("*.txt"), *root.rglob("*.json"), *root.rglob("*.nvm")):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    after = read(kind, root)
    assert len(after) == len(before)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("kind", "name"), FILES)
@pytest.mark.parametrize("how", [*NO_FILE, *NO_TEXT])
def test_what_stands_in_a_files_place(tmp_path: Path, kind: str, name: str, how: str) -> None:
    if how in NO_TEXT and name.endswith(".png"):
        pytest.skip("an image is no text")
    MAKERS[kind](tmp_path)
    {**NO_FILE, **NO_TEXT}[how](tmp_path / name)
    with pytest.raises(RelocError) as caught:
        read(kind, tmp_path)
    assert Path(name).name in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "name", "text", "words"),
    [
        ("7scenes", "TrainSplit.txt", "sequence" + "9" * 5000, "TrainSplit.txt says"),
        ("7scenes", "TrainSplit.txt", "sequence١", "TrainSplit.txt says"),
        ("7scenes", "seq-01/frame-000001.pose.txt", "1 " * 15 + HUGE + "9" * 5000, "000001.pose.txt is not a pose"),
        ("7scenes", "seq-01/frame-000001.pose.txt", "1 " * 15 + "1_0", "000001.pose.txt is not a pose"),
        ("7scenes", "seq-01/frame-000001.pose.txt", "1 " * 15 + HUGE, "frame-000001"),
        ("7scenes", "seq-01/frame-000001.pose.txt", "1.#INF " * 16, "frame-000001.*not finite"),
        ("12scenes", "split.txt", f"sequence0 [start={'9' * 5000} ; end=3]", "split.txt names no frames"),
        ("12scenes", "info.txt", INFO + "1_000", "info.txt, m_depthShift is '1_000'"),
        ("12scenes", "info.txt", INFO + "-1", "m_depthShift is -1"),
        ("12scenes", "info.txt", INFO + HUGE, "m_depthShift is"),
        ("tum", "rgb.txt", "9" * 20 + " rgb/0.png", "rgb.txt, line 1, the stamp"),
        ("tum", "rgb.txt", "# x\nnan rgb/0.png", "rgb.txt, line 2, the stamp"),
        ("tum", "rgb.txt", HUGE + " rgb/0.png", "rgb.txt, line 1, the stamp"),
        ("tum", "rgb.txt", "١٣٠٥ rgb/0.png", "rgb.txt, line 1, the stamp"),
        ("tum", "rgb.txt", f"{START}.5 {'x' * 5000}.png", "cannot be read|Cannot read|File name too long"),
        ("tum", "groundtruth.txt", f"{START}.5 1 2 3 0 0 0 {HUGE}", "groundtruth.txt, line 1"),
        ("tum", "groundtruth.txt", f"{START}.5 1 2 -1.#INF 0 0 0 1", "Pose at .*not finite"),
        ("tum", "groundtruth.txt", f"{START}.5 1 2 1.#QNAN 0 0 0 1", "Pose at .*not finite"),
        ("tum", "groundtruth.txt", f"{START}.5 1 2 x 0 0 0 1", "groundtruth.txt, line 1 is 'x'"),
        ("cambridge", "dataset_train.txt", "seq1/0.png 1 2 3 4 5 6 1_0", "dataset_train.txt, line 1 is '1_0'"),
        ("cambridge", "dataset_train.txt", f"seq1/0.png 1 2 3 {HUGE} 0 0 0", "dataset_train.txt, line 1"),
        ("cambridge", "reconstruction.nvm", "NVM_V3\n" + "9" * 5000 + "\n", "reconstruction.nvm is not an NVM model"),
        ("cambridge", "reconstruction.nvm", "NVM_V3\n²\n", "reconstruction.nvm is not an NVM model"),
        ("cambridge", "reconstruction.nvm", f"1\nseq1/0.jpg {HUGE}\n", "is not an NVM model: line 2"),
        ("cambridge", "reconstruction.nvm", "2\nseq1/0.jpg 60\n", "it is cut off: it declares 2 images"),
        ("images", "camera.json", '{"width": 1e400}', "camera.json"),
        ("images", "camera.json", '{"width": "64", "height": 48, "fx": 6, "fy": 6, "cx": 3, "cy": 2}', "width is '64'"),
        ("images", "camera.json", '{"width": 64, "height": 48, "fx": %s, "fy": 6, "cx": 3, "cy": 2}' % HUGE, "camera"),  # noqa: UP031
        ("images", "camera.json", '{"width": 64, "height": 48, "fx": NaN, "fy": 6, "cx": 3, "cy": 2}', "not valid"),
        ("images", "camera.json", '{"width": 1e9, "height": 48, "fx": 6, "fy": 6, "cx": 3, "cy": 2}', "width is 1000"),
    ],
)  # fmt: skip
def test_what_no_data_set_holds(tmp_path: Path, kind: str, name: str, text: str, words: str) -> None:
    MAKERS[kind](tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(RelocError, match=words):
        read(kind, tmp_path)


@pytest.mark.parametrize("how", NO_JSON)
def test_cameras_that_are_none(tmp_path: Path, how: str) -> None:
    images(tmp_path)
    NO_JSON[how](tmp_path / "camera.json")
    with pytest.raises(CameraError, match=r"camera\.json"):
        read("images", tmp_path)


@pytest.mark.parametrize(
    "text", [HUGE, "nan", "1,2", "1_0", "5,٥,5", "inf,1,1", "", ",", "60," * 5000, "\ud800", "1\0"]
)
def test_camera_options_that_are_none(tmp_path: Path, text: str) -> None:
    seven_scenes(tmp_path)
    with pytest.raises(RelocError):
        open_source("7scenes", tmp_path, SourceOptions(camera=text)).frames("train")


def test_a_name_that_is_no_utf_8_is_shown(tmp_path: Path) -> None:
    name = os.fsencode(str(tmp_path)) + b"/caf\xe9.png"
    folders.write_colour(tmp_path / "a.png", 1)
    os.rename(tmp_path / "a.png", name)
    with pytest.raises(SourceError, match="not UTF-8: rename it") as caught:
        open_source("images", tmp_path).frames("all")
    str(caught.value).encode()


def test_numbers_of_5000_digits_are_sorted_without_being_computed() -> None:
    names = ["frame-" + "9" * 5000, "frame-10", "frame-2", "frame-002", "frame-", "a"]
    assert sorted(names, key=natural) == ["a", "frame-", "frame-2", "frame-002", "frame-10", "frame-" + "9" * 5000]


@pytest.mark.parametrize("name", ["1" * 5000, "/".join(["1" * 200] * 40), "\u00e9" * 200], ids=["long", "deep", "wide"])
@pytest.mark.parametrize("file", ["rgb.txt", "depth.txt"])
def test_names_that_no_file_can_have(tmp_path: Path, file: str, name: str) -> None:
    tum(tmp_path)
    listed = (tmp_path / file).read_text().splitlines()
    (tmp_path / file).write_text("\n".join(f"{line.split()[0]} {name}.png" for line in listed if line[0] != "#") + "\n")
    if file == "rgb.txt":
        with pytest.raises(RelocError):
            read("tum", tmp_path)
    else:
        frames = list(open_source("tum", tmp_path, SourceOptions(camera="60")).frames("all"))
        assert frames
        assert all(frame.load_depth() is None for frame in frames)
