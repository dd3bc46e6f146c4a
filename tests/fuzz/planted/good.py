"""A reader without a fault."""

from __future__ import annotations

from fuzz.planted._base import Planted


class Good(Planted):
    """Only named errors come out."""

    name = "good"


TARGET = Good()
