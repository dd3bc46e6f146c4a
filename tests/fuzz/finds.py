"""Finds are kept as files: the input, what came out, and the command that shows it again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".input"


@dataclass(frozen=True)
class Find:
    """One kind of wrong end of one target; the first input that ended so."""

    target: str
    kind: str
    text: str
    data: bytes
    trail: tuple[object, ...]

    @property
    def name(self) -> str:
        """Of its files: the same for the same end."""
        digest = hashlib.sha256(repr((self.kind, self.trail)).encode()).hexdigest()[:10]
        return f"{self.target}-{self.kind}-{digest}"


def keep(find: Find, folder: Path, names: Path) -> None:
    """Write the input and what came of it; an earlier one of the same end stays. Its name is added to a list."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / (find.name + SUFFIX)
    if not file.exists():
        file.write_bytes(find.data)
        command = f"make fuzz REPLAY={file}"
        text = find.text.encode("utf-8", "backslashreplace").decode()
        file.with_suffix(".txt").write_text(f"{find.target}: {find.kind}\nshow it again: {command}\n\n{text}\n")
    with names.open("a") as stream:
        stream.write(file.name + "\n")


def target_of(file: Path) -> str:
    """The target whose input lies in a file of :func:`keep`."""
    return file.name.removesuffix(SUFFIX).rsplit("-", 2)[0]
