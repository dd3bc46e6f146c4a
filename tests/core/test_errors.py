"""Errors say what is wrong and the way out."""

from __future__ import annotations

import inspect

from reloc import errors
from reloc.errors import BagTruncatedError, MapError, MapHashError, RelocError, SourceError


def test_message_and_fix() -> None:
    error = MapHashError("the hash is abc, not def", "Build it again")
    assert str(error) == "the hash is abc, not def. Build it again"
    assert (error.problem, error.fix) == ("the hash is abc, not def", "Build it again")
    assert str(MapHashError("gone")) == "gone"


def test_families() -> None:
    found = [c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__]
    assert all(issubclass(c, RelocError) and c.__doc__ for c in found)
    assert issubclass(MapHashError, MapError)
    assert issubclass(BagTruncatedError, SourceError)
