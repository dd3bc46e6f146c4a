"""Everything between an image message and the gate's verdict, in the order of the data."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Answer, Float64, Localized, Lost, LostReason, Query, UInt8
from reloc.engine import Engine
from reloc.geometry.cameras import Camera
from reloc.timing import StageClock
from reloc.trust.gate import Gate, Verify
from reloc.trust.gate_config import GateConfig
from reloc.trust.verification import Verified
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.camera_info import CameraInfoConverter
from reloc_node.conversions.images import ImageMessage, to_image
from reloc_node.conversions.poses import to_nanoseconds
from reloc_node.frames import Frames
from reloc_node.look import Look


@dataclass(frozen=True, slots=True)
class Frame:
    """An image message, and when it came (``time.perf_counter``)."""

    message: ImageMessage
    arrived: float
    epoch: int = 0  # counts up when time goes backwards or the state is reset


class Looker:
    """Looks at one image after the other. Used by the worker's thread alone."""

    def __init__(self, config: LocalizerNodeConfig, frames: Frames, cameras: CameraInfoConverter, gate: Gate) -> None:
        self._config, self._frames, self._cameras, self._gate = config, frames, cameras, gate
        self._idle_since = 0.0
        self._last_ns = 0

    def use(self, config: GateConfig) -> None:
        """Let the gate judge by other parameters from now on."""
        self._gate.use(config)

    def look(self, frame: Frame, engine: Engine | None, no_map: str) -> Look:
        """Convert, localize, look transforms up, decide."""
        clock = StageClock()
        # What the image waited for the one before it is the method's time, not the node's.
        clock.stage_ms["wait"] = max(0.0, self._idle_since - frame.arrived) * 1e3
        stamp_ns = to_nanoseconds(frame.message.header.stamp)
        camera_frame = self._config.camera_frame or frame.message.header.frame_id
        image: UInt8 | None = None
        with clock.stage("convert"):
            query = self._query(frame, stamp_ns, engine, no_map)
        with clock.stage("tf"):
            base_from_cam = self._base_from_cam(camera_frame, stamp_ns)
        answer: Answer
        if isinstance(query, Lost):
            answer = query
        else:
            image = query.image
            answer = base_from_cam if isinstance(base_from_cam, Lost) else self._localize(query, engine, clock)
        with clock.stage("tf"):
            odom_from_base = self._odom_from_base(stamp_ns)
        if isinstance(odom_from_base, Lost) and self._config.tf_mode == "tf" and not isinstance(answer, Lost):
            answer = Lost(odom_from_base.reason, odom_from_base.detail, answer.support, answer.references)
        known_base = None if isinstance(base_from_cam, Lost) else base_from_cam
        known_odom = None if isinstance(odom_from_base, Lost) else odom_from_base
        with clock.stage("gate"):
            odom_from_cam = None if known_base is None or known_odom is None else known_odom @ known_base
            # An image without a time is Lost, but no sign that time went back.
            self._last_ns = stamp_ns if stamp_ns > 0 else self._last_ns
            verify = self._verification(query, engine, clock)
            probability = engine.probability(answer) if engine else None
            verdict = self._gate.consider(answer, odom_from_cam, self._last_ns, probability, verify)
        clock.stage_ms["gate"] -= clock.stage_ms.get("verify", 0.0)
        self._idle_since = time.perf_counter()
        total_ms = (self._idle_since - frame.arrived) * 1e3
        return Look(stamp_ns, verdict.answer, verdict, clock.stage_ms, total_ms, known_base, known_odom, image)

    def failed(self, frame: Frame, why: str) -> Look:
        """The look at an image whose handling raised an exception: Lost(INTERNAL), and why."""
        stamp_ns = to_nanoseconds(frame.message.header.stamp)
        verdict = self._gate.consider(Lost(LostReason.INTERNAL, why), None, self._last_ns, None, None)
        self._idle_since = time.perf_counter()
        return Look(stamp_ns, verdict.answer, verdict, {}, (self._idle_since - frame.arrived) * 1e3)

    def _query(self, frame: Frame, stamp_ns: int, engine: Engine | None, no_map: str) -> Query | Lost:
        image = to_image(frame.message, engine.wants if engine else "gray", self._cameras.camera_for)
        if isinstance(image, Lost):
            return image
        camera = self._cameras.camera_for(image.shape[1], image.shape[0])
        if isinstance(camera, Camera):
            return Query(image, camera, stamp_ns) if engine else Lost(LostReason.NO_MAP, no_map)
        return camera

    def _localize(self, query: Query, engine: Engine | None, clock: StageClock) -> Answer:
        assert engine is not None  # without one there is no query
        start = time.perf_counter()
        answer = engine.localize(query)
        _add_stages(clock, answer.stage_ms, (time.perf_counter() - start) * 1e3)
        return answer

    def _verification(self, query: Query | Lost, engine: Engine | None, clock: StageClock) -> Verify | None:
        """What the gate asks of an answer that it did not expect, or that is too unsure."""
        if engine is None or engine.verifier is None or isinstance(query, Lost):
            return None

        def verify(answer: Localized) -> Verified | Lost:
            with clock.stage("verify"):
                return engine.verify(query, answer)

        return verify

    def _base_from_cam(self, camera_frame: str, stamp_ns: int) -> Float64 | Lost:
        """A mounting that does not move is there at once; one that moves may still be on its way."""
        if not self._config.base_frame:
            return np.eye(4)
        return self._frames.lookup(self._config.base_frame, camera_frame, stamp_ns, self._config.tf_timeout)

    def _odom_from_base(self, stamp_ns: int) -> Float64 | Lost:
        """Asked for after the method's work: by then odometry of the image's time has come."""
        if not self._config.odom_frame or not self._config.base_frame:
            return Lost(LostReason.NO_TF, "There is no odometry")
        return self._frames.lookup(self._config.odom_frame, self._config.base_frame, stamp_ns, self._config.tf_timeout)


def _add_stages(clock: StageClock, stage_ms: Mapping[str, float], whole_ms: float) -> None:
    """The method's stages by its own names, and what they leave of its time as ``other``."""
    for name, value in stage_ms.items():
        clock.stage_ms[name] = clock.stage_ms.get(name, 0.0) + value
    clock.stage_ms["other"] = max(0.0, whole_ms - sum(stage_ms.values()))
