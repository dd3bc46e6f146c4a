"""Run all kidnaps of a test in order, and keep finished ones."""

from __future__ import annotations

import time
from collections.abc import Sequence

from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.expected import Expected
from reloc.kidnap.journal import Journal
from reloc.kidnap.plan import Plan, make_plan
from reloc.kidnap.play import play
from reloc.kidnap.scenery import Scenery
from reloc.kidnap.scoring import Score, scores
from reloc.kidnap.seer import Seer
from reloc.maps.progress import Progress, silent
from reloc.trust.gate_config import GateConfig

_SAVE_S = 10.0  # an interrupted test loses at most the work of this time


def run(
    journal: Journal,
    scenery: Scenery,
    disturbances: Sequence[type[Disturbance]],
    seer: Seer,
    config: KidnapConfig,
    gate: GateConfig,
    expected: Expected | None = None,
    progress: Progress = silent,
) -> tuple[Score, ...]:
    """Run the kidnaps that the journal lacks, write it, and score all."""
    recoverable = {d.name for d in disturbances if d.recoverable}
    missing = [index for index in range(config.kidnaps) if index not in journal.episodes]
    saved = time.monotonic()
    progress("kidnaps", config.kidnaps - len(missing), config.kidnaps)
    try:
        for done, index in enumerate(missing, start=1 + config.kidnaps - len(missing)):
            plan = make_plan(index, scenery, disturbances, config)
            journal.add(play(plan, seer, gate, config, _is_expected(plan, expected)))
            progress("kidnaps", done, config.kidnaps)
            if time.monotonic() - saved > _SAVE_S:
                journal.write(scores(journal.in_order(), recoverable))
                saved = time.monotonic()
    finally:
        found = scores(journal.in_order(), recoverable)
        journal.write(found)
    return found


def _is_expected(plan: Plan, expected: Expected | None) -> bool | None:
    true = plan.looks[plan.kidnap].world_from_true
    return None if expected is None or true is None else expected.at(true)
