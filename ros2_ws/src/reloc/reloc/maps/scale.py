"""The unit of a map's lengths: meters, or, if structure from motion had nothing to measure by, the map's own unit."""

from __future__ import annotations

from reloc.maps.manifest import Manifest

UNKNOWN_SCALE = "unknown"  # of Source.scale: positions and sigmas are in units of the map


def scale_of(manifest: Manifest) -> str:
    """Return where a map's scale is from; empty where its source gives meters."""
    scale: str = manifest.build.get("source", {}).get("scale", "")
    return scale


def unit_of(manifest: Manifest) -> str:
    """Return the unit of positions in a map: ``m``, or ``map units`` if the scale is unknown."""
    return "map units" if scale_of(manifest) == UNKNOWN_SCALE else "m"


def scale_note(manifest: Manifest) -> str:
    """Return what a status says of a map without scale; empty for a map in meters."""
    return "the map's scale is unknown: lengths are map units, not meters" if unit_of(manifest) != "m" else ""
