"""Check arguments that need no map: numbers, and output files."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from reloc.errors import ConfigError
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real_or_not_finite, whole

_LARGEST = 2**31 - 1


def integer(text: str) -> int:
    """Return a ``type`` for an option that is an integer of at most 64 bits."""
    try:
        return whole(text, Blame("It", ConfigError, ""))
    except ConfigError:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a whole number of at most 64 bits") from None


def number(text: str) -> float:
    """Return a ``type`` for an option that is a number; the option itself decides whether it may be infinite."""
    try:
        return real_or_not_finite(text, Blame("It", ConfigError, ""))
    except ConfigError:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a number") from None


def whole_number(at_least: int) -> Callable[[str], int]:
    """Return a ``type`` for an option that counts something."""

    def read(text: str) -> int:
        try:
            return whole(text, Blame("It", ConfigError, ""), at_least, _LARGEST)
        except ConfigError:
            raise argparse.ArgumentTypeError(f"{shown(text)} is not a whole number of {at_least} or more") from None

    return read


def check_writable(file: Path | None, option: str) -> None:
    """Check that a file can be written, before the work starts. None passes.

    Raises:
        ConfigError: it cannot be written.
    """
    if file is None:
        return
    if file.is_dir():
        raise ConfigError(f"{option} {file} is a folder", "Give a file in it")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{option} {file} cannot be written: {error.strerror}", "Give another file") from error
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise ConfigError(f"{option} {file} cannot be written: permission denied", "Give another file")
