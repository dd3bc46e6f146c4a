"""Subscribe to what the page of a running robot shows, find the robot's map, and do what the page's buttons ask."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable

from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.action import ActionClient
from sensor_msgs.msg import Image
from std_srvs.srv import Empty

from reloc.view.live.page import LivePage
from reloc.view.live.values import NO_IMAGES, SILENT, LiveButtons
from reloc_msgs.action import Relocalize
from reloc_msgs.msg import Status
from reloc_node.node_log import printable
from reloc_node.qos import sensor
from reloc_node.watched.live import to_live_look, to_live_pose, to_picture
from reloc_node.watched.watcher import Watcher

REINITIALIZE = "reinitialize_global_localization"
_OUTCOMES = {
    getattr(Relocalize.Result, name): name.lower().replace("_", " ")
    for name in ("SUCCEEDED", "TIMED_OUT", "CANCELLED", "NO_MAP", "NO_IMAGES", "OUTSIDE_REGION", "INVALID_GOAL",
                 "NOT_CALIBRATED", "SUPERSEDED", "STOPPED")
}  # fmt: skip
_NOT_OFFERED = "is not offered: does the localizer run?"


class LiveWatcher(Watcher):
    """A watcher that tells a page. The page's buttons only put work into a queue, which :meth:`work` does."""

    def __init__(self, node: str) -> None:
        self.page: LivePage | None = None
        self._asked: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.buttons = LiveButtons(
            lambda: self._asked.put(self._relocalize), lambda: self._asked.put(self._reinitialize)
        )
        self._action: ActionClient | None = None
        super().__init__(node)

    @property
    def localizer(self) -> str:
        """Full name of the localizer; empty while none is known."""
        return self._name

    def work(self) -> None:
        """Do what buttons asked for, and show the newest state. Called between two spins."""
        while not self._asked.empty():
            self.guard.callback("A button of the page", self._asked.get())()
        seen = self.seen()
        if self.page is not None:
            # The evidence shows the detail of a look; these two states have none.
            why = seen.detail if seen.state in (SILENT, NO_IMAGES) else seen.reason
            self.page.set_state(seen.state, printable(why, 300))

    def _subscribe(self) -> None:
        super()._subscribe()
        self.create_subscription(Image, f"{self._name}/debug_image", self._on_image, sensor(1))
        self._action = ActionClient(self, Relocalize, f"{self._name}/relocalize")
        self._reset = self.create_client(Empty, f"{self._name}/{REINITIALIZE}")

    def _on_status(self, message: Status) -> None:
        super()._on_status(message)
        if self.page is not None:
            self.page.see(to_live_look(message, time.monotonic()))

    def _on_pose(self, message: PoseWithCovarianceStamped) -> None:
        super()._on_pose(message)
        pose = to_live_pose(message)
        if self.page is not None and pose is not None:
            self.page.move(pose)

    def _on_image(self, message: Image) -> None:
        picture = to_picture(message)
        if self.page is not None and picture is not None:
            self.page.show_image(picture)

    def _log(self, text: str) -> None:
        if self.page is not None:
            self.page.add_log(printable(text, 300))

    def _relocalize(self) -> None:
        if self._action is None or not self._action.server_is_ready():
            self._log(f"relocalize: the action {self._name or '?'}/relocalize {_NOT_OFFERED}")
            return
        self._log("relocalize: started")
        self._action.send_goal_async(Relocalize.Goal()).add_done_callback(
            self.guard.callback("The answer to relocalize", self._on_goal)
        )

    def _on_goal(self, future) -> None:
        handle = future.result()
        if not handle.accepted:
            self._log("relocalize: the goal was rejected")
            return
        done = self.guard.callback("The result of relocalize", self._on_result)
        handle.get_result_async().add_done_callback(done)

    def _on_result(self, future) -> None:
        result = future.result().result
        why = f": {result.reason}" if result.reason else ""
        self._log(f"relocalize: {_OUTCOMES.get(result.outcome, f'outcome {result.outcome}')}{why}")

    def _reinitialize(self) -> None:
        if not self._name or not self._reset.service_is_ready():
            self._log(f"forget the place: the service {self._name or '?'}/{REINITIALIZE} {_NOT_OFFERED}")
            return
        self._reset.call_async(Empty.Request()).add_done_callback(lambda _: self._log("the old place is forgotten"))
