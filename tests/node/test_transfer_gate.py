"""What a map server says is checked before it names a path or asks for memory."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("reloc_msgs", reason="ROS 2 is not there: run `make setup`")

from reloc.errors import MapOfferError, MapVersionError, TransferError
from reloc_msgs.msg import MapFile, MapInfo
from reloc_msgs.srv import GetReferences
from reloc_node.map_transfer.checks import PAGE_BYTES_LEAST, PAGE_BYTES_MOST, TransferLimits, check_hash, check_offer
from reloc_node.map_transfer.map_client import MapClient
from reloc_node.map_transfer.map_download import MapDownload, cached_map
from reloc_node.map_transfer.map_pages import PagedFile

HASH, SHA = "ab" * 32, "0" * 64
NO_HASHES = [
    "",
    ".",
    "..",
    "/",
    "/home/user",
    "../home/user",
    "a" * 63,
    "a" * 65,
    "A" * 64,
    "a" * 64 + "\n",
    "a" * 63 + "/",
    "a" * 63 + "\0",
    "٠" * 64,  # digits, but of another script
    "\ud800" * 64,
    "~" + "a" * 63,
    None,
    b"a" * 64,
    7,
]


def info(**changes: object) -> MapInfo:
    fields = {"name": "m", "content_hash": HASH, "format_version": 1, "size_bytes": 100_000, "file_count": 2}
    return MapInfo(**(fields | {"page_bytes": 65536, "page_count": 2} | changes))


@pytest.mark.parametrize("value", NO_HASHES)
def test_a_hash_that_is_none_names_no_path(tmp_path: Path, value: object) -> None:
    home, cache = tmp_path / "home" / "user", tmp_path / "cache"
    home.mkdir(parents=True)
    (home / "thesis.txt").write_text("mine")
    (cache / ("a" * 64)).mkdir(parents=True)
    with pytest.raises(MapOfferError, match="64 hexadecimal digits"):
        check_hash(value)
    for path in (value, str(home)):
        with pytest.raises(TransferError):
            cached_map(cache, path)  # type: ignore[arg-type]
        with pytest.raises(TransferError):
            MapDownload(cache, path, [], 0, 65536)  # type: ignore[arg-type]
    assert (home / "thesis.txt").read_text() == "mine"
    assert [p.name for p in cache.iterdir()] == ["a" * 64]


def test_what_servers_could_always_offer_is_taken() -> None:
    check_offer(info(), TransferLimits())
    for page in (PAGE_BYTES_LEAST, 50_000, 1 << 20, PAGE_BYTES_MOST):
        check_offer(info(page_bytes=page, page_count=-(-100_000 // page)), TransferLimits())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"page_bytes": 0}, "0 bytes; 4096"),
        ({"page_bytes": 1, "page_count": 100_000}, "1 bytes; 4096"),
        ({"page_bytes": 4095, "page_count": 25}, "4095 bytes"),
        ({"page_bytes": 2**32 - 1, "page_count": 1}, "bytes; 4096 to"),
        ({"size_bytes": 0, "page_count": 0}, "0 bytes"),
        ({"size_bytes": 2**64 - 1, "page_count": 2**32 - 1}, "max_map_bytes"),
        ({"page_count": 2**32 - 1}, "declares 4294967295 pages"),
        ({"page_count": 1}, "declares 1 pages"),
        ({"file_count": 0}, "has 0 files"),
        ({"file_count": 2**32 - 1}, "max_map_files"),
    ],
)
def test_numbers_that_no_map_has_are_refused(changes: dict[str, int], says: str) -> None:
    with pytest.raises(MapOfferError, match=says):
        check_offer(info(**changes), TransferLimits())


def test_a_refusal_shows_hostile_text_in_one_short_line() -> None:
    with pytest.raises(MapVersionError) as caught:
        check_offer(info(format_version=9, name="\x1b[2J\n" + "x" * 10_000), TransferLimits())
    assert len(str(caught.value)) < 400
    assert "\x1b" not in str(caught.value)


def test_a_map_larger_than_the_cache_is_refused() -> None:
    with pytest.raises(MapOfferError, match="max_cache_bytes"):
        check_offer(info(), TransferLimits(cache_bytes=99_999))


@pytest.mark.parametrize(
    "path",
    ["", "/etc/evil", "../evil", "a/../../evil", "a/..", ".", "./a", "a//b", "a/", "a/./b", "a\0b", "a\\b", ".pages"]
    + ["\ud800", "x" * 256, "a/" * 3000 + "b", "é" * 128, ".pages/x"],
)
def test_paths_of_files_stay_inside_the_map(tmp_path: Path, path: str) -> None:
    with pytest.raises(TransferError, match="not inside a map"):
        MapDownload(tmp_path, HASH, [PagedFile(path, 4, 0, SHA)], 4, 65536)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("a", 2, 0), ("a", 2, 2)], "twice"),
        ([("a", 2, 0), ("a/b", 2, 2)], "as a file and as a folder"),
        ([("a", -4, 0), ("b", 8, -4)], "begins at"),
        ([("a", 4, 2**63)], "begins at"),
        ([("a", 2**63, 0)], "together"),
        ([], "together"),
    ],
)
def test_tables_that_no_map_has_are_refused(tmp_path: Path, rows: list[tuple[str, int, int]], says: str) -> None:
    with pytest.raises(TransferError, match=says):
        MapDownload(tmp_path, HASH, [PagedFile(p, size, at, SHA) for p, size, at in rows], 4, 65536)


def test_a_checksum_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="SHA-256"):
        MapDownload(tmp_path, HASH, [PagedFile("a", 4, 0, "../x")], 4, 65536)


def test_the_largest_map_asks_for_a_bit_a_page(tmp_path: Path) -> None:
    size = TransferLimits.map_bytes
    tracemalloc.start()
    try:
        with MapDownload(tmp_path, HASH, [PagedFile("map.json", size, 0, SHA)], size, PAGE_BYTES_LEAST) as download:
            assert len(download.missing) == size // PAGE_BYTES_LEAST == 4_194_304
            assert size // PAGE_BYTES_LEAST - 1 in download.missing
            peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


class Table:
    """Answers to requests for the table of files, from a function of the page's number."""

    def __init__(self, page: object) -> None:
        self.calls = 0
        self._page = page

    def __call__(self, request: GetReferences.Request) -> GetReferences.Response:
        self.calls += 1
        assert self.calls < 10
        rows = self._page(request.page)  # type: ignore[operator]
        return GetReferences.Response(success=True, page=request.page, page_count=2**32 - 1, files=rows)


@pytest.mark.parametrize(
    ("page", "calls"),
    [
        (lambda number: [MapFile(path="x")] * 100, 1),  # more at once than there are
        (lambda number: [MapFile(path=f"x{number}")], 2),  # the third never comes to be asked for
        (lambda number: [], 1),  # nothing, for ever
        (lambda number: [MapFile(path="../../etc/passwd")], 1),
    ],
)
def test_the_table_of_files_ends_where_the_offer_said(page: object, calls: int) -> None:
    client = MapClient.__new__(MapClient)
    table = client._call = Table(page)  # type: ignore[method-assign]
    with suppress(TransferError):
        assert len(client._files(info())) == 2
    assert table.calls == calls
