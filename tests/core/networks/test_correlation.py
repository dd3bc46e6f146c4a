"""Correlation layers against the paper's equations, written out place by place."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from reloc.networks.correlation import best_matches, extensive, guided, offsets


def features(seed: int, channels: int, side: int, batch: int = 2) -> torch.Tensor:
    return torch.randn(batch, channels, side, side, generator=torch.Generator().manual_seed(seed))


def test_extensive_is_equation_1() -> None:
    first, second = features(0, 5, 4), features(1, 5, 4)
    given = extensive(first, second)
    assert given.shape == (2, 16, 4, 4)
    wanted = torch.zeros_like(given)
    for y1, x1, y2, x2 in np.ndindex(4, 4, 4, 4):
        wanted[:, x2 * 4 + y2, y1, x1] = (first[:, :, y1, x1] * second[:, :, y2, x2]).sum(1)
    torch.testing.assert_close(given, wanted)


@pytest.mark.parametrize("border", [0, 1, 2])
def test_guided_is_equations_2_to_4(border: int) -> None:
    coarse, scale = 3, 2
    side, span = coarse * scale, scale * (1 + 2 * border)
    first, second = features(0, 5, side), features(1, 5, side)
    coarse_map = torch.rand(2, coarse * coarse, coarse, coarse, generator=torch.Generator().manual_seed(2))
    given = guided(first, second, best_matches(coarse_map), border)
    assert given.shape == (2, span * span, side, side)
    wanted, outside = torch.zeros_like(given), 0
    for b, y1, x1 in np.ndindex(2, side, side):
        w_max = int(coarse_map[b, :, y1 // scale, x1 // scale].argmax())
        match_y, match_x = w_max % coarse, w_max // coarse
        for w, (x2, y2) in enumerate(offsets(scale, border)):
            y, x = (match_y - border) * scale + y2, (match_x - border) * scale + x2
            if 0 <= y < side and 0 <= x < side:
                wanted[b, w, y1, x1] = first[b, :, y1, x1] @ second[b, :, y, x]
            else:
                outside += 1
    torch.testing.assert_close(given, wanted)
    assert bool(outside) == bool(border)


def test_channels_of_a_guided_layer_are_a_permutation_of_the_papers() -> None:
    x2, y2 = offsets(4, 1).T
    assert sorted(x2 * 12 + y2) == list(range(144))


def test_an_image_matches_itself_in_the_middle_of_the_neighbourhood() -> None:
    coarse, fine = features(3, 64, 4), features(4, 64, 16)
    guide = best_matches(extensive(coarse, coarse))
    assert (guide == torch.arange(16).view(4, 4).T).all()
    best = guided(fine, fine, guide, 1).argmax(1)
    at = torch.from_numpy(offsets(4, 1))[best] - 4  # from the cell that the guide names
    places = torch.arange(16)
    assert (at[..., 0] == places % 4).all()
    assert (at[..., 1] == (places % 4)[:, None]).all()


def test_features_of_both_images_learn_through_the_guided_layer() -> None:
    first, second = features(5, 3, 8).requires_grad_(), features(6, 3, 8).requires_grad_()
    guided(first, second, torch.zeros(2, 2, 2, dtype=torch.int64), 1).sum().backward()
    assert first.grad is not None
    assert second.grad is not None
    # All look at the first cell and its neighbours, which is the whole of a 2 x 2 map.
    torch.testing.assert_close(first.grad[0, :, 0, 0], second.detach()[0].sum((1, 2)), rtol=1e-4, atol=1e-4)
