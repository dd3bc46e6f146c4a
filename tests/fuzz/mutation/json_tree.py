"""Mutations of JSON that stay JSON: other types, other sizes, names twice, depths without end."""

from __future__ import annotations

import copy
import functools
import json
import pickle
from collections.abc import Sequence
from random import Random
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**32, 2**53, 2**63, 2**64, -(2**63), 10**30, 10**400, 0.5, -0.0, 1e-320,
    1e308, float("inf"), float("-inf"), float("nan"), "", "x", "0", "1", "nan", "../..", "/", ".", "a\0b", "\ud800",
    "\uffff", "x" * 300, "x" * 5000, [], {}, [0], [[]], {"": None}, [None], ["x"], {"a": {"b": [1, 2]}}, [1, [2, 3]],
)  # fmt: skip


def is_json(data: bytes) -> bool:
    """Whether it can be mutated here."""
    return _parsed(data) is not None


def mutate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """JSON with one thing changed; what is no JSON stays as it is."""
    tree = loaded(data)
    if tree is None:
        return data
    if random.random() < 0.04:
        return _deep(data, random)
    return dumped(changed(tree, random))


def loaded(data: bytes) -> Any:
    """A fresh copy of what the JSON says; None where it is none."""
    stored = _parsed(data)
    return None if stored is None else pickle.loads(stored)


def dumped(tree: Any) -> bytes:
    """As text; lone surrogates stay escapes."""
    return json.dumps(tree).encode()


def changed(tree: Any, random: Random) -> Any:
    """The tree with one node changed."""
    places = list(_places(tree))
    if not places:
        return _value(random)
    holder, key = random.choice(places)
    value = holder[key]
    what = random.randrange(10)
    if what < 5:
        holder[key] = _value(random)
    elif what == 5:
        del holder[key]
    elif what == 6 and isinstance(holder, list):
        holder[key:key] = [value] * random.choice((1, 3, 1000))
    elif what == 6:
        holder[random.choice(("", "x", "\ud800", key + "2"))] = value
    elif what == 7:
        holder[key] = [value] if random.random() < 0.5 else {"value": value}
    elif what == 8:
        holder[key] = _near(value, random)
    else:
        other, there = random.choice(places)
        if there in other if isinstance(other, dict) else there < len(other):
            holder[key] = pickle.loads(pickle.dumps(other[there]))
    return tree


def _value(random: Random) -> Any:
    """One of the values, of its own: a list that stood at two places could come to hold itself."""
    return copy.deepcopy(random.choice(VALUES))


def _near(value: Any, random: Random) -> Any:
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value + random.choice((1, -1, value, 255))
    if isinstance(value, float):
        return value * random.choice((-1.0, 0.0, 1e300, 1.0000001))
    if isinstance(value, str):
        at = random.randrange(len(value) + 1)
        return value[:at] + random.choice(("\0", "/", "..", "é", "\ud800", "-", "9")) + value[at + 1 :]
    return [*value][:-1] if isinstance(value, list) else dict(list(value.items())[:-1])


def _deep(data: bytes, random: Random) -> bytes:
    depth = random.choice((100, 1000, 5000, 100_000))
    opening, closing = random.choice(((b"[", b"]"), (b'{"a":', b"}")))
    inner = data if random.random() < 0.5 else b"1"
    return opening * depth + inner + (closing * depth if random.random() < 0.7 else b"")


def _places(tree: Any) -> Any:
    stack = [tree]
    while stack:
        node = stack.pop()
        keys: Any = node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in keys:
            yield node, key
            if isinstance(node[key], (dict, list)):
                stack.append(node[key])


@functools.lru_cache(maxsize=256)
def _parsed(data: bytes) -> bytes | None:
    if data.lstrip()[:1] not in (b"{", b"[") or len(data) > 1 << 18:
        return None
    try:
        return pickle.dumps(json.loads(data))
    except (ValueError, RecursionError):
        return None
