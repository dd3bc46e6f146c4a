"""Leave out transforms of a bag's TF that a running node publishes itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from rosbags.typesys import Stores, get_typestore

from reloc.errors import ConfigError
from reloc_node.node_log import shown

TF_TYPE = "tf2_msgs/msg/TFMessage"
_STORE = get_typestore(Stores.ROS2_JAZZY)

Edge = tuple[str, str]  # names of the parent's and the child's frame


@dataclass(slots=True)
class TfFilter:
    """The transforms to leave out."""

    edges: frozenset[Edge]  # without namespaces
    tell: Callable[[str], None]  # called once for each transform that is left out
    emptied: int = 0  # number of messages that are not played, because all their transforms were left out
    _told: set[Edge] = field(default_factory=set)

    @classmethod
    def of(cls, texts: Iterable[str], tell: Callable[[str], None]) -> TfFilter:
        """Read transforms in the form of the command line, ``map:odom``.

        Args:
            tell: called with a line of text, once for each transform that is left out.

        Raises:
            ConfigError: a text does not have this form.
        """
        edges = set()
        for text in texts:
            parent, found, child = text.partition(":")
            if not (found and parent and child) or ":" in child:
                raise ConfigError(f"--drop-tf {text}", "Write it as --drop-tf PARENT:CHILD, such as map:odom")
            edges.add((_bare(parent), _bare(child)))
        return cls(frozenset(edges), tell)

    def filtered(self, data: bytes) -> bytes | None:
        """Return a message of :data:`TF_TYPE` without the transforms to leave out.

        Returns:
            The same bytes if nothing is left out, or if they cannot be read; None if no transform remains.
        """
        if not self.edges:
            return data
        try:
            message: Any = _STORE.deserialize_cdr(data, TF_TYPE)
            edges = [(t.header.frame_id, t.child_frame_id) for t in message.transforms]
            drop = [(_bare(parent), _bare(child)) in self.edges for parent, child in edges]
            if not any(drop):
                return data
            self._tell({edge for edge, gone in zip(edges, drop, strict=True) if gone})
            if all(drop):
                self.emptied += 1
                return None
            message.transforms = [t for t, gone in zip(message.transforms, drop, strict=True) if not gone]
            return bytes(_STORE.serialize_cdr(message, TF_TYPE))
        except Exception:  # damaged bytes are played as recorded
            return data

    def _tell(self, edges: set[Edge]) -> None:
        for edge in sorted(edges - self._told):
            parent, child = map(shown, edge)
            self.tell(f"leaving out {parent} -> {child}: the localizer publishes it; --keep-tf plays the bag's own")
        self._told |= edges


def _bare(frame: str) -> str:
    return frame.strip("/").rpartition("/")[2]
