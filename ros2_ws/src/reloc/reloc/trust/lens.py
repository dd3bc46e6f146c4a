"""Detect a camera whose focal length differs from its calibration, over several looks.

A wrong focal length shows in most looks, not in all: in front of a flat wall it cannot be told from distance. A camera
does not change its lens between two looks, so one look's finding counts for its neighbors.
"""

from __future__ import annotations

from collections import deque

from reloc.datatypes import Lost, LostReason
from reloc.trust.gate_config import GateConfig


class LensDoubt:
    """Remember looks that showed another focal length."""

    def __init__(self, config: GateConfig) -> None:
        self._config = config
        self._stamps_ns: deque[int] = deque()

    def use(self, config: GateConfig) -> None:
        """Use these parameters from now on."""
        self._config = config

    def note(self, why: Lost, stamp_ns: int) -> None:
        """Note a look that was refused."""
        if why.reason is LostReason.CAMERA_MISMATCH:
            self._stamps_ns.append(stamp_ns)

    def at(self, stamp_ns: int) -> Lost | None:
        """Return why no answer counts now, if there were too many such looks recently."""
        window_s, most = self._config.look_window_s, self._config.lens_looks
        while self._stamps_ns and self._stamps_ns[0] < stamp_ns - int(window_s * 1e9):
            self._stamps_ns.popleft()
        if most == 0 or len(self._stamps_ns) < most:
            return None
        detail = (
            f"{len(self._stamps_ns)} looks of the last {window_s:g} s fit another focal length than that of "
            "camera_info: calibrate the camera; if its images are rectified, set image_is_rectified"
        )
        return Lost(LostReason.CAMERA_MISMATCH, detail)
