"""Check names of files and folders from files, messages and options before they are used."""

from __future__ import annotations

from pathlib import Path

from reloc.parsing.blame import Blame, shown

LONGEST_PART, LONGEST = 255, 4095  # longest name and path of a file system, in bytes


def text(value: object, blame: Blame) -> str:
    """Return a name that can be printed, hashed and stored: UTF-8 without NUL, not empty, at most 4095 bytes.

    Raises:
        RelocError: the error class of ``blame``.
    """
    if not isinstance(value, str) or not value:
        raise blame.refuse(f"is {shown(value)}: a name is expected")
    try:
        size = len(value.encode("utf-8"))
    except UnicodeEncodeError:  # a file name of other bytes, or half of a surrogate pair
        raise blame.refuse(f"is {shown(value)}, which is not UTF-8: rename it") from None
    if "\0" in value:
        raise blame.refuse(f"is {shown(value)}: it holds a NUL character")
    if size > LONGEST:
        raise blame.refuse(f"is {shown(value)}: a name has at most {LONGEST} bytes")
    return value


def relative(value: object, blame: Blame, folder: str = "its folder") -> str:
    """Return a path that stays inside its folder: forward slashes, no ``..``, not absolute.

    Raises:
        RelocError: the error class of ``blame``.
    """
    if not isinstance(value, str) or not is_inside(value):
        raise blame.refuse(f"is {shown(value)}, which is not inside {folder}")
    path = text(value, blame)
    if any(len(part.encode()) > LONGEST_PART for part in _parts(path)):
        raise blame.refuse(f"is {shown(path)}: a file's name has at most {LONGEST_PART} bytes")
    return path


def is_inside(path: str) -> bool:
    """Return whether a relative path stays inside its folder."""
    parts = _parts(path)
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\\" not in path


def is_plain(path: str) -> bool:
    """Return whether :func:`relative` surely accepts a path; fast, for lists of thousands. It may accept others."""
    return (
        path.isascii() and path.isprintable() and len(path) <= LONGEST_PART and not path.startswith("/")
        and ".." not in path and "\\" not in path and bool(_parts(path))
    )  # fmt: skip


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part and part != "."]


def expanded(path: Path | str, blame: Blame) -> Path:
    """Return the path with ``~`` replaced by the home folder.

    Raises:
        RelocError: the error class of ``blame``; the user does not exist, or the name is too long or invalid.
    """
    if str(path):
        text(str(path), blame)
    try:
        found = Path(path).expanduser()
    except RuntimeError as error:
        raise blame.refuse(f"is {shown(str(path))}: there is no such user") from error
    if any(len(part.encode()) > LONGEST_PART for part in found.parts):
        raise blame.refuse(f"is {shown(str(path))}: a file's name has at most {LONGEST_PART} bytes")
    return found


def resolved(path: Path | str, blame: Blame) -> Path:
    """Return the absolute path with ``~`` and links followed.

    Raises:
        RelocError: the error class of ``blame``; the user does not exist, links form a circle, or a NUL character.
    """
    try:
        return expanded(path, blame).resolve()
    except (RuntimeError, OSError) as error:  # links in a circle
        raise blame.refuse(f"is not a path: {shown(str(path))}: its links form a circle") from error
