"""COLMAP models that are cut off, lie about their counts, or make COLMAP hang or abort: named errors, soon."""

from __future__ import annotations

import shutil
import struct
import time
from pathlib import Path

import pytest
from support import folders
from support.hostile import NO_FILE

from reloc.errors import RelocError, SourceError
from reloc.geometry import transforms
from reloc.maps.source import SourceOptions, open_source
from reloc.maps.sources.shared.colmap_binary import check_binary

pycolmap = pytest.importorskip("pycolmap")
FILES = ("cameras.bin", "images.bin", "points3D.bin", "rigs.bin", "frames.bin")


@pytest.fixture(scope="module")
def text_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("colmap")
    sparse = root / "sparse"
    sparse.mkdir()
    (sparse / "cameras.txt").write_text(f"1 OPENCV {folders.WIDTH} {folders.HEIGHT} 60 61 32 24 0.1 -0.01 0 0\n")
    rows = []
    for i in range(3):
        cam_from_world = transforms.inverse(folders.pose(i))
        x, y, z, w = transforms.to_quaternion(cam_from_world)
        numbers = " ".join(map(str, (w, x, y, z, *cam_from_world[:3, 3])))
        rows.append(f"{i + 1} {numbers} 1 {i}.png\n1 2 1 3 4 1\n")
        folders.write_colour(root / f"images/{i}.png", i)
    (sparse / "images.txt").write_text("".join(rows))
    (sparse / "points3D.txt").write_text("1 1 2 3 0 0 0 0.5 1 0 2 0 3 0\n")
    return root


@pytest.fixture(scope="module")
def binary_model(text_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("colmap") / "binary"
    shutil.copytree(text_model / "images", root / "images")
    (root / "sparse").mkdir()
    pycolmap.Reconstruction(text_model / "sparse").write_binary(root / "sparse")
    return root


def frames(root: Path) -> int:
    return len(open_source("colmap", root, SourceOptions()).frames("all"))


def test_whole_ones(text_model: Path, binary_model: Path) -> None:
    assert frames(text_model) == frames(binary_model) == 3
    check_binary(binary_model / "sparse")


@pytest.mark.parametrize("name", FILES)
def test_every_cut_is_noticed_before_colmap_reads(binary_model: Path, tmp_path: Path, name: str) -> None:
    whole = (binary_model / "sparse" / name).read_bytes()
    for size in range(len(whole)):
        (tmp_path / name).write_bytes(whole[:size])
        with pytest.raises(SourceError, match=f"{name} is cut off"):
            check_binary(tmp_path)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("count", [2**64 - 1, 2**56, 2**32, 1000])
def test_counts_that_lie(binary_model: Path, tmp_path: Path, name: str, count: int) -> None:
    whole = (binary_model / "sparse" / name).read_bytes()
    (tmp_path / name).write_bytes(struct.pack("<Q", count) + whole[8:])
    with pytest.raises(SourceError, match=f"bytes for {count} entries"):
        check_binary(tmp_path)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["frames.bin", "images.bin"])
@pytest.mark.parametrize("how", NO_FILE)
def test_what_stands_in_a_files_place(binary_model: Path, tmp_path: Path, name: str, how: str) -> None:
    root = Path(shutil.copytree(binary_model, tmp_path / "model"))
    NO_FILE[how](root / "sparse" / name)
    with pytest.raises(SourceError, match=name):
        frames(root)


@pytest.mark.timeout(110)
def test_bytes_that_are_others(binary_model: Path, tmp_path: Path) -> None:
    """Whole by its counts, wrong inside: COLMAP may abort, and then only its own process does."""
    root = Path(shutil.copytree(binary_model, tmp_path / "model"))
    for name, at, value in [
        ("images.bin", 8, 2**31),  # the number of an image
        ("images.bin", 8 + 60, 77),  # a camera that is not there
        ("frames.bin", 8 + 4, 55),  # a rig that is not there
        ("rigs.bin", 8, 9),
        ("cameras.bin", 8 + 4, 10_000),  # a camera model that is none
        ("cameras.bin", 8 + 8, 2**31),  # its width
    ]:
        file = root / "sparse" / name
        whole = file.read_bytes()
        content = bytearray(whole)
        struct.pack_into("<I", content, at, value)
        file.write_bytes(content)
        began = time.monotonic()
        try:
            frames(root)
        except RelocError as error:
            str(error).encode()
        assert time.monotonic() - began < 15
        file.write_bytes(whole)
    assert frames(root) == 3


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("images.txt", "1 1 0 0 0 0 0 0 1 a.png\n1 2"),
        ("images.txt", "x\n"),
        ("images.txt", "1 1 0 0 0 nan 0 0 1 a.png\n\n"),
        ("images.txt", "99999999999999999999999 1 0 0 0 0 0 0 1 a.png\n\n"),
        ("cameras.txt", "1 OPENCV 64 48 60\n"),
        ("cameras.txt", "1 NOTHING 64 48 60\n"),
        ("cameras.txt", "1 PINHOLE 99999999999999999999 48 60 60 1 1\n"),
    ],
)
def test_texts_that_do_not_fit(text_model: Path, tmp_path: Path, name: str, text: str) -> None:
    root = Path(shutil.copytree(text_model, tmp_path / "model"))
    (root / "sparse" / name).write_text(text)
    with pytest.raises(RelocError):
        frames(root)


def test_a_name_that_is_no_utf_8(text_model: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(text_model, tmp_path / "model"))
    file = root / "sparse/images.txt"
    file.write_bytes(file.read_bytes().replace(b"1.png", b"\xe9.png"))
    with pytest.raises(SourceError, match="COLMAP model"):
        frames(root)


def test_what_no_check_sees_ends_by_the_clock(binary_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reloc.maps.sources.colmap._BASE_S", 0.05)
    with pytest.raises(SourceError, match=r"was not read after|ended by signal"):
        frames(binary_model)
