"""Read torch files from outside: checkpoints, and weights that others published.

``torch.load(weights_only=True)`` runs no code, but it waits for a pipe, unpacks what is compressed without a limit, and
raises about twenty kinds of errors. Everything that reads such a file goes through :func:`read` and :func:`weights`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Container, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from reloc.parsing.blame import Blame, shown
from reloc.parsing.regular_file import opened, size_of

_INFLATES = 16  # times the file's size; weights hardly compress, and torch does not try


def read(file: Path, blame: Blame, *, whole: bool = False) -> Any:
    """Return the tensors and plain values of a torch file, on the CPU.

    Args:
        whole: it must be an archive, and every part must have its checksum, which torch does not compare.

    Raises:
        RelocError: the error class of ``blame``; not a regular file, cut off, damaged, or far larger inside.
    """
    with opened(file, blame) as stream:
        try:
            problem = _problem(stream, whole)
            stream.seek(0)
            content = None if problem else torch.load(stream, map_location="cpu", weights_only=True)
        except Exception as error:  # zipfile, pickle and torch raise about twenty kinds of errors on invalid bytes
            raise blame.refuse(f"is cut off or damaged: {shown(str(error))}") from error
    if problem:
        raise blame.refuse(f"is damaged: {problem}")
    return content


def weights(values: object, blame: Blame, names: Container[object] | None = None) -> dict[str, Tensor]:
    """Return the arrays of a network by name.

    Args:
        names: what is wanted; everything else is left out unseen. None: all.

    Raises:
        RelocError: the error class of ``blame``; it is not a table of tensors.
    """
    if not isinstance(values, Mapping):
        raise blame.refuse(f"is {shown(type(values).__name__)}; a table of arrays by name is expected")
    chosen = {name: value for name, value in values.items() if names is None or name in names}
    for name, value in chosen.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise blame.refuse(f"says {shown(name)}={shown(type(value).__name__)}; an array with a name is expected")
        if value.layout != torch.strided or value.is_quantized:
            raise blame.refuse(f"says {shown(name)} as an array of {value.layout}; a plain one is expected")
    return chosen


def _problem(stream: BufferedReader, whole: bool) -> str:
    """Return what is wrong with the archive; files of before 2020 are none, and torch reads those as they come."""
    if not whole and not zipfile.is_zipfile(stream):
        return ""
    with zipfile.ZipFile(stream) as archive:
        unpacked, size = sum(part.file_size for part in archive.infolist()), size_of(stream)
        if unpacked > _INFLATES * size:
            return f"its parts have {unpacked} bytes in a file of {size}"
        damaged = archive.testzip() if whole else None
    return "" if damaged is None else f"{shown(damaged)} in it has another checksum"
