import numpy as np
import pytest

from reloc.geometry.transforms import make, so3_exp
from reloc.training.view_spread import Spread

RANDOM = np.random.default_rng


def drawn(spread, share=1.0, count=500):
    random = RANDOM(1)
    pairs = [spread.draw(random, share) for _ in range(count)]
    return tuple(np.array(part) for part in zip(*pairs, strict=True))


def wheeled(count=100):
    """A robot that drives on the floor z = 0.3, turning about z."""
    random = RANDOM(0)
    level = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    return np.stack(
        [make(so3_exp([0, 0, random.uniform(-3, 3)]) @ level, [*random.uniform(0, [8, 5]), 0.3]) for _ in range(count)]
    )


def carried(count=100):
    random = RANDOM(0)
    return np.stack([make(so3_exp(random.normal(0, 0.5, 3)), random.normal(0, 1.0, 3)) for _ in range(count)])


def test_what_rolls_on_the_floor_stays_on_the_floor():
    moved, turned = drawn(Spread.of(wheeled(), 0.6, 30.0))
    assert np.abs(moved[:, 2]).max() < 1e-9
    assert np.abs(turned[:, :2]).max() < 1e-9
    assert np.abs(moved[:, :2]).max() > 0.5
    assert np.rad2deg(np.abs(turned[:, 2]).max()) > 25


def test_what_is_carried_moves_and_turns_every_way():
    moved, turned = drawn(Spread.of(carried(), 0.6, 30.0))
    assert (np.abs(moved).max(axis=0) > 0.4).all()
    assert (np.rad2deg(np.abs(turned).max(axis=0)) > 20).all()


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_share_limits_both(share):
    moved, turned = drawn(Spread.of(carried(), 0.6, 30.0), share)
    assert np.linalg.norm(moved, axis=1).max() <= share * 0.6 * 3**0.5 + 1e-12
    assert np.linalg.norm(turned, axis=1).max() <= share * np.deg2rad(30) * 3**0.5 + 1e-12


def test_references_at_one_place_can_only_be_turned():
    poses = carried()
    poses[:, :3, 3] = [1.0, 2.0, 3.0]
    moved, turned = drawn(Spread.of(poses, 0.6, 30.0))
    assert np.abs(moved).max() < 1e-9
    assert np.abs(turned).max() > 0.1
