import numpy as np

from reloc.retrieval import whitening


def samples(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    spread = np.array([30.0, 3.0, 1.0, 0.3, 0.1])
    return (rng.normal(size=(count, 5)) * spread + 7).astype(np.float32)


def test_many_samples_are_whitened() -> None:
    x = samples(1000)
    pca = whitening.learn(x, 3)
    projected = (x - pca["mean"]) @ pca["projection"].T
    deviation = projected.std(axis=0)
    assert pca["projection"].shape == (3, 5)
    assert deviation.max() / deviation.min() < 3  # 30 before
    np.testing.assert_allclose(np.corrcoef(projected.T), np.eye(3), atol=0.03)


def test_few_samples_keep_their_strong_directions_strong() -> None:
    x = samples(5)
    pca = whitening.learn(x, 1000)
    deviation = ((x - pca["mean"]) @ pca["projection"].T).std(axis=0)
    assert len(deviation) == 4  # five samples span four directions
    assert deviation[0] > 3 * deviation[-1]


def test_result_has_length_one_and_nothing_stays_nothing() -> None:
    pca = whitening.learn(samples(50), 3)
    args = pca["mean"], pca["projection"]
    assert np.isclose(np.linalg.norm(whitening.apply(samples(1)[0], *args)), 1.0)
    assert not whitening.apply(np.zeros(5, np.float32), *args).any()


def test_identical_samples_do_not_divide_by_zero() -> None:
    pca = whitening.learn(np.ones((6, 5), np.float32), 3)
    assert np.isfinite(pca["projection"]).all()
