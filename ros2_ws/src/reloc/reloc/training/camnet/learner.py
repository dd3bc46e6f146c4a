"""Train CamNet: the images of a batch are encoded once, then compared in pairs (paper, equation 1)."""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor, nn

from reloc.networks.camnet import CamNetNetwork
from reloc.training.camnet.config import CamNetTaskConfig
from reloc.training.camnet.losses import pose_loss, similarity_losses, triplet_loss
from reloc.training.camnet.refinement import fine_references, relative

_GEOMETRY = ("anchor", "target", "world_from_cam", "group", "moved", "by_truth")


class CamNetLearner(nn.Module):
    """The network, called with a batch's images and the numbers of its pairs."""

    def __init__(self, camnet: CamNetNetwork, keep: bool = False) -> None:
        """Create it. ``keep``: trunk, fine branch and fine regressor are not trained; then there are no fine poses."""
        super().__init__()
        self.camnet = camnet
        self.kept = [camnet.trunk, camnet.prp, camnet.fine_pose] if keep else []
        for module in self.kept:
            module.requires_grad_(False)

    def train(self, mode: bool = True) -> Self:
        """Set the mode, but keep the frozen parts in eval mode, so that their statistics stay."""
        super().train(mode)
        for module in self.kept:
            module.eval()
        return self

    def forward(
        self, image: Tensor, anchor: Tensor, target: Tensor, poses: Tensor, group: Tensor, moved: Tensor,
        by_truth: Tensor,
    ) -> dict[str, Tensor]:  # fmt: skip
        """Compare P pairs of N images; see :func:`reloc.training.camnet.batches.batch`.

        Returns:
            ``descriptor`` (N, D), ``similarity`` (P, 3), ``coarse`` (P, 7), and of algorithm 1 ``reference`` (P,),
            ``found`` (P,) and ``fine`` (P, 7). The last three are missing if the fine regressor is kept.
        """
        net = self.camnet
        descriptor, coarse, fine = net(image)
        said = net.coarse_pose(coarse[target], coarse[anchor])
        answers = {
            "descriptor": descriptor, "similarity": net.similarity(descriptor[target], descriptor[anchor]),
            "coarse": said,
        }  # fmt: skip
        if self.kept:
            return answers
        # In bfloat16, geometry would be wrong by centimeters.
        with torch.no_grad(), torch.autocast(said.device.type, enabled=False):
            reference, found = fine_references(said.float(), anchor, target, poses, group, moved, by_truth)
        fine_pose = net.fine_pose(fine[reference], fine[anchor])
        return {**answers, "reference": reference, "found": found, "fine": fine_pose}


def losses(config: CamNetTaskConfig, network: nn.Module, batch: dict[str, Any]) -> dict[str, Tensor]:
    """Return all five weighted losses and the errors by name, for a batch on the network's device."""
    said = network(batch["image"], *(batch[name] for name in _GEOMETRY))
    anchor, target = batch["anchor"], batch["target"]
    with torch.autocast(said["coarse"].device.type, enabled=False):
        descriptor = said["descriptor"].float()
        frustum, angle = similarity_losses(said["similarity"].float(), batch["distance"], batch["angle"])
        triplet = triplet_loss(descriptor[anchor], descriptor[target], batch["kind"], config.margin)
        coarse = pose_loss(said["coarse"].float(), batch["translation"], batch["rotation"], batch["posed"])
        fine = {}
        if "fine" in said:
            translation, rotation = relative(batch["world_from_cam"], said["reference"], anchor)
            fine = pose_loss(said["fine"].float(), translation, rotation, said["found"])
    total = config.frustum * frustum + config.angle * angle + config.triplet * triplet + config.coarse * coarse["loss"]
    if fine:
        total = total + config.fine * fine["loss"]
    return {
        "loss": total, "frustum": frustum, "angle": angle, "triplet": triplet,
        **{f"coarse_{name}": value for name, value in coarse.items()},
        **{f"fine_{name}": value for name, value in fine.items()},
    }  # fmt: skip
