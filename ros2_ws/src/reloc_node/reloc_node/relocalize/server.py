"""The action server: it takes goals, and sends feedback for each look and one result. The worker makes the looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from rclpy.action import CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.clock import Clock, ClockType

from reloc.datatypes import Float64, Lost
from reloc.engine import Engine
from reloc.trust.gate_config import GateConfig
from reloc_msgs.action import Relocalize
from reloc_node.frames import Frames
from reloc_node.guard import FAULTS
from reloc_node.localization import Localization
from reloc_node.managed_node import ManagedNode
from reloc_node.map_transfer.current_map import CurrentMap
from reloc_node.outputs.seen import PublishedLook
from reloc_node.parameters import ParameterSet
from reloc_node.relocalize.config import RelocalizeConfig
from reloc_node.relocalize.long_goals import LongGoals
from reloc_node.relocalize.messages import to_feedback, to_result
from reloc_node.relocalize.search import End, Outcome, Search, not_calibrated
from reloc_node.relocalize.wanted import Wanted, read_goal

PERIOD_S = 0.05  # period of timeout checks


@dataclass(frozen=True, slots=True)
class _Running:
    handle: ServerGoalHandle
    search: Search


class RelocalizeServer:
    """The server, which runs as long as the node. The executor's thread calls all methods except :meth:`take`."""

    def __init__(
        self,
        node: ManagedNode,
        config: ParameterSet[RelocalizeConfig],
        current: CurrentMap,
        frames: Frames,
        map_frame: Callable[[Engine], str],
    ) -> None:
        self._node, self._config, self._current, self._frames = node, config, current, frames
        self._map_frame = map_frame
        self._localization: Localization | None = None
        self._wanted: Wanted | None = None  # the running goal's requirements, for a new gate
        self._running: _Running | None = None
        self._lock = threading.Lock()  # the thread that takes _running ends the goal: the worker's or the executor's
        self._server = LongGoals(
            node,
            Relocalize,
            "~/relocalize",
            lambda handle: to_result(End(Outcome.STOPPED), None),  # LongGoals itself calls the last callback
            handle_accepted_callback=self._on_accepted,
            cancel_callback=self._on_cancel,
        )
        self._timer = node.create_timer(PERIOD_S, self._on_timer, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._timer.cancel()

    def watch(self, localization: Localization | None) -> None:
        """Set the source of looks. None means that there is none, so a running goal ends."""
        self._localization = localization
        if localization is None:
            self._end(End(Outcome.STOPPED, f"The node is no longer active: {self._node.get_name()} was deactivated"))

    def gate_config(self, config: GateConfig) -> GateConfig:
        """Return the gate's parameters, which are stricter while a goal requires that."""
        wanted = self._wanted
        return config if wanted is None else wanted.gate_config(config)

    def take(self, seen: PublishedLook) -> None:
        """Process a published look. The worker's thread calls this for one look after the other."""
        running = self._running
        if running is None:
            return
        end = running.search.take(seen)
        running.handle.publish_feedback(to_feedback(running.search, time.monotonic()))
        if end is not None:
            self._end(end, running)

    def close(self) -> None:
        """End the running goal and the server."""
        self.watch(None)
        self._node.destroy_timer(self._timer)
        self._server.destroy()

    def _on_accepted(self, handle: ServerGoalHandle) -> None:
        """Start a goal. If reading it raises an exception, it ends at once with the reason."""
        handle.execute()
        try:
            self._begin(handle)
        except FAULTS as error:
            guard = self._node.guard
            self._finish(handle, End(Outcome.INVALID_GOAL, guard.caught("A goal of ~/relocalize", error)), None)

    def _begin(self, handle: ServerGoalHandle) -> None:
        checked, localization = self._checked(handle.request), self._localization
        if isinstance(checked, End) or localization is None:
            self._finish(handle, checked if isinstance(checked, End) else End(Outcome.STOPPED), None)
            return
        self._end(End(Outcome.SUPERSEDED, "Another goal took its place"))
        wanted, map_frame = checked
        self._wanted = wanted
        localization.reset()  # a look in progress does not count from here on
        with self._lock:
            self._running = _Running(handle, Search(wanted, map_frame, time.monotonic()))
        self._timer.reset()

    def _checked(self, goal: Relocalize.Goal) -> tuple[Wanted, str] | End:
        """Return the goal's requirements and the map's frame, or why the goal cannot begin."""
        engine = self._current.engine
        if self._localization is None:
            return End(Outcome.STOPPED, "The node is not active: activate it, then ask again")
        if engine is None:
            return End(Outcome.NO_MAP, self._current.why_none())
        map_frame = self._map_frame(engine)

        def lookup(frame: str) -> Float64 | Lost:
            return self._frames.newest(map_frame, frame)

        wanted = read_goal(goal, self._config.value, map_frame, lookup)
        if isinstance(wanted, str):
            return End(Outcome.INVALID_GOAL, wanted)
        calibration = engine.calibration
        if wanted.certainty > 0 and (calibration is None or calibration.problem):
            problem = calibration.problem if calibration else ""
            return End(Outcome.NOT_CALIBRATED, not_calibrated(engine.name, problem))
        return wanted, map_frame

    def _on_cancel(self, handle: ServerGoalHandle) -> CancelResponse:
        running = self._running
        if running is None or running.handle != handle:
            return CancelResponse.REJECT  # it has ended already; its result is on its way
        self._end(End(Outcome.CANCELLED, "It was cancelled"), running)
        return CancelResponse.ACCEPT

    def _on_timer(self) -> None:
        running = self._running
        if running is None:
            self._timer.cancel()
            return
        end = running.search.overdue(time.monotonic())
        if end is not None:
            self._end(end, running)

    def _end(self, end: End, which: _Running | None = None) -> None:
        """End the running goal (only if it is ``which``, if given). Only the first call has an effect."""
        with self._lock:
            running = self._running
            if running is None or (which is not None and running is not which):
                return
            self._running = self._wanted = None
        self._finish(running.handle, end, running.search)

    def _finish(self, handle: ServerGoalHandle, end: End, search: Search | None) -> None:
        def last(handle: ServerGoalHandle) -> Relocalize.Result:
            if self._localization is not None and self._wanted is None:
                self._localization.ask_as_usual()
            if end.outcome is Outcome.SUCCEEDED:
                handle.succeed()
            elif end.outcome is Outcome.CANCELLED:
                handle.canceled()
            else:
                handle.abort()
            return to_result(end, search)

        self._node.log.info(f"Relocalization: {end.outcome.value}. {end.reason}".rstrip())
        self._server.finish(handle, last)
