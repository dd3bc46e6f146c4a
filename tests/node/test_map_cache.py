"""The folder of fetched maps: its size, what leaves it, what never does, and a disk that is full for a while."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

from support.tiny_world import small_map

from reloc.errors import ConfigError, TransferError
from reloc.maps.reference_map import ReferenceMap
from reloc_node.map_transfer.cache import LEFTOVER_S, cached_map, entries, make_room, remove, tidy
from reloc_node.map_transfer.cache_lock import HashLock, use
from reloc_node.map_transfer.checks import TransferLimits
from reloc_node.map_transfer.map_download import MapDownload
from reloc_node.map_transfer.map_pages import MapPages, PagedFile
from reloc_node.map_transfer.map_rate import MapRate
from reloc_node.map_transfer.signed_map import signed_or_removed

PAGE, SHA = 50_000, "0" * 64


@pytest.fixture(scope="module")
def opened() -> ReferenceMap:
    return ReferenceMap.open(small_map())


@pytest.fixture(scope="module")
def pages(opened: ReferenceMap) -> MapPages:
    return MapPages(opened.path, opened.manifest, PAGE)


def download(cache: Path, opened: ReferenceMap, pages: MapPages, limits: TransferLimits | None = None) -> MapDownload:
    return MapDownload(cache, opened.content_hash, pages.files, pages.size_bytes, pages.page_bytes, limits)


def fetch(into: MapDownload, pages: MapPages) -> None:
    for number in into.missing:
        page = pages.page(number)
        into.write(number, page.data, page.sha256)


def entry(cache: Path, digit: str, size: int, age_s: float, suffix: str = "") -> Path:
    folder = cache / (digit * 64 + suffix)
    folder.mkdir()
    (folder / "data").write_bytes(b"x" * size)
    os.utime(folder, (time.time() - age_s, time.time() - age_s))
    return folder


def names(cache: Path) -> set[str]:
    return {p.name[0] for p in cache.iterdir() if not p.name.startswith(".")}


def test_offers_whose_pages_never_come_leave_nothing(tmp_path: Path) -> None:
    for number in range(200):
        files = [PagedFile("map.json", 1 << 20, 0, SHA)]
        with MapDownload(tmp_path, f"{number:064x}", files, 1 << 20, 65536) as into:
            with pytest.raises(TransferError, match="checksum"):
                into.write(0, b"\0" * 65536, SHA)
            with pytest.raises(TransferError, match="no page"):
                into.write(10**6, b"", SHA)
    assert names(tmp_path) == set()
    assert len(list(tmp_path.iterdir())) <= 1  # the file of locks
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) == 0


def test_the_least_recently_used_leave_first(tmp_path: Path) -> None:
    entry(tmp_path, "a", 400, 30)
    entry(tmp_path, "b", 400, 20)
    entry(tmp_path, "c", 400, 10)
    entry(tmp_path, "d", 400, 40, ".65536.partial")
    (tmp_path / "notes.txt").write_text("not of this cache")
    assert [e.content_hash[0] for e in entries(tmp_path)] == ["d", "a", "b", "c"]
    make_room(tmp_path, "e" * 64, 500, TransferLimits(cache_bytes=1400))
    assert names(tmp_path) == {"b", "c", "n"}
    make_room(tmp_path, "e" * 64, 500, TransferLimits(cache_bytes=1400))
    assert names(tmp_path) == {"b", "c", "n"}  # there is room: nothing leaves


def test_using_a_map_makes_it_recent(tmp_path: Path, opened: ReferenceMap) -> None:
    shutil.copytree(opened.path, tmp_path / opened.content_hash)
    os.utime(tmp_path / opened.content_hash, (1, 1))
    assert cached_map(tmp_path, opened.content_hash) is not None
    assert entries(tmp_path)[0].used_s > time.time() - 60


def test_a_map_is_opened_within_the_memory_limit(tmp_path: Path, opened: ReferenceMap) -> None:
    folder = Path(shutil.copytree(opened.path, tmp_path / opened.content_hash))
    found = cached_map(tmp_path, opened.content_hash, memory_mb=64)
    assert found is not None
    assert found.memory_limit_mb == 64
    assert 0 < found.held_bytes <= 64 << 20
    assert signed_or_removed(found, "", folder.unlink).memory_limit_mb == 64


def test_a_limit_that_is_too_small_leaves_the_map_in_the_cache(tmp_path: Path, opened: ReferenceMap) -> None:
    folder = Path(shutil.copytree(opened.path, tmp_path / opened.content_hash))
    with pytest.raises(ConfigError, match="memory_limit_mb is 1, but"):
        cached_map(tmp_path, opened.content_hash, memory_mb=1)
    assert (folder / "map.json").is_file()


def test_a_map_in_use_never_leaves(tmp_path: Path) -> None:
    entry(tmp_path, "a", 400, 30)
    entry(tmp_path, "b", 400, 20)
    mine, other = use(tmp_path, "a" * 64), use(tmp_path, "a" * 64)  # two localizers share a cache
    make_room(tmp_path, "e" * 64, 500, TransferLimits(cache_bytes=1000))
    assert names(tmp_path) == {"a"}
    mine.close()
    with pytest.raises(TransferError, match="max_cache_bytes"):
        make_room(tmp_path, "e" * 64, 700, TransferLimits(cache_bytes=1000))
    assert names(tmp_path) == {"a"}
    other.close()
    make_room(tmp_path, "e" * 64, 700, TransferLimits(cache_bytes=1000))
    assert names(tmp_path) == set()


def hold(cache: Path, ready: object, content_hash: str) -> None:
    lock = HashLock(cache, content_hash)
    assert lock.exclusive()
    ready.set()  # type: ignore[attr-defined]
    time.sleep(60)


def test_locks_of_a_process_that_was_killed_are_gone(tmp_path: Path, opened: ReferenceMap, pages: MapPages) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    other = context.Process(target=hold, args=(tmp_path, ready, opened.content_hash), daemon=True)
    other.start()
    assert ready.wait(30)
    with pytest.raises(TransferError, match="Another process"):
        download(tmp_path, opened, pages).__enter__()
    with pytest.raises(TransferError, match="Another process"):
        use(tmp_path, opened.content_hash)
    assert other.pid is not None
    os.kill(other.pid, signal.SIGKILL)
    other.join()
    with download(tmp_path, opened, pages):
        pass


def test_downloads_that_never_went_on_are_removed_after_a_while(tmp_path: Path) -> None:
    entry(tmp_path, "a", 10, LEFTOVER_S + 60, ".65536.partial")
    entry(tmp_path, "b", 10, LEFTOVER_S - 60, ".65536.partial")
    entry(tmp_path, "c", 10, LEFTOVER_S + 60)  # a whole map is no leftover
    held = entry(tmp_path, "d", 10, LEFTOVER_S + 60, ".4096.partial")
    entry(tmp_path, "e", 10, 1, ".trash")
    old_lock = tmp_path / ("f" * 64 + ".lock")  # as former versions left them
    old_lock.touch()
    os.utime(old_lock, (1, 1))
    (tmp_path / "mine.partial").mkdir()
    lock = HashLock(tmp_path, "d" * 64)
    assert lock.exclusive()
    tidy(tmp_path)
    assert names(tmp_path) == {"b", "c", "d", "m"}
    lock.close()
    tidy(tmp_path)
    assert not held.exists()


def test_a_damaged_map_that_another_one_uses_stays(tmp_path: Path, opened: ReferenceMap) -> None:
    folder = Path(shutil.copytree(opened.path, tmp_path / opened.content_hash))
    (folder / "compiled" / "poses.npy").write_bytes(b"")
    lock = use(tmp_path, opened.content_hash)
    assert cached_map(tmp_path, opened.content_hash) is None
    assert folder.exists()
    lock.close()
    assert cached_map(tmp_path, opened.content_hash) is None
    assert not folder.exists()


def test_links_in_the_cache_are_not_followed(tmp_path: Path) -> None:
    home, cache = tmp_path / "home", tmp_path / "cache"
    home.mkdir()
    cache.mkdir()
    (home / "thesis.txt").write_text("mine")
    (cache / ("a" * 64)).symlink_to(home)
    assert cached_map(cache, "a" * 64) is None
    assert remove(cache, "a" * 64, cache / ("a" * 64)) or not (cache / ("a" * 64)).exists()
    assert (home / "thesis.txt").read_text() == "mine"
    (cache / ".lock").unlink(missing_ok=True)
    (cache / ".lock").symlink_to(home / "thesis.txt")
    files = [PagedFile("map.json", 4, 0, SHA)]
    with pytest.raises(TransferError, match="Cannot write"), MapDownload(cache, "b" * 64, files, 4, 65536):
        pass
    assert (home / "thesis.txt").read_text() == "mine"


@contextmanager
def full_disk(after_bytes: int) -> Iterator[None]:
    """No file may become longer than this: writing fails as on a full disk, with another number."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("after_bytes", [0, 1, 20_000])
