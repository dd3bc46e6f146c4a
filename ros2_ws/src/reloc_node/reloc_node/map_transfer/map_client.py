"""Fetches maps from a map server, page by page, into the cache."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rclpy.node import Node

from reloc.errors import MapSignatureError, MapVersionError, TransferError
from reloc.maps.manifest import FORMAT_VERSION
from reloc.maps.reference_map import ReferenceMap
from reloc_msgs.msg import MapInfo
from reloc_msgs.srv import GetReferences
from reloc_node.map_transfer.map_download import MapDownload, cached_map
from reloc_node.map_transfer.map_pages import PagedFile
from reloc_node.map_transfer.signed_map import signed_or_removed

Progress = Callable[[int, int], None]  # pages that are there, pages in all
Request = GetReferences.Request
Response = GetReferences.Response


class MapClient:
    """The client of one map server. :meth:`fetch` blocks: call it from a thread that does not spin the node."""

    def __init__(self, node: Node, server: str, timeout_s: float, public_key: str = "") -> None:
        """With ``public_key``, only maps signed by it are handed out."""
        self._node = node
        self._timeout_s = timeout_s
        self._public_key = public_key
        self._client = node.create_client(GetReferences, f"{server}/get_references")
        self._closed = threading.Event()

    def fetch(self, info: MapInfo, cache: Path, progress: Progress) -> ReferenceMap:
        """The map that ``info`` tells of: from the cache, or from the server, going on where it stopped last time.

        Raises:
            TransferError: the server died, has another map by now, or sent something else than it listed. Try again.
            MapVersionError: the map is for a newer reloc.
            MapSignatureError: it is not signed by the key that it must be signed by.
            MapError: it arrived as it was, but cannot be opened.
        """
        if info.format_version != FORMAT_VERSION:
            raise MapVersionError(
                f"The server's map {info.name!r} has format {info.format_version}; this reloc reads {FORMAT_VERSION}",
                "Update the older one of the two",
            )
        found = cached_map(cache, info.content_hash)
        if found is not None:
            with suppress(MapSignatureError):  # the server's may be signed by now
                return signed_or_removed(found, self._public_key)
        with MapDownload(cache, info.content_hash, self._files(info), info.size_bytes, info.page_bytes) as download:
            for number in download.missing:
                page = self._call(Request(what=Request.STREAM, content_hash=info.content_hash, page=number))
                if page.page != number:
                    raise TransferError(f"Asked for page {number}, got page {page.page}", "Update the server")
                download.write(number, bytes(page.data), page.page_sha256)
                progress(download.page_count - len(download.missing), download.page_count)
            return signed_or_removed(download.finish(), self._public_key)

    def close(self) -> None:
        """Give a fetch that is under way up."""
        self._closed.set()

    def destroy(self) -> None:
        """Let the client go; call :meth:`close` and wait for the fetch before."""
        self._node.destroy_client(self._client)

    def _files(self, info: MapInfo) -> list[PagedFile]:
        files: list[PagedFile] = []
        page, pages = 0, 1
        while page < pages:
            answer = self._call(Request(what=Request.FILES, content_hash=info.content_hash, page=page))
            files += [PagedFile(f.path, f.size, f.offset, f.sha256) for f in answer.files]
            page, pages = page + 1, answer.page_count
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
                raise TransferError("The transfer was ended by this node")
            raise TransferError(
                f"The map server {self._client.srv_name} did not answer in {self._timeout_s:g} s",
                "Is it running? The transfer goes on where it stopped",
            )
        answer = future.result()
        if not answer.success:
            raise TransferError(f"The map server refused: {answer.message}")
        return answer
