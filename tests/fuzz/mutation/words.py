"""Mutations of text: numbers and words that nobody meant, lines that come twice or never, bytes that are no text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from fuzz.mutation.raw import MOST

NUMBERS = (
    b"0", b"-1", b"1", b"-0.0", b"nan", b"-nan", b"inf", b"-inf", b"Infinity", b"1e308", b"1e309", b"-1e400",
    b"1e-400", b"1" + b"0" * 20, b"9" * 400, b"1" * 5000, b"2147483648", b"4294967296", b"9223372036854775807",
    b"-9223372036854775808", b"9223372036854775808", b"18446744073709551616", b"0x10", b"1_000", b"1.5.2", b"1,5",
    b"\xd9\xa3", b"\xe2\x91\xa0", b"\xc2\xb2", b"True", b"", b"1e5", b"0.1", b"65536", b"30000",
)  # fmt: skip
WORDS = (
    b"", b".", b"..", b"/", b"//", b"../../x", b"/etc/passwd", b"/dev/zero", b"/dev/stdin", b"~", b"~nosuchuser",
    b"a" * 300, b"a" * 5000, b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc3(", b"%s%n", b"{}", b"[]",
    b"null", b"#", b"'", b'"', b"\\", b"=", b":", b",", b"-", b"--", b"\x1b[31m", b"\xe2\x80\xae", b"\r\n", b"\n",
    b"\t", b"\x85", b"\xe2\x80\xa8",
)  # fmt: skip
_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb"[^\s,;=\[\]{}\"':]+")


def mutate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """One of the mutations below."""
    return random.choice(_ALL)(data, random)[:MOST]


def _replaced(data: bytes, pattern: re.Pattern[bytes], choices: Sequence[bytes], random: Random) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return data + random.choice(choices)
    at = random.choice(found)
    return data[: at.start()] + random.choice(choices) + data[at.end() :]


def _number(data: bytes, random: Random) -> bytes:
    return _replaced(data, _NUMBER, NUMBERS, random)


def _word(data: bytes, random: Random) -> bytes:
    return _replaced(data, _WORD, (*WORDS, *NUMBERS), random)


def _swap(data: bytes, random: Random) -> bytes:
    found = list(_WORD.finditer(data))
    if len(found) < 2:
        return data
    first, second = sorted(random.sample(found, 2), key=lambda m: m.start())
    return b"".join(
        (data[: first.start()], second[0], data[first.end() : second.start()], first[0], data[second.end() :])
    )


def _lines(data: bytes, random: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    at = random.randrange(len(lines))
    what = random.randrange(5)
    if what == 0:
        del lines[at]
    elif what == 1:
        lines.insert(at, lines[at])
    elif what == 2:
        lines.insert(random.randrange(len(lines)), lines.pop(at))
    elif what == 3:
        lines[at] = lines[at].rstrip() + b" " + lines[random.randrange(len(lines))]
    else:
        lines[at:at] = [lines[at]] * random.choice((100, 2000))
    return b"".join(lines)


def _insert(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.choice(WORDS) + data[at:]


def _coded(data: bytes, random: Random) -> bytes:
    """The same text in another encoding."""
    text = data.decode("utf-8", "replace")
    return text.encode(random.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7")), "replace")


_ALL = (_number, _number, _number, _word, _word, _swap, _lines, _insert, _coded)
