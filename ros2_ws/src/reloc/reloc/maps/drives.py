"""The drives that a map's references come from. Those of one drive lie together, in the order of the manifest."""

from __future__ import annotations

from typing import Any

import msgspec

from reloc.errors import MapHashError
from reloc.maps.manifest import Manifest
from reloc.parsing import json_file
from reloc.parsing.blame import Blame
from reloc.parsing.json_file import Count

DRIVES = "drives"  # of the manifest's ``build``; a map of one drive need not tell it


class Drive(msgspec.Struct, frozen=True):
    """One drive."""

    name: str
    references: Count
    source: dict[str, Any] = {}  # its kind and what it was told

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"name": self.name, "references": self.references, "source": self.source}


def drives_of(manifest: Manifest) -> tuple[Drive, ...]:
    """Return the drives of a map, in the order of its references.

    Raises:
        MapHashError: the manifest contradicts itself.
    """
    told = manifest.build.get(DRIVES)
    if told is None:
        return (Drive(manifest.name or "first", manifest.references, dict(manifest.build.get("source", {}))),)
    blame = Blame("The drives in map.json", MapHashError, "Build or fetch the map again")
    found: tuple[Drive, ...] = json_file.convert(told, tuple[Drive, ...], blame)
    if sum(drive.references for drive in found) != manifest.references:
        raise blame.refuse(f"have {sum(d.references for d in found)} references, the map {manifest.references}")
    return found
