"""Subscribe to a localizer's status, pose and diagnostics, and report changes at a readable pace."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.signals import SignalHandlerOptions

from reloc.errors import ConfigError
from reloc_msgs.msg import Status
from reloc_node.graph.node_name import is_node_name
from reloc_node.guard import GuardedExecutor
from reloc_node.guarded_node import GuardedNode
from reloc_node.node_log import shown
from reloc_node.watched.seen import LocalizerSeen, SeenPose, certainty_of, seen_pose, state_name

_ENDING_OF_NAME = ": localization"  # ending of a localizer's name in /diagnostics
_RATE_S = 5.0  # the rate is measured over this time
_FASTEST_S = 0.2  # shortest time between two lines
_SILENT_S = 3.0  # the localizer is silent after this time without a message


class Ending(Enum):
    """The condition for the end of watching."""

    NEVER = "never"
    ONCE = "once"
    AT_POSE = "at pose"


def watch(node: str, ending: Ending, timeout_s: float, period_s: float, tell: Callable[[LocalizerSeen], None]) -> int:
    """Watch a localizer.

    Args:
        node: full name of the localizer; empty uses the only one that runs.
        ending: the condition for the end.
        timeout_s: give up after this time, unless the watch has no end.
        period_s: time between two lines without a change.
        tell: called with each state to show.

    Returns:
        The exit status, see ``reloc watch --help``.

    Raises:
        ConfigError: several localizers run, and none is named; or ``node`` is not a name.
    """
    check_name(node)
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)  # Ctrl-C stays a KeyboardInterrupt
    try:
        watcher = Watcher(node)
        executor = GuardedExecutor()
        executor.add_node(watcher)
        pace = _Pace(period_s)
        deadline = time.monotonic() + timeout_s
        while True:
            executor.spin_once(timeout_sec=0.05)
            if watcher.problem is not None:
                raise watcher.problem
            seen = watcher.seen()
            if ending is Ending.NEVER:
                if pace.is_due(seen):
                    tell(seen)
                continue
            found = seen.pose is not None if ending is Ending.AT_POSE else watcher.heard
            if found or time.monotonic() > deadline:
                tell(seen)
                # Diagnostics come once a second: an error may be over when the pose comes.
                return int(not found or (seen.error and ending is not Ending.AT_POSE))
    finally:
        rclpy.try_shutdown()


def check_name(node: str) -> None:
    """Check the name of a localizer; empty is allowed.

    Raises:
        ConfigError: it is not the name of a node.
    """
    if node and not is_node_name(f"/{node.strip('/')}"):
        fix = "Give the full name of a localizer, such as /robot1/localizer"
        raise ConfigError(f"--node {shown(node)} is not the name of a node", fix)


class Watcher(GuardedNode):
    """Subscribes to one localizer. Whatever arrives, it goes on; :attr:`problem` is what ends it."""

    def __init__(self, node: str) -> None:
        super().__init__("reloc_watch", enable_rosout=False)
        self._name = f"/{node.strip('/')}" if node else ""
        self._found: set[str] = set()
        self._status: Status | None = None
        self._diagnostics: DiagnosticStatus | None = None
        self._pose: SeenPose | None = None
        self._looks: deque[float] = deque(maxlen=1000)
        self._heard_at = -math.inf
        self._subscribed = False
        self.problem: ConfigError | None = None
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)
        if self._name:
            self._subscribe()

    @property
    def heard(self) -> bool:
        """Whether any message of the localizer arrived."""
        return self._status is not None or self._diagnostics is not None

    def seen(self) -> LocalizerSeen:
        """Return the newest state."""
        now = time.monotonic()
        while self._looks and now - self._looks[0] > _RATE_S:
            self._looks.popleft()
        rate = (len(self._looks) - 1) / (self._looks[-1] - self._looks[0]) if len(self._looks) > 2 else 0.0
        told, status = self._diagnostics, self._status
        error = told is not None and told.level == DiagnosticStatus.ERROR
        node = self._name or "?"
        if not self.heard:
            return LocalizerSeen(node, "SILENT", "", "no localizer was heard", True, 0.0, 0.0, None)
        if now - self._heard_at > _SILENT_S:
            silent = f"nothing was heard for {now - self._heard_at:.0f} s"
            return LocalizerSeen(node, "SILENT", "", silent, True, 0.0, 0.0, None)
        if status is None or not self._looks:
            detail = told.message if told is not None else ""
            return LocalizerSeen(node, "NO IMAGES", "", detail, error, 0.0, 0.0, None)
        pose = self._pose if status.accepted else None
        return LocalizerSeen(
            node, state_name(status.state), status.reason, status.detail, error, rate, certainty_of(status), pose
        )

    def _subscribe(self) -> None:
        self._subscribed = True
        self.create_subscription(Status, f"{self._name}/status", self._on_status, 10)
        self.create_subscription(PoseWithCovarianceStamped, f"{self._name}/pose_with_covariance", self._on_pose, 10)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            name = status.name.removesuffix(_ENDING_OF_NAME)
            if name == status.name:
                continue
            if not self._name:
                self._choose(name)
            if name == self._name:
                self._diagnostics, self._heard_at = status, time.monotonic()

    def _choose(self, name: str) -> None:
        """Take the only localizer that there is. Anybody may publish diagnostics, with any name."""
        if not is_node_name(name):
            return
        topics = (topic for topic, types in self.get_topic_names_and_types() if "reloc_msgs/msg/Status" in types)
        running = sorted({name, *(topic.removesuffix("/status") for topic in topics)})
        if len(running) > 1:
            self.problem = ConfigError(f"{len(running)} localizers run: {', '.join(running)}", "Name one with --node")
            return
        self._name = name
        self._subscribe()

    def _on_status(self, message: Status) -> None:
        self._status, self._heard_at = message, time.monotonic()
        self._looks.append(self._heard_at)

    def _on_pose(self, message: PoseWithCovarianceStamped) -> None:
        self._pose = seen_pose(message) or self._pose


class _Pace:
    """Decide when to show a line: at a change, and after each period."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._told: tuple[Any, ...] = ()
        self._told_at = -math.inf

    def is_due(self, seen: LocalizerSeen) -> bool:
        """Return whether to show this state now."""
        now, what = time.monotonic(), (seen.state, seen.reason)
        wait = self._period_s if what == self._told else _FASTEST_S
        if now - self._told_at < min(wait, self._period_s):
            return False
        self._told, self._told_at = what, now
        return True
