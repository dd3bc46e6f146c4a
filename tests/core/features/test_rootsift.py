import numpy as np
import pytest
from support.tiny_world import reference_poses, render

from reloc.datatypes import UInt8
from reloc.errors import ConfigError
from reloc.features.rootsift import DESCRIPTOR_SCALE, RootSift, RootSiftConfig, as_unit, root


@pytest.fixture(scope="module")
def gray() -> UInt8:
    return render(reference_poses()[0])[0].mean(axis=2).astype(np.uint8)


def blobs(centres: np.ndarray, size: tuple[int, int] = (240, 320), sigma: float = 4.0) -> UInt8:
    v, u = np.mgrid[0 : size[0], 0 : size[1]]
    image = np.full(size, 60.0)
    for x, y in centres:
        image += 150 * np.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * sigma**2))
    return np.clip(image, 0, 255).astype(np.uint8)


def test_descriptors_have_length_one(gray: UInt8) -> None:
    features = RootSift().extract(gray)
    assert len(features) > 200
    np.testing.assert_allclose(np.linalg.norm(as_unit(features.descriptors), axis=1), 1.0, atol=0.02)


def test_root_is_the_square_root_of_the_l1_normalised() -> None:
    raw = np.zeros((1, 128), np.float32)
    raw[0, :4] = 1, 3, 0, 12
    expected = np.sqrt(raw / 16) * DESCRIPTOR_SCALE
    np.testing.assert_allclose(root(raw), np.minimum(expected, 255), atol=0.5)


def test_root_of_nothing_is_nothing() -> None:
    assert not root(np.zeros((2, 128), np.float32)).any()


def test_key_points_sit_on_the_blobs_without_bias() -> None:
    grid = np.array([(40.3 + 50 * i, 35.6 + 45 * j) for i in range(5) for j in range(4)])
    features = RootSift().extract(blobs(grid))
    nearest = [features.uv[np.linalg.norm(features.uv - c, axis=1).argmin()] - c for c in grid]
    assert np.abs(np.mean(nearest, axis=0)).max() < 0.05  # a quarter of a pixel without precise upscaling


def test_large_images_are_shrunk_and_their_key_points_are_in_full_pixels() -> None:
    grid = np.array([(160.0 + 200 * i, 150.0 + 180 * j) for i in range(5) for j in range(4)])
    image = blobs(grid, (960, 1280), sigma=16.0)
    features = RootSift(RootSiftConfig(max_side=320)).extract(image)
    offsets = [features.uv[np.linalg.norm(features.uv - c, axis=1).argmin()] - c for c in grid]
    assert np.abs(offsets).max() < 2.0


def test_strongest_come_first_and_no_more_than_asked(gray: UInt8) -> None:
    few = RootSift(RootSiftConfig(max_features=100)).extract(gray)
    many = RootSift(RootSiftConfig(max_features=1000)).extract(gray)
    assert len(few) == 100
    np.testing.assert_array_equal(few.uv, many.uv[:100])


def test_a_blank_image_has_no_key_points() -> None:
    features = RootSift().extract(np.full((100, 100), 128, np.uint8))
    assert len(features) == 0
    assert features.descriptors.shape == (0, 128)


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (7, 7)])
def test_tiny_images_are_no_trouble(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
    assert len(RootSift().extract(noise)) <= 10


def test_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError, match="max_features=1 "):
        RootSiftConfig(max_features=1)
