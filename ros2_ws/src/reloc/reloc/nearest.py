"""Offer the nearest known name for an unknown one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 100  # characters; longer text is not a misspelled name, and comparing it takes long


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return the known name that resembles ``name`` most.

    Args:
        name: as the user wrote it; upper and lower case, ``-`` and ``_`` make no difference.
        known: the names that exist.
        cutoff: how similar it must be, 0 to 1.

    Returns:
        One of ``known``; empty if none is similar.
    """
    if len(name) > LONGEST:
        return ""
    plain: dict[str, str] = {}
    for one in known:
        plain.setdefault(_plain(one), one)
    found = get_close_matches(_plain(name), plain, n=1, cutoff=cutoff)
    return plain[found[0]] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``Did you mean 'looks'?`` for ``look``; empty if no known name is similar."""
    found = nearest(name, known)
    return f"Did you mean {found!r}?" if found else ""


def _plain(name: str) -> str:
    return name.lstrip("-").lower().replace("-", "_").replace("+", "_")
