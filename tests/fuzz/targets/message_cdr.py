"""Raw bytes as DDS hands them over: of every type that reloc receives, made a message, and shown to its callback.

The other targets of messages only see what a well-behaved sender can send. Here lengths, strings and flags lie on the
wire. What ``deserialize_message`` refuses is no find: the node's executor logs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.serialization import deserialize_message, serialize_message

from fuzz.mutation import raw
from fuzz.target import NotAnInput, Target
from fuzz.targets._messages import MessageTarget, message_of, tree_from, type_of
from fuzz.targets.message_camera_info import MessageCameraInfo
from fuzz.targets.message_compressed import MessageCompressed
from fuzz.targets.message_get_references import MessageGetReferences
from fuzz.targets.message_goal import MessageGoal
from fuzz.targets.message_image import MessageImage
from fuzz.targets.message_load_map import MessageLoadMap
from fuzz.targets.message_pose import MessagePose
from fuzz.targets.message_tf import MessageTf
from reloc_msgs.msg import Status

_HEADER = 4  # bytes of the encapsulation
# Types without a target of their own, by the fields of a seed: what is received is compared, counted or printed.
_PLAIN: dict[str, dict[str, Any]] = {
    "reloc_msgs/msg/MapInfo": {"name": "room", "content_hash": "0" * 64, "localizers": ["features"]},
    "reloc_msgs/srv/GetReferences_Response": {"success": True, "message": "", "data": "abc"},
    "reloc_msgs/action/Relocalize_SendGoal_Request": {},
    "reloc_msgs/action/Relocalize_GetResult_Request": {},
    "action_msgs/srv/CancelGoal_Request": {},
    "std_srvs/srv/Empty_Request": {},
    "lifecycle_msgs/srv/ChangeState_Request": {"transition": {"id": 1, "label": "configure"}},
    "rosgraph_msgs/msg/Clock": {"clock": {"sec": 5, "nanosec": 6}},
    "rcl_interfaces/srv/SetParameters_Request": {"parameters": [{"name": "gate.looks", "value": {"type": 2}}]},
}


class MessageCdr(Target):
    """An input is the type's name, a new line and the bytes."""

    name, needs, cost = "message_cdr", "rclpy", 3

    def open(self, folder: Path) -> None:
        """Prepare the targets that know what happens to a message."""
        self._takers: dict[str, MessageTarget] = {}
        for number, taker in enumerate((
            MessageImage(), MessageCompressed(), MessageCameraInfo(), MessageTf(), MessagePose(), MessageGoal(),
            MessageLoadMap(), MessageGetReferences(), _Watched(), _WatchedDiagnostics(),
        )):  # fmt: skip
            (folder / str(number)).mkdir()
            taker.open(folder / str(number))
            self._takers[taker.kind] = taker

    def seeds(self) -> Sequence[bytes]:
        """Those of the other targets, and one of each other type, on the wire."""
        trees = [(kind, tree) for kind, taker in self._takers.items() for tree in taker.valid()]
        return [_packed(kind, message_of(kind, tree)) for kind, tree in (*trees, *_PLAIN.items())]

    def mutate(self, data: bytes, others: Sequence[bytes], random: Random) -> bytes:
        """Mostly what follows the first four bytes, which say how the others are to be read."""
        kind, _, content = data.partition(b"\n")
        keep = _HEADER if random.random() < 0.95 else 0
        head, rest = content[:keep], content[keep:]
        for _ in range(random.choice((1, 1, 2, 4))):
            rest = raw.mutate(rest, [rest], random)
        return kind + b"\n" + head + rest

    def run(self, data: bytes) -> None:
        """As rclpy's executor does: read, then call."""
        name, _, content = data.partition(b"\n")
        kind = name.decode("utf-8", "replace")
        if kind not in self._takers and kind not in _PLAIN:
            raise NotAnInput
        try:
            message = deserialize_message(content, type_of(kind))
        except Exception as error:  # the guard of the node logs it: see GuardedExecutor
            raise NotAnInput from error
        if kind in self._takers:
            self._takers[kind].take(message)
        else:
            str(message)


class _Watched(MessageTarget):
    """What `reloc watch` shows of a localizer's status."""

    name, kind = "watched_status", "reloc_msgs/msg/Status"

    def valid(self) -> Sequence[dict[str, Any]]:
        """See :class:`MessageTarget`."""
        return [
            tree_from(Status(state=Status.TRACKING, accepted=True)),
            {"state": 1, "reason": "no_map", "detail": "x"},
        ]

    def take(self, message: Any) -> None:
        """As a line, as JSON and for the page."""
        from reloc_node.watched.lines import as_json, as_line
        from reloc_node.watched.live import to_live_look
        from reloc_node.watched.seen import LocalizerSeen, certainty_of, state_name

        state, certainty = state_name(message.state), certainty_of(message)
        to_live_look(message, 0.0)
        seen = LocalizerSeen("/localizer", state, message.reason, message.detail, False, 5.0, certainty, None)
        as_line(seen), as_json(seen)


class _WatchedDiagnostics(MessageTarget):
    """The names in diagnostics. Names of topics are made from them."""

    name, kind = "watched_diagnostics", "diagnostic_msgs/msg/DiagnosticArray"

    def valid(self) -> Sequence[dict[str, Any]]:
        """See :class:`MessageTarget`."""
        values = [KeyValue(key="map", value="room")]
        status = DiagnosticStatus(name="/localizer: localization", message="ok", values=values)
        return [tree_from(DiagnosticArray(status=[status]))]

    def take(self, message: Any) -> None:
        """Whether they are names."""
        from reloc_node.graph.node_name import is_node_name

        for status in message.status:
            is_node_name(status.name.removesuffix(": localization"))


def _packed(kind: str, message: Any) -> bytes:
    return kind.encode() + b"\n" + serialize_message(message)


TARGET = MessageCdr()
