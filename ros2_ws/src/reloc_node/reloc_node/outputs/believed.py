"""What is claimed between two looks."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.datatypes import Float64


@dataclass(frozen=True, slots=True, eq=False)
class Believed:
    """What is claimed of odometry's frame."""

    map_from_odom: Float64  # (4, 4)
    for_s: float  # so long, by the node's clock, if nothing is heard after it
