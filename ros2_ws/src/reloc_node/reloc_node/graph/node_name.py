"""Check names of nodes that come from the command line or the graph, before a topic is made of them."""

from __future__ import annotations

from rclpy.exceptions import NameValidationException
from rclpy.validate_full_topic_name import validate_full_topic_name


def is_node_name(name: str) -> bool:
    """Return whether it is the full name of a node, such as ``/robot1/localizer``."""
    try:
        validate_full_topic_name(name)
    except (NameValidationException, ValueError):  # ValueError: a NUL, or half of a surrogate pair
        return False
    return True
