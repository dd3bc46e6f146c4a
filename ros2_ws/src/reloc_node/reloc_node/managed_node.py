"""A lifecycle node that starts by itself, says why a transition failed, and survives it."""

from __future__ import annotations

import traceback
from collections.abc import Callable

from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from reloc.errors import RelocError

_Result = TransitionCallbackReturn


class ManagedNode(LifecycleNode):
    """Sub-classes override :meth:`configure`, :meth:`activate`, :meth:`deactivate` and :meth:`cleanup`.

    What they raise makes the transition fail: a RelocError leaves the node in the state that it was in, anything
    else goes through error processing, which cleans up, and ends in ``unconfigured``.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.state_label = "unconfigured"
        self.problem = ""  # why the last transition failed

    def configure(self) -> None:
        """Get everything that takes long; raise if it cannot be had."""

    def activate(self) -> None:
        """Begin to work."""

    def deactivate(self) -> None:
        """Stop working."""

    def cleanup(self) -> None:
        """Undo :meth:`configure`; also called where it failed half-way."""

    def close(self) -> None:
        """End what runs, in whatever state, before the process ends."""
        self._end()

    def start(self) -> None:
        """Configure and activate, as far as it goes."""
        if self.trigger_configure() == _Result.SUCCESS:
            self.trigger_activate()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unconfigured to inactive."""
        return self._transition(self.configure, "inactive", undo=self.cleanup)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Inactive to active."""
        return self._transition(self.activate, "active", undo=self.deactivate)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Active to inactive."""
        return self._transition(self.deactivate, "inactive")

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Inactive to unconfigured."""
        return self._transition(self.cleanup, "unconfigured")

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Any state to finalized."""
        return self._transition(self._end, "finalized")

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """After an exception: back to unconfigured, ready for another try."""
        return self._transition(self._end, "unconfigured")

    def _end(self) -> None:
        self.deactivate()
        self.cleanup()

    def _transition(
        self, do: Callable[[], None], target: str, undo: Callable[[], None] | None = None
    ) -> TransitionCallbackReturn:
        try:
            do()
        except RelocError as error:
            self.problem = str(error)
            self.get_logger().error(f"{type(error).__name__}: {error}")
            if undo is not None:
                undo()
            return _Result.FAILURE
        except Exception as error:
            self.problem = f"{type(error).__name__}: {error}"
            self.get_logger().error(f"{do.__name__} failed\n{traceback.format_exc()}")
            return _Result.ERROR
        self.problem = ""
        self.state_label = target
        self.get_logger().info(f"Now {target}")
        return _Result.SUCCESS