def test_a_full_disk_is_a_transfer_that_goes_on_when_there_is_room(
    tmp_path: Path, opened: ReferenceMap, pages: MapPages, after_bytes: int
) -> None:
    with (
        full_disk(after_bytes),
        download(tmp_path, opened, pages) as into,
        pytest.raises(TransferError, match="Free disk space"),
    ):
        fetch(into, pages)
    with download(tmp_path, opened, pages) as again:
        fetch(again, pages)
        assert again.finish().content_hash == opened.content_hash
    assert cached_map(tmp_path, opened.content_hash) is not None


def test_too_little_room_is_said_before_the_disk_is_full(
    tmp_path: Path, opened: ReferenceMap, pages: MapPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(tmp_path)._replace(free=1000)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: free)
        with download(tmp_path, opened, pages) as into, pytest.raises(TransferError, match="1000 are free"):
            fetch(into, pages)
    assert names(tmp_path) == set()


def test_a_cache_that_cannot_be_written_is_a_transfer_error(
    tmp_path: Path, opened: ReferenceMap, pages: MapPages
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TransferError, match="Cannot write to the map cache"):
        download(tmp_path / "file" / "cache", opened, pages).__enter__()


@pytest.mark.parametrize("per_minute", [2, 3, 20, 100])
def test_no_minute_has_more_maps_than_allowed(per_minute: int) -> None:
    now_s, taken = 0.0, []
    rate = MapRate(per_minute, now_s)
    while now_s < 300:
        if rate.wait_s(now_s) <= 0:
            rate.take(now_s)
            taken.append(now_s)
        now_s += 0.25
    most = max(sum(start <= at < start + 60 for at in taken) for start in taken)
    assert per_minute // 2 <= most <= per_minute
    assert len(taken) >= 2 * per_minute  # and they go on
