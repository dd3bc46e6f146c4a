"""The transform that is published between two looks."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.datatypes import Float64


@dataclass(frozen=True, slots=True, eq=False)
class Believed:
    """The published map -> odom, and its validity."""

    map_from_odom: Float64  # (4, 4)
    for_s: float  # end of validity by the node's clock, if nothing newer arrives
