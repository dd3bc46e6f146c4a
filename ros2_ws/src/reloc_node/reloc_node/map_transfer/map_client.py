"""Fetch maps from a map server into the cache, page by page."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rclpy.node import Node

from reloc.errors import MapSignatureError, TransferError
from reloc.maps.reference_map import ReferenceMap
from reloc_msgs.msg import MapInfo
from reloc_msgs.srv import GetReferences
from reloc_node.map_transfer.cache import cached_map, remove, tidy
from reloc_node.map_transfer.cache_lock import HashLock, use
from reloc_node.map_transfer.checks import TransferLimits, check_offer, check_path
from reloc_node.map_transfer.map_download import MapDownload
from reloc_node.map_transfer.map_pages import PagedFile
from reloc_node.map_transfer.signed_map import signed_or_removed
from reloc_node.node_log import shown

Progress = Callable[[int, int], None]  # takes the number of received pages and of all pages
Request = GetReferences.Request
Response = GetReferences.Response


class MapClient:
    """The client of one map server. :meth:`fetch` blocks: call it from a thread that does not spin the node."""

    def __init__(
        self, node: Node, server: str, timeout_s: float, public_key: str = "", limits: TransferLimits | None = None
    ) -> None:
        """Create a client.

        Args:
            node: the node that calls the server.
            server: name of the map server.
            timeout_s: a request without an answer is repeated after this time.
            public_key: if given, only maps that this key signed are returned.
            limits: limits for the sizes of maps.
        """
        self._node = node
        self._timeout_s = timeout_s
        self._public_key = public_key
        self._limits = limits or TransferLimits()
        self._client = node.create_client(GetReferences, f"{server}/get_references")
        self._closed = threading.Event()
        # Locks of the map in use and of the one before it, which is used until the new one is ready.
        self._in_use: deque[tuple[str, HashLock]] = deque()

    def check(self, info: MapInfo) -> None:
        """Check a server's description of its map, without accessing the disk.

        Raises:
            MapVersionError, MapOfferError: the map must not be fetched.
        """
        check_offer(info, self._limits)

    def fetch(self, info: MapInfo, cache: Path, progress: Progress) -> ReferenceMap:
        """Return the map described by ``info``: from the cache, or from the server. An interrupted transfer is
        continued.

        Raises:
            MapVersionError: the map is for another version of reloc.
            MapOfferError: ``info`` is impossible, or the map is larger than the parameters allow.
            TransferError: the server died, changed its map, sent something it did not list, or the disk is full. Try
                again.
            MapSignatureError: the map is not signed by the required key.
            MapError: the map arrived unchanged, but cannot be opened.
        """
        self.check(info)
        found = self._cached(cache, info.content_hash)
        if found is not None:
            with suppress(MapSignatureError):  # the server's map may be signed by now
                return self._signed(cache, found)
        tidy(cache)
        files = self._files(info)
        sizes = info.size_bytes, info.page_bytes, self._limits
        with MapDownload(cache, info.content_hash, files, *sizes) as download:
            for number in download.missing:
                page = self._call(Request(what=Request.STREAM, content_hash=info.content_hash, page=number))
                if page.page != number or page.content_hash != info.content_hash:
                    asked = f"page {number} of {info.content_hash[:12]}"
                    raise TransferError(
                        f"Asked for {asked}, but got page {page.page} of {shown(page.content_hash)}",
                        "Update the server",
                    )
                if len(page.data) != download.length_of(number):
                    raise TransferError(
                        f"Page {number} has {len(page.data)} bytes instead of {download.length_of(number)}",
                        "Fetch the map again",
                    )
                download.write(number, memoryview(page.data).cast("B"), page.page_sha256)
                progress(download.missing.came, download.page_count)
            arrived = download.finish()
            self._keep(info.content_hash, download.keep_lock())
            return self._signed(cache, arrived)

    def close(self) -> None:
        """Cancel a fetch in progress."""
        self._closed.set()

    def destroy(self) -> None:
        """Release the client; call :meth:`close` and wait for the fetch first."""
        self._node.destroy_client(self._client)
        while self._in_use:
            self._in_use.pop()[1].close()

    def _cached(self, cache: Path, content_hash: str) -> ReferenceMap | None:
        self._let_go(content_hash)  # a lock on the map's earlier use must not block fetching it again
        if not (cache / content_hash).is_dir():
            return None
        try:
            lock = use(cache, content_hash)
        except OSError:  # this process may not write the cache, so it does not evict maps
            return cached_map(cache, content_hash, memory_mb=self._limits.memory_mb)
        found = cached_map(cache, content_hash, lock, self._limits.memory_mb)
        if found is not None:
            self._keep(content_hash, lock)
        return found

    def _signed(self, cache: Path, found: ReferenceMap) -> ReferenceMap:
        """Check the signature. An unsigned map is removed from the cache, unless another process uses it."""

        def leave() -> None:
            self._let_go(found.content_hash)
            remove(cache, found.content_hash, found.path)

        return signed_or_removed(found, self._public_key, leave)

    def _let_go(self, content_hash: str) -> None:
        for held in [held for held in self._in_use if held[0] == content_hash]:
            self._in_use.remove(held)
            held[1].close()

    def _keep(self, content_hash: str, lock: HashLock | None) -> None:
        if lock is None:
            return
        self._in_use.append((content_hash, lock))
        while len(self._in_use) > 2:
            self._in_use.popleft()[1].close()

    def _files(self, info: MapInfo) -> list[PagedFile]:
        """Fetch the table of files, with at most ``info.file_count`` rows."""
        files: list[PagedFile] = []
        page = 0
        while len(files) < info.file_count:
            answer = self._call(Request(what=Request.FILES, content_hash=info.content_hash, page=page))
            if not answer.files or len(files) + len(answer.files) > info.file_count:
                raise TransferError(
                    f"The server's table has {len(files) + len(answer.files)} files up to page {page}, but its "
                    f"map_info declared {info.file_count}",
                    "Fetch the map again",
                )
            files += [PagedFile(check_path(f.path), f.size, f.offset, f.sha256) for f in answer.files]
            page += 1
        return files

    def _call(self, request: Request) -> Response:
        arrived = threading.Event()
        future = self._client.call_async(request)
        future.add_done_callback(lambda _: arrived.set())
        for _ in range(max(1, round(self._timeout_s / 0.1))):
            if arrived.wait(0.1) or self._closed.is_set():
                break
        if not arrived.is_set():
            self._client.remove_pending_request(future)
            if self._closed.is_set():
                raise TransferError("This node cancelled the transfer")
            raise TransferError(
                f"The map server {self._client.srv_name} did not answer within {self._timeout_s:g} s",
                "Check that it is running; the transfer continues where it stopped",
            )
        answer = future.result()
        if not answer.success:
            raise TransferError(f"The map server refused: {shown(answer.message, 500)}")
        return answer
