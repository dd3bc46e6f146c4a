"""Whether the camera is the one its calibration says: what several looks say of its focal length holds for all of them.

A wrong focal length shows in most looks, not in all: before a flat wall it cannot be told from distance. A camera does
not change its lens between two looks, so that an answer is no better than those beside it.
"""

from __future__ import annotations

from collections import deque

from reloc.datatypes import Lost, LostReason
from reloc.trust.gate_config import GateConfig


class LensDoubt:
    """Remembers looks that showed another focal length."""

    def __init__(self, config: GateConfig) -> None:
        self._config = config
        self._stamps_ns: deque[int] = deque()

    def use(self, config: GateConfig) -> None:
        """Judge by these parameters from now on."""
        self._config = config

    def note(self, why: Lost, stamp_ns: int) -> None:
        """A look was refused."""
        if why.reason is LostReason.CAMERA_MISMATCH:
            self._stamps_ns.append(stamp_ns)

    def at(self, stamp_ns: int) -> Lost | None:
        """Why no answer counts now, if there were too many such looks of late."""
        window_s, most = self._config.look_window_s, self._config.lens_looks
        while self._stamps_ns and self._stamps_ns[0] < stamp_ns - int(window_s * 1e9):
            self._stamps_ns.popleft()
        if most == 0 or len(self._stamps_ns) < most:
            return None
        detail = (
            f"{len(self._stamps_ns)} looks of the last {window_s:g} s showed another focal length than camera_info "
            "has; if the images are rectified, set image_is_rectified"
        )
        return Lost(LostReason.CAMERA_MISMATCH, detail)
