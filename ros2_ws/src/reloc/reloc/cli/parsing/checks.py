"""Checks of arguments that need no map: numbers, and files that are to be written."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from reloc.errors import ConfigError


def whole_number(at_least: int) -> Callable[[str], int]:
    """A ``type`` for an option that counts something."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = at_least - 1
        if value < at_least:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number of {at_least} or more")
        return value

    return read


def check_writable(file: Path | None, option: str) -> None:
    """Whether a file can be written later, found out now: before the minutes of work, not after. None passes.

    Raises:
        ConfigError: it cannot.
    """
    if file is None:
        return
    if file.is_dir():
        raise ConfigError(f"{option} {file} is a folder", "Name a file in it")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{option} {file} cannot be written: {error.strerror}", "Name another file") from error
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise ConfigError(f"{option} {file} cannot be written: permission denied", "Name another file")
