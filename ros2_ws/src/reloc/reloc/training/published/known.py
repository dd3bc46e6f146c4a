"""What a file of this folder tells of a published network of local features, and how it is found by its name."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Protocol

from torch import nn

from reloc import plugins
from reloc.training.card import CardText
from reloc.training.published.weights_file import PackagedWeights

PUBLISHED = "reloc.training.published"  # the package of plugins


class PublishedNetwork(Protocol):
    """A published network; a file's ``PLUGIN``."""

    name: ClassVar[str]
    weights: ClassVar[PackagedWeights]  # where they are if the user gives no file
    length: ClassVar[int]  # numbers of a descriptor
    place: ClassVar[int]  # numbers of its global descriptor; 0 if it gives none
    stride: ClassVar[int]  # width and height of its images are multiples of it, pixels

    @classmethod
    def graph(cls, weights: Path, width: int, height: int, count: int) -> nn.Module:
        """Return what is exported: images (B, H, W) uint8 to the tensors of
        :func:`reloc.training.feature_outputs.feature_outputs`, as a tuple.

        Raises:
            WeightsError: the file cannot be read, or is of another network.
        """

    @classmethod
    def card(cls) -> CardText:
        """Return what the model card says: source, license, limits."""


def published(name: str) -> type[PublishedNetwork]:
    """Return the network of a name.

    Raises:
        PluginError: there is none.
    """
    found: type[PublishedNetwork] = plugins.load(PUBLISHED, name)
    return found
