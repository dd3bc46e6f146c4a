"""ExReNet (Winkelbauer, Denninger, Triebel, "Learning to Localize in New Environments from Synthetic Training Data").

It regresses the pose of one image relative to another. It learns to compare images, not to recognize a place, so it
works in new places. The encoder takes one image, so a map's references are encoded once. The pair head compares two
encoded images.
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
    """Regressed ref_from_query of a batch of pairs."""

    direction: Tensor  # (B, 3) direction to the query's center in the reference's frame, about unit length
    rotation: Tensor  # (B, 4) quaternion xyzw, about unit length
    scale: Tensor  # (B,) meters between the centers

    @classmethod
    def of(cls, outputs: Tensor) -> RelativeAnswer:
        """Split the output of :class:`ExReNetHead`, (..., 8), into its parts."""
        return cls(outputs[..., :3], outputs[..., 3:7], outputs[..., 7])

    def normalised(self) -> RelativeAnswer:
        """Return the answer with direction and quaternion of unit length, and a scale of at least 1 mm."""
        return RelativeAnswer(
            functional.normalize(self.direction, dim=-1, eps=1e-6),
            functional.normalize(self.rotation, dim=-1, eps=1e-6),
            self.scale.clamp(min=1e-3),
        )


class ExReNetNetwork(nn.Module):
    """Encoder and pair head together, for training."""

    def __init__(self, config: ExReNetNetworkConfig | None = None) -> None:
        super().__init__()
        self.config = config or ExReNetNetworkConfig()
        self.encoder = ExReNetEncoder(self.config)
        self.head = ExReNetHead(self.config)

    def forward(self, reference: Tensor, query: Tensor) -> tuple[RelativeAnswer, Matches]:
        """Map two images (B, side, side, 3) uint8 to the relative pose, and the matches for the auxiliary loss."""
        # Both images go through in one batch, so that batch normalization treats them equally.
        both = self.encoder(torch.cat([reference, query]))
        count = len(reference)
        matches = self.head.match(tuple(f[:count] for f in both), tuple(f[count:] for f in both))
        return RelativeAnswer.of(self.head(matches)), matches
