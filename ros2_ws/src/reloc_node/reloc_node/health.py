"""Report the health of a localizer on ``/diagnostics`` once a second."""

from __future__ import annotations

from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType

from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.diagnostics import level_of_state, to_diagnostics
from reloc_node.conversions.status import reason
from reloc_node.localization import Localization
from reloc_node.managed_node import ManagedNode
from reloc_node.map_transfer.map_loader import MapLoader
from reloc_node.parameters import ParameterSet
from reloc_node.watching.complaints import Complaints

PERIOD_S = 1.0


class Health:
    """The node's diagnostics. They run as long as the node, so that they also report why a node is not active."""

    def __init__(self, node: ManagedNode, config: ParameterSet[LocalizerNodeConfig], complaints: Complaints) -> None:
        self._node, self._config, self._complaints = node, config, complaints
        self._localization: Localization | None = None
        self._loader: MapLoader | None = None
        self._restarted = 0
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        # This timer uses the system's clock, so that it also reports that simulated time does not begin.
        self._timer = node.create_timer(PERIOD_S, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def watch(self, localization: Localization | None, loader: MapLoader | None) -> None:
        """Set the objects whose values are reported."""
        self._localization, self._loader = localization, loader

    def _publish(self) -> None:
        level, text, values = self._judge()
        name = f"{self._node.get_fully_qualified_name()}: localization"
        now = self._node.get_clock().now().to_msg()
        self._publisher.publish(to_diagnostics(name, "localizer", level, text, values, now))

    def _judge(self) -> tuple[str, str, dict[str, Any]]:
        values: dict[str, Any] = {"lifecycle": self._node.state_label}
        if self._loader:
            state = self._loader.state
            values |= {"map": state.text, "map_pages": f"{state.pages}/{state.page_count}"}
        values |= {"exceptions": self._node.guard.count, "threads_restarted": self._restarted}
        values |= {f"missing_{kind}": text for kind, text in self._complaints.current.items()}
        ended = self._revive()
        if ended:
            return "error", f"the thread {ended} stopped unexpectedly; it was restarted", values
        fresh = self._node.guard.fresh()
        if self._node.problem:
            return "error", self._node.problem, values
        if fresh:
            return "error", fresh, values
        if self._localization is None:
            return "warn", f"not active but {self._node.state_label}", values
        counters = self._localization.counters
        values |= {"images": self._localization.received, "dropped": self._localization.dropped}
        values |= {"looked_at": counters.looked, "accepted": counters.accepted}
        values |= {f"lost_{name}": count for name, count in sorted(counters.reasons.items())}
        silence = self._localization.silence_s()
        complaints = " | ".join(self._complaints.current.values())
        if silence > self._config.value.image_timeout:
            return "stale", complaints or f"no image for {silence:.1f} s", values
        if complaints:
            return "error", complaints, values
        look = counters.last
        if look is None:
            return "warn", "no image was processed yet", values
        values |= {"state": look.verdict.state.name, "look_ms": look.total_ms}
        why = " ".join(word for word in reason(look) if word)
        return level_of_state(look.verdict.state.name), f"{look.verdict.state.name} {why}".strip(), values

    def _revive(self) -> str:
        """Restart threads that stopped unexpectedly; return their names, empty if none did."""
        workers = [owner.worker for owner in (self._loader, self._localization) if owner is not None]
        ended = ", ".join(worker.name for worker in workers if worker.revive())
        if ended:
            self._restarted += 1
            self._node.log.error(f"The thread {ended} stopped unexpectedly; it was restarted")
        return ended
