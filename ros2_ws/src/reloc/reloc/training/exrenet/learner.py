"""Train ExReNet: images of a batch are encoded once, then compared in pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from reloc.networks.exrenet import ExReNetNetwork, RelativeAnswer
from reloc.networks.exrenet_head import Matches
from reloc.training.exrenet.matching_loss import matching_loss
from reloc.training.exrenet.pose_loss import pose_loss
from reloc.training.rooms.matching import match_pixels

if TYPE_CHECKING:
    from reloc.training.exrenet.config import ExReNetTaskConfig


class ExReNetLearner(nn.Module):
    """The network, which takes the images of a batch once, and pairs as numbers of images."""

    def __init__(self, exrenet: ExReNetNetwork) -> None:
        super().__init__()
        self.exrenet = exrenet

    def forward(self, image: Tensor, reference: Tensor, query: Tensor) -> tuple[Tensor, Matches]:
        """Map images (N, side, side, 3) and P pairs of their numbers to (P, 8), see :class:`RelativeAnswer`, and
        matches.
        """
        features = self.exrenet.encoder(image)
        first, second = (tuple(f[numbers] for f in features) for numbers in (reference, query))
        matches = self.exrenet.head.match(first, second)
        answers: Tensor = self.exrenet.head(matches)
        return answers, matches


def losses(config: ExReNetTaskConfig, network: nn.Module, batch: dict[str, Any]) -> dict[str, Tensor]:
    """Return losses of poses and matches, and errors by name, of a batch on the network's device."""
    reference, query = batch["reference"], batch["query"]
    answers, matches = network(batch["image"], reference, query)
    found = pose_loss(
        RelativeAnswer.of(answers), batch["direction"], batch["rotation"], batch["scale"], config.mu, config.beta
    )
    # In bfloat16, geometry would be wrong by pixels.
    with torch.no_grad(), torch.autocast(answers.device.type, enabled=False):
        poses = batch["world_from_cam"]
        query_from_reference = torch.linalg.solve(poses[query], poses[reference])
        intrinsics = batch["intrinsics"].expand(len(reference), 4)
        match = match_pixels(batch["depth"][reference], batch["depth"][query], query_from_reference, intrinsics)
    found |= matching_loss(matches, match, config.network.border, config.margin)
    return {"loss": found["pose"] + config.matching * found["matching"], **found}
