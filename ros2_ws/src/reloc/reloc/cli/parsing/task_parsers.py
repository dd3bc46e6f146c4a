"""``reloc train NAME``: one parser per task, made when that task is named, so that only its file is imported."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from reloc.cli.parsing.command_parser import EXAMPLES_FORMAT, LazyParser, Subparsers
from reloc.cli.parsing.config_options import add_config_options

EVIDENCE = "evidence"  # the one that is no network, and needs no torch


class TaskParsers(Subparsers):
    """Sub-commands that need not be known before: a dotted path names a task of another package."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = None
        self.choices = choices  # any name: the plugin loader reports what does not exist

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        """Parse the rest with the parser of the task that is named first."""
        name = values[0]
        task: Any = self.add_parser(name, formatter_class=EXAMPLES_FORMAT)
        task.fill = evidence_options if name == EVIDENCE else task_options(name)
        task.set_defaults(task=name)
        super().__call__(parser, namespace, values, option_string)


def task_options(name: str) -> Callable[[argparse.ArgumentParser], None]:
    """Return the function that adds the arguments of ``reloc train NAME``."""

    def fill(parser: argparse.ArgumentParser) -> None:
        from reloc import plugins
        from reloc.cli.parsing.needs_torch import check_torch
        from reloc.training.config import TrainConfig

        check_torch()
        from reloc.training.task import TASKS

        plugin = plugins.load(TASKS, name)
        parser.description = (plugin.__doc__ or "").strip().partition("\n")[0]
        if plugin.needs_map:
            parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
        parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run to create")
        add_config_options(parser.add_argument_group(f"the task {name}"), plugin.Config)
        add_config_options(parser.add_argument_group("the trainer"), TrainConfig)

    return fill


def add_tasks(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Add NAME and what follows it."""
    parser.add_subparsers(
        title="task to train",
        metavar="NAME",
        help=f"{', '.join((*names, 'or the dotted path of a task elsewhere'))}; its options: reloc train NAME --help",
        action=TaskParsers,
        parser_class=LazyParser,
    )


def evidence_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``reloc train evidence``."""
    from reloc.evidence_training.config import EvidenceTrainingConfig

    parser.description = "Train how probable a pose by local features is right, from hypotheses whose truth is known."
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run; it continues there")
    parser.add_argument(
        "--recorded",
        action="append",
        nargs=4,
        default=[],
        metavar=("MAP", "SOURCE", "FOLDER", "SPLIT"),
        help="also use a drive that the map was not made of; may be given several times",
    )
    add_config_options(parser, EvidenceTrainingConfig)
