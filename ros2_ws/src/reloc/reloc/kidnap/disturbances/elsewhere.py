"""Another building."""

from __future__ import annotations

import numpy as np

from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.scenery import Frames, Scenery, walk


class Elsewhere(Disturbance):
    """The robot wakes up in a building that is not in the map."""

    name = "elsewhere"
    about = "The robot is in a different building, where every answer is wrong"
    recoverable = False
    in_map = False

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        super().__init__(scenery, random)
        self._drive = int(random.integers(len(scenery.elsewhere)))

    @classmethod
    def is_possible(cls, scenery: Scenery) -> bool:
        """Return whether the scenery has pictures of another building."""
        return bool(scenery.elsewhere)

    def frames(self, before: Frames, after: Frames) -> Frames:
        """Return a drive in the other building."""
        drive = self.scenery.elsewhere[self._drive]
        return tuple(drive[i] for i in walk(drive, int(self.random.integers(len(drive))), len(after), self.random))


PLUGIN = Elsewhere
