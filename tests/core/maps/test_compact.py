"""The compact form of a map's arrays: what it keeps, and that maps of before work as they did."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from support.old_map import as_before, relist
from support.tiny_world import CAMERA, TinySource, build_tiny_map

from reloc.datatypes import Localized, Query
from reloc.engine import open_localizer
from reloc.errors import MapFeatureError, MapIncompleteError
from reloc.features.descriptors import as_signed_bytes, as_stored, as_unit
from reloc.features.rootsift import RootSift
from reloc.geometry.transforms import distance_between
from reloc.images import to_gray
from reloc.maps import compact, layout
from reloc.maps.half_bytes import as_halves, from_halves
from reloc.maps.landmark_descriptors import mean_descriptors
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever

FEATURES, LANDMARKS = layout.arrays_folder(layout.FEATURES), layout.arrays_folder(layout.LANDMARKS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_map(tmp_path_factory.mktemp("maps"))


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Path:
    return build_tiny_map(tmp_path)


def test_positions_sizes_and_angles_come_back() -> None:
    rng = np.random.default_rng(0)
    uv = rng.uniform(-0.5, 2046, (500, 2)).astype(np.float32)
    assert np.abs(compact.uv_of(compact.pack_uv(uv)) - uv).max() <= 1 / 64 + 1e-4
    wide = uv * 2  # of an image of 4,096 pixels
    np.testing.assert_array_equal(compact.uv_of(compact.pack_uv(wide)), wide)
    size = rng.uniform(1.0, 900.0, 500).astype(np.float32)
    assert np.abs(compact.size_of(compact.pack_size(size)) / size - 1).max() < 0.015
    angle = rng.uniform(0, 2 * np.pi, 500).astype(np.float32)
    off = np.angle(np.exp(1j * (compact.angle_of(compact.pack_angle(angle)) - angle)))
    assert np.abs(off).max() < np.deg2rad(0.71)
    assert compact.pack_uv(np.zeros((0, 2), np.float32)).shape == (0, 2)


def test_rootsift_in_half_a_byte_is_nearly_the_same() -> None:
    found = RootSift().extract(to_gray(TinySource().frames("train")[0].load_image())).descriptors
    halves = as_halves(found)
    assert (halves.dtype, halves.shape) == (np.uint8, (len(found), 64))
    kept = from_halves(halves)
    np.testing.assert_array_equal(as_halves(kept), halves)  # rounding again changes nothing
    error = np.linalg.norm(as_unit(kept) - as_unit(found), axis=1)
    assert np.sqrt((error**2).mean()) < 0.06


def test_global_descriptors_come_back() -> None:
    rows = np.random.default_rng(1).normal(size=(5, 300)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[2] = 0.0
    kept = compact.rows_of(compact.pack_rows(rows))
    assert np.abs(kept @ rows.T - rows @ rows.T).max() < 0.002
    assert not kept[2].any()


@pytest.mark.parametrize("length", [4, 32, 64, 128, 256])
def test_a_signed_descriptor_in_half_a_byte_is_nearly_the_same(length: int) -> None:
    unit = np.random.default_rng(length).normal(size=(500, length)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    found = as_signed_bytes(unit)
    stored = compact.pack_descriptors(found)
    assert (stored.dtype, stored.shape) == (np.int16, (500, length // 4))
    assert compact.pack_descriptors(stored) is stored
    kept = compact.descriptors_of(stored)
    assert (kept.dtype, kept.shape) == (np.int8, found.shape)
    np.testing.assert_array_equal(compact.pack_descriptors(kept), stored)  # rounding again changes nothing
    error = np.linalg.norm(as_unit(kept) - as_unit(found), axis=1)
    assert np.sqrt((error**2).mean()) < (0.11 if length > 4 else 0.2)  # 4 numbers are far from normal


def test_a_signed_descriptor_that_does_not_fill_its_words_stays() -> None:
    found = np.random.default_rng(2).integers(-127, 128, (9, 63)).astype(np.int8)
    assert compact.pack_descriptors(found) is found
    assert compact.descriptors_of(found) is found
    np.testing.assert_array_equal(as_stored(as_unit(found), like=found), found)
    assert compact.pack_descriptors(np.zeros((0, 64), np.int8)).shape == (0, 16)
    assert compact.descriptors_of(np.zeros((0, 16), np.int16)).shape == (0, 64)


def test_the_build_stores_what_landmarks_look_like(made: Path) -> None:
    opened = ReferenceMap.open(made)
    stored = np.load(made / LANDMARKS / "descriptors.npy")
    assert (stored.dtype, stored.shape) == (np.uint8, (len(opened.landmarks), 64))
    seen = [opened.seen_landmarks(i) for i in range(len(opened))]
    mean = mean_descriptors(seen, len(opened.landmarks))
    assert (opened.landmark_descriptors * mean).sum(axis=1).min() > 0.97  # both are rounded
    np.testing.assert_allclose(np.linalg.norm(opened.landmark_descriptors, axis=1), 1.0, atol=1e-5)
    assert not opened.landmark_descriptors.flags.writeable


def test_opening_reads_no_descriptors_that_no_landmark_has(made: Path, tmp_path: Path) -> None:
    opened = ReferenceMap.open(made)
    for index in range(len(opened)):
        ids, features = opened.landmark_ids(index), opened.features(index)
        seen, descriptors = opened.seen_landmarks(index)
        np.testing.assert_array_equal(seen, ids[ids >= 0])
        np.testing.assert_array_equal(descriptors, features.descriptors[ids >= 0])
        gray = to_gray(opened.image(index))
        again = RootSift().extract(gray)
        np.testing.assert_array_equal(features.descriptors, from_halves(as_halves(again.descriptors)))
        assert np.abs(features.uv - again.uv).max() <= 1 / 64 + 1e-4
    copied = build_tiny_map(tmp_path)
    fresh = ReferenceMap.open(copied)
    (copied / FEATURES / "unmatched.npy").unlink()
    assert len(fresh.seen_landmarks(0)[1]) > 0
    with pytest.raises(MapIncompleteError, match=r"unmatched\.npy is missing"):
        ReferenceMap.open(copied)


def test_a_map_of_before_answers_as_the_new_one(made: Path, tmp_path: Path) -> None:
    old, new = ReferenceMap.open(as_before(made, tmp_path / "old.map")), ReferenceMap.open(made)
    assert old.manifest.format_version == 1
    for index in range(len(new)):
        np.testing.assert_array_equal(old.features(index).descriptors, new.features(index).descriptors)
        np.testing.assert_array_equal(old.features(index).uv, new.features(index).uv)
        np.testing.assert_array_equal(old.seen_landmarks(index)[1], new.seen_landmarks(index)[1])
    np.testing.assert_array_equal(old.landmark_observations, new.landmark_observations)
    assert (old.landmark_descriptors * new.landmark_descriptors).sum(axis=1).min() > 0.97
    for frame in TinySource().frames("test")[:2]:
        query = Query(frame.load_image(), CAMERA)
        before, now = (open_localizer(one, "features").localize(query) for one in (old, new))
        assert isinstance(before, Localized)
        assert isinstance(now, Localized)
        assert distance_between(before.world_from_cam, now.world_from_cam) < 1e-6


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (f"{FEATURES}/descriptors.npy", lambda a: a[:-1]),
        (f"{FEATURES}/descriptors.npy", lambda a: a.astype(np.int8)),  # the landmarks' are RootSIFT's
        (f"{FEATURES}/descriptors.npy", lambda a: np.full(a.shape, np.nan, np.float16)),
        (f"{LANDMARKS}/descriptors.npy", lambda a: a[:, :32]),
        (f"{LANDMARKS}/descriptors.npy", lambda a: np.full(a.shape, np.nan, np.float32)),
        (f"{LANDMARKS}/descriptors.npy", lambda a: a[1:]),
        (f"{LANDMARKS}/xyz.npy", lambda a: np.full(a.shape, np.nan, np.float32)),
    ],
)
def test_descriptors_of_another_form_are_refused_at_opening(copied: Path, path: str, change) -> None:
    np.save(copied / path, change(np.load(copied / path)))
    relist(copied)
    with pytest.raises(MapIncompleteError):
        ReferenceMap.open(copied)


@pytest.mark.parametrize("change", [lambda a: a[:-1], lambda a: a[:, :9], lambda a: a.astype(np.int16)])
def test_descriptors_that_lie_apart_are_checked_at_opening(copied: Path, change) -> None:
    file = copied / FEATURES / "unmatched.npy"
    np.save(file, change(np.load(file)))
    relist(copied)
    with pytest.raises(MapIncompleteError, match="an array of descriptors is"):
        ReferenceMap.open(copied)


def test_global_descriptors_that_are_no_numbers_are_refused(copied: Path) -> None:
    file = copied / layout.arrays_folder(layout.RETRIEVAL) / "vlad" / "descriptors.npy"
    np.save(file, np.full(np.load(file).shape, np.nan, np.float32))
    relist(copied)
    with pytest.raises(MapFeatureError, match="not finite"):
        Retriever.open(ReferenceMap.open(copied), "vlad")


def test_a_map_tells_its_form(made: Path) -> None:
    assert json.loads((made / layout.MANIFEST).read_text())["format_version"] == 2
