"""Errors of the system while a source is read, as errors of the source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reloc.errors import SourceError


@contextmanager
def as_source_errors(path: Path) -> Iterator[None]:
    """Name a folder that may not be read, links in a circle, a name that is too long.

    Raises:
        SourceError: instead of an OSError, or of the RuntimeError and ValueError that pathlib raises.
    """
    try:
        yield
    except OSError as error:
        what = error.filename or path
        raise SourceError(f"{what} cannot be read: {error.strerror or error}", "May this user read it?") from error
