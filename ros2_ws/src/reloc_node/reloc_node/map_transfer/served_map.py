"""Answer requests for the pages of a map that a server offers."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.errors import RelocError
from reloc.maps.reference_map import ReferenceMap
from reloc_msgs.msg import MapInfo
from reloc_msgs.srv import GetReferences
from reloc_node.map_folder import map_folder
from reloc_node.map_transfer.map_info import to_map_file, to_map_info, to_reference
from reloc_node.map_transfer.map_pages import MapPages
from reloc_node.node_log import printable

FILES_PER_PAGE = 1000
REFERENCES_PER_PAGE = 500
Request = GetReferences.Request
Response = GetReferences.Response


@dataclass(frozen=True, slots=True)
class ServedMap:
    """A map, its pages and its announcement."""

    reference_map: ReferenceMap
    pages: MapPages
    info: MapInfo

    @classmethod
    def open(cls, folder: str, page_bytes: int, stamp_ns: int, public_key: str = "") -> ServedMap:
        """Open and check a map.

        Raises:
            MapError: there is no map, or it is incomplete.
        """
        return cls.of(ReferenceMap.open(map_folder(folder), public_key=public_key), page_bytes, stamp_ns)

    @classmethod
    def of(cls, reference_map: ReferenceMap, page_bytes: int, stamp_ns: int) -> ServedMap:
        """Serve an open map.

        Raises:
            MapIncompleteError: a file is missing or its size differs from the list.
        """
        pages = MapPages(reference_map.path, reference_map.manifest, page_bytes)
        return cls(reference_map, pages, to_map_info(reference_map, pages, stamp_ns))


def answer(served: ServedMap | None, request: Request, response: Response) -> Response:
    """Fill ``response`` with the requested page, or with the reason for its absence."""
    response.page = request.page
    if served is None:
        response.message = "This server has no map loaded: call ~/load_map"
        return response
    response.content_hash = served.info.content_hash
    if request.content_hash not in ("", served.info.content_hash):
        response.message = f"This server now has another map: {served.info.content_hash}"
        return response
    fill = {Request.STREAM: _stream, Request.FILES: _files, Request.REFERENCES: _references}.get(request.what)
    if fill is None:
        response.message = f"what={request.what} is unknown: STREAM is 0, FILES 1, REFERENCES 2"
        return response
    try:
        fill(served, request.page, response)
    except IndexError:
        response.message = f"There is no page {request.page} of {response.page_count}"
    except RelocError as error:
        response.message = printable(str(error))
    else:
        response.success = True
    return response


def _stream(served: ServedMap, number: int, response: Response) -> None:
    response.page_count = served.pages.page_count
    response.size_bytes = served.pages.size_bytes
    page = served.pages.page(number)
    response.offset = page.offset
    response.data.frombytes(page.data)
    response.page_sha256 = page.sha256


def _files(served: ServedMap, number: int, response: Response) -> None:
    files = served.pages.files
    response.page_count = _pages(len(files), FILES_PER_PAGE)
    response.files = [to_map_file(files[i]) for i in _span(number, len(files), FILES_PER_PAGE)]


def _references(served: ServedMap, number: int, response: Response) -> None:
    count = len(served.reference_map)
    response.page_count = _pages(count, REFERENCES_PER_PAGE)
    response.references = [to_reference(served.reference_map, i) for i in _span(number, count, REFERENCES_PER_PAGE)]


def _pages(count: int, per_page: int) -> int:
    return -(-count // per_page)


def _span(number: int, count: int, per_page: int) -> range:
    if number >= _pages(count, per_page):
        raise IndexError(number)
    return range(number * per_page, min(count, (number + 1) * per_page))
