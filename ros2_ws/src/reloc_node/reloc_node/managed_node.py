"""A lifecycle node that starts by itself, reports why a transition failed, and survives it."""

from __future__ import annotations

from collections.abc import Callable

from lifecycle_msgs.srv import ChangeState
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.publisher import Publisher
from rclpy.timer import Timer

from reloc.errors import MapError, RelocError
from reloc_node.bond import ABSENT, Bond, bond_message
from reloc_node.guard import FAULTS, in_words
from reloc_node.guarded_node import GuardedNode
from reloc_node.node_log import shown

_Result = TransitionCallbackReturn
RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds between attempts to start; the last one repeats


class ManagedNode(GuardedNode, LifecycleNode):
    """Base of the nodes. Sub-classes override :meth:`configure`, :meth:`activate`, :meth:`deactivate` and
    :meth:`cleanup`.

    An exception in them makes the transition fail. After a RelocError or an OSError the node keeps its state. Anything
    else goes through error processing, which cleans up and ends in ``unconfigured``.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.state_label = "unconfigured"
        self.problem = ""  # why the last transition failed
        self._can_wait = False  # whether that problem may disappear by itself
        self._attempt = 0
        self._start_timer: Timer | None = None
        self._bond: Bond | None = None
        self._managed = False  # whether a lifecycle manager or a person requested a transition
        self._change_state = self._service_change_state.callback  # rclpy's own; it raises for unfit requests
        self._service_change_state.callback = self.guard.service("change_state", self._on_change_state)

    def configure(self) -> None:
        """Get everything that takes long; raise if it is not available."""

    def activate(self) -> None:
        """Start working."""

    def deactivate(self) -> None:
        """Stop working."""

    def cleanup(self) -> None:
        """Undo :meth:`configure`; also called if it failed half-way."""

    def close(self) -> None:
        """Stop all work, in any state, before the process ends."""
        self._stop_trying()
        self._end()

    def start(self) -> None:
        """Configure and activate. If a map cannot be opened yet, try again until it works or a transition comes."""
        self._stop_trying()
        self._attempt = 0
        self._try_to_start()

    def _try_to_start(self) -> None:
        if self.trigger_configure() == _Result.SUCCESS:
            self.trigger_activate()
        elif self._can_wait:
            pause_s = RETRY_S[min(self._attempt, len(RETRY_S) - 1)]
            self._attempt += 1
            self._start_timer = self.create_timer(pause_s, self._start_again)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go from unconfigured to inactive."""
        return self._transition(self.configure, "inactive", undo=self.cleanup)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go from inactive to active."""
        result = self._transition(self.activate, "active", undo=self.deactivate)
        if result == _Result.SUCCESS:
            self.guard.callback("Forming a bond", self._form_bond)()
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go from active to inactive."""
        self._end_bond()
        return self._transition(self.deactivate, "inactive")

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go from inactive to unconfigured."""
        return self._transition(self.cleanup, "unconfigured")

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go from any state to finalized."""
        return self._transition(self._end, "finalized")

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Handle an exception: go back to unconfigured, ready for another attempt. The problem stays known."""
        self._end()
        self.state_label = "unconfigured"
        self.log.info("Now unconfigured")
        return _Result.SUCCESS

    def _end(self) -> None:
        """Undo everything. If one part raises an exception, the other parts are still undone."""
        self._end_bond()
        self.guard.callback("deactivate", self.deactivate)()
        self.guard.callback("cleanup", self.cleanup)()

    def _transition(
        self, do: Callable[[], None], target: str, undo: Callable[[], None] | None = None
    ) -> TransitionCallbackReturn:
        try:
            do()
        except (RelocError, OSError) as error:
            known = self.problem == in_words(error) and self._attempt > 0
            self.problem, self._can_wait = in_words(error), isinstance(error, MapError | OSError)
            if not known:  # a repeated problem is not logged again
                self.log.error(f"{type(error).__name__}: {error}")
            if undo is not None:
                self.guard.callback(f"Undoing {do.__name__}", undo)()
            return _Result.FAILURE
        except FAULTS as error:
            self.problem, self._can_wait = self.guard.caught(do.__name__, error), False
            return _Result.ERROR
        self.problem = ""
        self.state_label = target
        self.log.info(f"Now {target}")
        return _Result.SUCCESS

    def _on_change_state(self, request: ChangeState.Request, response: ChangeState.Response) -> ChangeState.Response:
        """Refuse a transition that does not fit the state. rclpy would raise an RCLError that ends the node."""
        self._stop_trying()
        self._managed = True
        wanted = request.transition
        possible = {label: number for number, label, *_ in self._state_machine.available_transitions}
        fits = wanted.label in possible if wanted.label else wanted.id in possible.values()
        if not fits:
            name = shown(wanted.label) if wanted.label else f"number {wanted.id}"
            self.log.seldom(
                "warning",
                "change_state",
                f"Transition {name} does not fit the state {self.state_label}; "
                f"possible are: {', '.join(possible) or 'none'}",
                1.0,
            )
            response.success = False
            return response
        return self._change_state(request, response)

    def _form_bond(self) -> None:
        message = bond_message()
        if message is not None:
            self._bond = Bond(self, self.log, message)
        elif self._managed:
            self.log.seldom("info", "bond", ABSENT, 3600.0)

    def _end_bond(self) -> None:
        bond, self._bond = self._bond, None
        if bond is not None:
            self.guard.callback("Ending the bond", bond.close)()

    def _start_again(self) -> None:
        self._stop_trying()
        if self.state_label == "unconfigured":
            self._try_to_start()

    def _stop_trying(self) -> None:
        timer, self._start_timer = self._start_timer, None
        if timer is not None:
            self.destroy_timer(timer)

    def destroy_all(self, publishers: list[Publisher]) -> None:
        """Destroy publishers and empty the list."""
        while publishers:
            self.destroy_publisher(publishers.pop())
