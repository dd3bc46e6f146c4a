"""Load ImageNet weights from the user's file: torchvision's, which has the same parameter names."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from reloc.errors import TrainingDataError
from reloc.parsing.blame import Blame
from reloc.training import torch_file

# Names of torchvision's files, by backbone.
RESNET_FILES = {
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-11ad3fa6.pth",
}


def load_imagenet(backbone: nn.Module, file: Path, example: str) -> int:
    """Load torchvision's weights of the same backbone. Returns how many arrays were loaded.

    Parts that the backbone lacks (classifiers, later stacks) are left out. torchvision shifts and scales its channels
    slightly differently before the first convolution. Batch normalization compensates for that within some steps.

    Args:
        example: name of a valid file, for the error message.

    Raises:
        TrainingDataError: the file cannot be read, or is of another network.
    """
    fix = f"Give torchvision's weights of the same backbone, for example {example}, and train at a width of 1"
    blame = Blame(f"Cannot load weights from {file}: it", TrainingDataError, fix)
    stored = torch_file.weights(torch_file.read(file, blame), blame, backbone.state_dict())
    try:
        missing, _ = backbone.load_state_dict(stored, strict=False)
    except (RuntimeError, TypeError, ValueError) as error:
        raise TrainingDataError(f"Cannot load weights from {file}: {str(error)[:200]}", fix) from error
    absent = [name for name in missing if not name.endswith("num_batches_tracked")]  # older files have none
    if absent:
        count = len(backbone.state_dict())
        raise TrainingDataError(f"{file} lacks {len(absent)} of {count} arrays, {absent[0]} first", fix)
    return len(stored)
