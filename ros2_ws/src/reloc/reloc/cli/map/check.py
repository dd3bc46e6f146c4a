"""``reloc map check``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from reloc.cli.map import calibrate
from reloc.cli.parsing.checks import check_writable, whole_number
from reloc.cli.parsing.command_parser import Subparsers, add_command

if TYPE_CHECKING:
    from reloc.evaluation.expected_answers import ExpectedAnswers
    from reloc.evaluation.self_check import SelfCheck
    from reloc.maps.check import ReferenceCheck
    from reloc.maps.reference_map import ReferenceMap

_MOST = 500  # as reloc.evaluation.self_check.MOST_TRIED, whose module takes a while to import
_DESCRIPTION = """
Hashes every file, checks poses, cameras and landmarks, then localizes references against the others and
lists those that fail, and why. Exit status: 0 if none fails, 1 if some do, 2 on an error.

--report writes a page that shows where relocalization will work, before a robot drives there: a floor plan,
look-alike places with their pictures, and which views to add. It shows the results of `reloc map calibrate`
for each method that the map is calibrated for; without a calibration it shows less, and says so.
"""
_EXAMPLES = """
reloc map check kitchen.map
reloc map check kitchen.map --no-localize                     # faster
reloc map check city.map --most 2000                          # try more references of a large map
reloc map check kitchen.map --report                          # writes kitchen.check.html
reloc map check kitchen.map --report page.html --json check.json
"""


def register(commands: Subparsers) -> None:
    """Add the command."""
    add_command(
        commands, "check", run, "check that a map is complete, and where localization would fail",
        arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument("--no-localize", action="store_true", help="do not localize references against each other")
    parser.add_argument(
        "--most", type=whole_number(0), default=_MOST, metavar="N",
        help="localize at most N references, evenly spread; 0 localizes all (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--report", nargs="?", const="", metavar="PAGE",
        help="write the coverage as an HTML page; without a name, beside the map: MAP.check.html",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result for each reference as JSON")


def run(args: argparse.Namespace) -> int:
    """Check a map."""
    from reloc.maps.check import check as look_over
    from reloc.maps.reference_map import ReferenceMap

    page = _page(args)
    check_writable(page, "--report")
    check_writable(args.json, "--json")
    opened = ReferenceMap.open(args.map, verify=True)
    checks = look_over(opened)
    problems = {c.name: list(c.problems) for c in checks}
    localized: tuple[SelfCheck, ...] = ()
    if opened.has_landmarks and not args.no_localize:
        localized = _localize(opened, args.most)
        found = [one for one in localized if not one.problem]
        expected = _expected(opened, localized)
        localized = localized if expected is None else expected.checks
        for one in localized:
            problems[one.name] += [one.problem] if one.problem else []
        part = f"; {len(localized)} of {len(opened)} were tried" if len(localized) < len(opened) else ""
        print(f"against the others   {len(found)} of {len(localized)} references are localized correctly{part}")
        if expected is not None:
            print(f"by `features`        {expected}")
    print(f"files                {len(opened.manifest.files)} complete, content {opened.content_hash[:12]}")
    if opened.has_landmarks:
        _print_spread("landmarks", [float(c.landmarks) for c in checks], "a reference")
        _print_spread("coverage", [c.coverage * 100 for c in checks], "% of the image")
        _print_spread("neighbours", [float(c.neighbours) for c in checks], "references that share 15 landmarks")
    _print_layers(opened)
    _print_calibrations(opened)
    failing = {name: texts for name, texts in problems.items() if texts}
    width = max(map(len, failing), default=0)
    for name, texts in failing.items():
        print(f"  {name:<{width}}  {'; '.join(texts)}")
    print(f"{len(failing)} of {len(opened)} references have a problem" if failing else "no problem found")
    _write(opened, checks, localized, page, args.json)
    return 1 if failing else 0


def _print_layers(opened: ReferenceMap) -> None:
    from reloc.maps.layers import layers

    found = layers(opened)
    for one in found if len(found) > 1 and opened.has_landmarks else ():
        part = f"{one.missed} missed by a later drive, {one.faded} of them faded"
        print(f"layer {one.name:<14} {one.references} references, {one.landmarks} landmarks: {part}")


def _page(args: argparse.Namespace) -> Path | None:
    if args.report is None:
        return None
    beside: Path = args.map.resolve()  # MAP may be written as ".", which has no name
    return Path(args.report) if args.report else beside.with_name(f"{beside.name.removesuffix('.map')}.check.html")


def _localize(opened: ReferenceMap, most: int) -> tuple[SelfCheck, ...]:
    from reloc.evaluation.self_check import leave_one_out
    from reloc.maps.progress import Bars

    bars = Bars()
    try:
        return leave_one_out(opened, lambda done, total: bars("localize", done, total), most)
    finally:
        bars.close()


def _expected(opened: ReferenceMap, localized: tuple[SelfCheck, ...]) -> ExpectedAnswers | None:
    from reloc.evaluation.expected_answers import expected_answers
    from reloc.maps.progress import Bars

    bars = Bars()
    try:
        return expected_answers(opened, localized, lambda done, total: bars("answer", done, total))
    finally:
        bars.close()


def _write(
    opened: ReferenceMap,
    checks: tuple[ReferenceCheck, ...],
    localized: tuple[SelfCheck, ...],
    page: Path | None,
    json_file: Path | None,
) -> None:
    """Write the page and the JSON, and print their paths."""
    if page is None and json_file is None:
        return
    from reloc.cli.output.json_text import json_text
    from reloc.evaluation.coverage.figures_json import figures
    from reloc.evaluation.coverage.survey import survey
    from reloc.files import write_atomic

    found = survey(opened, checks, localized)
    if json_file is not None:
        write_atomic(json_file, json_text(figures(found)) + "\n")
        print(f"figures in {json_file}")
    if page is not None:
        from reloc.evaluation.coverage.page import write_report

        write_report(found, page)
        print(f"report in {page}")


def _print_calibrations(opened: ReferenceMap) -> None:
    from reloc.trust.calibration.store import all_in

    records = all_in(opened)
    if not records:
        print(f"calibration          none: reloc map calibrate {opened.path}")
    for record in records:
        calibrate.print_record(record)


def _print_spread(name: str, values: list[float], unit: str) -> None:
    import numpy as np

    low, middle, high = np.percentile(values, [0, 50, 100])
    print(f"{name:<20} {low:.0f} to {high:.0f}, median {middle:.0f} {unit}")
