"""Write and read the arrays of the map that is being built."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from reloc.errors import MapHashError
from reloc.files import atomic, write_atomic
from reloc.maps import layout, page_hashes
from reloc.parsing import npy_file
from reloc.parsing.blame import Blame


def store(content: Path, prefix: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays under ``prefix``, replacing all that exist there. Features and landmarks get the hashes of their
    pages.
    """
    folder = content / layout.arrays_folder(prefix)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, array in arrays.items():
        write_array(folder / f"{name}.npy", np.ascontiguousarray(array))
    if arrays and folder.name in (layout.FEATURES, layout.LANDMARKS):
        page_hashes.write(folder)


def write_array(file: Path, array: NDArray[Any]) -> None:
    """Write an ``.npy`` file completely or not at all.

    Raises:
        OSError: it cannot be written. numpy's own writing reports a full disk without an error number.
    """
    with atomic(file) as stream:
        npy_format.write_array(_Plain(stream), array, allow_pickle=False)


@contextmanager
def rows_of_array(
    file: Path, shape: tuple[int, int], dtype: type[np.generic]
) -> Iterator[Callable[[NDArray[Any]], None]]:
    """Write the rows of an ``.npy`` file piece by piece, completely or not at all: yield a function that takes rows.

    Raises:
        OSError: it cannot be written.
    """
    with atomic(file) as stream:
        head = {"descr": npy_format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
        npy_format.write_array_header_1_0(stream, head)
        written = 0

        def write(rows: NDArray[Any]) -> None:
            nonlocal written
            stream.write(np.ascontiguousarray(rows, dtype).tobytes())
            written += len(rows)

        yield write
        if written != shape[0]:
            raise ValueError(f"{written} of {shape[0]} rows were written")


class _Plain:
    """A stream that numpy does not recognize as a file, so that it writes in pieces of 16 MiB with ``write``."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, content: bytes) -> int:
        return self._stream.write(content)


def load(content: Path, prefix: str) -> dict[str, NDArray[Any]]:
    """Return the arrays under ``prefix``."""
    folder = content / layout.arrays_folder(prefix)
    return {file.stem: npy_file.load(file, _blame(file)) for file in sorted(folder.glob("*.npy"))}


def save_bundle(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write several arrays into one file, in full or not at all."""
    if objects := [name for name, array in arrays.items() if array.dtype.hasobject]:
        raise TypeError(f"Arrays of objects cannot be kept: {', '.join(objects)}")
    buffer = io.BytesIO()
    kept: dict[str, Any] = dict(arrays)
    np.savez(buffer, **kept)  # before numpy 2 it takes `allow_pickle` for an array
    write_atomic(file, buffer.getvalue())


def load_bundle(file: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays of :func:`save_bundle`.

    Raises:
        MapHashError: the file is damaged.
    """
    return npy_file.load_bundle(file, _blame(file))


def _blame(file: Path) -> Blame:
    return Blame(str(file), MapHashError, "Remove the .partial folder, and build again")
