"""Last step: train each retriever on the references of this map."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from reloc import plugins
from reloc.config import to_mapping
from reloc.datatypes import LocalFeatures, UInt8
from reloc.maps import compact, layout
from reloc.maps.building import arrays
from reloc.maps.building.references import IngestedReferences
from reloc.maps.progress import Progress

PACKAGE = "reloc.retrieval"
TrainingImage = tuple[Callable[[], UInt8], LocalFeatures]  # loads the gray image (H, W) when called


class TrainingImages(Sequence[TrainingImage]):
    """The references as training data of retrievers; images are read only on request."""

    def __init__(self, references: IngestedReferences, features: Sequence[LocalFeatures]) -> None:
        self._references = references
        self._features = features

    def __len__(self) -> int:
        return len(self._features)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        position = range(len(self))[index]
        return (lambda: self._references.gray(position)), self._features[position]

    def __iter__(self) -> Iterator[TrainingImage]:
        return (self[i] for i in range(len(self)))


def default_config(name: str) -> dict[str, Any]:
    """Return the parameters that the retriever ``name`` is trained with.

    Raises:
        PluginError: there is no such retriever.
    """
    return to_mapping(plugins.load(PACKAGE, name).Config())


def train(
    name: str, references: IngestedReferences, features: Sequence[LocalFeatures], progress: Progress, kept: Path
) -> None:
    """Train the retriever ``name`` and store its arrays under ``retrieval/<name>``; nothing is kept in ``kept``."""
    plugin = plugins.load(PACKAGE, name)
    trained = dict(plugin.train(plugin.Config(), TrainingImages(references, features), progress))
    trained["descriptors"] = compact.pack_rows(trained["descriptors"])
    arrays.store(references.content, f"{layout.RETRIEVAL}/{name}", trained)
