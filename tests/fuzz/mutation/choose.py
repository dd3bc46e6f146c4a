"""Which mutations fit an input: by what it looks like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from fuzz.mutation import json_tree, npy, pictures, raw, words

Mutation = Callable[[bytes, Sequence[bytes], Random], bytes]


def mutated(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """``data`` after one to four mutations; ``others`` are inputs to take pieces from."""
    for _ in range(random.choice((1, 1, 1, 2, 2, 4))):
        data = random.choice(_fitting(data))(data, others, random)
    return data


def _fitting(data: bytes) -> tuple[Mutation, ...]:
    if data.startswith(npy.MAGIC):
        return (npy.mutate, npy.mutate, npy.mutate, raw.mutate)
    if pictures.is_picture(data):
        return (pictures.mutate, raw.mutate, raw.mutate)
    if json_tree.is_json(data):
        return (json_tree.mutate, json_tree.mutate, json_tree.mutate, json_tree.mutate, words.mutate, raw.mutate)
    if b"\0" not in data[:512]:
        return (words.mutate, words.mutate, words.mutate, raw.mutate)
    return (raw.mutate, raw.mutate, raw.mutate, words.mutate)
