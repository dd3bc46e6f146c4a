"""An action server whose goals end when something else says so, and cost nothing until then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.action import ActionServer
from rclpy.action.server import ServerGoalHandle


class LongGoals(ActionServer):
    """A goal is executing from its acceptance to :meth:`finish`.

    rclpy runs a goal in one callback. One that blocks would hold the executor's only thread, and one that awaits makes
    the executor spin without pause. So the callback is what comes last: it says how the goal ended.
    """

    def notify_execute(
        self, goal_handle: ServerGoalHandle, execute_callback: Callable[[ServerGoalHandle], Any] | None
    ) -> None:
        """Called by ``goal_handle.execute()``: there is nothing to run yet."""

    def finish(self, goal_handle: ServerGoalHandle, last: Callable[[ServerGoalHandle], Any]) -> None:
        """Let the executor call ``last``, which sets the end's state and returns the result. From any thread."""
        super().notify_execute(goal_handle, last)
