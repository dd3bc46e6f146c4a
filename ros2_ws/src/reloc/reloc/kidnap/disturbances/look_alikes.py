"""Rooms that look like others."""

from __future__ import annotations

from reloc.datatypes import Float64
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.scenery import Place, Scenery, how_far

_TRIES = 10


class LookAlikes(Disturbance):
    """Carry the robot to a place that the map most easily confuses with another."""

    name = "look_alikes"
    about = "The robot is carried to a place that resembles another place of the map"

    @classmethod
    def is_possible(cls, scenery: Scenery) -> bool:
        """Return whether the scenery has such places."""
        return bool(scenery.look_alikes)

    def target(self, here: Float64) -> Place:
        """Return one of these places, far from ``here`` if possible."""
        places = self.scenery.look_alikes
        for _ in range(_TRIES):
            place = places[int(self.random.integers(len(places)))]
            if how_far(here, self.scenery.pose(place)) >= 1.0:
                return place
        return max(places, key=lambda place: how_far(here, self.scenery.pose(place)))


PLUGIN = LookAlikes
