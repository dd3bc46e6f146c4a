"""Keep the frames before a query with their answers: CamNet's additional references (paper, 3.4).

They help only in a sequence. All are dropped when the sequence breaks. It breaks if a frame is Lost or has no stamp, if
a stamp is not later or much later (a gap, a clock that was set), or if an image is unlike the last one (a cut, a
kidnapped robot).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64
from reloc.localizers.camnet.stages import Features, ImageFeatures


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame with an answer."""

    stamp_ns: int
    features: ImageFeatures
    world_from_cam: Float64  # (4, 4), the answer


class PrecedingFrames:
    """A limited number of frames, newest last."""

    def __init__(self, most: int, max_gap_s: float, min_similarity: float) -> None:
        """Create it without frames.

        Args:
            most: number of frames to keep; 0 keeps none.
            max_gap_s: longest time between one frame and the next.
            min_similarity: descriptors with a lower cosine belong to two places.
        """
        self._frames: deque[Frame] = deque(maxlen=most)
        self._max_gap_ns = int(max_gap_s * 1e9)
        self._min_similarity = min_similarity

    def before(self, stamp_ns: int, features: ImageFeatures) -> tuple[Frame, ...]:
        """Return the frames that a frame at ``stamp_ns`` continues. If it continues none, drop all frames."""
        if self._frames:
            last = self._frames[-1]
            alike = float(np.dot(last.features.descriptor.astype(np.float64), features.descriptor))
            if not 0 < stamp_ns - last.stamp_ns <= self._max_gap_ns or not alike >= self._min_similarity:
                self.forget()
        return tuple(self._frames)

    def keep(self, stamp_ns: int, features: ImageFeatures, world_from_cam: Float64) -> None:
        """Add an answered frame. A frame without a stamp is not kept."""
        if stamp_ns > 0:
            copies: tuple[Features, ...] = tuple(
                np.array(part) for part in (features.descriptor, features.coarse, features.fine)
            )
            self._frames.append(Frame(stamp_ns, ImageFeatures(*copies), np.array(world_from_cam)))

    def forget(self) -> None:
        """Drop all frames."""
        self._frames.clear()
