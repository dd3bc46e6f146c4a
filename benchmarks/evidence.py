"""Measure the evidence model where it was not trained: right answers kept, wrong ones accepted.

    python benchmarks/evidence.py [--worlds 2] [--seed 4000] [--views 14] [--features rootsift,points]
        [--out out/evidence]

The sets are rendered worlds with seeds that no training used, and RedKitchen: every tenth frame of seq-01 makes the
map, frames of seq-02 are asked about (the model was trained the other way around). For each kind of change it prints
the right hypotheses and how many are answered, and the looks that must not be answered and how many are. Then it prints
both for several values of `max_false_accept_rate`. The samples are kept in the folder, so a second run only prints.

The data are in the folder RELOC_DATA, or in ../shared/data.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from parts.reloc_commands import reloc

from reloc.estimators.acceptance.config import AcceptanceConfig
from reloc.estimators.acceptance.evidence.model import EvidenceModel, shipped
from reloc.evidence_training.one_view import pictures
from reloc.evidence_training.recorded import of_drive
from reloc.evidence_training.sample import EvidenceSample, read, value, write
from reloc.evidence_training.worlds import of_doubled_world, of_world
from reloc.kidnap.pictures_elsewhere import pictures_in
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame, SourceOptions, open_source

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("RELOC_DATA", ROOT.parent / "shared" / "data"))
RATES = (0.1, 0.03, 0.01, 0.003, 0.001, 0.0003)
KITCHEN = "525.5,320,240"


def main() -> None:
    """Collect the samples and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=4000)
    parser.add_argument("--views", type=int, default=14)
    parser.add_argument("--features", default="rootsift,points", help="kinds of local features, separated by commas")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "evidence")
    args = parser.parse_args()
    photos = pictures(pictures_in([DATA / "photos"]) if (DATA / "photos").is_dir() else (), 60)
    interiors = DATA / "interiors"
    # The training used every second picture, from the first on.
    elsewhere = pictures_in([interiors])[1::2] if interiors.is_dir() else ()
    kinds = args.features.split(",")
    (args.out / "maps").mkdir(parents=True, exist_ok=True)
    sets = dict[str, Sequence[EvidenceSample]]()
    for seed in range(args.seed, args.seed + args.worlds):
        sets[f"world {seed}"] = _kept(
            args.out / f"world-{seed}.json",
            lambda seed=seed: of_world(seed, args.out / "maps", args.views, photos, elsewhere, kinds),
        )
    sets["doubled"] = _kept(
        args.out / "doubled.json", lambda: of_doubled_world(args.seed, args.out / "maps", args.views, kinds)
    )
    if (DATA / "redkitchen_sfm").is_dir():
        sets["RedKitchen"] = _kept(args.out / "kitchen.json", lambda: _kitchen(args, photos, elsewhere, kinds))
    else:
        print(f"RedKitchen: {DATA / 'redkitchen_sfm'} does not exist")
    for kind in kinds:
        own = {name: [one for one in samples if one.features == kind] for name, samples in sets.items()}
        model = shipped()
        print(f"\n{kind}")
        for name, samples in own.items():
            _by_kind(name, samples, model)
        _by_rate(own, model)


def _kept(file: Path, collect):  # type: ignore[no-untyped-def]
    if not file.exists():
        write(file, file.stem, collect())
    return read(file).samples


def _kitchen(args: argparse.Namespace, photos, elsewhere, kinds: Sequence[str]) -> list[EvidenceSample]:  # type: ignore[no-untyped-def]
    return of_drive([_kitchen_map(args, kind) for kind in kinds], _kitchen_frames(), 50, photos, elsewhere)


def _kitchen_frames() -> list[SourceFrame]:
    return list(open_source("7scenes", DATA / "redkitchen_sfm", SourceOptions(camera=KITCHEN)).frames("test"))


def _kitchen_map(args: argparse.Namespace, kind: str) -> ReferenceMap:
    folder, target = DATA / "redkitchen_sfm", args.out / "maps" / f"kitchen-{kind}.map"
    if not target.exists():
        words = ["map", "build", str(folder), "--source", "7scenes", "--split", "train", "--every", "10"]
        words += ["--camera", KITCHEN, "--features", kind, "--calibrate", "none", "--out", str(target)]
        if not reloc(words, quiet=True):
            raise SystemExit(f"The map {target} could not be built")
    return ReferenceMap.open(target, verify=False)


def _log_odds(samples: Sequence[EvidenceSample], model: EvidenceModel) -> np.ndarray:
    """Return (N,) log-odds; minus infinity without a hypothesis that is determined."""
    least = AcceptanceConfig().min_inliers
    return np.array(
        [
            model.judge({name: value(one, name) for name in one.facts}, 0.5).log_odds
            if one.inliers >= least
            else -np.inf
            for one in samples
        ]
    )


def _by_kind(name: str, samples: Sequence[EvidenceSample], model: EvidenceModel) -> None:
    needed, log_odds = model.needed(AcceptanceConfig().max_false_accept_rate), _log_odds(samples, model)
    print(f"\n{name:<20}{'right, answered':>18}{'must not be, answered':>24}")
    for kind in dict.fromkeys(sample.kind for sample in samples):
        chosen = np.array([sample.kind == kind for sample in samples])
        right = chosen & np.array([sample.right is True for sample in samples])
        wrong = chosen & np.array([sample.right is False for sample in samples])
        given = log_odds >= needed
        print(f"  {kind:<18}{right.sum():>10} {(right & given).sum():>7}{wrong.sum():>16} {(wrong & given).sum():>7}")


def _by_rate(sets: dict[str, Sequence[EvidenceSample]], model: EvidenceModel) -> None:
    samples = [sample for some in sets.values() for sample in some]
    log_odds = _log_odds(samples, model)
    right = np.array([sample.right is True for sample in samples])
    wrong = np.array([sample.right is False for sample in samples])
    print(f"\nall sets: {right.sum()} right hypotheses, {wrong.sum()} looks that must not be answered")
    print(f"{'max_false_accept_rate':>22}{'right answered':>16}{'wrong answered':>16}")
    for rate in RATES:
        given = log_odds >= model.needed(rate)
        print(f"{rate:>22}{(right & given).sum() / max(1, right.sum()):>16.1%}{(wrong & given).sum():>16}")


if __name__ == "__main__":
    main()
