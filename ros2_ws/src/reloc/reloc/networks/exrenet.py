"""ExReNet (Winkelbauer, Denninger, Triebel, "Learning to Localize in New Environments from Synthetic Training Data").

Two images to the pose of the one relative to the other. It learns to compare, not what a place looks like, and so is
of use where it has never been. An encoder sees each image alone, so that a map's references are encoded once; a pair
head compares two of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.exrenet_config import ExReNetNetworkConfig
from reloc.networks.exrenet_encoder import ExReNetEncoder
from reloc.networks.exrenet_head import ExReNetHead, Matches


@dataclass
class RelativeAnswer:
    """ref_from_query of a batch of pairs, as it was regressed."""

    direction: Tensor  # (B, 3) of the query's centre in the reference's frame, about unit
    rotation: Tensor  # (B, 4) quaternion xyzw, about unit
    scale: Tensor  # (B,) metres between the centres

    @classmethod
    def of(cls, outputs: Tensor) -> RelativeAnswer:
        """The parts of what :class:`ExReNetHead` gives, (..., 8)."""
        return cls(outputs[..., :3], outputs[..., 3:7], outputs[..., 7])

    def normalised(self) -> RelativeAnswer:
        """Direction and quaternion of unit length, and a scale that is no less than a millimetre."""
        return RelativeAnswer(
            functional.normalize(self.direction, dim=-1, eps=1e-6),
            functional.normalize(self.rotation, dim=-1, eps=1e-6),
            self.scale.clamp(min=1e-3),
        )


class ExReNetNetwork(nn.Module):
    """Encoder and pair head together, as they are trained."""

    def __init__(self, config: ExReNetNetworkConfig | None = None) -> None:
        super().__init__()
        self.config = config or ExReNetNetworkConfig()
        self.encoder = ExReNetEncoder(self.config)
        self.head = ExReNetHead(self.config)

    def forward(self, reference: Tensor, query: Tensor) -> tuple[RelativeAnswer, Matches]:
        """Two images (B, side, side, 3) uint8 each to the relative pose, and the matches for the auxiliary loss."""
        # In one batch, so that both are normalised alike.
        both = self.encoder(torch.cat([reference, query]))
        count = len(reference)
        matches = self.head.match(tuple(f[:count] for f in both), tuple(f[count:] for f in both))
        return RelativeAnswer.of(self.head(matches)), matches
