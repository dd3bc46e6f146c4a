"""Mutations of plain bytes: bits, pieces, lengths that lie."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from random import Random

MOST = 1 << 20  # bytes: an input never grows beyond
WHOLE = (0, 1, 2, 3, 7, 16, 127, 128, 255, 256, 1000, 32767, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1,
         2**32, 2**40, 2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1)  # fmt: skip
REAL = (0.0, -0.0, 1.0, -1.0, 1e-320, 1e30, 1e308, float("inf"), float("-inf"), float("nan"))


def mutate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """One of the mutations below."""
    if not data:
        return random.randbytes(random.randrange(1, 9))
    return random.choice(_ALL)(bytearray(data), others, random)


def _flip(data: bytearray, others: Sequence[bytes], random: Random) -> bytes:
    for _ in range(random.choice((1, 1, 2, 8))):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(data)


def _set(data: bytearray, others: Sequence[bytes], random: Random) -> bytes:
    data[random.randrange(len(data))] = random.choice((0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)))
    return bytes(data)


def _truncate(data: bytearray, others: Sequence[bytes], random: Random) -> bytes:
    return bytes(data[: random.randrange(len(data))])


def _remove(data: bytearray, others: Sequence[bytes], random: Random) -> bytes:
    begin = random.randrange(len(data))
    del data[begin : begin + random.choice((1, 2, 4, 8, 16, 64, 512))]
    return bytes(data)


def _repeat(data: bytearray, others: Sequence[bytes], random: Random) -> bytes:
    begin = random.randrange(len(data))
    piece = data[begin : begin + random.choice((1, 4, 16, 64, 256))]
    times = min(random.choice((1, 2, 8, 64, 1024)), MOST // max(1, len(piece) + len(data)))
    data[begin:begin] = piece * times
    return bytes(data)


def _insert(data: bytearray, others: Sequence[bytes], random: Random) -> bytes:
    begin = random.randrange(len(data) + 1)
    data[begin:begin] = random.randbytes(random.choice((1, 2, 4, 8, 32)))
    return bytes(data)


def _splice(data: bytearray, others: Sequence[bytes], random: Random) -> bytes:
    other = random.choice(others) if others else bytes(data)
    if not other:
        return bytes(data)
    begin, there = random.randrange(len(data)), random.randrange(len(other))
    if random.random() < 0.5:
        return bytes(data[:begin] + other[there:])[:MOST]
    length = random.choice((4, 16, 64, 256, 4096))
    data[begin : begin + length] = other[there : there + length]
    return bytes(data)


def _whole_number(data: bytearray, others: Sequence[bytes], random: Random) -> bytes:
    """A length, a count or a size that lies."""
    kind = random.choice("BHIQ")
    order = random.choice("<>")
    size = struct.calcsize(order + kind)
    if len(data) < size:
        return _set(data, others, random)
    at = random.randrange(len(data) - size + 1)
    at -= at % size if random.random() < 0.5 else 0
    (now,) = struct.unpack_from(order + kind, data, at)
    value = random.choice((*WHOLE, now + 1, now - 1, now * 2, now * 256)) % (1 << 8 * size)
    struct.pack_into(order + kind, data, at, value)
    return bytes(data)


def _real_number(data: bytearray, others: Sequence[bytes], random: Random) -> bytes:
    kind = random.choice("fd")
    size = struct.calcsize(kind)
    if len(data) < size:
        return _set(data, others, random)
    at = random.randrange(len(data) - size + 1)
    at -= at % size if random.random() < 0.7 else 0
    value = random.choice(REAL)
    struct.pack_into("<" + kind, data, at, value if kind == "d" or abs(value) < 1e38 or value != value else 3e38)
    return bytes(data)


_ALL = (_flip, _flip, _set, _truncate, _remove, _repeat, _insert, _splice, _whole_number, _whole_number, _real_number)
