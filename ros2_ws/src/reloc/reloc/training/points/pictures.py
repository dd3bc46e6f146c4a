"""Draw pictures for the report: training pairs, and right and wrong matches in held-out pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from reloc.datatypes import UInt8
from reloc.features.matching import mutual_nearest
from reloc.training.points.judging import NEAR_PX, Extract, carried, extractor
from reloc.training.points.material import PointsMaterial
from reloc.training.points.view import TaughtPair
from reloc.training.report.tiles import tiles

EXAMPLES, COLUMNS = 12, 2
_RIGHT, _WRONG, _UNKNOWN = (60, 200, 90), (220, 60, 50), (150, 150, 150)


def draw_all(task: PointsMaterial, network: Any, folder: Path) -> Sequence[tuple[str, Path]]:
    """Write the pictures into ``folder``; return captions and files."""
    folder.mkdir(parents=True, exist_ok=True)
    extract = extractor(network)
    judged = task.pairs.judged()
    chosen = np.unique(np.linspace(0, len(judged) - 1, EXAMPLES).round().astype(int))
    matched = [_matches(extract, *judged[i]) for i in chosen]
    learned = task.batch(0, 0, 1)["image"]
    pairs = [
        _side_by_side(*two) for two in zip(learned[: len(learned) // 2], learned[len(learned) // 2 :], strict=True)
    ]
    return [
        ("Matches in held-out pairs: right, wrong, and gray if unknown",
         tiles(folder / "matches.jpg", matched, COLUMNS)),
        ("Some of the training pairs", tiles(folder / "learned_from.jpg", pairs[:EXAMPLES], COLUMNS)),
    ]  # fmt: skip


def _matches(extract: Extract, pair: TaughtPair, first: UInt8, second: UInt8) -> UInt8:
    drawn = _side_by_side(first, second)
    one, other = extract(first), extract(second)
    found = mutual_nearest(one[1], other[1], 1.0)
    if not len(found) or len(pair.matches) < 8:
        return drawn
    off = np.linalg.norm(carried(pair.matches, one[0])[found[:, 0]] - other[0][found[:, 1]], axis=1)
    for (i, j), error in zip(found, off, strict=True):
        color = _UNKNOWN if not np.isfinite(error) else _RIGHT if error < NEAR_PX else _WRONG
        ends = [tuple(int(x) for x in np.rint(uv)) for uv in (one[0][i], other[0][j] + (first.shape[1], 0))]
        cv2.line(drawn, ends[0], ends[1], color, 1, cv2.LINE_AA)
    return drawn


def _side_by_side(first: UInt8, second: UInt8) -> UInt8:
    return np.repeat(np.hstack([first, second])[..., None], 3, axis=2)
