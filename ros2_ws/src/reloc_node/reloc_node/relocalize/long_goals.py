"""An action server whose goals end on an external event and cost nothing until then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.action import ActionServer
from rclpy.action.server import ServerGoalHandle


class LongGoals(ActionServer):
    """Keep a goal executing from its acceptance to :meth:`finish`.

    rclpy runs a goal in one callback. A blocking callback would block the executor's only thread. An awaiting callback
    makes the executor spin without pause. So here the callback runs at the end, and sets how the goal ended.
    """

    def notify_execute(
        self, goal_handle: ServerGoalHandle, execute_callback: Callable[[ServerGoalHandle], Any] | None
    ) -> None:
        """Do nothing: ``goal_handle.execute()`` calls it, but there is nothing to run yet."""

    def finish(self, goal_handle: ServerGoalHandle, last: Callable[[ServerGoalHandle], Any]) -> None:
        """Let the executor call ``last``, which sets the final state and returns the result. Any thread may call it."""
        super().notify_execute(goal_handle, last)
