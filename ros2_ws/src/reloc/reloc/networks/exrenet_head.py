"""ExReNet's second and third stage: map features of two images to their relative pose (paper, IV.B).

Matching by correlation, then a ResNet18 on the matches and three fully connected layers: "layers that operate before
collapsing the spatial dimension increase the generalization capability".
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks import decoding
from reloc.networks.correlation import best_matches, extensive, guided
from reloc.networks.exrenet_config import CELL, EXRENET_PLACE, ExReNetNetworkConfig
from reloc.networks.resnet import ResNet
from reloc.networks.upsampled_conv import upsampled_conv
from reloc.networks.widths import channels

HIDDEN = 512
OUTPUTS = 8  # direction 3, quaternion 4, scale 1
LEARNED_AT = 10.0  # factor on the learning rate: a correlation changes by tens, a weight by hundredths
NOTHING = 7.0  # initial correlation of "no match", see STEEP of the encoder


@dataclass
class Matches:
    """The results of the correlation layers for a first and a second image."""

    coarse: Tensor  # (B, s * s, s, s), see correlation.extensive
    guide: Tensor  # (B, s, s) int64, the best channels of ``coarse``
    fine: Tensor | None  # (B, d * d, 4 s, 4 s), see correlation.guided; None for the classic network
    nothing: Tensor | None = None  # (2,) correlation of "no match" in each layer, if the network learns it

    def map(self) -> Tensor:
        """Return all channels together, at the finest resolution: (B, channels, h, h)."""
        if self.fine is None:
            return self.coarse
        enlarged = functional.interpolate(self.coarse, scale_factor=float(CELL // EXRENET_PLACE), mode="nearest")
        return torch.cat([enlarged, self.fine], 1)


class ExReNetHead(nn.Module):
    """Map features of a reference and a query to ref_from_query, the paper's "inverse relative pose"."""

    def __init__(self, config: ExReNetNetworkConfig) -> None:
        super().__init__()
        self.config = config
        inputs = (config.side // CELL) ** 2
        if config.fine:
            inputs += (CELL // EXRENET_PLACE * (1 + 2 * config.border)) ** 2
        if config.decoded:
            inputs = decoding.INPUTS
        self.resnet = ResNet("resnet18", config.regressor_width, inputs=inputs, shrink=config.enlarged)
        hidden = channels(HIDDEN, config.regressor_width)
        self.fc1 = nn.Linear(self.resnet.channels[-1], hidden)
        self.dropout = nn.Dropout(config.dropout)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, OUTPUTS)
        with torch.no_grad():
            # So that training begins without rotation.
            self.fc3.bias.copy_(torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]))
        if config.decoded:
            self.unmatched = nn.Parameter(torch.full((2,), NOTHING / LEARNED_AT))
        else:
            self.register_parameter("unmatched", None)

    def match(self, reference: tuple[Tensor, ...], query: tuple[Tensor, ...]) -> Matches:
        """Return matches from the reference to the query, from the features of :class:`ExReNetEncoder`."""
        coarse = extensive(reference[0], query[0])
        guide = best_matches(coarse)
        fine = guided(reference[1], query[1], guide, self.config.border) if self.config.fine else None
        nothing = None if self.unmatched is None else LEARNED_AT * self.unmatched.float()
        return Matches(coarse, guide, fine, nothing)

    def seen(self, matches: Matches, decoded: Tensor | None = None) -> Tensor:
        """Return the regressor's input: all channels, or the decoded matches.

        ``decoded`` avoids decoding them again.
        """
        if not self.config.decoded:
            return matches.map()
        return decoding.as_input(self.decoded(matches) if decoded is None else decoded)

    def decoded(self, matches: Matches) -> Tensor:
        """Return (B, 5, 4 s, 4 s), see :func:`reloc.networks.decoding.decode`. The classic network has none."""
        assert matches.fine is not None
        return decoding.decode(matches.coarse, matches.guide, matches.fine, self.config.border, matches.nothing)

    def stem(self, matches: Tensor) -> Tensor:
        """Map (B, channels, h, h) to the map behind the ResNet's first convolution.

        Matches are enlarged by repeating them. Interpolation would be meaningless, because neighboring cells of the
        guided layer search different places.
        """
        if not self.config.enlarged:
            x: Tensor = self.resnet.conv1(matches)
            return x
        return upsampled_conv(matches, self.resnet.conv1.weight, EXRENET_PLACE if self.config.fine else CELL)

    def hidden(self, matches: Matches) -> Tensor:
        """Return the features before the dropout, (B, 512)."""
        *_, last = self.resnet.behind_stem(self.stem(self.seen(matches)))
        return functional.relu(self.fc1(last.mean((2, 3))))

    def behind_dropout(self, hidden: Tensor) -> Tensor:
        """Map (..., 512) to (..., 8): direction (3), quaternion xyzw (4), scale in meters. Not normalized."""
        x: Tensor = self.fc3(functional.relu(self.fc2(hidden)))
        return x

    def forward(self, matches: Matches) -> Tensor:
        """Return (B, 8), see :meth:`behind_dropout`; in training mode with dropout."""
        return self.behind_dropout(self.dropout(self.hidden(matches)))
