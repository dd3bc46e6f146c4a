import numpy as np
import pytest
import torch

from reloc.networks.correlation import best_matches, guided, offsets
from reloc.networks.exrenet_head import Matches
from reloc.training.exrenet.match_counts import Counts, extensive_counts, guided_counts
from reloc.training.exrenet.matching_loss import (
    UNMATCHED,
    entropy_loss,
    layer_loss,
    matching_loss,
    open_loss,
    reverse_loss,
    share_right,
    unmatched,
)

PIXELS, COARSE, FINE, BORDER = 32, 2, 8, 1
SCALE, SPAN = 4, 12


@pytest.fixture
def match():
    """Matches anywhere, a third of the pixels without."""
    random = np.random.default_rng(0)
    pixel = random.integers(0, PIXELS * PIXELS, (2, PIXELS, PIXELS))
    return torch.from_numpy(np.where(random.random(pixel.shape) < 0.33, -1, pixel))


@pytest.fixture
def guide():
    return torch.from_numpy(np.random.default_rng(1).integers(0, COARSE * COARSE, (2, COARSE, COARSE)))


def test_counts_are_those_of_pixels_that_match(match):
    counts = extensive_counts(match, COARSE)
    wanted = torch.zeros(2, COARSE * COARSE, COARSE, COARSE, dtype=torch.int64)
    for b, y, x in np.ndindex(2, PIXELS, PIXELS):
        pixel = int(match[b, y, x])
        if pixel >= 0:
            y2, x2 = pixel // PIXELS // 16, pixel % PIXELS // 16
            wanted[b, x2 * COARSE + y2, y // 16, x // 16] += 1
    assert torch.equal(counts.pixels, wanted)
    assert counts.pixels.sum() == (match >= 0).sum()
    assert counts.exists.all()


def test_counts_of_a_guided_layer_are_in_its_channels(match, guide):
    counts = guided_counts(match, FINE, guide, BORDER)
    at = offsets(SCALE, BORDER)
    wanted = torch.zeros(2, SPAN * SPAN, FINE, FINE, dtype=torch.int64)
    exists = torch.zeros_like(wanted, dtype=torch.bool)
    for b, y, x in np.ndindex(2, FINE, FINE):
        w_max = int(guide[b, y // SCALE, x // SCALE])
        near_x, near_y = (w_max // COARSE - BORDER) * SCALE + at[:, 0], (w_max % COARSE - BORDER) * SCALE + at[:, 1]
        exists[b, :, y, x] = torch.from_numpy((near_x >= 0) & (near_x < FINE) & (near_y >= 0) & (near_y < FINE))
        pixels = match[b, 4 * y : 4 * y + 4, 4 * x : 4 * x + 4].flatten().numpy()
        for pixel in pixels[pixels >= 0]:
            wanted[b, :, y, x] += torch.from_numpy((near_y == pixel // PIXELS // 4) & (near_x == pixel % PIXELS // 4))
    assert torch.equal(counts.pixels, wanted)
    assert torch.equal(counts.exists, exists)
    assert 0 < counts.pixels.sum() <= (match >= 0).sum()


def test_channels_that_exist_are_those_that_correlate(guide):
    counts = guided_counts(torch.full((2, PIXELS, PIXELS), -1), FINE, guide, BORDER)
    ones = torch.ones(2, 3, FINE, FINE)
    assert torch.equal(guided(ones, ones, guide, BORDER) > 0, counts.exists)
    assert counts.pixels.sum() == 0


def test_the_loss_is_equations_5_to_7(match, guide):
    random = torch.Generator().manual_seed(0)
    counts = guided_counts(match, FINE, guide, BORDER)
    correlation = 2 * torch.randn(counts.pixels.shape, generator=random)
    terms = []
    for b, y, x in np.ndindex(2, FINE, FINE):
        c, n, exists = (a[b, :, y, x].numpy() for a in (correlation, counts.pixels, counts.exists))
        for w in np.flatnonzero(n > 0):
            q = (n == 0) & exists
            terms.append(np.maximum(0.0, c[q] - c[w] + 1.0).sum() / q.sum())
    assert layer_loss(correlation, counts).item() == pytest.approx(np.mean(terms), rel=1e-5)


def test_right_correlations_cost_nothing_and_wrong_ones_learn(match):
    counts = extensive_counts(match, COARSE)
    pixels = (torch.arange(4)[:, None, None] == torch.tensor([[0, 3], [1, 2]])).long()[None] * 7
    counts = Counts(pixels, torch.ones_like(pixels, dtype=torch.bool))
    assert layer_loss(1.0 * (pixels > 0), counts) == 0
    assert share_right(1.0 * (pixels > 0), counts) == 1.0
    assert layer_loss(torch.zeros(1, 4, 2, 2), counts) == 1.0
    correlation = torch.zeros(1, 4, 2, 2, requires_grad=True)
    layer_loss(correlation, counts).backward()
    assert (correlation.grad[pixels > 0] < 0).all()
    assert (correlation.grad[pixels == 0] > 0).all()


def test_share_right_counts_places_that_have_a_match():
    pixels = torch.zeros(1, 4, 2, 2, dtype=torch.int64)
    pixels[0, 1, 0, 0] = pixels[0, 2, 0, 1] = 5
    correlation = torch.zeros(1, 4, 2, 2)
    correlation[0, 1, 0, 0] = correlation[0, 3, 0, 1] = 1.0
    assert share_right(correlation, Counts(pixels, pixels >= 0)) == 0.5


def test_pairs_without_any_match_cost_nothing_but_have_a_gradient():
    coarse = torch.randn(2, 4, COARSE, COARSE, requires_grad=True)
    fine = torch.randn(2, SPAN * SPAN, FINE, FINE, requires_grad=True)
    none = torch.full((2, PIXELS, PIXELS), -1)
    given = matching_loss(Matches(coarse, best_matches(coarse), fine), none, BORDER)
    given["matching"].backward()
    assert given["matching"] == given["coarse_right"] == given["fine_right"] == 0
    assert coarse.grad is not None
    assert fine.grad is not None


def test_layers_count_alike_and_the_classic_network_has_one(match):
    random = torch.Generator().manual_seed(1)
    coarse = torch.randn(2, 4, COARSE, COARSE, generator=random)
    fine = torch.randn(2, SPAN * SPAN, FINE, FINE, generator=random)
    guide = best_matches(coarse)
    both = matching_loss(Matches(coarse, guide, fine), match, BORDER)["matching"]
    first = matching_loss(Matches(coarse, guide, None), match, BORDER)
    second = layer_loss(fine, guided_counts(match, FINE, guide, BORDER))
    torch.testing.assert_close(both, (first["matching"] + second) / 2)
    assert "fine_right" not in first


def test_cross_entropy_is_that_of_the_true_channels(guide, match):
    counts = guided_counts(match, FINE, guide, BORDER)
    has = counts.pixels.sum(1) > 0
    even = torch.zeros(counts.pixels.shape)
    # Each existing channel is as probable as all others: the logarithm of their number.
    wanted = counts.exists.sum(1)[has].float().log().mean()
    torch.testing.assert_close(entropy_loss(even, counts), wanted)
    sure = torch.where(counts.pixels > 0, 5.0, 0.0)
    assert entropy_loss(sure, counts) < 0.6 * wanted
    shares = (counts.pixels / counts.pixels.sum(1, keepdim=True).clamp(min=1)).clamp(min=1e-9).log()
    least = entropy_loss(shares, counts)
    for other in (sure, even, shares + torch.randn(shares.shape, generator=torch.Generator().manual_seed(4))):
        assert least <= entropy_loss(other, counts)


def test_cross_entropy_of_nothing_is_nothing(guide):
    counts = guided_counts(torch.full((2, PIXELS, PIXELS), -1), FINE, guide, BORDER)
    values = torch.randn(counts.pixels.shape, requires_grad=True)
    loss = entropy_loss(values, counts)
    loss.backward()
    assert loss == 0
    assert (values.grad == 0).all()


def test_pixels_that_match_no_channel_are_counted(guide, match):
    near, everywhere = guided_counts(match, FINE, guide, 0), extensive_counts(match, COARSE)
    without = unmatched(everywhere, match)
    torch.testing.assert_close(without[0, 0, 0], (match[0, :16, :16] < 0).float().mean())
    # What the guide does not lead to is not there either.
    assert unmatched(near, match).mean() > without.mean()
    assert ((unmatched(near, match) >= 0) & (unmatched(near, match) <= 1)).all()


def test_what_has_no_match_learns_to_correlate_less_than_nothing(match, guide):
    counts = guided_counts(match, FINE, guide, 0)
    without = unmatched(counts, match)
    none = without == 1
    assert 0 < none.float().mean() < 1
    values = torch.zeros(counts.pixels.shape, requires_grad=True)
    nothing = torch.zeros((), requires_grad=True)
    open_loss(values, counts, nothing, without).backward()
    spread = values.grad.permute(0, 2, 3, 1)
    assert (spread[none] >= 0).all()
    assert (spread[none].sum(1) > 0).all()
    assert (values.grad[counts.pixels > 0] < 0).float().mean() > 0.9
    assert nothing.grad != 0


def test_knowing_what_is_seen_is_best(match, guide):
    counts = guided_counts(match, FINE, guide, 0)
    without, nothing = unmatched(counts, match), torch.tensor(2.0)
    shares = (counts.pixels / counts.pixels.sum(1, keepdim=True).clamp(min=1)).clamp(min=1e-9).log() + nothing
    odds = torch.logit(1.0 - without, eps=1e-4)[:, None]
    odds = odds + (without.sum() / (UNMATCHED * (1.0 - without).sum())).log()  # those with a match count for more
    known = open_loss(shares + odds, counts, nothing, without)
    for other in (torch.zeros_like(shares), shares, shares + 5.0, shares - 5.0, odds.expand_as(shares)):
        assert known < open_loss(other, counts, nothing, without)


def test_from_the_other_side_cells_find_where_they_are_seen():
    pixels = torch.zeros(1, 4, 2, 2, dtype=torch.int64)
    pixels[0, 1, 0, 0] = pixels[0, 1, 1, 1] = 100  # cell 1 is two cells of the first image
    pixels[0, 2, 0, 1] = 3  # of cell 2 hardly anything: neither seen nor not
    counts = Counts(pixels, torch.ones_like(pixels, dtype=torch.bool))
    values = torch.zeros(1, 4, 2, 2, requires_grad=True)
    loss = reverse_loss(values, counts, torch.zeros(()))
    loss.backward()
    assert loss.item() == pytest.approx((1 + UNMATCHED) * np.log(5), rel=1e-5)
    assert (values.grad[0, 2] == 0).all()
    assert values.grad[0, 1, 0, 0] < 0 < values.grad[0, 1, 0, 1]
    assert (values.grad[0, 0] > 0).all()
    assert (values.grad[0, 3] > 0).all()


def test_a_network_that_knows_nothing_learns_it(match):
    """With the correlation of nothing among the matches, the loss is open on both sides of the coarse layer."""
    coarse = torch.randn(2, 4, COARSE, COARSE)
    fine = torch.randn(2, SPAN * SPAN, FINE, FINE)
    nothing = torch.tensor([1.0, 2.0], requires_grad=True)
    matches = Matches(coarse, best_matches(coarse), fine, nothing)
    matching_loss(matches, match, BORDER, margin=False)["matching"].backward()
    assert (nothing.grad != 0).all()
