"""The work of an active localizer: newest image in, everything published, in a thread of its own."""

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
from reloc_node.image_pace import ImagePace
from reloc_node.looker import Looker, ReceivedFrame
from reloc_node.map_transfer.current_map import CurrentMap
from reloc_node.outputs.outputs import Outputs
from reloc_node.outputs.seen import PublishedLook
from reloc_node.worker import Worker

# Images that go back in time by more than this come from a bag that began anew; by less, they were overtaken.
LOOP_NS = NANOSECONDS


class Localization:
    """From activation to deactivation. Its methods may be called by any thread but the worker's own."""

    def __init__(
        self,
        config: LocalizerNodeConfig,
        frames: Frames,
        cameras: CameraInfoConverter,
        outputs: Outputs,
        current: CurrentMap,
        gate_config: Callable[[], GateConfig],
        on_look: Callable[[PublishedLook], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        """``on_look`` is told of each look that was published, by the worker's thread."""
        self._config, self._frames, self._cameras, self._outputs = config, frames, cameras, outputs
        self._current, self._gate_config, self._on_look = current, gate_config, on_look
        self._lock = threading.Lock()  # between the end of a look and a reset
        self._epoch = 0
        self._last_stamp_ns = 0
        self._pace, self._stale = ImagePace(), 0
        self.counters = Counters()
        self._looker = self._new_looker()
        self._worker: Worker[ReceivedFrame] = Worker("localizer", self._look, on_error)
        self._worker.start()

    @property
    def received(self) -> int:
        """Images that came in."""
        return self._worker.mailbox.received

    @property
    def dropped(self) -> int:
        """Images that a newer one replaced before their turn came, or that were too old by then."""
        return self._worker.mailbox.dropped + self._stale

    def offer(self, message: ImageMessage) -> None:
        """Leave an image for the worker; returns at once."""
        arrived = time.perf_counter()
        stamp_ns = to_nanoseconds(message.header.stamp)
        if 0 < stamp_ns < self._last_stamp_ns:
            if stamp_ns > self._last_stamp_ns - LOOP_NS:
                return  # overtaken on its way: a newer one was here already
            self.reset()
            self._frames.clear()
        self._last_stamp_ns = max(stamp_ns, self._last_stamp_ns)
        if stamp_ns > 0:
            self._pace.arrived(stamp_ns, arrived)
        self._worker.mailbox.put(ReceivedFrame(message, arrived, self._epoch))

    def reset(self) -> None:
        """Forget where the robot was: time went back, or the map is another. A look under way does not count."""
        with self._lock:
            self._epoch += 1
            self._looker = self._new_looker()
            self._worker.mailbox.clear()
            self._outputs.reset()
            self._last_stamp_ns = 0
            self._pace = ImagePace()

    def ask_as_usual(self) -> None:
        """Let the gate judge by the parameters as they are now, and forget nothing."""
        with self._lock:
            self._looker.use(self._gate_config())

    def stop(self) -> None:
        """Finish the image in hand, publish nothing more."""
        with self._lock:
            self._epoch += 1
        self._worker.stop()

    def _look(self, frame: ReceivedFrame) -> None:
        with self._lock:
            looker = self._looker
        if frame.epoch != self._epoch:
            return
        if self._is_stale(frame):
            self._stale += 1
            return
        look = looker.look(frame)
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
        """Whether a newer image is due by now. Since its arrival: the stamps of a bag are of another day."""
        limit = self._config.max_image_age or self._pace.period()
        return limit is not None and time.perf_counter() - frame.arrived > limit
