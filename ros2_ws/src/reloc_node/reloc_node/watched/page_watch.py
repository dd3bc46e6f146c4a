"""Serve the page of a running localizer until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import rclpy
from rclpy.signals import SignalHandlerOptions

from reloc.maps.reference_map import ReferenceMap
from reloc.view import server as pages
from reloc.view.live.page import LivePage
from reloc_node.guard import GuardedExecutor
from reloc_node.watched.live_watcher import LiveWatcher
from reloc_node.watched.served_maps import ServedMaps
from reloc_node.watched.watcher import check_name

_REFRESH_S = 0.5
_SEARCH_S = 1.0


def watch_in_browser(node: str, host: str, port: int, map_folder: Path | None, tell: Callable[[str], None]) -> None:
    """Watch a localizer in the browser. It returns at Ctrl-C only.

    Args:
        node: full name of the localizer; empty uses the only one that runs.
        map_folder: the robot's map; None fetches it from the map server.
        tell: called with the page's addresses.

    Raises:
        ConfigError: ``node`` is not a name, or several localizers run and none is named.
        DependencyError, PortInUseError: the page cannot be served.
        MapError: ``map_folder`` is not a map.
    """
    check_name(node)
    opened = ReferenceMap.open(map_folder, verify=False) if map_folder is not None else None
    server = pages.start(host, port, "reloc watch")
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)  # Ctrl-C stays a KeyboardInterrupt
    maps: ServedMaps | None = None
    try:
        watcher = LiveWatcher(node)
        watcher.page = page = LivePage(server, watcher.buttons)
        if opened is not None:
            page.set_map(opened)
        tell(pages.addresses(server))
        if opened is None:
            maps = ServedMaps(watcher, page.set_map)
        executor = GuardedExecutor()
        executor.add_node(watcher)
        refreshed = searched = 0.0
        while True:
            executor.spin_once(timeout_sec=0.05)
            if watcher.problem is not None:
                raise watcher.problem
            now = time.monotonic()
            if now - refreshed >= _REFRESH_S:
                refreshed = now
                watcher.work()
                page.refresh()
            if maps is not None and watcher.localizer and now - searched >= _SEARCH_S:
                searched = now
                page.tell(maps.look(watcher.localizer))
    finally:
        if maps is not None:
            maps.close()
        rclpy.try_shutdown()
        pages.stop(server)
