"""CamNet (Ding, Wang, Sun, Shi, Luo, "CamNet: Coarse-to-Fine Retrieval for Camera Re-Localization", ICCV 2019).

One trunk, a ResNet up to its third layer, and the fourth layer three times: for image-based coarse retrieval (ICR),
pose-based fine retrieval (PFR) and precise relative pose regression (PRP). Each branch sees one image alone, so that a
map's references are encoded once; two fully connected layers then compare the features of two images (4.2).

Against the paper: in the light variant features for poses keep their places, and regressors correlate these before the
two layers see anything (:mod:`reloc.networks.camnet_places`). From two means they learn a place by heart: in worlds it
had not seen, such a network gave each reference's own pose. The descriptor has unit length, so that its distances have
one scale, to which the margin of 0.1 belongs, and cosine and distance rank alike. A relative translation is in the
reference's camera frame, ref_from_query, where the paper has t2 - t1 in the world's: that a network cannot know in a
place it has never seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.camnet_config import POSE_NUMBERS, CamNetNetworkConfig
from reloc.networks.camnet_layer4 import SHARED, channels_behind, fourth_layer
from reloc.networks.camnet_places import CoarsePlaces, CoarseRegressor, FinePlaces, FineRegressor
from reloc.networks.normalization import DEVIATION, MEAN
from reloc.networks.resnet import ResNet, start

RETRIEVAL = 3  # frustum distances both ways, angle


class Branch(nn.Module):
    """A fourth layer of its own, and the mean it ends in. Its parameters are named as torchvision's ``layer4``."""

    def __init__(self, config: CamNetNetworkConfig, stacks: Sequence[int]) -> None:
        super().__init__()
        self.features = channels_behind(config)
        self.layer4 = fourth_layer(config, stacks[-1])
        start(self)

    def forward(self, first: Tensor, second: Tensor, third: Tensor) -> Tensor:
        """Maps of the three layers, of which the last counts, (B, 256, side / 16, side / 16), to (B, features)."""
        x: Tensor = self.layer4(third)
        return x.mean((2, 3))


class CamNetRegressor(nn.Module):
    """Two features, reference first, to some numbers (4.2)."""

    def __init__(self, features: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(2 * features, hidden)
        self.fc2 = nn.Linear(hidden, outputs)

    def forward(self, reference: Tensor, query: Tensor) -> Tensor:
        """(P, features) each to (P, outputs)."""
        answer: Tensor = self.fc2(functional.relu(self.fc1(torch.cat([reference, query], dim=1))))
        return answer


class CamNetNetwork(nn.Module):
    """The three modules over one encoder."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: CamNetNetworkConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or CamNetNetworkConfig()
        self.trunk = ResNet(config.backbone, config.width, stacks=SHARED)
        stacks = self.trunk.channels
        self.icr = Branch(config, stacks)
        self.similarity = CamNetRegressor(self.icr.features, config.hidden, RETRIEVAL)
        self.pfr: Branch | CoarsePlaces
        self.prp: Branch | FinePlaces
        self.coarse_pose: CamNetRegressor | CoarseRegressor
        self.fine_pose: CamNetRegressor | FineRegressor
        if config.places:
            self.pfr, self.prp = CoarsePlaces(config, stacks), FinePlaces(config, stacks)
            self.coarse_pose, self.fine_pose = CoarseRegressor(config), FineRegressor(config)
        else:
            self.pfr, self.prp = Branch(config, stacks), Branch(config, stacks)
            self.coarse_pose, self.fine_pose = (
                CamNetRegressor(self.pfr.features, config.hidden, POSE_NUMBERS) for _ in range(2)
            )
        for regressor in (self.coarse_pose, self.fine_pose):
            if not isinstance(regressor, FineRegressor):  # which does so, too
                _begin_at_one_place(regressor.fc2)
        self.register_buffer("mean", 255.0 * torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", 255.0 * torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, side, side, 3) uint8 RGB to descriptor, coarse and fine feature: f_r (B, 512) unit, f_c, f_f (B, F)."""
        # Cast, then transpose: TensorRT can do nothing else with uint8.
        x = image.to(self.mean.dtype).permute(0, 3, 1, 2)
        shared = self.trunk((x - self.mean) / self.deviation)
        return functional.normalize(self.icr(*shared), dim=1, eps=1e-6), self.pfr(*shared), self.prp(*shared)


def _begin_at_one_place(last: nn.Linear) -> None:
    """Of a regressor's last layer: both images were taken in one place, until something else is known."""
    nn.init.normal_(last.weight, std=1e-3)
    last.bias.data = torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])


def pose_of(answer: Tensor) -> tuple[Tensor, Tensor]:
    """What a pose regressor says, (P, 7), as translation (P, 3) and unit quaternion xyzw (P, 4) with w >= 0."""
    rotation = functional.normalize(answer[:, 3:], dim=1, eps=1e-6)
    return answer[:, :3], torch.where(rotation[:, 3:] < 0, -rotation, rotation)
