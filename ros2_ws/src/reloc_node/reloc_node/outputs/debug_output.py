"""Publish the debug image, while somebody subscribes: nothing is matched or drawn for nobody."""

from __future__ import annotations

from rclpy.node import Node
from sensor_msgs.msg import Image

from reloc.engine import Engine
from reloc.errors import ImageError, RelocError
from reloc.evaluation.matches.finding import FoundMatches, MatchFinder
from reloc_msgs.msg import Status
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.debug_image import ReferenceImage, to_debug_image
from reloc_node.look import FrameLook

_TRIED = 2  # references whose matches are compared: each takes some 10 ms


class DebugOutput:
    """The publisher of ``~/debug_image``. Only the worker's thread calls it."""

    def __init__(self, node: Node, config: LocalizerNodeConfig) -> None:
        self._node, self._config = node, config
        self._publisher = node.create_publisher(Image, "~/debug_image", 1)
        self._engine: Engine | None = None
        self._finder: MatchFinder | None = None

    def publish(self, look: FrameLook, status: Status, engine: Engine | None) -> None:
        """Draw and publish a look, if anybody wants it."""
        if self._publisher.get_subscription_count() == 0 or look.image is None:
            return
        references, support = look.answer.references, look.answer.support
        matches = self._matches(look, engine)
        index = matches.reference if matches is not None else references[0].index if references else -1
        best = _reference(engine, index)
        runner_up = _reference(engine, support.runner_up if support else -1)
        frame = self._config.camera_frame or "camera"
        message = to_debug_image(look, status, frame, self._config.debug_image_size, best, runner_up, matches)
        if message is not None:
            self._publisher.publish(message)

    def close(self) -> None:
        """Destroy the publisher."""
        self._node.destroy_publisher(self._publisher)

    def _matches(self, look: FrameLook, engine: Engine | None) -> FoundMatches | None:
        """Return the matches with the best reference; None if they cannot be found: the image is drawn without."""
        if engine is None or look.image is None or look.camera is None:
            return None
        if engine is not self._engine or self._finder is None:
            self._engine, self._finder = engine, MatchFinder(engine.reference_map, _TRIED)
        try:
            return self._finder.best(look.image, look.camera, look.answer)
        except RelocError:  # a method may run without the map's own kind of features
            return None


def _reference(engine: Engine | None, index: int) -> ReferenceImage | None:
    """Return an image of the map; None if there is no such image."""
    if engine is None or not 0 <= index < len(engine.reference_map):
        return None
    try:
        return ReferenceImage(engine.reference_map.names[index], engine.reference_map.image(index))
    except ImageError:  # a map works without its images, too
        return None
