"""The auxiliary loss: matches must correlate more than others (ExReNet paper, equations 5 to 7).

With the loss of poses alone, "the training gets stuck in a local minimum, such that the network only makes use of the
high-level extensive correlation layer". The printed equations contain errors. Here equation 7 is 1 if n(y, x, w) > 0
and n(y, x, q) = 0: w is a true match and q a false one. Equation 6 requires w's correlation to exceed q's by a margin
of 1.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from reloc.networks.decoding import with_nothing
from reloc.networks.exrenet_head import Matches
from reloc.training.exrenet.match_counts import Counts, extensive_counts, guided_counts

MARGIN = 1.0
UNMATCHED = 0.5  # weight of all places without a match, relative to all with one; in distant views most lack a match
FEW = 8  # with fewer matching pixels, a cell counts neither as visible nor as hidden


def matching_loss(matches: Matches, match: Tensor, border: int, margin: bool = True) -> dict[str, Tensor]:
    """Return the mean over the correlation layers, and the share of places that each matches correctly.

    "The mean over all their feature combinations" is taken over true matches, because other combinations have no term
    in equation 5. The guided layer counts only neighborhoods that contain the match; the extensive layer learns to
    choose them.

    Args:
        matches: the network's matches from the first image to the second.
        match: (B, H, W) true matches, see :func:`reloc.training.rooms.matching.match_pixels`.
        border: the border of the guided layer, cells.
        margin: if true, the paper's loss; otherwise :func:`entropy_loss`.
    """
    coarse = extensive_counts(match, matches.coarse.shape[-1])
    layers, given = [(matches.coarse, coarse)], {"coarse_right": share_right(matches.coarse, coarse)}
    if matches.fine is not None:
        layers.append((matches.fine, guided_counts(match, matches.fine.shape[-1], matches.guide, border)))
        given["fine_right"] = share_right(*layers[1])
    if margin:
        losses = [layer_loss(*layer) for layer in layers]
    elif matches.nothing is None:
        losses = [entropy_loss(*layer) for layer in layers]
    else:
        nothing = matches.nothing
        losses = [open_loss(*layer, nothing[i], unmatched(layer[1], match)) for i, layer in enumerate(layers)]
        losses[0] = 0.5 * (losses[0] + reverse_loss(*layers[0], nothing[0]))
    return {"matching": torch.stack(losses).mean(), **given}


def layer_loss(correlation: Tensor, counts: Counts) -> Tensor:
    """Return equations 5 to 7 for one layer; correlation and counts are (B, channels, s, s). 0 without matches."""
    values = correlation.float().permute(0, 2, 3, 1).flatten(0, 2)  # (places, channels)
    pixels = counts.pixels.permute(0, 2, 3, 1).flatten(0, 2)
    wrong = (pixels == 0) & counts.exists.permute(0, 2, 3, 1).flatten(0, 2)
    # Few channels are true matches (3 of 144), so there is one row for each of them, instead of all pairs of channels.
    place, channel = ((pixels > 0) & wrong.any(1, keepdim=True)).nonzero(as_tuple=True)
    if not len(place):
        return values.sum() * 0.0
    right = values[place, channel][:, None]
    wrong = wrong[place]
    errors = functional.relu(values[place] - right + MARGIN) * wrong  # equation 6
    return (errors.sum(1) / wrong.sum(1)).mean()


def entropy_loss(correlation: Tensor, counts: Counts) -> Tensor:
    """Return the cross-entropy of one layer, instead of equations 5 to 7. Correlations are log-probabilities.

    The paper's loss has no gradient once the margin is reached, and its mean hardly changes by one false match that is
    nearly right. A place that matches several channels weights each channel by its pixels.
    """
    values = correlation.float().masked_fill(~counts.exists, -1e4)
    pixels = counts.pixels.float()
    total = pixels.sum(1)
    errors = -(pixels * torch.log_softmax(values, 1)).sum(1) / total.clamp(min=1.0)
    has = total > 0
    return (errors * has).sum() / has.sum().clamp(min=1)


def unmatched(counts: Counts, match: Tensor) -> Tensor:
    """Return (B, s, s): the share of each place's pixels without a matching channel.

    ``match`` is as in matching_loss.
    """
    pixels = (match.shape[-1] // counts.pixels.shape[-1]) ** 2
    return 1.0 - counts.pixels.sum(1) / pixels


def open_loss(correlation: Tensor, counts: Counts, nothing: Tensor, without: Tensor) -> Tensor:
    """Return the cross-entropy with "nothing" as a further channel, for places without a match.

    In the guided layer a place also has no match if the guide chose the wrong neighborhood.

    Args:
        nothing: the correlation of the channel "nothing".
        without: (B, s, s) share of each place's pixels without a match, 0 to 1.
    """
    values = with_nothing(correlation.float().masked_fill(~counts.exists, -1e4), nothing)
    logarithms = torch.log_softmax(values, 1)
    share = 1.0 - without
    pixels = counts.pixels / counts.pixels.sum(1, keepdim=True).clamp(min=1)
    matched = -(pixels * logarithms[:, :-1]).sum(1) * share
    missed = -logarithms[:, -1] * without
    return matched.sum() / share.sum().clamp(min=1.0) + UNMATCHED * missed.sum() / without.sum().clamp(min=1.0)


def reverse_loss(correlation: Tensor, counts: Counts, nothing: Tensor) -> Tensor:
    """Return :func:`open_loss` of an extensive layer in the other direction, from the second image to the first.

    In this direction, the pixels of a cell are not counted: a cell is either visible or not.
    """

    def turned(values: Tensor) -> Tensor:
        return values.flatten(2).transpose(1, 2).unflatten(2, values.shape[2:])

    pixels = turned(counts.pixels)
    seen = pixels.sum(1)
    clear = (seen == 0) | (seen >= FEW)
    values = turned(correlation).float()
    logarithms = torch.log_softmax(with_nothing(values, nothing), 1)
    matched = -(pixels * logarithms[:, :-1]).sum(1) / seen.clamp(min=1)
    has = (seen > 0) & clear
    missed = seen == 0
    return (matched * has).sum() / has.sum().clamp(min=1) - UNMATCHED * (
        logarithms[:, -1] * missed
    ).sum() / missed.sum().clamp(min=1)


def share_right(correlation: Tensor, counts: Counts) -> Tensor:
    """Return the share of places with a match whose largest correlation is a match; 0 without places."""
    best = correlation.argmax(1, keepdim=True)
    has = counts.pixels.amax(1) > 0
    right = (counts.pixels.gather(1, best)[:, 0] > 0) & has
    return right.sum() / has.sum().clamp(min=1)
