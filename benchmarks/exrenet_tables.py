"""Reproduce the ExReNet paper's tables and figure 5 on real images that no network saw.

    python benchmarks/exrenet_tables.py --model exrenet-light [--classic MODEL] [--no-figure]

Table I b compares the nearest reference, SIFT+5pt, and ExReNet with and without scale and uncertainty. It also has
poses solved from ExReNet's matches, which are not in the paper. Table II has the classic network with one correlation
layer, if it is given. A further table shows how errors fall if the least certain answers are dropped. Figure 5 shows
the error by the number of references. Maps are made from seq-01 of redkitchen_sfm, and queries are from seq-02.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from parts.reloc_commands import figures, reloc
from scipy.stats import spearmanr

from reloc.pages.style import ANSWER, REFERENCE_COLOR, TRUTH, new_figure, styled

ROOT = Path(__file__).resolve().parents[1]
CAMERA = ("--camera", "525.5,320,240")
EVERY = 10  # the tables' map uses every N-th frame
FIGURE = (5, 10, 20, 50, 100, 125)  # the same for the maps of figure 5, which have 100 references down to 4
KEPT = (1.0, 0.75, 0.5, 0.25)
REGRESSED = ("solver=regressed", "max_rotation_deg=180")
VARIANTS = (
    ("regressed, scale: no, unc.: no", (*REGRESSED, "use_scale=false", "use_uncertainty=false")),
    ("regressed, scale: yes, unc.: no", (*REGRESSED, "use_uncertainty=false")),
    ("regressed, scale: yes, unc.: yes", REGRESSED),
)
MATCHED = ("matched", ("solver=matched",))  # not in the paper


def main() -> int:
    """Return 1 if the data is missing, or a command failed."""
    args = _arguments()
    if not args.data.is_dir():
        print(f"skipped: {args.data} does not exist")
        return 1
    rows, curve = _table(args)
    print("\n| method | answered | median error | gross | p50 |\n|---|---|---|---|---|")
    print("\n".join(rows))
    print("\n" + dropped(curve))
    if args.no_figure:
        return 0
    counts = _figure(args)
    print("\n" + by_references(counts))
    file = args.out / "error_by_references.svg"
    file.write_text(_drawn(counts), encoding="utf-8")
    print(f"\nfigure 5 in {file}")
    return 0


def _table(args: argparse.Namespace) -> tuple[list[str], dict[str, Any]]:
    """Return the rows of the table, and the figures of ExReNet with its defaults."""
    sift = _evaluate(args, EVERY, "sift_5pt", "sift_5pt", ())
    rows = [
        f"| nearest reference | {sift['queries']}/{sift['queries']} | {sift['retrieval_median_translation_m']:.3f} m, "
        f"{sift['retrieval_median_rotation_deg']:.2f} deg | | |",
        _row("SIFT+5pt", sift),
    ]
    networks = [("ExReNet", args.model), *([("classic", args.classic)] if args.classic else [])]
    for title, model in networks:
        for name, parameters in (*VARIANTS, *([MATCHED] if title == "ExReNet" else [])):
            stem = f"{title}-{name}".translate(str.maketrans(" :,.", "____"))
            found = _evaluate(args, EVERY, "exrenet", stem, (f"model={model}", *parameters))
            rows.append(_row(f"{title}, {name}", found))
            if title == "ExReNet":
                whole = found
    return rows, whole


def _figure(args: argparse.Namespace) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """Return for each localizer pairs of the number of references and the figures."""
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {"exrenet": [], "sift_5pt": []}
    for every in FIGURE:
        for localizer, values in found.items():
            # With four references, one in each corner of a room, no third reference can be required to agree.
            parameters = ("min_references=2", *([f"model={args.model}"] if localizer == "exrenet" else []))
            evaluated = _evaluate(args, every, localizer, f"{localizer}-every-{every}", parameters)
            values.append((evaluated["references"], evaluated))
    return found


def _evaluate(
    args: argparse.Namespace, every: int, localizer: str, stem: str, parameters: Sequence[str]
) -> dict[str, Any]:
    """Return the figures of one evaluation; build the map if it is missing. A failure ends the program."""
    map_path, out = args.out / f"every-{every}.map", args.out / f"{stem}.json"
    if not map_path.exists():
        build = ["map", "build", str(args.data), "--source", "7scenes", "--split", "train", "--every", str(every)]
        # Few references share too little for landmarks, and neither localizer needs landmarks.
        if not reloc([*build, *CAMERA, "--landmarks", "none", "--calibrate", "none", "--out", str(map_path)]):
            sys.exit(1)
    command = ["eval", str(map_path), str(args.data), "--source", "7scenes", "--split", "test", *CAMERA]
    command += ["--every", str(args.every), "--localizer", localizer]
    command += [word for parameter in parameters for word in ("--param", parameter)]
    if not reloc([*command, "--json", str(out), "--report", str(out.with_suffix(".html"))]):
        sys.exit(1)
    return figures(out)


def dropped(values: dict[str, Any]) -> str:
    """Return the errors of the remaining answers as the least certain ones are dropped, and the rank correlation."""
    frames = [f for f in values["frames"] if f["answered"]]
    sigma, metres, degrees = (np.array([f[n] for f in frames]) for n in ("sigma_m", "translation_m", "rotation_deg"))
    order = np.argsort(sigma)
    lines = ["| the surest | median error |", "|---|---|"]
    for share in KEPT:
        kept = order[: max(1, round(share * len(order)))]
        lines.append(f"| {share:.0%} | {np.median(metres[kept]):.3f} m, {np.median(degrees[kept]):.2f} deg |")
    rank = spearmanr(sigma, metres)
    lines.append(f"\nrank correlation of sigma and error: {rank.statistic:.2f} (p = {rank.pvalue:.1g})")
    return "\n".join(lines)


def by_references(found: dict[str, list[tuple[int, dict[str, Any]]]]) -> str:
    """Return figure 5 as a table."""
    names = list(found)
    lines = [f"| references | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    rows = zip(*found.values(), strict=True)
    lines += [f"| {row[0][0]} | {' | '.join(_cell(values) for _, values in row)} |" for row in rows]
    return "\n".join(lines)


@styled
def _drawn(found: dict[str, list[tuple[int, dict[str, Any]]]]) -> Any:
    figure, (errors, shares) = new_figure(8.0, 3.2, columns=2)
    for (name, rows), colour in zip(found.items(), (ANSWER, REFERENCE_COLOR), strict=True):
        counts = [count for count, _ in rows]
        errors.plot(counts, [_or_nan(v["median_translation_m"]) for _, v in rows], "o-", color=colour, label=name)
        shares.plot(counts, [v["answered"] / v["queries"] for _, v in rows], "o-", color=colour, label=name)
    rows = next(iter(found.values()))
    nearest = [v["retrieval_median_translation_m"] for _, v in rows]
    errors.plot([count for count, _ in rows], nearest, ":", color=TRUTH, label="nearest reference")
    for axes, label in ((errors, "median error of the answers [m]"), (shares, "share answered")):
        axes.set_xscale("log")
        axes.set_xlabel("references in the map")
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0.0)
        axes.legend()
    return figure


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _row(name: str, v: dict[str, Any]) -> str:
    return (
        f"| {name} | {v['answered']}/{v['queries']} | {_error(v)} | {v['gross_rate']:.0%} | {v['time_p50_ms']:.0f} ms |"
    )


def _cell(v: dict[str, Any]) -> str:
    return f"{_error(v)} ({v['answered'] / v['queries']:.0%})"


def _error(v: dict[str, Any]) -> str:
    if v["median_translation_m"] is None:
        return "–"
    return f"{v['median_translation_m']:.3f} m, {v['median_rotation_deg']:.2f} deg"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = Path(os.environ.get("RELOC_DATA") or ROOT.parent / "shared" / "data") / "redkitchen_sfm"
    parser.add_argument("--model", required=True, help="name or folder of the network, without -encoder and -head")
    parser.add_argument("--classic", default="", help="name or folder of the classic network")
    parser.add_argument("--no-figure", action="store_true", help="leave figure 5 out")
    parser.add_argument("--every", type=int, default=5, help="take every N-th query; default 5")
    parser.add_argument("--data", type=Path, default=data, help=f"the scene; default {data}")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "exrenet_tables", help="folder for maps and reports")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
