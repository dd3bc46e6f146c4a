import numpy as np
import pytest

from reloc.errors import TrainingDataError
from reloc.training.held_out import BLOCKS, FEWEST, split


@pytest.mark.parametrize("count", [FEWEST, 25, 100, 431, 500])
@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_every_reference_is_in_one_part(count, share):
    learned, held_out = split(count, share)
    assert sorted([*learned, *held_out]) == list(range(count))
    assert len(held_out) == pytest.approx(share * count, abs=BLOCKS)
    assert len(held_out) >= 1
    assert {0, count - 1} <= set(learned)


def test_held_out_are_stretches():
    _, held_out = split(500, 0.1)
    assert (np.diff(held_out) == 1).sum() == len(held_out) - BLOCKS


def test_too_few_are_refused_with_their_number():
    with pytest.raises(TrainingDataError, match=f"{FEWEST - 1} references"):
        split(FEWEST - 1, 0.1)
