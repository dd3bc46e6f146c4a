"""Find what the localizer lacks: clock, map, images, camera_info, transforms; and where it should come from."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from reloc.datatypes import LostReason
from reloc_msgs.msg import MapInfo
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.status import reason
from reloc_node.graph.endpoints import described, name_of, publishers_of, type_of
from reloc_node.graph.offered import OfferedSubscription
from reloc_node.image_input import ImageInput
from reloc_node.localization import Localization
from reloc_node.map_transfer.map_loader import MapLoader

# Reasons that persist for every image. Their detail names the transform, the topic or the number.
_INPUT = frozenset(
    reason.value
    for reason in (
        LostReason.NO_TF,
        LostReason.BAD_IMAGE,
        LostReason.BAD_CAMERA_INFO,
        LostReason.CAMERA_MISMATCH,
        LostReason.INTERNAL,
    )
)
_SLOW = "gate.look_window_s"  # part of the detail if looks are too rare
_SHARED_MEMORY = "/dev/shm"
_SHORT_BYTES = 32 << 20  # less free shared memory than this is soon filled by a driver of raw images
_WINDOW_S = 5.0  # images and camera_info are counted over this time
_FEW = 5  # fewest camera_info messages that show a rate


class Missing:
    """Checks of what is missing, one method per kind. Each returns a text, which is empty if nothing is missing."""

    def __init__(self, node: Node, config: Callable[[], LocalizerNodeConfig]) -> None:
        self._node, self._config = node, config
        self._input: ImageInput | None = None
        self._localization: Localization | None = None
        self._map: tuple[MapLoader, OfferedSubscription, Callable[[], bool]] | None = None
        self._counted: list[tuple[float, int, int]] = []  # seconds, images, camera_infos

    def watch_images(self, images: ImageInput | None, localization: Localization | None) -> None:
        """Set the sources of images; None if the node is not active."""
        self._input, self._localization = images, localization
        self._counted = []

    def watch_map(self, loader: MapLoader, map_info: OfferedSubscription, has_map: Callable[[], bool]) -> None:
        """Set the sources of a map from a map server."""
        self._map = (loader, map_info, has_map)

    def forget_map(self) -> None:
        """Forget the map server, because the map does not come from one."""
        self._map = None

    def clock(self) -> str:
        """Return a text if simulated time does not begin."""
        if not self._node.get_parameter("use_sim_time").value or self._node.get_clock().now().nanoseconds > 0:
            return ""
        found = ", ".join(name_of(p) for p in publishers_of(self._node, "/clock"))
        return (
            f"use_sim_time is true, and no time came on /clock (published by {found or 'nobody'}): start the "
            "simulator, play the bag with --clock, or set use_sim_time to false"
        )

    def map_server(self) -> str:
        """Return a text if no map came."""
        if self._map is None or self._map[2]():
            return ""
        loader, map_info, _ = self._map
        who = described(self._node, map_info.topic, MapInfo, map_info.profiles)
        return (
            f"There is no map yet ({loader.state.text}). {map_info.topic} is listened to, and the map server "
            f"{self._config().map_server!r} (parameter map_server) is asked. {who}. Or give a folder: parameter map"
        )

    def images(self) -> str:
        """Return a text if no image arrives."""
        images, localization = self._input, self._localization
        if images is None or localization is None:
            return ""
        silence_s = localization.silence_s()
        if silence_s <= self._config().image_timeout:
            return ""
        topic, alike = images.images.topic, {type_of(Image), type_of(CompressedImage)}
        transport = self._config().image_transport
        who = described(self._node, topic, images.kind, images.images.profiles, alike)
        text = f"No image for {silence_s:.1f} s on {topic} (image_transport is {transport}). {who}"
        other = f"{topic}/compressed" if transport == "raw" else topic.removesuffix("/compressed")
        if not publishers_of(self._node, topic) and publishers_of(self._node, other):
            better = "compressed" if transport == "raw" else "raw"
            return f"{text}. But {other} is published: set image_transport to {better}"
        return text + self._lost_on_the_way(images)

    def camera_info(self) -> str:
        """Return a text if images arrive without camera_info."""
        images, localization = self._input, self._localization
        if images is None or localization is None or images.infos or not localization.received:
            return ""
        who = described(self._node, images.camera_info.topic, CameraInfo, images.camera_info.profiles)
        return f"Images come, but no camera_info came on {images.camera_info.topic}. {who}"

    def lost_images(self) -> str:
        """Return a text if fewer images than camera_info arrive, because the middleware loses raw images."""
        images, localization = self._input, self._localization
        if images is None or localization is None or images.kind is not Image:
            return ""
        now = time.monotonic()
        self._counted = [row for row in self._counted if now - row[0] <= _WINDOW_S]
        self._counted.append((now, localization.received, images.infos))
        _, first_images, first_infos = self._counted[0]
        came, told = localization.received - first_images, images.infos - first_infos
        if told < _FEW or came == 0 or 2 * came > told:
            return ""
        return f"Only {came} images came for {told} camera_info in {_WINDOW_S:g} s" + self._lost_on_the_way(images)

    def looks(self) -> str:
        """Return a text if images cannot be used, or if looks are too rare."""
        localization = self._localization
        look = None if localization is None else localization.counters.last
        if localization is None or look is None or localization.silence_s() > self._config().image_timeout:
            return ""
        name, detail = reason(look)
        return f"Images cannot be used: {name}: {detail}" if name in _INPUT else detail if _SLOW in detail else ""

    def _lost_on_the_way(self, images: ImageInput) -> str:
        """Return the fix for a publisher whose raw images do not arrive."""
        if images.kind is not Image or images.info_silence_s() > self._config().image_timeout:
            return ""
        if not publishers_of(self._node, images.images.topic):
            return ""
        return (
            ". Its camera_info arrives, so raw images are lost on their way: shared memory is too small for them"
            f"{_shared_memory()}. Start the camera driver with FASTRTPS_DEFAULT_PROFILES_FILE=$(python -m "
            "reloc_node.dds), give a container --ipc=host or a larger --shm-size, or use image_transport compressed"
        )


def _shared_memory() -> str:
    try:
        there = os.statvfs(_SHARED_MEMORY)
    except OSError:
        return f" ({_SHARED_MEMORY} cannot be used)"
    free = there.f_bavail * there.f_frsize
    return f" ({_SHARED_MEMORY} has only {free >> 20} MB free)" if free < _SHORT_BYTES else ""
