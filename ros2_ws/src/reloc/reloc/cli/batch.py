"""``reloc batch``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from reloc.cli.parsing.checks import whole_number
from reloc.cli.parsing.command_parser import Subparsers, add_command

if TYPE_CHECKING:
    from reloc.batch.work import ItemResult

_DESCRIPTION = """
Runs many commands of reloc, each in its own process: map builds, evaluations and kidnap tests of many drives. LIST is
a text file with a name and a command on each line. In the command, {out} is the item's own folder in --out.

Items run at once on the cores of this machine if Ray is installed, else one after another. --ray ADDRESS runs them on
a cluster of Ray, whose machines need reloc and the same folders. An item is tried again if its worker dies. The
same command continues after an interruption: items that are done are left out.

Each item gets a content hash of its maps and figures, without measured times. It does not depend on how items ran.

Exit status: 0 if all items have results, 1 if some have none, 2 on an error.
"""
_EXAMPLES = """
reloc batch drives.txt --out results
reloc batch drives.txt --out results --workers 1
reloc batch drives.txt --out /shared/results --ray 10.0.0.5:6379
echo 'world-5: kidnap-test {out}/world.map synth:5 --make-map --json {out}/kidnaps.json' > drives.txt
echo 'hall: map build hall.mcap --source rosbag2 --out {out}/hall.map' >> drives.txt
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    add_command(
        subparsers, "batch", run, "run many builds, evaluations and kidnap tests at once",
        arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("list", type=Path, metavar="LIST", help="text file of lines NAME: COMMAND ARGUMENTS")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="one folder an item is made in it")
    parser.add_argument("--ray", metavar="ADDRESS", help="run on the cluster of Ray at this address")
    parser.add_argument(
        "--workers", type=whole_number(1), metavar="N",
        help="items that run at once on this machine; 1 runs without Ray; default: as many as it has cores for, if Ray "
        "is installed",
    )  # fmt: skip
    parser.add_argument("--threads", type=whole_number(1), default=1, metavar="N",
                        help="threads of numeric libraries in each item; default 1")  # fmt: skip
    parser.add_argument("--retries", type=whole_number(0), default=3, metavar="N",
                        help="try an item again N times if its worker dies; default 3")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Run the items, and print a line for each."""
    from reloc.batch import items, on_ray
    from reloc.batch.run import BATCH_TABLE
    from reloc.batch.run import run as run_all
    from reloc.batch.work import BatchPlace
    from reloc.threads import usable_cores

    todo = items.read(args.list)
    args.out.mkdir(parents=True, exist_ok=True)
    place = BatchPlace(args.out.resolve(), Path.cwd(), "reloc.cli.main", args.threads)
    workers = args.workers
    if workers is None:
        workers = max(1, usable_cores() // args.threads) if on_ray.is_installed() else 1
        if workers == 1 and args.ray is None:
            print("note: Ray is not installed or there is one core: items run one after another")
    done = run_all(todo, place, args.retries, workers, args.ray, _tell)
    without = sum(not item.ok for item in done)
    print(f"{len(done) - without} of {len(done)} items have results; table in {args.out / BATCH_TABLE}")
    return int(without > 0)


def _tell(done: ItemResult, before: bool) -> None:
    if not done.ok:
        print(f"{done.name}: no result. {done.problem}", flush=True)
        return
    how = "done before" if before else f"{done.seconds:.1f} s, attempt {done.attempts}, on {done.worker}"
    print(f"{done.name}: {done.content_hash[:12]} ({how})", flush=True)
