"""Last step: train each retriever on the references of this map."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reloc import plugins
from reloc.compact_index import sizes
from reloc.compact_index.building import IndexBuilder
from reloc.config import to_mapping
from reloc.datatypes import Float32, LocalFeatures, UInt8
from reloc.maps import compact, layout
from reloc.maps.building import arrays
from reloc.maps.building.references import IngestedReferences
from reloc.maps.progress import Progress, track

PACKAGE = "reloc.retrieval"
_PIECE = 1024  # references, 34 MB of VLAD
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
    images = TrainingImages(references, features)
    if len(images) > sizes.LEARNED_FROM:
        _train_large(plugin, images, references.content, progress)
        return
    trained = dict(plugin.train(plugin.Config(), images, progress))
    trained["descriptors"] = compact.pack_rows(trained["descriptors"])
    arrays.store(references.content, f"{layout.RETRIEVAL}/{name}", trained)


def _train_large(plugin: Any, images: TrainingImages, content: Path, progress: Progress) -> None:
    """Learn from evenly spread references, describe all of them in pieces, and index them if comparing all would take
    too long.
    """
    place = f"{layout.RETRIEVAL}/{plugin.name}"
    chosen = np.unique(np.linspace(0, len(images) - 1, sizes.LEARNED_FROM).astype(int))
    learned = dict(plugin.train(plugin.Config(), [images[i] for i in chosen.tolist()], progress))
    sample = learned.pop("descriptors")
    shape = len(images), sample.shape[1]
    index = None if sizes.is_exact(*shape) else IndexBuilder(sample, chosen, len(images))
    arrays.store(content, place, learned)
    with arrays.rows_of_array(content / layout.arrays_folder(place) / "descriptors.npy", shape, np.int8) as write:
        descriptor = plugin(plugin.Config(), {**learned, "descriptors": sample})
        for rows in _pieces(descriptor, images, progress):
            packed = compact.pack_rows(rows)
            write(packed)
            if index is not None:
                index.add(rows, packed)
    if index is not None:
        found, short = index.finish()
        arrays.store(content, f"{place}/{layout.INDEX}", found.to_arrays() | {layout.INDEX_ROWS: short})


def _pieces(descriptor: Any, images: TrainingImages, progress: Progress) -> Iterator[Float32]:
    """Describe all references, :data:`_PIECE` at a time."""
    rows: list[Float32] = []
    for load_gray, found in track(progress, f"{descriptor.name} of all", images, len(images)):
        rows.append(descriptor.describe(load_gray(), found))
        if len(rows) == _PIECE:
            yield np.stack(rows)
            rows = []
    if rows:
        yield np.stack(rows)
