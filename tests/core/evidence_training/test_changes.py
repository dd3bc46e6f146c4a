"""Every change leaves an image of the same size, is repeatable, and changes something."""

from __future__ import annotations

import numpy as np
import pytest

from reloc.evaluation.made_pictures import shuffled
from reloc.evidence_training import changes

IMAGE = np.random.default_rng(0).integers(0, 256, (120, 160, 3)).astype(np.uint8)
PHOTOS = [np.full((48, 64, 3), value, np.uint8) for value in (10, 240)]
EVERY = {
    "glare": changes.glare, "shaken": changes.shaken, "compressed": changes.compressed, "noisy": changes.noisy,
    "pasted": changes.pasted(PHOTOS), "fragment": changes.fragment(PHOTOS), "mixed": shuffled,
    "mirrored": changes.mirrored,
}  # fmt: skip


@pytest.mark.parametrize("name", EVERY)
def test_a_change(name: str) -> None:
    before = IMAGE.copy()
    one, same, other = (EVERY[name](IMAGE, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.shape == IMAGE.shape
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(IMAGE, before)
    assert (one != IMAGE).any()
    assert name == "mirrored" or (one != other).any()


def test_glare_saturates_as_much_as_it_says() -> None:
    gray = np.full((120, 160, 3), 100, np.uint8)
    shares = [(changes.glare(gray, np.random.default_rng(seed)) == 255).all(axis=2).mean() for seed in range(20)]
    assert 0.2 < min(shares) < max(shares) < 0.75
