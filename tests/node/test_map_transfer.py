"""Maps as pages, and pages as maps: what goes over the wire, without the wire."""

import hashlib
import shutil
from pathlib import Path

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

from support.tiny_world import small_map

from reloc.errors import MapIncompleteError, TransferError
from reloc.maps.reference_map import ReferenceMap
from reloc_node.map_transfer.map_download import MapDownload, cached_map
from reloc_node.map_transfer.map_pages import MapPages, PagedFile

PAGE = 50_000


@pytest.fixture(scope="module")
def opened() -> ReferenceMap:
    return ReferenceMap.open(small_map())


@pytest.fixture(scope="module")
def pages(opened: ReferenceMap) -> MapPages:
    return MapPages(opened.path, opened.manifest, PAGE)


def download(cache: Path, opened: ReferenceMap, pages: MapPages) -> MapDownload:
    return MapDownload(cache, opened.content_hash, pages.files, pages.size_bytes, pages.page_bytes)


def fetch(into: MapDownload, pages: MapPages, numbers: list[int] | None = None) -> None:
    for number in into.missing if numbers is None else numbers:
        page = pages.page(number)
        into.write(number, page.data, page.sha256)


def test_the_pages_are_the_files_one_after_the_other(opened: ReferenceMap, pages: MapPages) -> None:
    stream = b"".join(pages.page(number).data for number in range(pages.page_count))
    assert len(stream) == pages.size_bytes
    assert hashlib.sha256(stream).hexdigest() == pages.sha256
    for file in pages.files:
        assert stream[file.offset : file.offset + file.size] == (opened.path / file.path).read_bytes()
    with pytest.raises(IndexError):
        pages.page(pages.page_count)


def test_a_map_arrives_whole_and_is_found_in_the_cache(tmp_path: Path, opened: ReferenceMap, pages: MapPages) -> None:
    assert cached_map(tmp_path, opened.content_hash) is None
    with download(tmp_path, opened, pages) as into:
        fetch(into, pages, list(reversed(into.missing)))
        arrived = into.finish()
    assert arrived.content_hash == opened.content_hash
    assert arrived.path == (tmp_path / opened.content_hash).resolve()
    found = cached_map(tmp_path, opened.content_hash)
    assert found is not None
    assert found.names == opened.names


def test_a_model_travels_with_its_map(tmp_path: Path, opened: ReferenceMap) -> None:
    pytest.importorskip("onnx", reason="the test's network is made with it")
    from support.tiny_models import TRAINED

    from reloc.maps.attachments import attach, attached
    from reloc.models.model import Model

    folder = Path(shutil.copytree(opened.path, tmp_path / "with.map"))
    attach(folder, Model.open(TRAINED))
    served = ReferenceMap.open(folder)
    pages = MapPages(served.path, served.manifest, PAGE)
    with download(tmp_path / "cache", served, pages) as into:
        fetch(into, pages)
        arrived = into.finish()
    assert arrived.content_hash == served.content_hash != opened.content_hash
    there, here = attached(served, "posenet"), attached(arrived, "posenet")
    assert here.path == arrived.path / "compiled" / "posenet"
    assert here.files == there.files
    for file in there.path.iterdir():
        assert (here.path / file.name).read_bytes() == file.read_bytes()


def test_a_transfer_goes_on_where_it_stopped(tmp_path: Path, opened: ReferenceMap, pages: MapPages) -> None:
    with download(tmp_path, opened, pages) as into:
        fetch(into, pages, [0, 2, 3])
        with pytest.raises(TransferError, match="pages are missing"):
            into.finish()
    with download(tmp_path, opened, pages) as again:
        assert again.missing == (1, *range(4, pages.page_count))
        fetch(again, pages)
        assert again.finish().content_hash == opened.content_hash


def test_a_damaged_page_is_refused_and_stays_missing(tmp_path: Path, opened: ReferenceMap, pages: MapPages) -> None:
    page = pages.page(1)
    with download(tmp_path, opened, pages) as into:
        with pytest.raises(TransferError, match="checksum"):
            into.write(1, b"x" + page.data[1:], page.sha256)
        with pytest.raises(TransferError, match="bytes instead of"):
            into.write(1, page.data[:-1], page.sha256)
        assert 1 in into.missing


def test_a_file_that_changed_on_the_server_is_noticed(tmp_path: Path, opened: ReferenceMap, pages: MapPages) -> None:
    with download(tmp_path, opened, pages) as into:
        fetch(into, pages)
        (into.folder / pages.files[-1].path).write_bytes(b"\0" * pages.files[-1].size)
        with pytest.raises(TransferError, match="differs from the file that the server listed"):
            into.finish()
    with download(tmp_path, opened, pages) as again:
        assert len(again.missing) == pages.page_count


def test_a_damaged_map_in_the_cache_is_thrown_away(tmp_path: Path, opened: ReferenceMap) -> None:
    folder = tmp_path / opened.content_hash
    shutil.copytree(opened.path, folder)
    victim = folder / "compiled" / "poses.npy"
    victim.write_bytes(victim.read_bytes()[:-8] + b"\0" * 8)
    assert cached_map(tmp_path, opened.content_hash) is None
    assert not folder.exists()


def test_one_process_at_a_time_fetches_a_map(tmp_path: Path, opened: ReferenceMap, pages: MapPages) -> None:
    with download(tmp_path, opened, pages), pytest.raises(TransferError, match="Another process"):
        download(tmp_path, opened, pages).__enter__()
    with download(tmp_path, opened, pages):
        pass


@pytest.mark.parametrize(
    ("files", "size", "says"),
    [
        ([PagedFile("../evil", 4, 0, "")], 4, "not inside"),
        ([PagedFile("/etc/evil", 4, 0, "")], 4, "not inside"),
        ([PagedFile("a", 4, 1, "")], 4, "begins at 1"),
        ([PagedFile("a", 4, 0, "")], 5, "4 bytes together"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(tmp_path: Path, files: list[PagedFile], size: int, says: str) -> None:
    with pytest.raises(TransferError, match=says):
        MapDownload(tmp_path, "0" * 64, files, size, PAGE)
    with pytest.raises(TransferError, match="64 hexadecimal"):
        MapDownload(tmp_path, "../../home", [], 0, PAGE)
    assert list(tmp_path.iterdir()) == []


def test_a_map_that_is_taken_away_while_it_is_served(tmp_path: Path, opened: ReferenceMap) -> None:
    shutil.copytree(opened.path, tmp_path / "map")
    pages = MapPages(tmp_path / "map", opened.manifest, PAGE)
    (tmp_path / "map" / "compiled" / "poses.npy").unlink()
    with pytest.raises(MapIncompleteError, match="poses"):
        [pages.page(number) for number in range(pages.page_count)]
