"""Convert times and durations of any type to nanoseconds."""

from __future__ import annotations

from typing import Any

import builtin_interfaces.msg

NS_PER_S = 1_000_000_000


def time_ns(time: Any) -> int:
    """Return nanoseconds of an ``rclpy.time.Time`` or a ``builtin_interfaces`` Time; 0 means the latest.

    Raises:
        TypeError: it is neither.
    """
    return _ns(time, "time")


def duration_ns(duration: Any) -> int:
    """Return nanoseconds of an ``rclpy.duration.Duration`` or a ``builtin_interfaces`` Duration.

    Raises:
        TypeError: it is neither.
    """
    return _ns(duration, "duration")


def _ns(value: Any, what: str) -> int:
    if hasattr(value, "sec") and hasattr(value, "nanosec"):
        return int(value.sec) * NS_PER_S + int(value.nanosec)
    if hasattr(value, "nanoseconds"):
        return int(value.nanoseconds)
    raise TypeError(f"{what} must have sec and nanosec, or nanoseconds, and {value!r} has neither")


def time_msg(ns: int) -> builtin_interfaces.msg.Time:
    """Return a ``builtin_interfaces`` Time of nanoseconds."""
    sec, nanosec = divmod(ns, NS_PER_S)
    return builtin_interfaces.msg.Time(sec=sec, nanosec=nanosec)


def seconds_text(ns: int) -> str:
    """Return seconds for a message to a person, such as ``12.500000``."""
    return f"{ns / NS_PER_S:.6f}"
