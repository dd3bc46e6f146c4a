"""Correlations whose best match is known, decoded."""

import pytest
import torch
from torch.nn import functional

from reloc.networks import decoding
from reloc.networks.correlation import best_matches, extensive, guided

P, SCALE, BORDER = 4, 4, 1
SIDE = P * SCALE
STEEP = 40.0


def shifted(dx, dy, channels=64):
    """Random features of a second image, and those of a first one that sees the same moved by (dx, dy) places."""
    fine = functional.normalize(torch.randn(1, channels, SIDE, SIDE, generator=torch.Generator().manual_seed(3)), dim=1)
    first = torch.roll(fine, (-dy, -dx), (2, 3))
    cells = [functional.avg_pool2d(f, SCALE) for f in (first, fine)]
    return (functional.normalize(cells[0], dim=1), first), (functional.normalize(cells[1], dim=1), fine)


def decoded(first, second, nothing=None):
    coarse = extensive(first[0] * STEEP, second[0])
    guide = best_matches(coarse)
    return decoding.decode(coarse, guide, guided(first[1] * STEEP, second[1], guide, BORDER), BORDER, nothing)


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (4, 0), (0, -4), (2, 1), (-3, 2)])
def test_places_that_are_the_same_are_found(dx, dy):
    found = decoded(*shifted(dx, dy))
    assert found.shape == (1, decoding.CHANNELS, SIDE, SIDE)
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    seen = (x + dx >= 0) & (x + dx < SIDE) & (y + dy >= 0) & (y + dy < SIDE)
    right = (found[0, 0] == x + dx) & (found[0, 1] == y + dy)
    assert right[seen].float().mean() > 0.9
    assert found[0, 2:4, right].abs().max() < 0.05


def test_matches_with_something_else_are_less_sure():
    first, second = shifted(0, 0)
    other = functional.normalize(torch.randn(1, 64, SIDE, SIDE, generator=torch.Generator().manual_seed(9)), dim=1)
    same, else_ = decoded(first, second), decoded(first, (second[0], other))
    assert same[:, 4].median() > 0.9
    assert else_[:, 4].median() < 0.8


def test_what_correlates_less_than_nothing_is_not_sure():
    first, second = shifted(0, 0)
    other = functional.normalize(torch.randn(1, 64, SIDE, SIDE, generator=torch.Generator().manual_seed(9)), dim=1)
    half = torch.cat([second[1][..., : SIDE // 2], other[..., SIDE // 2 :]], 3)  # the other half shows something else
    least = torch.tensor([0.5 * STEEP, 0.7 * STEEP])
    found, always = decoded(first, (second[0], half), least), decoded(first, (second[0], half))
    assert found[:, 4, :, : SIDE // 2].median() > 0.9
    assert found[:, 4, :, SIDE // 2 :].max() < 0.05 < 0.2 < always[:, 4, :, SIDE // 2 :].median()
    torch.testing.assert_close(found[:, :4], always[:, :4])
    nowhere = decoded(first, second, torch.tensor([1.5 * STEEP, 0.0]))  # by their cells
    assert nowhere[:, 4].max() < 1e-4


def test_a_cell_that_another_one_matches_far_better_is_not_sure():
    coarse = torch.full((1, P * P, P, P), -20.0)
    coarse[0, 5, 0, 0] = 9.0
    coarse[0, 5, 3, 3] = 20.0  # the same cell of the second image, and far more alike
    coarse[0, 2, 1, 1] = coarse[0, 2, 1, 2] = 9.0  # two cells see one: nothing is wrong with that
    fine = torch.zeros(1, (SCALE * 3) ** 2, SIDE, SIDE)
    fine[:, 40] = 30.0
    sure = decoding.decode(coarse, best_matches(coarse), fine, BORDER)[0, 4, ::SCALE, ::SCALE]
    assert sure[0, 0] < 1e-3
    assert sure[3, 3] > 0.99
    assert sure[1, 1] > 0.99
    assert sure[1, 2] > 0.99


def test_a_match_between_two_places_is_found_between_them():
    first, second = shifted(0, 0)
    between = 0.5 * (second[1] + torch.roll(second[1], -1, 3))
    found = decoded((first[0], functional.normalize(between, dim=1)), second)
    x = torch.arange(SIDE).expand(SIDE, SIDE)
    inside = found[0, 0, :, 1:-2] + found[0, 2, :, 1:-2]
    off = (inside - x[:, 1:-2] - 0.5).abs()
    assert off.median() < 0.05


def test_what_the_regressor_sees_is_in_the_images_units():
    given = torch.zeros(1, decoding.CHANNELS, SIDE, SIDE)
    given[:, 0] = torch.arange(SIDE)  # every place at its own column, in the first row
    given[:, 4] = 0.25
    seen = decoding.as_input(given)
    assert seen.shape == (1, decoding.INPUTS, SIDE, SIDE)
    torch.testing.assert_close(seen[0, 0], seen[0, 2])
    assert seen[0, 0].min() == -1.0 + 1.0 / SIDE
    assert seen[0, 0].max() == 1.0 - 1.0 / SIDE
    assert (seen[0, 4] == 0).all()
    torch.testing.assert_close(seen[0, 5, -1], torch.full((SIDE,), -2.0 * (SIDE - 1) / SIDE))
    torch.testing.assert_close(seen[0, 7], 0.25 * seen[0, 5])


def test_gradients_reach_both_features():
    first, second = shifted(1, 0)
    leaf = first[1].clone().requires_grad_()
    decoded((first[0], leaf), second)[:, 2:].sum().backward()
    assert leaf.grad.abs().sum() > 0
