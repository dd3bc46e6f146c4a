"""Keep encodings that a map lacks in the user's cache folder, where the next start finds them.

An entry's name is a hash of what its encodings depend on: the images, their cameras and the encoder. Entries are
checked like a map's files. An entry that is damaged, or cannot be written, only costs time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import msgspec
import numpy as np

from reloc.errors import MapError
from reloc.files import draft_folder, user_cache, write_atomic
from reloc.localizers.networked.reference_encodings import Encodings, write
from reloc.maps.integrity import list_files
from reloc.maps.manifest import FileEntry
from reloc.maps.npy import array_in
from reloc.maps.private_copy import PrivateCopies
from reloc.models.model import Model
from reloc.parsing import json_file, names
from reloc.parsing.blame import Blame

LARGEST = 8 << 30  # size of all entries together, bytes; above it, the least recently used entries are removed
_INDEX = "index.json"


class _Entry(msgspec.Struct):
    path: str
    size: int
    sha256: str


def folder() -> Path:
    """Return the folder of the entries.

    Raises:
        RuntimeError: the user has no home folder, and XDG_CACHE_HOME is not set.
    """
    return user_cache() / "encodings"


def load(keys: Sequence[str], encoder: Model) -> Encodings | None:
    """Return the encodings of exactly these references by exactly this encoder; None if there are none.

    Args:
        keys: see :func:`reloc.localizers.networked.reference_encodings.keys_of`.
    """
    try:
        entry = _place(keys)
        blame = Blame(str(entry / _INDEX), MapError, "It is written anew")
        files = json_file.load(entry / _INDEX, list[_Entry], blame)
        copies = PrivateCopies(entry)
        arrays = {}
        for file in files:
            names.relative(file.path, blame, "its folder")
            content = copies.read(FileEntry(file.path, file.size, file.sha256), verify=True)
            if file.path.endswith(".npy"):
                arrays[file.path.removesuffix(".npy")] = array_in(content, str(entry / file.path))
        for spec in encoder.outputs:
            found = arrays[spec.name]
            if found.dtype != np.float16 or found.shape != (len(keys), *spec.at(1)[1:]):
                return None
        with suppress(OSError):
            os.utime(entry / _INDEX)
        return Encodings(tuple(keys), {spec.name: arrays[spec.name] for spec in encoder.outputs})
    except (OSError, RuntimeError, KeyError, ValueError, MapError):  # msgspec's errors are ValueErrors
        return None


def save(encodings: Encodings) -> Path | None:
    """Write encodings to the cache. If that fails, only log the reason.

    Returns:
        The entry's folder, or None if it could not be written.
    """
    draft = None
    try:
        entry = _place(encodings.keys)
        entry.parent.mkdir(parents=True, exist_ok=True)
        draft = draft_folder(entry)
        write(encodings, draft)
        index = [asdict(file) for file in list_files(draft)]
        write_atomic(draft / _INDEX, json.dumps(index, indent=0) + "\n")
        if entry.exists():  # damaged, or just written by another process
            shutil.rmtree(entry)
        draft.rename(entry)
        _make_room(entry)
        return entry
    except (OSError, RuntimeError) as error:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
        logging.getLogger(__name__).warning("The encodings cannot be kept, so the next start encodes again: %s", error)
        return None


def _place(keys: Sequence[str]) -> Path:
    return folder() / hashlib.sha256("\n".join(keys).encode()).hexdigest()[:32]


def _make_room(newest: Path) -> None:
    """Remove the least recently used entries above the limit."""
    entries = sorted(newest.parent.glob(f"*/{_INDEX}"), key=lambda index: -index.stat().st_mtime)
    total = 0
    for index in entries:
        total += sum(file.stat().st_size for file in index.parent.iterdir())
        if total > LARGEST and index.parent != newest:
            shutil.rmtree(index.parent, ignore_errors=True)
