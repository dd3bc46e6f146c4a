"""Global descriptors of a map's references when references come or go: what was learned stays, rows change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc import plugins
from reloc.config import from_mapping
from reloc.datatypes import LocalFeatures
from reloc.maps import compact, layout
from reloc.maps.building import arrays, retrieval
from reloc.maps.building.references import IngestedReferences
from reloc.maps.editing.kinds import Kind
from reloc.maps.reference_map import ReferenceMap

Rows = NDArray[Any]


def rewrite(kind: Kind, content: Path, change: Callable[[str, Rows], Rows]) -> None:
    """Write the global descriptors that lie with a kind of features: the rows that ``change`` makes of the former."""
    for name in kind.retrievers:
        stored = kind.view.arrays(f"{layout.RETRIEVAL}/{name}")
        rows = stored["descriptors"]
        rows = compact.pack_rows(rows) if rows.dtype.kind == "f" else rows
        changed = {**stored, "descriptors": change(name, rows)}
        arrays.store(content, kind.place(f"{layout.RETRIEVAL}/{name}"), changed)


def described(view: ReferenceMap, name: str, references: IngestedReferences, features: Sequence[LocalFeatures]) -> Rows:
    """Return the rows of further references, by what the map's retriever has learned."""
    plugin = plugins.load_told(retrieval.PACKAGE, name)
    descriptor = plugin(from_mapping(plugin.Config, {}), view.arrays(f"{layout.RETRIEVAL}/{name}"))
    return compact.pack_rows(
        np.stack([descriptor.describe(references.gray(i), found) for i, found in enumerate(features)])
    )
