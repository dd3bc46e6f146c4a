import numpy as np
import pytest

from reloc.errors import TrainingDataError
from reloc.geometry.transforms import distance_between, make, so3_exp
from reloc.training.held_out import FAR_M, FEWEST, split


def drive(count, metres=0.01, degrees=0.0):
    """Straight on, turning all the time."""
    return np.stack([make(so3_exp([0, 0, np.deg2rad(degrees * i)]), [metres * i, 0, 0]) for i in range(count)])


@pytest.mark.parametrize("count", [FEWEST, 25, 100, 431, 500])
@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("metres", [0.0, 0.01, 0.1, 3.0])
def test_every_reference_is_in_one_part(count, share, metres):
    learned, held_out = split(drive(count, metres), share)
    assert sorted([*learned, *held_out]) == list(range(count))
    assert 0.5 * share * count <= len(held_out) <= max(1.5 * share * count, 1)
    assert {0, count - 1} <= set(learned)


def test_of_a_video_stretches_are_held_out_whose_middle_is_far_from_what_is_learned():
    poses = drive(500, metres=0.02)
    learned, held_out = split(poses, 0.1)
    nearest = [min(distance_between(poses[i], poses[j]) for j in learned) for i in held_out]
    assert max(nearest) == pytest.approx(FAR_M / 2, abs=0.03)
    assert (np.diff(held_out) == 1).mean() > 0.9


def test_turning_on_the_spot_counts_as_well():
    _, held_out = split(drive(400, metres=0.0, degrees=2.0), 0.1)
    assert (np.diff(held_out) == 1).sum() == 0.9 * len(held_out)  # ten in a row are twenty degrees


def test_of_keyframes_single_ones_are_held_out():
    _, held_out = split(drive(431, metres=0.5, degrees=20.0), 0.1)
    assert (np.diff(held_out) > 1).all()
    assert len(held_out) == 43


def test_too_few_are_refused_with_their_number():
    with pytest.raises(TrainingDataError, match=f"{FEWEST - 1} references"):
        split(drive(FEWEST - 1), 0.1)
