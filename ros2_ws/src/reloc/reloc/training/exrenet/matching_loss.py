"""The auxiliary loss: what matches is to correlate more than what does not (ExReNet paper, equations 5 to 7).

With the loss of poses alone, "the training gets stuck in a local minimum, such that the network only makes use of the
high-level extensive correlation layer". What the print garbles: equation 7 is 1 if n(y, x, w) > 0 and n(y, x, q) = 0,
so w is a true match and q a false one, and equation 6 wants the former to be larger by a margin of 1.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from reloc.networks.decoding import with_nothing
from reloc.networks.exrenet_head import Matches
from reloc.training.exrenet.match_counts import Counts, extensive_counts, guided_counts

MARGIN = 1.0
UNMATCHED = 0.5  # weight of all places without a match, which are most of two views far apart, beside all that have one
FEW = 8  # pixels that match a cell, below which it is left open whether it is seen


def matching_loss(matches: Matches, match: Tensor, border: int, margin: bool = True) -> dict[str, Tensor]:
    """The mean over the correlation layers, and what share of places each of them matches rightly.

    "The mean over all their feature combinations" is taken over those that are true matches: all others have no term
    in equation 5, which divides by the number of false ones beside them. Of the guided layer's, only neighbourhoods
    count that hold the match; the extensive layer is what learns where these are.

    Args:
        matches: what the network found from the first image to the second.
        match: (B, H, W) what is true, see :func:`reloc.training.rooms.matching.match_pixels`.
        border: of the guided layer.
        margin: the paper's loss; else :func:`entropy_loss`.
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
    """Equations 5 to 7 of one layer, (B, channels, s, s) each; 0 where nothing matches."""
    values = correlation.float().permute(0, 2, 3, 1).flatten(0, 2)  # (places, channels)
    pixels = counts.pixels.permute(0, 2, 3, 1).flatten(0, 2)
    wrong = (pixels == 0) & counts.exists.permute(0, 2, 3, 1).flatten(0, 2)
    # True matches are few, three of 144: a row for each of them, instead of all pairs of channels.
    place, channel = ((pixels > 0) & wrong.any(1, keepdim=True)).nonzero(as_tuple=True)
    if not len(place):
        return values.sum() * 0.0
    right = values[place, channel][:, None]
    wrong = wrong[place]
    errors = functional.relu(values[place] - right + MARGIN) * wrong  # equation 6
    return (errors.sum(1) / wrong.sum(1)).mean()


def entropy_loss(correlation: Tensor, counts: Counts) -> Tensor:
    """Cross-entropy of one layer, in place of equations 5 to 7: correlations are logarithms of what is probable.

    A margin does not ask for more once it is there, and a mean over all that is wrong hardly sees the one that is
    nearly right. Of places that match several channels each counts by its pixels.
    """
    values = correlation.float().masked_fill(~counts.exists, -1e4)
    pixels = counts.pixels.float()
    total = pixels.sum(1)
    errors = -(pixels * torch.log_softmax(values, 1)).sum(1) / total.clamp(min=1.0)
    has = total > 0
    return (errors * has).sum() / has.sum().clamp(min=1)


def unmatched(counts: Counts, match: Tensor) -> Tensor:
    """(B, s, s): the share of each place's pixels that match none of its channels; ``match`` as in matching_loss."""
    pixels = (match.shape[-1] // counts.pixels.shape[-1]) ** 2
    return 1.0 - counts.pixels.sum(1) / pixels


def open_loss(correlation: Tensor, counts: Counts, nothing: Tensor, without: Tensor) -> Tensor:
    """Cross-entropy with "nothing" as a further channel: what a place's match is, and whether it has one.

    In the guided layer a place has none, too, where the guide named the wrong neighbourhood: so it tells that.

    Args:
        nothing: correlation of that channel, a number.
        without: (B, s, s) share of each place, 0 to 1, that matches nothing.
    """
    values = with_nothing(correlation.float().masked_fill(~counts.exists, -1e4), nothing)
    logarithms = torch.log_softmax(values, 1)
    share = 1.0 - without
    pixels = counts.pixels / counts.pixels.sum(1, keepdim=True).clamp(min=1)
    matched = -(pixels * logarithms[:, :-1]).sum(1) * share
    missed = -logarithms[:, -1] * without
    return matched.sum() / share.sum().clamp(min=1.0) + UNMATCHED * missed.sum() / without.sum().clamp(min=1.0)


def reverse_loss(correlation: Tensor, counts: Counts, nothing: Tensor) -> Tensor:
    """The same of an extensive layer seen from the second image: of each of its cells, where the first shows it.

    How many pixels of a cell are seen is not counted on this side, so that it counts as seen or not.
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
    """Of the places that have a match among their channels, the share whose largest correlation is one; 0 of none."""
    best = correlation.argmax(1, keepdim=True)
    has = counts.pixels.amax(1) > 0
    right = (counts.pixels.gather(1, best)[:, 0] > 0) & has
    return right.sum() / has.sum().clamp(min=1)
