"""What all kinds of local features have in common: :class:`Extractor`, and how one is opened by its name."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, Protocol, Self

from reloc import plugins
from reloc.config import to_mapping
from reloc.datatypes import LocalFeatures, UInt8
from reloc.features.dual_softmax import DualSoftmax

FEATURES = "reloc.features"  # the package of plugins
DEFAULT = "rootsift"
PLACE = "model"  # the parameter, of kinds that have one, that says where a network lies


class Extractor(Protocol):
    """Finds and describes key points; a file's ``PLUGIN``. Not to be shared between threads."""

    name: ClassVar[str]
    Config: ClassVar[type[Any]]
    width: int  # numbers of a descriptor
    max_side: int  # larger images are shrunk to it before anything is found, pixels
    dtype: str  # of a stored descriptor, "uint8" or "int8": see :mod:`reloc.features.descriptors`
    softmax: ClassVar[DualSoftmax | None]  # how queries are matched by dual softmax; None: by Lowe's ratio
    shared: ClassVar[bool]  # whether one extractor keeps all cores busy by itself; else many work side by side

    @classmethod
    def open(cls, config: Any) -> Self:
        """Make it ready, at full speed from the first image on.

        Raises:
            DependencyError, ModelError, BackendError: what it needs is not here.
        """
        ...

    @property
    def content(self) -> str:
        """What besides the configuration decides its answers, say the hash of a network; empty if nothing does."""
        ...

    def extract(self, gray: UInt8) -> LocalFeatures:
        """Key points of an image (H, W), in its own pixels, strongest first. May be none."""
        ...


def identity(extractor: Extractor, config: Any) -> dict[str, Any]:
    """What a map says of its features; two extractors of the same ``hash`` give descriptors that compare."""
    settings = to_mapping(config)
    told = {"name": extractor.name, "width": extractor.width, "dtype": extractor.dtype, "content": extractor.content}
    # Where a network lies is no part of what it answers.
    deciding = {name: value for name, value in settings.items() if name != PLACE}
    text = json.dumps(told | {"settings": deciding}, sort_keys=True)
    return told | {"settings": settings, "hash": hashlib.sha256(text.encode()).hexdigest()}


def kind(name: str) -> type[Extractor]:
    """The class of the features ``name``.

    Raises:
        PluginError, DependencyError: there is none, or its file cannot be imported.
    """
    found: type[Extractor] = plugins.load(FEATURES, name)
    return found
