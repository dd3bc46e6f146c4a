"""Reading maps: what is in them, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support import tiny_world

from reloc.errors import MapEmptyError, MapHashError, MapIncompleteError, MapVersionError
from reloc.maps import layout
from reloc.maps.integrity import list_files
from reloc.maps.manifest import content_hash
from reloc.maps.reference_map import ReferenceMap


def is_memory_mapped(array: NDArray[np.generic]) -> bool:
    base: object = array
    while base is not None:
        if isinstance(base, np.memmap):
            return True
        base = getattr(base, "base", None)
    return False


def rehash(folder: Path, **changes: object) -> None:
    """Make the manifest fit the files again, as a well-meaning hand would."""
    file = folder / layout.MANIFEST
    values = json.loads(file.read_text())
    files = list_files(folder, skip=frozenset([layout.MANIFEST]))
    values["files"] = [{"path": f.path, "size": f.size, "sha256": f.sha256} for f in files]
    values["content_hash"] = content_hash(files)
    file.write_text(json.dumps(values | changes))


def test_content(tiny_map: ReferenceMap) -> None:
    poses = tiny_world.reference_poses()
    assert len(tiny_map) == len(poses) == 12
    assert tiny_map.names[3] == "ref/003"
    np.testing.assert_allclose(tiny_map.world_from_cam, poses, atol=1e-12)
    assert tiny_map.camera(0) == tiny_world.CAMERA
    assert tiny_map.frame == "map"
    original = tiny_world.render(poses[3])[0]
    assert np.abs(tiny_map.image(3).astype(int) - original).mean() < 10  # JPEG
    features = tiny_map.features(3)
    assert len(features) > 100
    assert features.descriptors.shape == (len(features), 128)
    assert features.descriptors.dtype == np.uint8
    assert len(tiny_map.landmark_ids(3)) == len(features)
    assert tiny_map.landmark_ids(3).max() < len(tiny_map.landmarks)
    assert tiny_map.landmark_observations.min() >= 2
    assert tiny_map.arrays("retrieval/vlad")["descriptors"].shape[0] == 12
    assert tiny_map.arrays("retrieval/none") == {}


def test_arrays_are_copies_of_the_files_and_read_only(tiny_map: ReferenceMap) -> None:
    features = tiny_map.features(0)
    for array in (
        tiny_map.world_from_cam,
        tiny_map.landmarks,
        features.uv,
        features.descriptors,
        tiny_map.landmark_ids(0),
        tiny_map.arrays("retrieval/vlad")["centres"],
    ):
        assert not is_memory_mapped(array)
        assert not array.flags.writeable


def test_index_out_of_range(tiny_map: ReferenceMap) -> None:
    with pytest.raises(IndexError, match="reference 12 of 12"):
        tiny_map.features(12)


def test_arrays_stay_inside(tiny_map: ReferenceMap) -> None:
    with pytest.raises(MapHashError, match="not a path in a map"):
        tiny_map.arrays("../../secret")


def test_changed_file_is_named(copied: Path) -> None:
    file = copied / layout.POSES
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(MapHashError, match=r"poses\.npy is not the file"):
        ReferenceMap.open(copied)
    assert len(ReferenceMap.open(copied, verify=False)) == 12  # only sizes are looked at


@pytest.mark.parametrize(
    "path", [layout.CAMERAS, "compiled/features/uv.npy", "sparse/images.bin", "images/ref/000.jpg"]
)
@pytest.mark.parametrize("verify", [True, False])
def test_missing_or_cut_off_file_is_named(copied: Path, path: str, verify: bool) -> None:
    file = copied / path
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(MapIncompleteError, match=f"{file.name} has .* bytes, but"):
        ReferenceMap.open(copied, verify=verify)
    file.unlink()
    with pytest.raises(MapIncompleteError, match=f"{file.name} is missing"):
        ReferenceMap.open(copied, verify=verify)


def test_newer_version(copied: Path) -> None:
    rehash(copied, format_version=3)
    with pytest.raises(MapVersionError, match="format 3"):
        ReferenceMap.open(copied)


def test_empty_map(copied: Path) -> None:
    rehash(copied, references=0)
    with pytest.raises(MapEmptyError, match="no reference"):
        ReferenceMap.open(copied)


def test_parts_that_do_not_fit_one_another(copied: Path) -> None:
    np.save(copied / layout.POSES, np.tile(np.eye(4), (3, 1, 1)))
    rehash(copied)
    with pytest.raises(MapIncompleteError, match="sizes"):
        ReferenceMap.open(copied)


def wrong_arrays() -> dict[str, tuple[str, Callable[[NDArray[Any]], NDArray[Any]]]]:
    return {
        "poses.npy of text": (layout.POSES, lambda a: a.astype(str)),
        "half of the places": ("compiled/landmarks/xyz.npy", lambda a: a[: len(a) // 2]),
        "a landmark too many": ("compiled/landmarks/ids.npy", lambda a: np.where(a < 0, a, 10**6).astype(np.int32)),
        "landmarks by halves": ("compiled/landmarks/ids.npy", lambda a: a.astype(np.float16)),
        "key points of text": ("compiled/features/uv.npy", lambda a: np.full(a.shape, "a")),
        "one number": ("compiled/features/size.npy", lambda a: a.sum()),
        "spans that fall": ("compiled/features/offsets.npy", lambda a: a[::-1]),
        "transposed": ("compiled/features/descriptors.npy", lambda a: a.T),
    }


@pytest.mark.parametrize("kind", wrong_arrays())
def test_an_array_of_another_form_is_refused_when_the_map_is_opened(copied: Path, kind: str) -> None:
    path, change = wrong_arrays()[kind]
    np.save(copied / path, change(np.load(copied / path)))
    rehash(copied)
    with pytest.raises(MapIncompleteError):
        ReferenceMap.open(copied)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"cameras": []}, MapIncompleteError),
        ({"camera_of": [7] * 12}, MapIncompleteError),
        ({"cameras": [5]}, MapHashError),
        ({"cameras": [tiny_world.CAMERA.to_dict() | {"fx": 0.0}]}, MapHashError),
        ({"camera_of": None}, MapHashError),
    ],
)
def test_cameras_that_are_none(copied: Path, change: dict[str, object], error: type[Exception]) -> None:
    file = copied / layout.CAMERAS
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    rehash(copied)
    with pytest.raises(error):
        ReferenceMap.open(copied)


def test_another_frame_than_the_content_says(copied: Path) -> None:
    rehash(copied, frame="warehouse")
    with pytest.raises(MapHashError, match="'warehouse', but the content names 'map'"):
        ReferenceMap.open(copied)


@pytest.mark.parametrize("path", ["compiled/features/uv.npy", layout.REFERENCES, layout.CAMERAS])
def test_garbage_with_a_fitting_hash(copied: Path, path: str) -> None:
    (copied / path).write_bytes(b"garbage")
    rehash(copied)
    with pytest.raises(MapHashError, match=Path(path).name):
        ReferenceMap.open(copied)


def test_pickle_is_not_loaded(copied: Path) -> None:
    np.save(copied / "compiled/features/uv.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    rehash(copied)
    with pytest.raises(MapHashError, match=r"uv\.npy is not an array"):
        ReferenceMap.open(copied)


def test_needs_no_colmap(tiny_path: Path) -> None:
    code = (
        "import sys; sys.modules['pycolmap'] = None\n"
        "from reloc.maps.reference_map import ReferenceMap\n"
        f"m = ReferenceMap.open({str(tiny_path)!r})\n"
        "print(len(m), len(m.features(0)), len(m.landmarks), m.image(0).shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("12 ")
