"""Loads maps beside the node's own work: fetch, open, warm up, hand over. Tries again while a server is away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reloc.engine import Engine
from reloc.errors import RelocError, TransferError
from reloc.maps.reference_map import ReferenceMap
from reloc_msgs.msg import MapInfo
from reloc_node.map_transfer.map_client import MapClient
from reloc_node.worker import Worker

RETRY_S = (0.5, 1.0, 2.0, 5.0)  # the last one again and again


class NodeLog(Protocol):
    """What is used of a node's logger."""

    def info(self, message: str) -> object:
        """Tell."""

    def warning(self, message: str) -> object:
        """Warn."""

    def error(self, message: str) -> object:
        """Complain."""


@dataclass(frozen=True, slots=True)
class LoaderState:
    """How far it is, for diagnostics and status."""

    text: str = "waiting for a map server: no map_info came yet"
    pages: int = 0
    page_count: int = 0


class MapLoader:
    """Takes MapInfo messages, the newest counts, and calls ``on_loaded`` with an engine for each new map."""

    def __init__(
        self,
        client: MapClient,
        cache: Path,
        make_engine: Callable[[ReferenceMap], Engine],
        on_loaded: Callable[[Engine], None],
        log: NodeLog,
    ) -> None:
        self._client, self._cache = client, cache
        self._make_engine, self._on_loaded, self._log = make_engine, on_loaded, log
        self._loaded_hash = ""
        self.state = LoaderState()
        self._worker: Worker[MapInfo] = Worker("map_loader", self._load, self._report)
        self._worker.start()

    def offer(self, info: MapInfo) -> None:
        """A server tells of its map; nothing happens where that is the one in use, or none."""
        if not info.content_hash:
            if not self._loaded_hash:
                self.state = LoaderState("waiting: the map server has no map loaded")
            return
        self._worker.mailbox.put(info)

    def why_none(self) -> str:
        """Why there is no map yet."""
        return self.state.text

    def stop(self) -> None:
        """Give up what is under way and end."""
        self._client.close()
        self._worker.stop()
        self._client.destroy()

    def _load(self, info: MapInfo) -> None:
        if info.content_hash == self._loaded_hash:
            return
        attempt = 0
        while not self._worker.mailbox.closed:
            try:
                engine = self._make_engine(self._client.fetch(info, self._cache, self._progress))
            except TransferError as error:
                delay = RETRY_S[min(attempt, len(RETRY_S) - 1)]
                attempt += 1
                self._tell(f"{error} (again in {delay:g} s)", self._log.warning)
                if self._worker.mailbox.wait(delay):
                    return  # something newer came, or the end
                continue
            self._loaded_hash = info.content_hash
            self.state = LoaderState(f"map {info.name!r} loaded")
            self._on_loaded(engine)
            return

    def _progress(self, pages: int, page_count: int) -> None:
        before = self.state.pages * 10 // page_count if self.state.page_count == page_count else -1
        self.state = LoaderState(f"fetching the map: page {pages} of {page_count}", pages, page_count)
        if pages * 10 // page_count != before:
            self._log.info(f"Fetching the map: {pages * 100 // page_count} % ({pages} of {page_count} pages)")

    def _report(self, error: Exception) -> None:
        """Errors that another attempt would not mend: wait for the next map_info."""
        kind = "" if isinstance(error, RelocError) else f"{type(error).__name__}: "
        self._tell(f"The map cannot be used: {kind}{error}", self._log.error)

    def _tell(self, text: str, log: Callable[[str], object]) -> None:
        self.state = LoaderState(text, self.state.pages, self.state.page_count)
        log(text)
