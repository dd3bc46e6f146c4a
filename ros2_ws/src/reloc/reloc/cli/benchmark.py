"""``reloc benchmark``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from reloc.cli.parsing.checks import check_writable, whole_number
from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.config_options import parse_parameters

_DESCRIPTION = """
Runs the official splits of a data set with every method and prints the papers' tables: the median error by scene,
and the share of all queries within 5 cm and 5 degrees. A query without a pose counts as infinitely wrong.

FOLDER holds the scenes, or is one of them, as its authors publish it. 7-Scenes and 12-Scenes have two kinds of true
poses. The second kind, by structure from motion, is used where FOLDER/pgt/sfm/DATASET has its files
(SCENE_train.txt, SCENE_test.txt), or --sfm-poses names their folder. A scene NAME_sfm beside NAME counts as the
same scene with such poses.

Maps, results.json and page.html are written to --out. After an interruption, the same command goes on.
A method that cannot run, such as posenet without a network for the scene, has the reason in its place.
"""
_EXAMPLES = """
reloc benchmark 7scenes 7scenes/ --out out/7scenes
reloc benchmark 7scenes 7scenes/ --scenes chess fire --localizer features sift_5pt --map-every 10 --every 10
reloc benchmark 12scenes 12scenes/ --sfm-poses visloc/pgt/sfm/12scenes
reloc benchmark cambridge cambridge/ --localizer features --no-verify
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "measure all methods on a data set's official splits; prints the papers' tables"
    add_command(
        subparsers, "benchmark", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES
    )


def _arguments(parser: argparse.ArgumentParser) -> None:
    from reloc import plugins

    there_are = plugins.names("reloc.localizers")
    names = ("7scenes", "12scenes", "cambridge", "indoor6")
    parser.add_argument("data_set", choices=names, metavar="DATASET", help=f"data set: {', '.join(names)}")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="folder of the scenes, or of one scene")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="folder to write to; default out/benchmark/DATASET")
    parser.add_argument("--scenes", nargs="+", default=[], metavar="NAME", help="only these scenes")
    parser.add_argument(
        "--localizer", nargs="+", metavar="NAME", help=f"methods; default all: {', '.join(sorted(there_are))}"
    )
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE",
                        help="a parameter of the methods that have it; may be repeated")  # fmt: skip
    parser.add_argument("--sfm-poses", type=Path, metavar="FOLDER", help="folder of SCENE_train.txt and SCENE_test.txt")
    parser.add_argument(
        "--camera", default="", metavar="TEXT", help="intrinsics instead of the data set's: f, or f,cx,cy"
    )
    parser.add_argument("--every", type=whole_number(1), default=1, metavar="N", help="every N-th query; papers: 1")
    parser.add_argument(
        "--map-every", type=whole_number(1), default=1, metavar="N", help="every N-th training image; papers: 1"
    )
    parser.add_argument("--limit", type=whole_number(1), metavar="N", help="at most N queries of each scene")
    parser.add_argument("--no-verify", action="store_true", help="give the bare method's answers")


def run(args: argparse.Namespace) -> int:
    """Measure, print the tables, write the page."""
    from reloc import plugins
    from reloc.evaluation.standard import page, tables
    from reloc.evaluation.standard.measuring import BenchmarkTask, measure
    from reloc.evaluation.standard.results import Results
    from reloc.evaluation.standard.suites import SUITES, find
    from reloc.maps.building import colmap_model
    from reloc.maps.progress import Bars

    suite = SUITES[args.data_set]
    out: Path = args.out or Path("out") / "benchmark" / suite.name
    check_writable(out / "results.json", "--out")
    methods = tuple(args.localizer or sorted(plugins.names("reloc.localizers")))
    for method in methods:
        plugins.load("reloc.localizers", method)  # an unknown name is told before hours of work
    scenes = find(suite, args.folder, args.sfm_poses, args.scenes)
    task = BenchmarkTask(
        suite, methods, out / "maps", args.every, args.map_every, args.limit or 0, args.camera, not args.no_verify,
        parse_parameters(args.param),
    )  # fmt: skip
    results = Results(out / "results.json", task.settings())
    colmap_model.pycolmap()  # before a source imports it: with its handler of SIGTERM it would print its stack
    bars = Bars()
    try:
        measure(task, scenes, results, lambda line: print(line, file=sys.stderr, flush=True), bars)
    finally:
        bars.close()
        results.save()
    made = tables.tables({s.name: results.values["scenes"][s.name] for s in scenes}, methods)
    page.write(out / "page.html", suite, made, results.values)
    print(tables.as_text(suite.title, made))
    if missing := tables.left_out(task.settings()):
        print(f"\n{missing}")
    print(f"\nfigures in {results.file}, page in {out / 'page.html'}")
    return 0
