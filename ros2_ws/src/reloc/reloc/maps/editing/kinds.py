"""The kinds of local features that a map has, and where each of them lies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from reloc.files import write_atomic
from reloc.maps import added_features, layout
from reloc.maps.added_features import AddedFeatures
from reloc.maps.editing.kind_content import KindContent
from reloc.maps.reference_map import ReferenceMap


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind in a map."""

    name: str
    view: ReferenceMap  # the map as if it had been built with this kind
    added: AddedFeatures | None  # None: the map was built with it

    @property
    def retrievers(self) -> tuple[str, ...]:
        """Names of the global descriptors that lie with this kind."""
        names = tuple(self.view.manifest.build.get("retrievers", {}))
        return tuple(name for name in names if self.added is None or name not in self.added.shared)

    def place(self, prefix: str) -> str:
        """Return where arrays lie that a map has under ``prefix``."""
        return prefix if self.added is None else f"{self.added.folder}/{prefix}"

    def write(self, content: Path, made: KindContent) -> None:
        """Write key points and landmarks into a new version of the map."""
        made.write(content, self.place(layout.FEATURES), self.place(layout.LANDMARKS))
        if self.added is not None:
            report = self.added.report | made.figures()
            said = msgspec.structs.replace(self.added, key_points=len(made.ids), landmarks=len(made.xyz), report=report)
            text = json.dumps(msgspec.to_builtins(said), indent=1, sort_keys=True) + "\n"
            write_atomic(content / added_features.kind_file(self.name), text)


def kinds_of(opened: ReferenceMap) -> Iterator[Kind]:
    """Yield what the map was built with, then what was added.

    Raises:
        MapError: an added kind is incomplete.
    """
    built, *others = added_features.kinds_in(opened.manifest)
    yield Kind(built, opened, None)
    for name in others:
        file = added_features.kind_file(name)
        said = added_features.parse(opened.read(file), opened.path / file, name)
        yield Kind(name, opened.with_features(name), said)
