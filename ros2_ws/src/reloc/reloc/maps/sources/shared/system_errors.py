"""Turn errors of the operating system into errors of the source that is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reloc.errors import SourceError


@contextmanager
def as_source_errors(path: Path) -> Iterator[None]:
    """Report an unreadable folder, links in a circle, or a name that is too long.

    Raises:
        SourceError: instead of an OSError, or of the RuntimeError and ValueError that pathlib raises.
    """
    try:
        yield
    except OSError as error:
        what = error.filename or path
        raise SourceError(
            f"{what} cannot be read: {error.strerror or error}", "Check that this user may read it"
        ) from error
