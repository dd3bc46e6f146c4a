"""The detector of key points: a convolution over blocks that answers to blobs, exactly, in half precision too."""

import cv2
import numpy as np
import pytest
import torch

from reloc.networks.points_detection import RADIUS, BlobDetector, derivatives
from reloc.networks.points_selection import select


def response_of(image):
    """The response (H, W) to an image (H, W)."""
    with torch.no_grad():
        cells = BlobDetector()(torch.from_numpy(image)[None])
    return torch.nn.functional.pixel_shuffle(cells, 8)[0, 0].numpy()


def picture(*blobs, size=(64, 96), ground=90.0, contrast=80.0, sigma=2.6):
    v, u = np.mgrid[0 : size[0], 0 : size[1]]
    image = np.full(size, ground)
    for x, y in blobs:
        image += contrast * np.exp(-0.5 * ((u - x) ** 2 + (v - y) ** 2) / sigma**2)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def test_blocks_give_what_filters_over_the_image_give():
    image = np.random.default_rng(0).integers(0, 256, (48, 64)).astype(np.uint8)
    xx, yy, xy = (cv2.filter2D(image.astype(np.float64), -1, k.astype(np.float64)) for k in derivatives())
    wanted = np.sqrt(np.maximum(xx * yy - xy * xy, 0.0))
    inner = (slice(RADIUS, -RADIUS),) * 2
    np.testing.assert_allclose(response_of(image)[inner], wanted[inner], atol=2e-2)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_its_weights_are_exact_in_half_precision_and_sum_to_nothing(kind):
    weights = torch.from_numpy(derivatives())
    assert torch.equal(weights.to(kind).float(), weights)
    assert weights.double().sum(dim=(1, 2)).abs().max() == 0.0


@pytest.mark.parametrize("level", [0, 7, 128, 255])
def test_constant_light_has_no_response(level):
    response = response_of(np.full((48, 64), level, np.uint8))
    assert (response[RADIUS:-RADIUS, RADIUS:-RADIUS] == 0.0).all()


def test_an_edge_is_no_blob():
    image = np.full((64, 96), 40, np.uint8)
    image[:, 48:] = 200
    assert response_of(image)[12:-12, 12:-12].max() == 0.0
    assert response_of(np.ascontiguousarray(image.T))[12:-12, 12:-12].max() == 0.0
    assert response_of(picture((48, 32)))[32, 48] > 15.0


@pytest.mark.parametrize("place", [(40.0, 29.0), (40.3, 29.8), (47.6, 31.5), (55.75, 24.25)])
@pytest.mark.parametrize("contrast", [-80.0, 80.0, 10.0])
def test_a_blob_is_found_to_a_part_of_a_pixel(place, contrast):
    with torch.no_grad():
        cells = BlobDetector()(torch.from_numpy(picture(place, contrast=contrast))[None])
    chosen = select(cells, torch.ones_like(cells[:, :1]), 1)
    np.testing.assert_allclose(
        (chosen.pixel + chosen.shift)[0, 0].numpy(), place, atol=0.05 if contrast**2 > 200 else 0.15
    )


def test_a_corner_is_found():
    image = np.full((64, 96), 60, np.uint8)
    image[32:, 48:] = 190
    with torch.no_grad():
        cells = BlobDetector()(torch.from_numpy(image)[None])
    chosen = select(cells, torch.ones_like(cells[:, :1]), 1)
    assert np.abs(chosen.pixel[0, 0].numpy() - (48, 32)).max() <= 3
