"""ImageNet weights of the encoder, where a user has them."""

from __future__ import annotations

from pathlib import Path

import torch

from reloc.errors import TrainingDataError
from reloc.networks.resnet import ResNet


def load_imagenet(resnet: ResNet, file: Path) -> int:
    """Load torchvision's weights of the same ResNet; stacks that this one lacks are left out. How many arrays.

    Raises:
        TrainingDataError: the file cannot be read, or is of another network.
    """
    fix = "Give torchvision's weights of the same backbone, say resnet50-11ad3fa6.pth, and train at a width of 1"
    try:
        stored = torch.load(file, map_location="cpu", weights_only=True)
        taken = {name: value for name, value in stored.items() if name in resnet.state_dict()}
        missing, _ = resnet.load_state_dict(taken, strict=False)
    except Exception as error:  # torch raises whatever its unpickler does
        raise TrainingDataError(f"Cannot load weights from {file}: {str(error)[:200]}", fix) from error
    absent = [name for name in missing if not name.endswith("num_batches_tracked")]  # older files have none
    if absent:
        raise TrainingDataError(f"{file} lacks {len(absent)} of {len(resnet.state_dict())} arrays, {absent[0]}", fix)
    return len(taken)
