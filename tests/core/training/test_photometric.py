import numpy as np

from reloc.training.photometric import curves, vary


def image(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8)


def test_the_same_generator_gives_the_same_image_and_leaves_the_first_alone():
    before = image()
    kept = before.copy()
    one, two = (vary(before, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(before, kept)
    assert one.shape == before.shape
    assert one.dtype == np.uint8
    assert not np.array_equal(one, vary(before, np.random.default_rng(4)))


def test_nothing_moves():
    """Brightness changes, places do not: the image is still most like itself where it was."""
    before = np.zeros((48, 64, 3), np.uint8) + 60
    before[20:28, 30:40] = 200
    for seed in range(20):
        after = vary(before, np.random.default_rng(seed)).astype(float).sum(axis=2)
        bright = after > (after.min() + after.max()) / 2
        rows, columns = np.nonzero(bright)
        assert abs(rows.mean() - 23.5) < 1.0
        assert abs(columns.mean() - 34.5) < 1.0


def test_curves_never_fall():
    for seed in range(50):
        assert (np.diff(curves(np.random.default_rng(seed))[0].astype(int), axis=0) >= 0).all()
