"""Show broken input to every reader: ``python -m fuzz`` with ``tests`` on the path, or ``make fuzz``.

Exit status: 0 nothing was found, 1 something was, 2 it was called wrongly.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

# One thread a library: a worker is forked, and has one core.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # each arena asks for 64 MiB of address space
sys.dont_write_bytecode = True

from support import made_once  # noqa: E402

from fuzz.finds import target_of  # noqa: E402
from fuzz.found import all_targets  # noqa: E402
from fuzz.supervisor import HANG_S, Supervision, Tally  # noqa: E402
from fuzz.target import Target  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="for all targets together; default 60")
    parser.add_argument("--inputs", type=int, help="show this many to each target instead")
    parser.add_argument("--most-s", type=float, default=3600.0, help="with --inputs: seconds for each target at most")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same inputs; default 1")
    parser.add_argument("--target", action="append", help="only this one; may be repeated")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at a time; default: all cores")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "fuzz", help="where finds are kept")
    parser.add_argument("--json", type=Path, help="also write the table here")
    parser.add_argument("--replay", type=Path, help="show the input of a find again, and its traceback")
    parser.add_argument("--hang-s", type=float, default=HANG_S, help="longer for one input is a hang; default 10")
    parser.add_argument("--package", default="fuzz.targets", help=argparse.SUPPRESS)  # tests plant bad readers
    parser.add_argument("--list", action="store_true", help="name the targets")
    args = parser.parse_args()
    there, left_out = all_targets(args.package)
    if args.list:
        print("\n".join([*there, *(f"{name}: left out, {why}" for name, why in left_out.items())]))
        return 0
    with tempfile.TemporaryDirectory(prefix="reloc-fuzz-") as folder:
        os.environ.setdefault(made_once.FOLDER, folder)
        if args.replay:
            return replay(there[target_of(args.replay)], args.replay, Path(folder))
        unknown = set(args.target or ()) - set(there)
        if unknown:
            parser.error(f"no target is named {', '.join(sorted(unknown))}; --list names them")
        chosen = [there[name] for name in args.target or there]
        prepare(chosen, Path(folder))
        tallies = run(chosen, args)
    print(table(tallies, args.out))
    for name, why in left_out.items():
        print(f"left out: {name}, {why}")
    if args.json:
        args.json.write_text(json.dumps([asdict(t) | {"kinds": sorted(t.kinds)} for t in tallies], indent=1) + "\n")
    return 1 if any(t.finds for t in tallies) else 0


def prepare(chosen: Sequence[Target], folder: Path) -> None:
    """Make, before time counts, what several workers would each have to make: in a child, so that no thread is here."""
    for number, target in enumerate(chosen):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                inside = folder / f"prepare-{number}"
                inside.mkdir()
                target.open(inside)
                target.seeds()
                status = 0
            finally:
                if status:
                    import traceback

                    traceback.print_exc()
                os._exit(status)
        if os.waitpid(pid, 0)[1] != 0:
            raise SystemExit(f"the seeds of {target.name} cannot be made")


def run(chosen: Sequence[Target], args: argparse.Namespace) -> list[Tally]:
    """Run all, so many at a time."""
    jobs = max(1, min(args.jobs, len(chosen)))
    seconds = args.seconds * jobs / len(chosen) if args.inputs is None else args.most_s
    waiting, running, done = list(chosen), [], []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                target = waiting.pop(0)
                most = None if args.inputs is None else max(1, args.inputs // target.cost)
                running.append(Supervision(target, args.seed, args.out, seconds, most, args.hang_s))
            for one in [r for r in running if r.poll()]:
                running.remove(one)
                done.append(one.tally)
            time.sleep(0.02)
    except KeyboardInterrupt:
        for one in running:
            one.stop()
            done.append(one.tally)
    return sorted(done, key=lambda tally: tally.target)


def table(tallies: Sequence[Tally], out: Path) -> str:
    """For a person; finds of the same end count once in brackets."""
    lines = [f"{'reader':<24}{'inputs':>9}{'refused':>9}{'accepted':>9}{'finds':>7}{'(kinds)':>8}{'seconds':>9}"]
    total = Tally("all")
    for t in tallies:
        lines.append(_row(t))
        total.inputs, total.refused, total.accepted = (
            total.inputs + t.inputs,
            total.refused + t.refused,
            total.accepted + t.accepted,
        )
        total.finds, total.seconds, total.kinds = (
            total.finds + t.finds,
            total.seconds + t.seconds,
            total.kinds | t.kinds,
        )
    lines.append(_row(total))
    lines += [
        f"  {out / name}  ({(out / name).with_suffix('.txt').name} says what came out)" for name in sorted(total.kinds)
    ]
    return "\n".join(lines)


def _row(t: Tally) -> str:
    return f"{t.target:<24}{t.inputs:>9}{t.refused:>9}{t.accepted:>9}{t.finds:>7}{len(t.kinds):>8}{t.seconds:>9.1f}"


def replay(target: Target, file: Path, folder: Path) -> int:
    """Show one input again in this process, with its traceback."""
    from fuzz.target import NotAnInput
    from reloc.errors import RelocError

    data = file.resolve().read_bytes()
    target.open(folder)
    target.seeds()
    try:
        target.run(data)
    except NotAnInput:
        print("skipped: no input at all")
    except (RelocError, *target.allowed) as error:
        print(f"refused: {type(error).__name__}: {error}")
    else:
        print("accepted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
