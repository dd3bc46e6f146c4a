"""Run a list of items, leave out those that are done, and keep a table of all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from reloc.batch import on_ray, sequential
from reloc.batch.items import WorkItem
from reloc.batch.work import BatchPlace, ItemResult, clear, earlier
from reloc.files import write_atomic

BATCH_TABLE = "batch.json"


def run(
    items: Sequence[WorkItem],
    place: BatchPlace,
    retries: int,
    workers: int,
    address: str | None,
    report: Callable[[ItemResult, bool], None],
) -> tuple[ItemResult, ...]:
    """Do every item that an earlier batch has not done, and return all in their order.

    Args:
        workers: 1 runs one after another, without Ray, if there is no ``address``.
        address: of a Ray cluster.
        report: gets each item as it ends, and whether it was done before.

    Raises:
        DependencyError: Ray is needed, and not installed.
        ConfigError: there is no cluster at ``address``.
    """
    found: dict[str, ItemResult] = {}

    def take(done: ItemResult) -> None:
        found[done.name] = done
        _write(place.out, items, found)
        report(done, False)

    for item in items:
        clear(item, place.out)
        there = earlier(item, place.out)
        if there is not None:
            found[item.name] = there
            report(there, True)
    left = [item for item in items if item.name not in found]
    if left and (address is not None or workers > 1):
        on_ray.run(left, place, retries, take, workers, address)
    else:
        sequential.run(left, place, retries, take)
    _write(place.out, items, found)
    return tuple(found[item.name] for item in items)


def _write(out: Path, items: Sequence[WorkItem], found: dict[str, ItemResult]) -> None:
    rows = [asdict(found[item.name]) for item in items if item.name in found]
    write_atomic(out / BATCH_TABLE, json.dumps({"items": rows}, indent=1) + "\n")
