"""Process an image message up to the gate's verdict, in the order of the data."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64, Lost, LostReason, Query
from reloc.engine import Engine, NoMap
from reloc.geometry.cameras import Camera
from reloc.messages.names import frame_name
from reloc.relocalizer import Composition
from reloc.timing import StageClock
from reloc.trust.gate_config import GateConfig
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.camera_info import CameraInfoConverter
from reloc_node.conversions.images import ImageMessage, to_image
from reloc_node.conversions.poses import to_nanoseconds
from reloc_node.frames import Frames
from reloc_node.look import FrameLook


@dataclass(frozen=True, slots=True)
class ReceivedFrame:
    """An image message and its time of arrival (``time.perf_counter``)."""

    message: ImageMessage
    arrived: float
    epoch: int = 0  # incremented when time goes backward or the state is reset


class Looker:
    """Process one image after the other. Only the worker's thread uses it."""

    def __init__(
        self,
        config: LocalizerNodeConfig,
        frames: Frames,
        cameras: CameraInfoConverter,
        engine: Engine | NoMap,
        gate: GateConfig,
    ) -> None:
        self.engine = engine
        self._config, self._frames, self._cameras = config, frames, cameras
        self._system = Composition[Query](engine, gate)
        self._idle_since = 0.0
        self._last_ns = 0

    def use(self, config: GateConfig) -> None:
        """Let the gate use other parameters from now on."""
        self._system.gate.use(config)

    def look(self, frame: ReceivedFrame) -> FrameLook:
        """Convert an image and run the system on it; transforms are looked up on the way."""
        clock = StageClock()
        # Time spent waiting for the image before belongs to the method, not to the node.
        clock.stage_ms["wait"] = max(0.0, self._idle_since - frame.arrived) * 1e3
        stamp_ns = to_nanoseconds(frame.message.header.stamp)
        camera_frame = frame_name(self._config.camera_frame or frame.message.header.frame_id)
        with clock.stage("convert"):
            query = self._query(frame, stamp_ns)
        with clock.stage("tf"):
            base_from_cam = self._base_from_cam(camera_frame, stamp_ns)
        image, camera = (None, None) if isinstance(query, Lost) else (query.image, query.camera)
        if isinstance(base_from_cam, Lost) and not isinstance(query, Lost):
            query = base_from_cam
        odom_from_base: Float64 | Lost | None = None

        def odometry() -> Float64 | Lost | None:
            """Return the odometry at the image's time. It is asked after the method's work, when it has arrived."""
            nonlocal odom_from_base
            odom_from_base = self._odom_from_base(stamp_ns)
            if isinstance(odom_from_base, Lost):
                return odom_from_base if self._config.tf_mode == "tf" else None
            return None if isinstance(base_from_cam, Lost) else odom_from_base @ base_from_cam

        # An image without a stamp is Lost, but does not mean that time went back.
        self._last_ns = stamp_ns if stamp_ns > 0 else self._last_ns
        done = self._system.consider(query, odometry, self._last_ns, clock)
        self._idle_since = time.perf_counter()
        total_ms = (self._idle_since - frame.arrived) * 1e3
        known_base = None if isinstance(base_from_cam, Lost) else base_from_cam
        known_odom = None if isinstance(odom_from_base, Lost) else odom_from_base
        return FrameLook(
            stamp_ns, done.answer, done.verdict, done.stage_ms, total_ms, known_base, known_odom, image, camera
        )

    def failed(self, frame: ReceivedFrame, why: str) -> FrameLook:
        """Return the look for an image whose processing raised an exception: Lost(INTERNAL) with the reason."""
        clock, stamp_ns = StageClock(), to_nanoseconds(frame.message.header.stamp)
        done = self._system.consider(Lost(LostReason.INTERNAL, why), lambda: None, self._last_ns, clock)
        self._idle_since = time.perf_counter()
        total_ms = (self._idle_since - frame.arrived) * 1e3
        return FrameLook(stamp_ns, done.answer, done.verdict, done.stage_ms, total_ms)

    def _query(self, frame: ReceivedFrame, stamp_ns: int) -> Query | Lost:
        image = to_image(frame.message, self.engine.wants, self._cameras.camera_for)
        if isinstance(image, Lost):
            return image
        camera = self._cameras.camera_for(image.shape[1], image.shape[0])
        return Query(image, camera, stamp_ns) if isinstance(camera, Camera) else camera

    def _base_from_cam(self, camera_frame: str, stamp_ns: int) -> Float64 | Lost:
        """Return the camera's mounting: at once if it does not move, else at the image's time."""
        if not self._config.base_frame:
            return np.eye(4)
        return self._frames.lookup(self._config.base_frame, camera_frame, stamp_ns, self._config.tf_timeout)

    def _odom_from_base(self, stamp_ns: int) -> Float64 | Lost:
        """Return the odometry at the image's time. It is asked after the method's work, when it has arrived."""
        if not self._config.odom_frame or not self._config.base_frame:
            return Lost(LostReason.NO_TF, "There is no odometry")
        return self._frames.lookup(self._config.odom_frame, self._config.base_frame, stamp_ns, self._config.tf_timeout)
