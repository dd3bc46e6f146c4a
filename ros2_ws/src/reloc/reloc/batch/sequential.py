"""Run items one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reloc.batch.items import WorkItem
from reloc.batch.work import BatchPlace, ItemKilledError, ItemResult, do
from reloc.errors import RelocError


def run(items: Sequence[WorkItem], place: BatchPlace, retries: int, report: Callable[[ItemResult], None]) -> None:
    """Do every item; ``report`` gets each as it ends. One whose process is killed is tried ``retries`` times more."""
    for item in items:
        report(_tried(item, place, retries))


def _tried(item: WorkItem, place: BatchPlace, retries: int) -> ItemResult:
    for attempt in range(retries + 1):
        try:
            return do(item, place)
        except ItemKilledError as error:
            problem = str(error)
        except RelocError as error:
            return failed(item, str(error), attempt + 1)
    return failed(item, problem, retries + 1)


def failed(item: WorkItem, problem: str, attempts: int) -> ItemResult:
    """Return that an item gave no results."""
    return ItemResult(item.name, item.arguments, 2, "", 0.0, attempts, "", problem)
