"""The drives that a map's references come from. Those of one drive lie together, in the order of the manifest."""

from __future__ import annotations

from typing import Any

import msgspec

from reloc.errors import MapHashError
from reloc.maps.manifest import Manifest
from reloc.parsing import json_file
from reloc.parsing.blame import Blame
from reloc.parsing.json_file import Count

DRIVES_IN_BUILD = "drives"  # of the manifest's ``build``; a map of one drive need not tell it


class MapDrive(msgspec.Struct, frozen=True):
    """One drive."""

    name: str
    references: Count
    source: dict[str, Any] = {}  # its kind and what it was told
    agreement: dict[str, float] = {}  # with the map before: frames localized, how far poses were apart, their drift

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


def drives_of(manifest: Manifest) -> tuple[MapDrive, ...]:
    """Return the drives of a map, in the order of its references.

    Raises:
        MapHashError: the manifest contradicts itself.
    """
    told = manifest.build.get(DRIVES_IN_BUILD)
    if told is None:
        return (MapDrive(manifest.name or "first", manifest.references, dict(manifest.build.get("source", {}))),)
    blame = Blame("The drives in map.json", MapHashError, "Build or fetch the map again")
    found: tuple[MapDrive, ...] = json_file.convert(told, tuple[MapDrive, ...], blame)
    if sum(drive.references for drive in found) != manifest.references:
        raise blame.refuse(f"have {sum(d.references for d in found)} references, the map {manifest.references}")
    return found
