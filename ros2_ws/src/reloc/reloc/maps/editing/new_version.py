"""Another version of a map: what stays is linked, not copied, and everything appears at once."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from reloc.errors import MapChangedError, MapError
from reloc.files import remove_drafts, storage_error, write_atomic
from reloc.maps import added_features, attachments, layout
from reloc.maps.building.workspace import Workspace
from reloc.maps.drives import DRIVES_IN_BUILD, MapDrive
from reloc.maps.editing.kind_content import KindContent
from reloc.maps.integrity import list_files
from reloc.maps.manifest import FORMAT_VERSION, Manifest, content_hash
from reloc.maps.map_lock import locked
from reloc.maps.reference_map import ReferenceMap

_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.EACCES)


@contextmanager
def new_version(opened: ReferenceMap, doing: str) -> Iterator[Workspace]:
    """Yield a workspace whose content can become the map, while no other process writes to either.

    Raises:
        MapError: another process writes there, or something cannot be written, for example because the disk is full.
        MapChangedError: the map changed since it was opened.
    """
    attachments.check_changeable(opened.path)
    try:
        with locked(opened.path), Workspace(opened.path) as workspace:
            if change := opened.changed():
                raise MapChangedError(change, "Run the same command again")
            yield workspace
    except (OSError, MemoryError) as error:
        found = storage_error(error, doing)
        raise MapError(f"{found.problem}. The map is as it was", found.fix) from error


def restore(folder: Path) -> None:
    """Give a map its name back if a process was killed between the two renames that replace it."""
    folder = folder.expanduser().absolute()
    former = layout.replaced(folder) if folder.name else folder
    if not folder.exists() and (former / layout.MANIFEST).is_file():
        former.rename(folder)


def link_others(opened: ReferenceMap, content: Path, gone: Callable[[str], bool]) -> None:
    """Put the files of the map into the new version: not those of which ``gone`` is true, nor what is written anew."""
    anew = set(written_anew(opened))
    for entry in opened.manifest.files:
        if entry.path in anew or gone(entry.path):
            continue
        source, target = opened.path / entry.path, content / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        try:
            os.link(source, target)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            shutil.copyfile(source, target)


def written_anew(opened: ReferenceMap) -> Iterator[str]:
    """Yield the files that depend on which references there are: lists, arrays of features, global descriptors."""
    kinds = (layout.FEATURES, layout.LANDMARKS, layout.RETRIEVAL)
    folders = [layout.COMPILED, *(f"{layout.COMPILED}/{added_features.FOLDER}{name}"
               for name in added_features.names_in(opened.manifest))]  # fmt: skip
    places = tuple(f"{folder}/{kind}/" for folder in folders for kind in kinds)
    heads = {f"{folder}/{added_features.KIND_FILE}" for folder in folders}
    lists = {layout.REFERENCES, layout.CAMERAS, layout.POSES} | heads
    for entry in opened.manifest.files:
        if entry.path in lists or entry.path.startswith((*places, f"{layout.SPARSE}/")):
            yield entry.path


def write_manifest(
    opened: ReferenceMap, content: Path, drives: Sequence[MapDrive], made: KindContent, report: Mapping[str, Any]
) -> Manifest:
    """Write the manifest of the new version; files that were linked keep their hashes.

    Args:
        made: of the kind that the map was built with.
        report: what is to be said otherwise than before.
    """
    remove_drafts(content)
    anew = set(written_anew(opened))
    same = [e for e in opened.manifest.files if e.path not in anew and (content / e.path).is_file()]
    others = list_files(content, skip=frozenset([layout.MANIFEST, *(entry.path for entry in same)]))
    files = tuple(sorted([*same, *others], key=lambda entry: entry.path))
    manifest = replace(
        opened.manifest,
        content_hash=content_hash(files),
        references=len(made.counts),
        key_points=len(made.ids),
        landmarks=len(made.xyz),
        files=files,
        build={**opened.manifest.build, DRIVES_IN_BUILD: [drive.told() for drive in drives]},
        report={**opened.manifest.report, **made.figures(), **report},
        format_version=FORMAT_VERSION,
    )
    write_atomic(content / layout.MANIFEST, manifest.to_json())
    return manifest


def bytes_anew(before: Manifest, after: Manifest) -> int:
    """Return the bytes of files that the map did not have: what a robot that has the former one lacks."""
    had = {(entry.path, entry.sha256) for entry in before.files}
    return sum(entry.size for entry in after.files if (entry.path, entry.sha256) not in had)
