"""Read text files from outside: UTF-8, with or without a byte order mark, in lines of limited length."""

from __future__ import annotations

import codecs
from pathlib import Path

from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import MIB, read_bytes

MOST = 512 * MIB
LONGEST_LINE = 64 * MIB  # an NVM or COLMAP line lists every point of an image
_WIDE = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"),
         (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))  # fmt: skip


def read_text(path: Path | str, blame: Blame, most: int = MOST) -> str:
    """Return the text in a file, without byte order mark.

    Raises:
        RelocError: the error class of ``blame``; the file is not regular, too large, or not UTF-8.
    """
    return decoded(read_bytes(path, blame, most), blame)


def decoded(content: bytes, blame: Blame) -> str:
    """Return ``content`` as text, without byte order mark.

    Raises:
        RelocError: the error class of ``blame``; it is not UTF-8, or holds a NUL.
    """
    for mark, name in _WIDE:
        if content.startswith(mark):
            raise blame.refuse(f"is {name}; save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise blame.refuse(f"is not UTF-8: byte 0x{content[error.start]:02x} in line {line}") from None
    if "\0" in text:
        raise blame.refuse("holds NUL bytes: it is not text, or was not written completely")
    return text


def read_lines(path: Path | str, blame: Blame, most: int = MOST) -> list[tuple[int, str]]:
    """Return the stripped lines of a text file by number from 1, without comments (#) and empty lines.

    Raises:
        RelocError: the error class of ``blame``; as :func:`read_text`, or a line is too long.
    """
    lines = []
    for number, line in enumerate(read_text(path, blame, most).splitlines(), 1):
        if len(line) > LONGEST_LINE:
            raise blame.refuse(f"has {len(line)} characters in line {number}; at most {LONGEST_LINE} are allowed")
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            lines.append((number, stripped))
    return lines
