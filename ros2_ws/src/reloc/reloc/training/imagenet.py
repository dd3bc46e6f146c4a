"""ImageNet weights, where a user has them: those of torchvision, whose names of parameters are ours."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from reloc.errors import TrainingDataError

# Names of torchvision's files, by backbone.
RESNET_FILES = {
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-11ad3fa6.pth",
}


def load_imagenet(backbone: nn.Module, file: Path, example: str) -> int:
    """Load torchvision's weights of the same backbone. Returns how many arrays were loaded.

    What the backbone lacks (classifiers, later stacks) is left out. torchvision shifts and scales its channels before
    the first convolution; ours do so a little differently, which batch normalisation levels out within some steps.

    Args:
        example: name of such a file, for whoever gave another.

    Raises:
        TrainingDataError: the file cannot be read, or is of another network.
    """
    fix = f"Give torchvision's weights of the same backbone, say {example}, and train at a width of 1"
    try:
        stored = torch.load(file, map_location="cpu", weights_only=True)
        taken = {name: value for name, value in stored.items() if name in backbone.state_dict()}
        missing, _ = backbone.load_state_dict(taken, strict=False)
    except Exception as error:  # torch raises whatever its unpickler does
        raise TrainingDataError(f"Cannot load weights from {file}: {str(error)[:200]}", fix) from error
    absent = [name for name in missing if not name.endswith("num_batches_tracked")]  # older files have none
    if absent:
        count = len(backbone.state_dict())
        raise TrainingDataError(f"{file} lacks {len(absent)} of {count} arrays, {absent[0]} first", fix)
    return len(taken)
