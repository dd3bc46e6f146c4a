"""Keep images with the teacher's answers in files, because the teacher is slower than the training."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from reloc.datatypes import UInt8
from reloc.training.points.teacher import Taught


def save(file: Path, gray: UInt8, taught: list[Taught]) -> None:
    """Write images (N, H, W) and the teacher's answer for each."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}.npz")
    np.savez(
        part, gray=gray, descriptors=np.stack([t.descriptors for t in taught]),
        reliability=np.stack([t.reliability for t in taught]),
    )  # fmt: skip
    part.replace(file)


def load(file: Path) -> tuple[UInt8, list[Taught]] | None:
    """Read the content that :func:`save` wrote; None if the file is missing, or cut off by a full disk."""
    try:
        with np.load(file) as stored:
            gray, descriptors, reliability = (stored[name] for name in ("gray", "descriptors", "reliability"))
        return gray, [Taught(*one) for one in zip(descriptors, reliability, strict=True)]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
