"""Write answers as a trajectory: the file's name says the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reloc.datatypes import Lost
from reloc.errors import BagError, ConfigError
from reloc.evaluation.trajectory.rows import TrajectoryRow
from reloc.maps.query_frames import BAG, QueryInput

TUM_SUFFIXES = (".tum", ".txt")
_FIX = "Give a name that ends in .tum, .csv or .mcap, or that of a new folder for a bag"


def check_target(target: Path, inputs: Sequence[QueryInput]) -> None:
    """Refuse, before the long run, what cannot be written.

    Raises:
        ConfigError: no format has that suffix, or two bags are to become one.
        BagError: a bag of that name exists.
    """
    from reloc.evaluation.trajectory.bag import check_new

    if target.suffix in (*TUM_SUFFIXES, ".csv"):
        if target.is_dir():
            raise ConfigError(f"{target} is a folder", _FIX)
        return
    if target.suffix not in ("", ".mcap"):
        raise ConfigError(f"No trajectory is written as {target.suffix}", _FIX)
    check_new(target)
    if len(bags := [i for i in inputs if i.kind == BAG]) > 1 or (bags and len(inputs) > 1):
        raise BagError(f"{len(inputs)} inputs cannot be one bag", "Localize one bag at a time")


def write_trajectory(
    target: Path, rows: Sequence[TrajectoryRow], inputs: Sequence[QueryInput], frame: str, unit: str, topic: str
) -> str:
    """Write the rows to ``target`` by its suffix.

    Args:
        inputs: where the rows come from; a bag is copied, with the poses added.
        frame: the map's frame.
        unit: of positions in the map.
        topic: the bag's image topic, if it was told; empty: the only one.

    Returns:
        What the stamps are, in words.

    Raises:
        BagError: a bag cannot be copied.
        OSError: it cannot be written.
    """
    from reloc.evaluation.trajectory import bag, text_files
    from reloc.maps.bags.reader import BagReader
    from reloc.maps.bags.topics import image_topic

    if target.suffix in TUM_SUFFIXES:
        return text_files.write_tum(target, rows, frame, unit)
    if target.suffix == ".csv":
        return text_files.write_csv(target, rows)
    recorded = next((i.path for i in inputs if i.kind == BAG), None)
    if recorded is None:
        return bag.write_bag(target, rows, frame, None, "")
    with BagReader(recorded) as source:
        return bag.write_bag(target, rows, frame, source, image_topic(source.topics, topic))


def summary(rows: Sequence[TrajectoryRow], seconds: float) -> str:
    """Return the answered and the lost in a few lines, the lost by reason."""
    total = len(rows)
    lost = Counter(row.answered.answer.reason.value for row in rows if isinstance(row.answered.answer, Lost))
    found = total - lost.total()
    times = [row.answered.ms for row in rows if row.answered.ms > 0]
    reasons = ", ".join(f"{reason} {count}" for reason, count in lost.most_common())
    each = f", {np.median(times):.0f} ms an image (median)" if times else ""
    lines = [f"answered  {found} of {total} images ({found / total if total else 0:.1%})"]
    lines += [f"lost      {lost.total()}: {reasons}"] if lost else []
    return "\n".join([*lines, f"time      {seconds:.1f} s{each}"])
