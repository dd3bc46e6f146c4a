"""Base of targets that read a folder. An input is a path in it and what stands there instead of the valid file."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path
from random import Random

from fuzz.mutation.choose import mutated
from fuzz.target import NotAnInput, Target

FILE = b"file"
# What may stand where a file is expected. A device would need rights; a link leads to one.
KINDS = (b"gone", b"folder", b"loop", b"dangling", b"fifo", b"socket", b"zero", b"link")


class FolderTarget(Target):
    """``make`` writes the valid folder once; each input changes one file of it, and afterwards it is put back."""

    suffixes: tuple[str, ...] = ()  # of the files to change; none: all
    names_too = False  # whether a file under another name is of interest, as where files are searched by pattern

    def make(self, folder: Path) -> None:
        """Write the valid folder."""
        raise NotImplementedError

    def read(self, folder: Path) -> None:
        """Show it to the reader."""
        raise NotImplementedError

    def changed(self, path: str) -> None:
        """Called after a file was changed or put back: hashes elsewhere can be made to fit."""

    def open(self, folder: Path) -> None:
        """See :class:`Target`."""
        self.folder = folder / "data"
        self.make(self.folder)
        files = sorted(p for p in self.folder.rglob("*") if p.is_file())
        self.valid = {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in files}

    def seeds(self) -> Sequence[bytes]:
        """Each file as it is."""
        return [packed(FILE, name, content) for name, content in self.valid.items() if self._is_meant(name)]

    def mutate(self, data: bytes, others: Sequence[bytes], random: Random) -> bytes:
        """Another content, seldom another kind of file."""
        kind, name, content = unpacked(data)
        if random.random() < 0.02:
            return packed(random.choice(KINDS), name, content)
        other = [unpacked(random.choice(others))[2]] if others else []
        return packed(kind if kind == FILE else FILE, name, mutated(content, other, random))

    def run(self, data: bytes) -> None:
        """See :class:`Target`."""
        kind, name, content = unpacked(data)
        if name not in self.valid:
            raise NotAnInput
        file = self.folder / name
        plain = kind == FILE
        try:
            if plain:
                file.write_bytes(content)
            else:
                file.unlink()
                _put(kind, file)
            self.changed(name)
            self.read(self.folder)
        finally:
            if not plain:
                _take_away(file)
            if plain and not file.is_file():
                self.put_back()
            else:
                file.write_bytes(self.valid[name])

    def put_back(self) -> None:
        """Write the whole folder anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name, content in self.valid.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(content)

    def _is_meant(self, name: str) -> bool:
        return not self.suffixes or name.endswith(self.suffixes)


def packed(kind: bytes, name: str, content: bytes) -> bytes:
    """As one input."""
    return b"\n".join((kind, name.encode(), content))


def unpacked(data: bytes) -> tuple[bytes, str, bytes]:
    """Kind, path and content."""
    kind, _, rest = data.partition(b"\n")
    name, _, content = rest.partition(b"\n")
    return kind, name.decode("utf-8", "replace"), content


def _put(kind: bytes, file: Path) -> None:
    if kind == b"folder":
        file.mkdir()
    elif kind == b"loop":
        file.symlink_to(file.name)
    elif kind == b"dangling":
        file.symlink_to("nothing here")
    elif kind == b"fifo":
        os.mkfifo(file)
    elif kind == b"socket":
        os.mknod(file, stat.S_IFSOCK | 0o600)
    elif kind == b"zero":
        file.symlink_to("/dev/zero")
    elif kind == b"link":
        file.symlink_to("..")


def _take_away(file: Path) -> None:
    if file.is_symlink() or not file.is_dir():
        file.unlink(missing_ok=True)
    else:
        shutil.rmtree(file)
