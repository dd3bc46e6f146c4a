"""CamNet (Ding, Wang, Sun, Shi, Luo, "CamNet: Coarse-to-Fine Retrieval for Camera Re-Localization", ICCV 2019).

The trunk is a ResNet up to its third layer. Three branches have a fourth layer each: image-based coarse retrieval
(ICR), pose-based fine retrieval (PFR) and precise relative pose regression (PRP). Each branch takes one image, so a
map's references are encoded once. Two fully connected layers then compare the features of two images (4.2).

Differences from the paper:

- In the light variant, features for poses keep their places in the image, and regressors correlate these places first
  (:mod:`reloc.networks.camnet_places`). With averaged features, a network memorizes places: in new worlds it returned
  the reference's own pose.
- The descriptor has unit length. So its distances have a fixed scale, which suits the margin of 0.1, and cosine and
  distance give the same order.
- The relative translation is in the reference's camera frame (ref_from_query). The paper uses t2 - t1 in the world's
  frame, which a network cannot know in a new place.
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
    """A fourth layer and the mean over its map. Its parameters have the names of torchvision's ``layer4``."""

    def __init__(self, config: CamNetNetworkConfig, stacks: Sequence[int]) -> None:
        super().__init__()
        self.features = channels_behind(config)
        self.layer4 = fourth_layer(config, stacks[-1])
        start(self)

    def forward(self, first: Tensor, second: Tensor, third: Tensor) -> Tensor:
        """Map the outputs of the three layers to (B, features).

        Only the last one, (B, 256, side / 16, side / 16), is used.
        """
        x: Tensor = self.layer4(third)
        return x.mean((2, 3))


class CamNetRegressor(nn.Module):
    """Map two features, reference first, to ``outputs`` numbers (4.2)."""

    def __init__(self, features: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(2 * features, hidden)
        self.fc2 = nn.Linear(hidden, outputs)

    def forward(self, reference: Tensor, query: Tensor) -> Tensor:
        """Map two features (P, features) to (P, outputs)."""
        answer: Tensor = self.fc2(functional.relu(self.fc1(torch.cat([reference, query], dim=1))))
        return answer


class CamNetNetwork(nn.Module):
    """The three branches on one trunk, with their regressors."""

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
            if not isinstance(regressor, FineRegressor):  # FineRegressor begins so by itself
                _begin_at_one_place(regressor.fc2)
        self.register_buffer("mean", 255.0 * torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", 255.0 * torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map images (B, side, side, 3) uint8 RGB to f_r (B, 512) of unit length, f_c and f_f (B, F).

        These are the descriptor, the coarse and the fine feature.
        """
        # Cast first, then transpose, because TensorRT supports no other operation on uint8.
        x = image.to(self.mean.dtype).permute(0, 3, 1, 2)
        shared = self.trunk((x - self.mean) / self.deviation)
        return functional.normalize(self.icr(*shared), dim=1, eps=1e-6), self.pfr(*shared), self.prp(*shared)


def _begin_at_one_place(last: nn.Linear) -> None:
    """Set a regressor's last layer to predict equal poses at the start."""
    nn.init.normal_(last.weight, std=1e-3)
    last.bias.data = torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])


def pose_of(answer: Tensor) -> tuple[Tensor, Tensor]:
    """Return a pose regressor's output, (P, 7), as translation (P, 3) and unit quaternion xyzw (P, 4) with w >= 0."""
    rotation = functional.normalize(answer[:, 3:], dim=1, eps=1e-6)
    return answer[:, :3], torch.where(rotation[:, 3:] < 0, -rotation, rotation)
