"""``reloc train``."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.config_options import config_from_args

if TYPE_CHECKING:
    from reloc.training.config import TrainConfig
    from reloc.training.distributed import TrainingProcesses
    from reloc.training.run import TrainingRun
    from reloc.training.trainer import Trainer, TrainingOutcome

_DESCRIPTION = """
Trains a network, for one map or for any. The run's folder gets checkpoints, logs (log.jsonl, and for
TensorBoard), and report.html with curves and error pictures. Ctrl-C saves and stops. --resume continues
exactly, also after the process was killed: no step is lost or done twice.

torchrun starts several processes: one per GPU, or any number on CPUs. Each step then learns from all their
batches together.

Exit status: 0 done, 2 on an error, 130 if it was interrupted.
"""
_EXAMPLES = """
reloc train posenet kitchen.map --out runs/kitchen
reloc train posenet --help                                  its options, and those of the trainer
reloc train exrenet --out runs/exrenet                      needs no map: it learns from synthetic worlds
reloc train evidence --out runs/evidence                    the evidence model: no network, no torch
reloc train --resume runs/kitchen                           continue where it stopped
torchrun --nproc-per-node 4 -m reloc.cli.main train posenet kitchen.map --out runs/kitchen
tensorboard --logdir runs/kitchen/tensorboard               watch it while it trains
reloc export runs/kitchen --map kitchen.map                 afterwards: the model, for `reloc localize`
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "train a network"
    add_command(subparsers, "train", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES)


def _arguments(parser: argparse.ArgumentParser) -> None:
    from reloc.cli.parsing.task_parsers import add_tasks
    from reloc.plugins import names

    parser.add_argument("--resume", type=Path, metavar="RUN", help="continue the run in this folder")
    parser.add_argument(
        "--map", type=Path, dest="moved_map", metavar="MAP", help="with --resume: the new path of the map"
    )
    parser.set_defaults(task="")
    add_tasks(parser, names("reloc.training.tasks"))


def run(args: argparse.Namespace) -> int:
    """Train, write the report, and print the next command."""
    from reloc.cli.parsing.needs_torch import check_torch
    from reloc.cli.parsing.task_parsers import EVIDENCE
    from reloc.errors import ConfigError

    if args.task == EVIDENCE:
        return _evidence(args)
    check_torch()
    if bool(args.task) == bool(args.resume):
        raise ConfigError("Give either a task to train or --resume RUN", "`reloc train --help` shows both")
    from reloc.config import from_mapping
    from reloc.training import start
    from reloc.training.config import TrainConfig
    from reloc.training.distributed import leave, world
    from reloc.training.run import TrainingRun

    if args.resume:
        opened = TrainingRun.open(args.resume)
        config = from_mapping(TrainConfig, opened.told("training"))
    else:
        config = config_from_args(TrainConfig, args)
    with world(config.device, config.threads) as here:
        if not args.resume:
            opened = here.first(lambda: _begin(args, config, here))
        with opened.locked() if here.writes else nullcontext():
            if args.resume and here.writes:
                opened.note(commands=[*opened.told("commands"), start.command(sys.argv[1:], here)])
            code = _train(opened, config, here, args.moved_map)
    if here.size > 1:
        leave(code)
    return code


def _evidence(args: argparse.Namespace) -> int:
    from reloc.evidence_training.config import EvidenceTrainingConfig
    from reloc.evidence_training.run import TABLE, RecordedDrive, run
    from reloc.maps.progress import Bars

    config, bars = config_from_args(EvidenceTrainingConfig, args), Bars()
    recordings = [
        RecordedDrive(Path(map_), source, Path(folder), split) for map_, source, folder, split in args.recorded
    ]
    try:
        trained = run(config, recordings, args.out, bars)
    finally:
        bars.close()
    print(f"{trained.right} right hypotheses, {trained.wrong} looks that must not be answered")
    print("false accepts  right answers given, in worlds that were left out")
    for kind, kept in trained.kept.items():
        print(f"features {kind}")
        for rate, share in kept.items():
            print(f"{rate:>12.1%}  {share:.1%}")
    print(f"The table is {args.out / TABLE}")
    return 0


def _begin(args: argparse.Namespace, config: TrainConfig, world: TrainingProcesses) -> TrainingRun:
    """Return the new run's folder; process 0 creates it, the others read it."""
    from reloc import plugins
    from reloc.maps.reference_map import ReferenceMap
    from reloc.training import start
    from reloc.training.run import TrainingRun
    from reloc.training.task import TASKS

    if not world.writes:
        return TrainingRun.open(args.out)
    plugin = plugins.load(TASKS, args.task)
    task_config = config_from_args(plugin.Config, args)
    reference_map = ReferenceMap.open(args.map) if plugin.needs_map else None
    command = start.command(sys.argv[1:], world)
    return TrainingRun.create(args.out, start.describe(args.task, task_config, config, reference_map, command))


def _train(run: TrainingRun, config: TrainConfig, world: TrainingProcesses, map_path: Path | None) -> int:
    from reloc.cli.output.training_bar import TrainingBar
    from reloc.errors import DivergedError
    from reloc.maps.progress import Bars
    from reloc.training import start
    from reloc.training.trainer import Trainer

    bars = Bars()
    task = start.task_of(run, world, bars, map_path)
    bars.close()
    bar = TrainingBar()
    trainer = Trainer(task, run, replace(config, device=world.device.type), world, bar)
    trainer.resume()
    if world.writes:
        made = start.machine(world, trainer.learner.arithmetic)
        run.note(state="training", machine=made)
        begins = f"from step {trainer.done}" if trainer.done else "from the beginning"
        bar.say(f"{task.name}: {task.steps} steps, {begins}; {made['device']}, {made['arithmetic']}; in {run.folder}")
    try:
        outcome = trainer.train()
    except DivergedError:
        if world.writes:
            from reloc.training.report.page import write_report

            run.note(state="diverged")
            write_report(run)
        raise
    finally:
        bar.close()
    return _finish(run, trainer, outcome) if world.writes else _status(outcome)


def _finish(run: TrainingRun, trainer: Trainer, outcome: TrainingOutcome) -> int:
    """Draw the pictures of the best weights, write the report, and print the result."""
    from reloc.training.report.page import write_report
    from reloc.training.trainer import TRAINING_INTERRUPTED

    run.note(state=outcome.state, steps=outcome.steps, seconds=round(outcome.seconds, 1))
    print(
        f"{outcome.state} after {outcome.steps} steps, {outcome.seconds:.0f} s; "
        f"best score {outcome.best_score:.4g} at step {outcome.best_step}"
    )
    if outcome.state == TRAINING_INTERRUPTED:
        write_report(run)
        print(f"  saved; continue with: reloc train --resume {run.folder}")
    else:
        trainer.draw()
        print(f"  report in {write_report(run)}")
        where = f"--map {run.about['map']['path']}" if run.about["map"] else f"--out models/{run.about['task']}"
        print(f"  export the model with: reloc export {run.folder} {where}")
    return _status(outcome)


def _status(outcome: TrainingOutcome) -> int:
    from reloc.cli.main import OK
    from reloc.interrupts import INTERRUPTED
    from reloc.training import trainer

    return INTERRUPTED if outcome.state == trainer.TRAINING_INTERRUPTED else OK
