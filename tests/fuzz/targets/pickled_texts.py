"""Lists of text in a pickle, which is read without running it."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

from fuzz.target import Target
from reloc.errors import SourceError
from reloc.maps.sources.shared.pickled_texts import texts_by_name
from reloc.parsing.blame import Blame


class PickledTexts(Target):
    """The split of Indoor-6."""

    name = "pickled_texts"

    def seeds(self) -> Sequence[bytes]:
        """One of each protocol."""
        lists = {
            "train": ["a.color.jpg", "b.color.jpg"],
            "test": ("c.color.jpg",),
            "train_idx": [1, 2],
            "x": {"y": 2.5},
        }
        return [pickle.dumps(lists, protocol=protocol) for protocol in range(6)]

    def run(self, data: bytes) -> None:
        """Read it."""
        texts_by_name(data, Blame("the split", SourceError, "Fetch it again"))


TARGET = PickledTexts()
