"""A localizer's cache that was damaged while the localizer was off: it must never be believed, and be mended."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from parts.fault_scene import Row, cached, scene

from reloc.errors import RelocError
from reloc.maps.reference_map import ReferenceMap


def cache_manifest_cut() -> Row:
    """map.json is cut off."""
    return _damaged("cache_manifest_cut", "map.json cut off", lambda m: os.truncate(m / "map.json", 100))


def cache_manifest_zeros() -> Row:
    """map.json is full of zeros, as after a power cut."""
    return _damaged("cache_manifest_zeros", "map.json all zeros", lambda m: _zeros(m / "map.json"))


def cache_array_cut() -> Row:
    """The descriptors are cut off."""
    return _damaged("cache_array_cut", "descriptors cut off", lambda m: os.truncate(_descriptors(m), 5000))


def cache_array_flipped() -> Row:
    """One bit of the descriptors is another."""
    return _damaged("cache_array_flipped", "one bit of the descriptors flipped", lambda m: _flip(_descriptors(m)))


def cache_file_missing() -> Row:
    """The poses are gone."""
    return _damaged("cache_file_missing", "poses deleted", lambda m: (m / "compiled/poses.npy").unlink())


def cache_file_for_folder() -> Row:
    """A file stands where the map's folder should."""
    return _damaged("cache_file_for_folder", "a file in place of the map's folder", _file_for_folder)


def cache_link_to_itself() -> Row:
    """The map's folder is a link to itself."""
    return _damaged("cache_link_to_itself", "the map's folder a link to itself", _link_to_itself)


def cache_partial_damaged() -> Row:
    """The map is half fetched, with a list of pages that lies."""
    return _damaged("cache_partial_damaged", "half fetched, its list of pages full of ones", _partial)


def _damaged(name: str, done: str, damage: Callable[[Path], object]) -> Row:
    with scene() as s:
        s.mark()
        s.nodes["localizer"].stop()
        damage(cached(s.cache)[0])
        since = time.monotonic()
        s.start_localizer()
        row = s.row(name, f"cache: {done}, while the localizer is off", since, "the cache is whole again")
        whole = cached(s.cache)
        try:
            ReferenceMap.open(whole[0])
        except (RelocError, IndexError, OSError) as error:
            problem = f"the cache is not whole: {error!r}"
            return Row(
                row.name, row.done, row.state, row.published, row.until_right_s, row.kept, (*row.problems, problem)
            )
        return row


def _descriptors(folder: Path) -> Path:
    return folder / "compiled/features/descriptors.npy"


def _zeros(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _file_for_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("no map")


def _link_to_itself(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(folder.name)


def _partial(folder: Path) -> None:
    page_bytes = 1 << 20
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    partial = folder.with_name(f"{folder.name}.{page_bytes}.partial")
    folder.rename(partial)
    (partial / ".pages").write_bytes(b"\1" * -(-size // page_bytes))
    os.truncate(_descriptors(partial), 5000)
