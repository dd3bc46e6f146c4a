"""A buffer of transforms that can wait for them."""

from __future__ import annotations

import threading
import time as wall
from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import TransformStamped
from rclpy.clock import Clock, JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.task import Future
from rclpy.time import Time
from tf2_msgs.srv import FrameGraph

from tf2_ros.buffer_core import BufferCore
from tf2_ros.times import NS_PER_S, duration_ns

Check = Callable[[], tuple[bool, str]]


class Buffer(BufferCore):
    """Store transforms and look them up, now or when they arrive.

    A blocking wait needs the transforms to arrive in another thread: an executor of several threads and a listener's
    own (reentrant) group, or a listener with ``spin_thread=True``.

    Args:
        cache_time: how much of the past to keep; 10 s.
        node: gives its clock, and gets the service ``tf2_frames``.
    """

    def __init__(self, cache_time: Duration | None = None, node: Node | None = None) -> None:
        super().__init__(cache_time)
        self._news = threading.Condition()
        self._waiting: list[Callable[[], None]] = []
        self.clock = node.get_clock() if node is not None else Clock()
        if node is not None:
            self.srv = node.create_service(FrameGraph, "tf2_frames", self._frame_graph)
        threshold = JumpThreshold(min_forward=None, min_backward=Duration(seconds=-1), on_clock_change=True)
        self.jump_handle = self.clock.create_jump_callback(threshold, post_callback=self.time_jump_callback)

    def _frame_graph(self, _request: FrameGraph.Request, _response: FrameGraph.Response) -> FrameGraph.Response:
        return FrameGraph.Response(frame_yaml=self.all_frames_as_yaml())

    def time_jump_callback(self, time_jump: TimeJump) -> None:
        """Clear the buffer, because simulated time started again."""
        get_logger("tf2_buffer").warning("Detected jump back in time. Clearing tf buffer.")
        self.clear()

    def set_transform(self, transform: TransformStamped, authority: str) -> None:
        """Add a transform of a moving frame, and wake waiting lookups."""
        super().set_transform(transform, authority)
        self._tell()

    def set_transform_static(self, transform: TransformStamped, authority: str) -> None:
        """Add a transform that never changes, and wake waiting lookups."""
        super().set_transform_static(transform, authority)
        self._tell()

    def lookup_transform(
        self, target_frame: str, source_frame: str, time: Time, timeout: Duration = Duration()
    ) -> TransformStamped:
        """Return ``target_from_source`` at a time (0: the latest common one), waiting up to ``timeout`` for it.

        Raises:
            TransformException: its subclass tells why.
        """
        self.can_transform(target_frame, source_frame, time, timeout)
        return self.lookup_transform_core(target_frame, source_frame, time)

    def lookup_transform_full(
        self,
        target_frame: str,
        target_time: Time,
        source_frame: str,
        source_time: Time,
        fixed_frame: str,
        timeout: Duration = Duration(),
    ) -> TransformStamped:
        """Return the transform from the source at its time to the target at its own, through a fixed frame."""
        self.can_transform_full(target_frame, target_time, source_frame, source_time, fixed_frame, timeout)
        return self.lookup_transform_full_core(target_frame, target_time, source_frame, source_time, fixed_frame)

    async def lookup_transform_async(self, target_frame: str, source_frame: str, time: Time) -> TransformStamped:
        """Look up as :meth:`lookup_transform` does, waiting forever without blocking the executor."""
        await self.wait_for_transform_async(target_frame, source_frame, time)
        return self.lookup_transform_core(target_frame, source_frame, time)

    async def lookup_transform_full_async(
        self, target_frame: str, target_time: Time, source_frame: str, source_time: Time, fixed_frame: str
    ) -> TransformStamped:
        """Look up as :meth:`lookup_transform_full` does, waiting forever without blocking the executor."""
        way = (target_frame, target_time, source_frame, source_time, fixed_frame)
        await self.wait_for_transform_full_async(*way)
        return self.lookup_transform_full_core(*way)

    def can_transform(
        self,
        target_frame: str,
        source_frame: str,
        time: Time,
        timeout: Duration = Duration(),
        return_debug_tuple: bool = False,
    ) -> Any:
        """Return whether a lookup would succeed, waiting up to ``timeout`` for it; with the reason on request."""
        result = self._wait(lambda: self.can_transform_core(target_frame, source_frame, time), timeout)
        return result if return_debug_tuple else result[0]

    def can_transform_full(
        self,
        target_frame: str,
        target_time: Time,
        source_frame: str,
        source_time: Time,
        fixed_frame: str,
        timeout: Duration = Duration(),
        return_debug_tuple: bool = False,
    ) -> Any:
        """Return whether a lookup between two times would succeed."""
        way = (target_frame, target_time, source_frame, source_time, fixed_frame)
        result = self._wait(lambda: self.can_transform_full_core(*way), timeout)
        return result if return_debug_tuple else result[0]

    def wait_for_transform_async(self, target_frame: str, source_frame: str, time: Time) -> Future:
        """Return a future that gets the transform when it is available."""
        way = (target_frame, source_frame, time)
        return self._future(lambda: self.can_transform_core(*way), lambda: self.lookup_transform_core(*way))

    def wait_for_transform_full_async(
        self, target_frame: str, target_time: Time, source_frame: str, source_time: Time, fixed_frame: str
    ) -> Future:
        """Return a future that gets the transform between two times when it is available."""
        way = (target_frame, target_time, source_frame, source_time, fixed_frame)
        return self._future(lambda: self.can_transform_full_core(*way), lambda: self.lookup_transform_full_core(*way))

    def _wait(self, check: Check, timeout: Any) -> tuple[bool, str]:
        deadline = wall.monotonic() + duration_ns(timeout) / NS_PER_S
        with self._news:
            result = check()
            while not result[0] and (left := deadline - wall.monotonic()) > 0:
                self._news.wait(left)
                result = check()
            return result

    def _future(self, check: Check, lookup: Callable[[], TransformStamped]) -> Future:
        future = Future()

        def on_news() -> None:
            try:
                if not future.done() and check()[0]:
                    future.set_result(lookup())
            except Exception as error:  # the exception goes to the awaiting code, not to the listener
                future.set_exception(error)

        with self._news:
            on_news()
            if not future.done():
                self._waiting.append(on_news)
                future.add_done_callback(lambda _: self._forget(on_news))
        return future

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._news:
            if callback in self._waiting:
                self._waiting.remove(callback)

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()
            waiting = list(self._waiting)
        for callback in waiting:
            callback()
