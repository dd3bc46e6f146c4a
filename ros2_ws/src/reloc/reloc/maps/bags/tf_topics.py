"""Which TF topics tell where a camera is: in a bag of several robots each may have its own, with the same frames."""

from __future__ import annotations

from reloc.errors import BagPoseError
from reloc.maps.bags.reader import BagTopic
from reloc.maps.bags.topics import TF, Topics, of_types

STATIC = "tf_static"


def tf_topics(topics: Topics, image_topic: str, told: str = "") -> list[str]:
    """The TF topics to read: one namespace's, moving and static.

    It is the namespace told, or the nearest one around the images, or else the global one. A namespace that has only
    one of ``tf`` and ``tf_static`` takes the other from the next one further out.

    Args:
        topics: the bag's.
        image_topic: the images' topic.
        told: a namespace, such as ``/robot1``; ``/`` is the global one; empty: none.

    Raises:
        BagPoseError: only other namespaces have TF.
    """
    found = of_types(topics, (TF,))
    spaces = sorted({_namespace(topic) for topic in found})
    if not found:
        return []
    if told:
        space = "/" + told.strip("/") if told.strip("/") else ""
        if space not in spaces:
            raise BagPoseError(f"No TF topic in the namespace {told!r}", _choices(topics, found))
        around = [space, *_outward(space)]
    else:
        around = _outward(image_topic)
    moving = next((s for s in around if any(_is_of(t, s, static=False) for t in found)), None)
    static = next((s for s in around if any(_is_of(t, s, static=True) for t in found)), None)
    chosen = [t for t in found if (_is_of(t, moving, static=False) or _is_of(t, static, static=True))]
    if not chosen:
        raise BagPoseError(
            f"The images on {image_topic} have no TF in their own namespace, and there is no global one: "
            f"{', '.join(space or '/' for space in spaces)} are other namespaces'",
            _choices(topics, found),
        )
    return chosen


def is_static(topic: str) -> bool:
    """Whether a TF topic holds transforms that never change."""
    return topic.endswith(STATIC)


def _namespace(topic: str) -> str:
    return topic.rpartition("/")[0]


def _outward(topic: str) -> list[str]:
    """The namespaces around a topic, nearest first; the global one is empty."""
    spaces = []
    while topic:
        topic = topic.rpartition("/")[0]
        spaces.append(topic)
    return spaces or [""]


def _is_of(topic: str, space: str | None, *, static: bool) -> bool:
    return space is not None and _namespace(topic) == space and is_static(topic) is static


def _choices(topics: Topics, found: list[str]) -> str:
    def told(topic: BagTopic) -> str:
        return f"{topic.name} ({topic.count})"

    spaces = sorted({_namespace(topic) or "/" for topic in found})
    listed = ", ".join(told(topics[t]) for t in found)
    return f"There are {listed}. Say whose the images are: {' or '.join(f'--tf-namespace {s}' for s in spaces)}"
