"""Load maps in a separate thread: fetch, open, warm up, hand over. Retry while a server is unreachable."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reloc.engine import Engine
from reloc.errors import MapError, MapOfferError, RelocError, TransferError
from reloc.maps.reference_map import ReferenceMap
from reloc_msgs.msg import MapInfo
from reloc_node.guard import in_words
from reloc_node.map_transfer.map_client import MapClient
from reloc_node.map_transfer.map_rate import MapRate
from reloc_node.node_log import Logger, as_log, shown
from reloc_node.worker import Worker

RETRY_S = (0.5, 1.0, 2.0, 5.0)  # seconds after a missing page or a full disk; the last one repeats
SLOW_RETRY_S = (1.0, 5.0, 15.0, 60.0)  # seconds after an unexpected error
MAPS_PER_MINUTE = 20


@dataclass(frozen=True, slots=True)
class LoaderState:
    """The loader's progress, for diagnostics and status."""

    text: str = "waiting for a map server: no map_info received yet"
    pages: int = 0
    page_count: int = 0


class MapLoader:
    """Take MapInfo messages, use the newest one, and call ``on_loaded`` with an engine for each new map."""

    def __init__(
        self,
        client: MapClient,
        cache: Path,
        make_engine: Callable[[ReferenceMap], Engine],
        on_loaded: Callable[[Engine], None],
        log: Logger,
        maps_per_minute: int = MAPS_PER_MINUTE,
    ) -> None:
        self._client, self._cache = client, cache
        self._make_engine, self._on_loaded, self._log = make_engine, on_loaded, as_log(log)
        self._rate = MapRate(maps_per_minute, time.monotonic())
        self._loaded_hash = self._begun_hash = ""
        self.state = LoaderState()
        self.worker: Worker[MapInfo] = Worker("map_loader", self._load, self._report)
        self.worker.start()

    def announce(self, info: MapInfo) -> None:
        """Handle a server's announcement after checking it. An invalid one does not replace a waiting one."""
        try:
            if info.content_hash:
                self._client.check(info)
        except MapError as error:
            self.refuse(error)
            return
        self.offer(info)

    def offer(self, info: MapInfo) -> None:
        """Handle a valid announcement. Nothing happens if it names the map in use, or no map."""
        if not info.content_hash:
            if not self._loaded_hash:
                self.state = LoaderState("waiting: the map server has no map loaded")
            return
        self.worker.mailbox.put(info)

    def refuse(self, error: RelocError) -> None:
        """Report an invalid offer. The loaded map and a transfer in progress stay."""
        text = f"A map_info was refused: {in_words(error)}"
        if not self._loaded_hash and not self.state.pages:
            self.state = LoaderState(text)
        self._log.seldom("error", "refused", text)

    def why_none(self) -> str:
        """Return why there is no map yet."""
        return self.state.text

    def stop(self) -> None:
        """Cancel the transfer and end."""
        self._client.close()
        self.worker.stop()
        self._client.destroy()

    def _load(self, info: MapInfo) -> None:
        """Fetch and open a map. Temporary failures are retried until a newer map is offered."""
        if info.content_hash == self._loaded_hash or not self._may_begin(info.content_hash):
            return
        attempt = 0
        while not self.worker.mailbox.closed:
            try:
                engine = self._make_engine(self._client.fetch(info, self._cache, self._progress))
                self._on_loaded(engine)
            except MapOfferError:
                raise
            except TransferError as error:
                delays, text = RETRY_S, str(error)
            except RelocError:
                raise  # another attempt would fail in the same way
            except Exception as error:  # an error of the system, such as too many open files, or a bug
                delays, text = SLOW_RETRY_S, in_words(error)
            else:
                self._loaded_hash = info.content_hash
                self.state = LoaderState(f"map {shown(info.name)} loaded")
                return
            delay = delays[min(attempt, len(delays) - 1)]
            attempt += 1
            self._tell(f"{text} (again in {delay:g} s)")
            if self.worker.mailbox.wait(delay):
                return  # a newer map was offered, or the node ends

    def _may_begin(self, content_hash: str) -> bool:
        """Wait until another map may be fetched; return False if a newer one is offered by then."""
        if content_hash == self._begun_hash:
            return True  # the same map was announced again
        wait_s = self._rate.wait_s(time.monotonic())
        if wait_s > 0:
            self._tell(f"Too many different maps are offered: fetching the newest one in {wait_s:.0f} s")
            deadline = time.monotonic() + wait_s
            while (left := deadline - time.monotonic()) > 0:
                if self.worker.mailbox.closed:
                    return False
                time.sleep(min(left, 0.1))
            if self.worker.mailbox.wait(0.0):
                return False  # the newer map is next
        self._rate.take(time.monotonic())
        self._begun_hash = content_hash
        return True

    def _progress(self, pages: int, page_count: int) -> None:
        before = self.state.pages * 10 // page_count if self.state.page_count == page_count else -1
        self.state = LoaderState(f"fetching the map: page {pages} of {page_count}", pages, page_count)
        if pages * 10 // page_count != before:
            self._log.info(f"Fetching the map: {pages * 100 // page_count} % ({pages} of {page_count} pages)")

    def _report(self, error: Exception) -> None:
        """Report an error that another attempt would not solve, and wait for the next map_info."""
        text = f"The map cannot be used: {in_words(error)}"
        self.state = LoaderState(text, self.state.pages, self.state.page_count)
        self._log.seldom("error", text[:120], text)

    def _tell(self, text: str) -> None:
        self.state = LoaderState(text, self.state.pages, self.state.page_count)
        self._log.seldom("warning", text[:120], text)
