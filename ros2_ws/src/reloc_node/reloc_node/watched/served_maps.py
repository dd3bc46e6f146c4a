"""Find the map of a watched localizer on the graph, and fetch it as the localizer does."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node

from reloc.maps.reference_map import ReferenceMap
from reloc_msgs.msg import MapInfo
from reloc_node.config import LocalizerNodeConfig
from reloc_node.graph.endpoints import is_named, name_of, publishers_of
from reloc_node.graph.offered import OfferedSubscription
from reloc_node.guarded_node import GuardedNode
from reloc_node.map_folder import cache_folder
from reloc_node.map_transfer.map_client import MapClient
from reloc_node.map_transfer.map_loader import MapLoader
from reloc_node.qos import LATCHED

INFO_TYPE = "reloc_msgs/msg/MapInfo"
NONE = "No map server was found: give the robot's map with --map FOLDER."


class ServedMaps:
    """Fetches the map of a map server into the cache, and each new one after it."""

    def __init__(self, node: GuardedNode, on_map: Callable[[ReferenceMap], None], cache: str = "") -> None:
        """Create it; it searches in :meth:`look`.

        Args:
            on_map: called with each map by a thread of its own.
            cache: folder of fetched maps; empty uses that of localizers.
        """
        self._node, self._on_map = node, on_map
        self._cache = cache or LocalizerNodeConfig().map_cache
        self._loader: MapLoader | None = None
        self._info: OfferedSubscription | None = None

    def look(self, localizer: str) -> str:
        """Search for the map server of a localizer, until there is one. Call it about once a second.

        Args:
            localizer: the localizer's full name.

        Returns:
            What the page should say instead of a map; empty if a map is there.
        """
        if self._loader is None:
            found = find_server(self._node, localizer)
            if found is None:
                return NONE
            self._listen(*found)
        assert self._loader is not None
        assert self._info is not None
        self._info.look()
        state = self._loader.state.text
        return "" if state.endswith("loaded") else state

    def close(self) -> None:
        """Stop; a transfer is continued the next time."""
        if self._loader is not None and self._info is not None:
            self._info.close()
            self._loader.stop()

    def _listen(self, topic: str, server: str) -> None:
        config = LocalizerNodeConfig()
        self._client = MapClient(self._node, server, config.transfer_timeout, config.map_public_key, config.limits)
        folder = cache_folder(self._cache)
        self._loader = MapLoader(self._client, folder, lambda found: found, self._on_map, self._node.log)
        self._info = OfferedSubscription(self._node, MapInfo, topic, self._loader.announce, LATCHED)


def find_server(node: Node, localizer: str) -> tuple[str, str] | None:
    """Return the topic of a map server's announcements and the server's full name; None if there is none.

    Of several, the one whose namespace is nearest to the localizer's is taken. One whose node the graph does not know
    yet is left out.
    """
    topics = [name for name, kinds in node.get_topic_names_and_types() if INFO_TYPE in kinds]
    for topic in sorted(topics, key=lambda name: (-_shared(name, localizer), name)):
        for publisher in filter(is_named, publishers_of(node, topic)):
            return topic, name_of(publisher)
    return None


def _shared(topic: str, localizer: str) -> int:
    """Return how many parts of their namespaces two names have in common."""
    pairs = zip(topic.split("/")[:-1], localizer.split("/")[:-1], strict=False)
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count
