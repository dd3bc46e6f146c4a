"""Mutations of ``.npy`` files: headers that lie, shapes without end, values that are no numbers."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from random import Random

from fuzz.mutation import raw

MAGIC = b"\x93NUMPY"
_SHAPES = (
    "()", "(0,)", "(1,)", "(-1,)", "(0, 4, 4)", "(True, 4, 4)", "(None,)", "(2**70,)", "(9223372036854775807,)",
    "(4294967296, 4294967296)", "(1000000000,)", "('x',)", "[1, 2]", "5", "(1.5,)", "(" + "1, " * 70 + ")", "((6,",
    "{}",
)  # fmt: skip
_TYPES = (
    "'<f8'", "'>f8'", "'<f4'", "'<f2'", "'|b1'", "'<i8'", "'<u1'", "'|O'", "'|O8'", "'<U4'", "'|S0'", "'|V0'",
    "'<M8[ns]'", "'<c16'", "[('a', '<f8')]", "[('a', '|O')]", "'<f16'", "'<f99'", "('<f8', (2**40,))",
    "('<f8', (3,))", "None", "5", "'" + "x" * 2000 + "'",
)  # fmt: skip
_TEXTS = (
    "",
    "-" * 9000 + "1",
    "{",
    "{'descr': '<f8', 'shape': ((6,",
    "1",
    "[" * 3000,
    "'" * 3,
    "\0",
    "{'descr': '<f8'}",
    "__import__('os')",
)


def mutate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """The file with a changed header or changed values; what is none stays as it is."""
    header, body = _split(data)
    if header is None:
        return data
    what = random.randrange(8)
    if what < 2:
        return _joined(re.sub(r"'shape': \(.*?\)", lambda _: "'shape': " + random.choice(_SHAPES), header), body)
    if what < 4:
        return _joined(re.sub(r"'descr': '.*?'", lambda _: "'descr': " + random.choice(_TYPES), header), body)
    if what == 4:
        return _joined(random.choice(_TEXTS), body)
    if what == 5:
        return _joined(header.replace("False", random.choice(("True", "1", "None", "'x'"))), body)
    if what == 6:  # the header's length, or the version
        start = bytearray(data[:10])
        struct.pack_into(
            *random.choice(
                (("<H", start, 8, random.choice((0, 1, 65535))), ("BB", start, 6, 2, 0), ("BB", start, 6, 9, 9))
            )
        )
        return bytes(start) + data[10:]
    return data[: len(data) - len(body)] + raw.mutate(body, [body], random)


def _split(data: bytes) -> tuple[str | None, bytes]:
    if not data.startswith(MAGIC) or len(data) < 10:
        return None, b""
    end = 10 + int.from_bytes(data[8:10], "little")
    return data[10:end].decode("latin1"), data[end:]


def _joined(header: str, body: bytes) -> bytes:
    text = header.encode("latin1", "replace")
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return MAGIC + b"\1\0" + struct.pack("<H", min(len(text), 65535)) + text + body
