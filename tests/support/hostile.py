"""What may stand in a file's place: each of it must end in a named error, soon."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def _write(content: bytes) -> Callable[[Path], None]:
    def put(file: Path) -> None:
        file.write_bytes(content)

    return put


def _cut(share: float) -> Callable[[Path], None]:
    def put(file: Path) -> None:
        content = file.read_bytes()
        file.write_bytes(content[: int(share * len(content))])

    return put


def _instead(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def put(file: Path) -> None:
        file.unlink()
        make(file)

    return put


NO_FILE: dict[str, Callable[[Path], None]] = {
    "pipe": _instead(os.mkfifo),
    "folder": _instead(Path.mkdir),
    "link to itself": _instead(lambda file: file.symlink_to(file.name)),
    "device": _instead(lambda file: file.symlink_to("/dev/zero")),
}
NO_TEXT: dict[str, Callable[[Path], None]] = {
    "utf-16": lambda file: file.write_bytes(file.read_text().encode("utf-16")) and None,
    "latin-1": _write(b"caf\xe9 1 2 3\n"),
    "NUL": lambda file: file.write_bytes(file.read_bytes().replace(b" ", b"\0", 1) + b"\0") and None,
    "one byte": _write(b"\xff"),
}
NO_JSON: dict[str, Callable[[Path], None]] = {
    "empty": _write(b""),
    "deep list": _write(b"[" * 100_000),
    "deep object": _write(b'{"a":' * 100_000),
    "null": _write(b"null"),
    "number": _write(b"3"),
    "list": _write(b"[[1, 2], [3]]"),
    "empty object": _write(b"{}"),
    "huge integer": _write(b'{"format": ' + b"9" * 5000 + b', "format_version": ' + b"9" * 5000 + b"}"),
    "10**400": _write(b'{"format": 1%s, "format_version": 1%s}' % (b"0" * 400, b"0" * 400)),
    "infinity": _write(b'{"format": Infinity, "format_version": Infinity}'),
    "NaN": _write(b'{"format": NaN, "format_version": NaN}'),
    "surrogate": _write(b'{"\\ud800": "\\udfff"}'),
    "utf-16": _write("{}".encode("utf-16")),
    "no utf-8": _write(b'{"\xff": 1}'),
    "NULs": _write(bytes(1000)),
    "half": _cut(0.5),
    "nine tenths": _cut(0.9),
    "all but one": lambda file: file.write_bytes(file.read_bytes().rstrip()[:-1]) and None,
}
