"""The frames before a query, with their answers: CamNet's references of its own making (paper, 3.4).

They are of use in a sequence alone. Whatever breaks it makes them forgotten: a frame that was Lost or has no stamp, a
stamp that is not later or much later (a gap, a clock that was set), and a picture that is nothing like the last one (a
cut, a kidnapped robot).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64
from reloc.localizers.camnet.stages import Features, ImageFeatures


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One that was answered."""

    stamp_ns: int
    features: ImageFeatures
    world_from_cam: Float64  # (4, 4), the answer


class PrecedingFrames:
    """At most so many, newest last."""

    def __init__(self, most: int, max_gap_s: float, min_similarity: float) -> None:
        """
        Args:
            most: 0: none are ever kept.
            max_gap_s: longest time between one frame and the next.
            min_similarity: cosine of two descriptors, below which they are of two places.
        """
        self._frames: deque[Frame] = deque(maxlen=most)
        self._max_gap_ns = int(max_gap_s * 1e9)
        self._min_similarity = min_similarity

    def before(self, stamp_ns: int, features: ImageFeatures) -> tuple[Frame, ...]:
        """Those that the frame of that stamp continues; if it continues none, all are forgotten."""
        if self._frames:
            last = self._frames[-1]
            alike = float(np.dot(last.features.descriptor.astype(np.float64), features.descriptor))
            if not 0 < stamp_ns - last.stamp_ns <= self._max_gap_ns or not alike >= self._min_similarity:
                self.forget()
        return tuple(self._frames)

    def keep(self, stamp_ns: int, features: ImageFeatures, world_from_cam: Float64) -> None:
        """A frame was answered; one without a stamp is not kept."""
        if stamp_ns > 0:
            copies: tuple[Features, ...] = tuple(
                np.array(part) for part in (features.descriptor, features.coarse, features.fine)
            )
            self._frames.append(Frame(stamp_ns, ImageFeatures(*copies), np.array(world_from_cam)))

    def forget(self) -> None:
        """All of them."""
        self._frames.clear()
