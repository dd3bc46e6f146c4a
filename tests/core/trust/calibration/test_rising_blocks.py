"""The fit is SciPy's, where SciPy has one."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize

from reloc.trust.calibration.rising_blocks import rising_blocks


@pytest.mark.skipif(not hasattr(scipy.optimize, "isotonic_regression"), reason="SciPy before 1.12")
@pytest.mark.parametrize("seed", range(20))
def test_it_is_scipys(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(0, 6, 40) / 5.0 + 0.02 * np.arange(40) * (seed % 3)
    weights = random.uniform(0.1, 3.0, 40)
    fit = scipy.optimize.isotonic_regression(values, weights=weights)
    np.testing.assert_array_equal(rising_blocks(values, weights), fit.blocks[:-1])


def test_it_rises() -> None:
    assert rising_blocks(np.array([0.5]), np.ones(1)).tolist() == [0]
    assert rising_blocks(np.array([0.1, 0.3, 0.2, 0.9]), np.ones(4)).tolist() == [0, 1, 3]
    assert rising_blocks(np.array([3.0, 2.0, 1.0]), np.ones(3)).tolist() == [0]
