import numpy as np
from support.tiny_world import reference_poses, render

from reloc.features.dense_rootsift import CELLS, ORIENTATIONS, DenseRootSiftConfig, extract

CONFIG = DenseRootSiftConfig(max_side=160, step=4, smallest_cell=4, scales=2)


def gray() -> np.ndarray:
    return render(reference_poses()[0])[0].mean(axis=2).astype(np.uint8)


def test_rows_have_length_one_and_are_many() -> None:
    found = extract(gray(), CONFIG)
    assert found.shape[1] == 128
    assert len(found) > 1000
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)


def test_a_blank_image_has_none() -> None:
    assert extract(np.full((120, 160), 77, np.uint8), CONFIG).shape == (0, 128)


def test_an_image_smaller_than_a_descriptor_has_none() -> None:
    assert extract(np.zeros((8, 8), np.uint8), CONFIG).shape == (0, 128)


def test_orientation_of_a_ramp() -> None:
    """A ramp to the right has all its gradients in the first orientation, a ramp downwards in the third."""
    ramp = np.tile((np.arange(80) * 3).astype(np.uint8), (70, 1))
    right = extract(ramp, CONFIG).reshape(-1, CELLS, CELLS, ORIENTATIONS)
    assert (right[..., 0] ** 2).sum(axis=(1, 2)).min() > 0.99
    down = extract(np.ascontiguousarray(ramp[:, :70].T), CONFIG).reshape(-1, CELLS, CELLS, ORIENTATIONS)
    assert (down[..., 2] ** 2).sum(axis=(1, 2)).min() > 0.99


def test_brightness_and_contrast_do_not_matter() -> None:
    image = (gray() // 2).astype(np.uint8)
    brighter = (image + 60).astype(np.uint8)
    a, b = extract(image, CONFIG), extract(brighter, CONFIG)
    assert np.einsum("nd,nd->n", a, b).min() > 0.999
