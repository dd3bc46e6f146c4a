"""Base of targets that take ROS messages. An input is JSON; every JSON becomes a message that can really come.

Numbers are wrapped into their type's range and texts lose what cannot be sent, as DDS would not carry anything else.
``data`` of bytes is text, one character a byte.
"""

from __future__ import annotations

import array
import functools
import importlib
import json
import math
import re
from collections.abc import Sequence
from random import Random
from typing import Any

from fuzz.mutation import json_tree, pictures, raw
from fuzz.target import NotAnInput, Target

_BITS = {
    "int8": 8,
    "uint8": 8,
    "octet": 8,
    "int16": 16,
    "uint16": 16,
    "int32": 32,
    "uint32": 32,
    "int64": 64,
    "uint64": 64,
}
_SEQUENCE = re.compile(r"^(?:sequence<(.+?)(?:, \d+)?>|(.+)\[(\d+)\])$")
MOST = 10_000  # elements that an array is repeated to


class MessageTarget(Target):
    """``valid`` gives the trees that seeds are, ``take`` is shown the message."""

    needs = "rclpy"
    kind: str  # say sensor_msgs/msg/Image

    def valid(self) -> Sequence[dict[str, Any]]:
        """Fields by name."""
        raise NotImplementedError

    def take(self, message: Any) -> None:
        """Show it to the node's code."""
        raise NotImplementedError

    def seeds(self) -> Sequence[bytes]:
        """See :class:`Target`."""
        return [json.dumps(tree).encode() for tree in self.valid()]

    def mutate(self, data: bytes, others: Sequence[bytes], random: Random) -> bytes:
        """Only such that stay JSON: all else is refused before it comes to us."""
        for _ in range(random.choice((1, 1, 2, 3))):
            tree = json_tree.loaded(data)
            if isinstance(tree, dict) and random.random() < 0.3 and isinstance(tree.get("data"), str):
                tree["data"] = _bytes_mutated(tree["data"], random)
            else:
                tree = json_tree.changed(tree, random)
            data = json_tree.dumped(tree)
        return data

    def run(self, data: bytes) -> None:
        """See :class:`Target`."""
        self.take(message_of(self.kind, tree_of(data)))


def tree_of(data: bytes) -> Any:
    """The JSON."""
    tree = json_tree.loaded(data)
    if tree is None:
        raise NotAnInput
    return tree


def message_of(kind: str, tree: Any) -> Any:
    """A message with these fields; what does not fit is left as it is by default."""
    message = type_of(kind)()
    for name, field in message.get_fields_and_field_types().items():
        if isinstance(tree, dict) and name in tree:
            setattr(message, name, _value(field, tree[name], getattr(message, name)))
    return message


def tree_from(message: Any) -> Any:
    """Inverse of :func:`message_of`."""
    tree = {}
    for name, field in message.get_fields_and_field_types().items():
        value = getattr(message, name)
        inner = _SEQUENCE.match(field)
        if inner is None:
            tree[name] = tree_from(value) if "/" in field else value
        elif (inner[1] or inner[2]) == "uint8":
            tree[name] = bytes(value).decode("latin1")
        else:
            tree[name] = [tree_from(v) if hasattr(v, "get_fields_and_field_types") else _plain(v) for v in value]
    return tree


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


@functools.cache
def type_of(kind: str) -> Any:
    """The class of a message, of one half of a service, or of one inside an action."""
    package, _, rest = kind.partition("/")
    group, _, name = rest.rpartition("/")
    module = importlib.import_module(f"{package}.{group or 'msg'}")
    outer, *inner = name.split(".")
    found = getattr(module, outer)
    for one in inner:
        found = getattr(found, one)
    return found


def _value(field: str, value: Any, default: Any) -> Any:
    many = _SEQUENCE.match(field)
    if many is None:
        return _one(field, value, default)
    kind, size = many[1] or many[2], int(many[3]) if many[3] else None
    if kind == "uint8" and isinstance(value, str):
        content = value.encode("latin1", "replace")
        return array.array("B", content) if size is None else content.ljust(size, b"\0")[:size]
    values = value if isinstance(value, list) else []
    made = [_one(kind, v, None) for v in values[:MOST]]
    made = [v for v in made if v is not None]
    if size is not None:
        empty = _one(kind, 0, 0)
        made = (made + [empty] * size)[:size]
    return made


def _one(kind: str, value: Any, default: Any) -> Any:
    if kind == "boolean":
        return bool(value)
    if kind in ("float", "double"):
        return _real(value, 3.4e38 if kind == "float" else math.inf)
    if kind in _BITS:
        return _whole(value, kind)
    if kind.startswith(("string", "wstring")):
        text = value if isinstance(value, str) else json.dumps(value)[:100] if value is not None else ""
        return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return (
        message_of(kind, value) if isinstance(value, dict) else (message_of(kind, {}) if default is None else default)
    )


def _real(value: Any, most: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if not math.isfinite(number) or abs(number) <= most else math.copysign(most, number)


def _whole(value: Any, kind: str) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return 0
    bits = _BITS[kind]
    number %= 1 << bits
    return number - (1 << bits) if kind.startswith("int") and number >> (bits - 1) else number


def _bytes_mutated(text: str, random: Random) -> str:
    content = text.encode("latin1", "replace")
    if pictures.is_picture(content) and random.random() < 0.5:
        return pictures.mutate(content, [], random).decode("latin1")
    return raw.mutate(content, [content], random).decode("latin1")
