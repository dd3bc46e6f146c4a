"""A client of the action ~/relocalize that keeps what it is told."""

from __future__ import annotations

from action_msgs.msg import GoalStatus
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point32, Polygon
from rclpy.action import ActionClient

from reloc_msgs.action import Relocalize
from support.robot import Robot


def goal(
    seconds: float = 0.0, certainty: float = 0.0, corners: list[tuple[float, float]] | None = None, frame: str = ""
):
    """A goal; ``corners`` (x, y) in metres."""
    whole = int(seconds // 1)
    return Relocalize.Goal(
        timeout=Duration(sec=whole, nanosec=round((seconds - whole) * 1e9)),
        required_certainty=certainty,
        region=Polygon(points=[Point32(x=float(x), y=float(y)) for x, y in corners or []]),
        region_frame_id=frame,
    )


class Asked:
    """One goal that was sent, on its way."""

    def __init__(self, robot: Robot, client: ActionClient, request: Relocalize.Goal) -> None:
        self._robot = robot
        self.feedback: list[Relocalize.Feedback] = []
        sent = client.send_goal_async(request, feedback_callback=lambda message: self.feedback.append(message.feedback))
        assert robot.spin_until(sent.done)
        self.handle = sent.result()
        assert self.handle.accepted
        self._future = self.handle.get_result_async()

    @property
    def done(self) -> bool:
        """Whether there is a result."""
        return self._future.done()

    def result(self, timeout_s: float = 15.0) -> Relocalize.Result:
        """Wait for it."""
        assert self._robot.spin_until(self._future.done, timeout_s), "no result"
        return self._future.result().result

    @property
    def status(self) -> int:
        """A GoalStatus, once there is a result."""
        return self._future.result().status

    def cancel(self) -> bool:
        """Whether the server took the request."""
        future = self.handle.cancel_goal_async()
        assert self._robot.spin_until(future.done)
        return bool(future.result().goals_canceling)

    def looked(self, poses: int | list[int], most: int = 30) -> Relocalize.Result:
        """Send images (of one view, or of several in turn) until there is a result."""
        views = [poses] if isinstance(poses, int) else poses
        for i in range(most):
            if self.done:
                break
            self._robot.ask(views[i % len(views)])
            self._robot.spin(0.05)
        return self.result()


class RelocalizeClient:
    """Of the localizer that a robot listens to."""

    def __init__(self, robot: Robot) -> None:
        self._robot = robot
        self._client = ActionClient(robot.node, Relocalize, "localizer/relocalize")
        assert robot.spin_until(self._client.server_is_ready, 30.0)

    def ask(self, *args, **kwargs) -> Asked:
        """Send a goal (see :func:`goal`) and wait until it is accepted."""
        return Asked(self._robot, self._client, goal(*args, **kwargs))

    def close(self) -> None:
        """End."""
        self._client.destroy()


SUCCEEDED, ABORTED = GoalStatus.STATUS_SUCCEEDED, GoalStatus.STATUS_ABORTED
CANCELED, EXECUTING = GoalStatus.STATUS_CANCELED, GoalStatus.STATUS_EXECUTING
