"""The command ``reloc-demo``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

from reloc.errors import RelocError
from reloc.files import storage_error
from reloc.standard_streams import open_closed, say

PASSED, FAILED, ERROR, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    open_closed()
    args = _parser().parse_args(argv)
    # `kill` must clean up like Ctrl-C, even if a shell ignores Ctrl-C for background jobs.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status: int = args.run(args)
        return status
    except KeyboardInterrupt:
        say("\nreloc-demo: interrupted")
        return INTERRUPTED
    except RelocError as error:
        say(f"reloc-demo: {error}")
        return ERROR
    except (OSError, MemoryError) as error:
        say(f"reloc-demo: {storage_error(error)}")
        return ERROR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reloc-demo",
        description="A robot in a rendered house is kidnapped three times and localizes itself again.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    run = commands.add_parser("run", help="make the map, drive the tour, judge the result, write a report")
    run.add_argument("--out", type=Path, default=Path("out/demo"), help="folder to write to (default: %(default)s)")
    run.add_argument("--cache", type=Path, help="folder to keep the map in (default: OUT/cache)")
    run.add_argument("--localizer", default="features", help="method of the localizer (default: %(default)s)")
    run.add_argument(
        "--short", action="store_true", help="drive a quarter of the tour, with one kidnap instead of three"
    )
    run.add_argument("--view", action="store_true", help="show the run in the browser, by `reloc watch`")
    run.add_argument("--port", type=int, default=8080, help="port of the page of --view (default: %(default)s)")
    run.set_defaults(run=_run)
    judge = commands.add_parser("judge", help="judge a recorded run again, and write its report")
    judge.add_argument("--out", type=Path, default=Path("out/demo"), help="folder of the run (default: %(default)s)")
    judge.set_defaults(run=_judge)
    record = commands.add_parser("record", help="record two drives through the house as bags, for the tutorial")
    record.add_argument("folder", type=Path, metavar="FOLDER", help="folder of the bags; existing ones stay")
    record.set_defaults(run=_record)
    world = commands.add_parser("world", help="render a sheet of views of the house")
    world.add_argument("--picture", type=Path, default=Path("out/demo/world.jpg"), help="file to write")
    world.set_defaults(run=_world)
    return parser


def _run(args: argparse.Namespace) -> int:
    from reloc.view.server import check_installed
    from reloc_demo.drive.tour import tour
    from reloc_demo.mapping import MappingError, ensure_map
    from reloc_demo.model import ensure_encodings, ensure_model
    from reloc_demo.processes import ProcessDiedError
    from reloc_demo.run import NotReadyError, drive
    from reloc_demo.show import Show

    if args.view:
        check_installed()
    out: Path = args.out.resolve()
    cache = (args.cache or out / "cache").resolve()
    try:
        with _Bars() as bars:
            reference_map = ensure_map(cache, args.localizer, bars.progress)
            ensure_model(reference_map, args.localizer)
            ensure_encodings(reference_map, args.localizer, bars.progress)
        show = Show(tour(args.short).duration)
        show.line(f"map {reference_map.name}; starting map_server, localizer, simulated_robot")
        port = args.port if args.view else None
        run = drive(reference_map, out, args.localizer, cache, show, args.short, port)
    except (MappingError, ProcessDiedError, NotReadyError, RelocError) as error:
        print(f"reloc-demo: {error}", file=sys.stderr)
        return ERROR
    facts = {"start_ns": run.start_ns, "map": str(reference_map), "localizer": args.localizer, "short": args.short}
    (out / "run.json").write_text(json.dumps(facts, indent=2) + "\n")
    return _judge(args)


def _record(args: argparse.Namespace) -> int:
    from reloc_demo.recorded_drives import write_both

    with _Bars() as bars:
        bags = write_both(args.folder.resolve(), bars.progress)
    print("\n".join(map(str, bags)))
    return PASSED


@dataclass(frozen=True)
class _Facts:
    """What ``run`` leaves for ``judge``."""

    start_ns: int
    map: str
    localizer: str
    short: bool = False


def _judge(args: argparse.Namespace) -> int:
    from reloc.errors import ConfigError
    from reloc.parsing import json_file
    from reloc.parsing.blame import Blame, shown
    from reloc_demo.drive.tour import tour
    from reloc_demo.left_behind import leave_behind
    from reloc_demo.referee.judge import judge
    from reloc_demo.referee.recording import read
    from reloc_demo.report.page import write_page

    out: Path = args.out.resolve()
    file = out / "run.json"
    blame = Blame(str(file), ConfigError, "Give the folder of `reloc-demo run` with --out")
    facts = asdict(json_file.load(file, _Facts, blame))
    try:
        recording = read(out / "bag")
    except Exception as error:  # rosbags and its readers of storages raise many kinds
        problem = f"{out / 'bag'} is not the recording of a run: {shown(str(error))}"
        raise ConfigError(problem, "Run `reloc-demo run` again") from error
    trajectory = tour(facts["short"])
    judgement = judge(recording.answers, recording.truth, trajectory.kidnaps, facts["start_ns"])
    page = write_page(out, recording, judgement, Path(facts["map"]), facts["localizer"], facts["start_ns"])
    leave_behind(out, recording, Path(facts["map"]))
    for wrong in judgement.wrong:
        at = (wrong.stamp_ns - facts["start_ns"]) * 1e-9
        print(f"wrong pose at {at:.2f} s: off by {wrong.error_m:.2f} m {wrong.error_deg:.1f} deg")
    print(f"page: {page}")
    print(judgement.summary)
    return PASSED if judgement.passed else FAILED


def _world(args: argparse.Namespace) -> int:
    from reloc_demo.drive.sheet import write_sheet

    started = time.monotonic()
    count = write_sheet(args.picture)
    print(f"{count} views in {args.picture} ({time.monotonic() - started:.1f} s)")
    return PASSED


class _Bars:
    """Show a progress bar for each kind of work in turn."""

    def __enter__(self) -> _Bars:
        self._bar: tqdm[None] | None = None
        self._what = ""
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def progress(self, what: str, done: int, total: int) -> None:
        """Report that ``done`` of ``total`` is done."""
        if self._bar is None or self._what != what:
            self._what = what
            self._bar = tqdm(total=total, desc=what, mininterval=0.5, ncols=78, disable=None)
        self._bar.update(done - self._bar.n)
        if done == total:
            self._bar.close()


if __name__ == "__main__":
    sys.exit(main())
