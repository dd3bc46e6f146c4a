"""ImageNet weights, where a user has them."""

from __future__ import annotations

from pathlib import Path

import torch

from reloc.errors import TrainingDataError
from reloc.networks.googlenet import GoogLeNet

_FIX = "Give the file of torchvision's googlenet weights, say googlenet-1378be20.pth, and train at a width of 1"


def load_imagenet(backbone: GoogLeNet, file: Path) -> int:
    """Load torchvision's ``googlenet`` weights. Returns how many arrays were loaded.

    torchvision shifts and scales its channels before the first convolution; PoseNet subtracts its own mean image and
    divides by 64, which is near enough for batch normalisation to level out within some steps.

    Raises:
        TrainingDataError: the file cannot be read, or is of another network.
    """
    try:
        stored = torch.load(file, map_location="cpu", weights_only=True)
        taken = {name: value for name, value in stored.items() if name in backbone.state_dict()}
        missing, _ = backbone.load_state_dict(taken, strict=False)
    except Exception as error:  # torch raises whatever its unpickler does
        raise TrainingDataError(f"Cannot load weights from {file}: {str(error)[:200]}", _FIX) from error
    if missing:
        raise TrainingDataError(
            f"{file} lacks {len(missing)} of {len(backbone.state_dict())} arrays, {missing[0]}", _FIX
        )
    return len(taken)
