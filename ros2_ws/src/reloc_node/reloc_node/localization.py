"""Do the work of an active localizer in a separate thread: take the newest image, and publish every result."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from reloc.engine import Engine, NoMap
from reloc.trust.gate_config import GateConfig
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.camera_info import CameraInfoConverter
from reloc_node.conversions.images import ImageMessage
from reloc_node.conversions.poses import NANOSECONDS, to_nanoseconds
from reloc_node.counters import Counters
from reloc_node.frames import Frames
from reloc_node.guard import FAULTS, in_words
from reloc_node.image_pace import ImagePace
from reloc_node.looker import Looker, ReceivedFrame
from reloc_node.map_transfer.current_map import CurrentMap
from reloc_node.outputs.outputs import Outputs
from reloc_node.outputs.seen import PublishedLook
from reloc_node.worker import Worker

# Stamps go back by more than this if a bag started again. After a smaller step, images are only out of order.
LOOP_NS = NANOSECONDS


class Localization:
    """Run from activation to deactivation. Any thread but the worker's own may call the methods."""

    def __init__(
        self,
        config: LocalizerNodeConfig,
        frames: Frames,
        cameras: CameraInfoConverter,
        outputs: Outputs,
        current: CurrentMap,
        gate_config: Callable[[], GateConfig],
        on_look: Callable[[PublishedLook], None],
        on_error: Callable[[BaseException], None],
    ) -> None:
        """Start. The worker's thread calls ``on_look`` with each look that was published."""
        self._config, self._frames, self._cameras, self._outputs = config, frames, cameras, outputs
        self._current, self._gate_config, self._on_look = current, gate_config, on_look
        self._on_error = on_error
        self._lock = threading.Lock()  # between the end of a look and a reset
        self._epoch = 0
        self._last_stamp_ns, self._arrived_s = 0, time.monotonic()
        self._pace, self._stale = ImagePace(), 0
        self.counters = Counters()
        self._looker = self._new_looker()
        self.worker: Worker[ReceivedFrame] = Worker("localizer", self._look, on_error)
        self.worker.start()

    @property
    def received(self) -> int:
        """Number of received images."""
        return self.worker.mailbox.received

    @property
    def dropped(self) -> int:
        """Number of images that a newer one replaced, or that were too old when their turn came."""
        return self.worker.mailbox.dropped + self._stale

    def silence_s(self) -> float:
        """Return the seconds since the last image, or since the start, by this machine's clock."""
        return time.monotonic() - self._arrived_s

    def why_silent(self, seconds: float) -> str:
        """Return as text why no look was finished for ``seconds``."""
        silence_s = self.silence_s()
        if silence_s >= seconds:
            return f"No image for {silence_s:.1f} s"
        return (
            f"No look was accepted within {seconds:.1f} s although images arrive. Looks take too long (see total_ms of "
            "~/status), or images are dropped; raise gate.lost_after_s to allow more time"
        )

    def offer(self, message: ImageMessage) -> None:
        """Pass an image to the worker, and return at once."""
        arrived, self._arrived_s = time.perf_counter(), time.monotonic()
        stamp_ns = to_nanoseconds(message.header.stamp)
        if 0 < stamp_ns < self._last_stamp_ns:
            if stamp_ns > self._last_stamp_ns - LOOP_NS:
                return  # a newer image has already arrived
            self.reset()
            self._frames.clear()
        self._last_stamp_ns = max(stamp_ns, self._last_stamp_ns)
        if stamp_ns > 0:
            self._pace.arrived(stamp_ns, arrived)
        self.worker.mailbox.put(ReceivedFrame(message, arrived, self._epoch))

    def reset(self) -> None:
        """Forget the robot's place, because time went back or the map changed. A look in progress does not count."""
        with self._lock:
            self._epoch += 1
            self._looker = self._new_looker()
            self.worker.mailbox.clear()
            self._outputs.reset()
            self._last_stamp_ns = 0
            self._pace = ImagePace()

    def ask_as_usual(self) -> None:
        """Let the gate use the current parameters; it keeps its state."""
        with self._lock:
            self._looker.use(self._gate_config())

    def stop(self) -> None:
        """Finish the current image, then publish nothing more."""
        with self._lock:
            self._epoch += 1
        self.worker.stop()

    def _look(self, frame: ReceivedFrame) -> None:
        with self._lock:
            looker = self._looker
        if frame.epoch != self._epoch:
            return
        if self._is_stale(frame):
            self._stale += 1
            return
        try:
            look = looker.look(frame)
        except FAULTS as error:  # a bug: this image is Lost with the reason, and work goes on with the next one
            self._on_error(error)
            look = looker.failed(frame, in_words(error))
        engine = looker.engine if isinstance(looker.engine, Engine) else None
        with self._lock:
            if frame.epoch == self._epoch and engine is self._current.engine:
                seen = self._outputs.publish(look, engine)
                self.counters.add(look)
                self._on_look(seen)

    def _new_looker(self) -> Looker:
        engine = self._current.engine or NoMap(lambda: self._current.why_none())
        return Looker(self._config, self._frames, self._cameras, engine, self._gate_config())

    def _is_stale(self, frame: ReceivedFrame) -> bool:
        """Return whether a newer image is due. The age is measured since arrival, because a bag's stamps are old."""
        limit = self._config.max_image_age or self._pace.period()
        return limit is not None and time.perf_counter() - frame.arrived > limit
