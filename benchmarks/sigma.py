"""Compare stated sigmas with true errors in maps of different scale, resolution and pose quality.

    python benchmarks/sigma.py [--seed 9300] [--queries 24] [--only NAME ...] [--out out/sigma]

The maps: RedKitchen with poses by structure from motion and by a tracker, each in both directions; two furnished rooms;
one of them with noise of 2 cm and 0.5 degrees on the poses of its references; and three courtyards with 10 to 20
references in large images. No map is calibrated. The worlds have seeds that nothing was chosen on. The constants were
chosen on RedKitchen from seq-01 to seq-02; the way back judges them.

Columns: the position sigma along the worst direction over the position error, in the median; the median of the
normalized estimation error squared (NEES, 5.3 for six independent errors of the stated size); the share of answers
inside the 95 % ellipsoid; answered queries; answers off by more than 5 % of the depth or 10 degrees.

The data are in the folder RELOC_DATA, or in ../shared/data.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from parts.reloc_commands import reloc

from reloc.datatypes import Localized, Query
from reloc.distributions import chi2_quantile
from reloc.estimators.local_features import FeaturesConfig
from reloc.geometry.covariance import pose_error, sigmas
from reloc.geometry.transforms import so3_exp
from reloc.localizers.features import Features
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceOptions, open_source

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("RELOC_DATA", ROOT.parent / "shared" / "data"))
NOISE_M, NOISE_RAD = 0.02, np.deg2rad(0.5)
GROSS_SHARE, GROSS_DEG = 0.05, 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """A data set in the layout of 7-Scenes, and how a map of it is built."""

    folder: Path
    camera: str
    every: int = 1
    mapped: str = "train"


def main() -> None:
    """Build what is missing, ask, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=9300, help="the first seed of the worlds; default 9300")
    parser.add_argument("--queries", type=int, default=24, help="queries for each map; default 24")
    parser.add_argument("--only", nargs="+", help="only maps with these names")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "sigma", help="folder for worlds and maps")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    print(f"{'map':<24}{'answered':>10}{'error':>10}{'sigma/error':>13}{'NEES':>7}{'inside 95 %':>13}{'gross':>7}")
    for name, make in places(args).items():
        if args.only and name not in args.only:
            continue
        place = make()
        if place is None:
            print(f"{name:<24} {DATA} has no data")
            continue
        print(f"{name:<24}{_row(_asked(name, place, args))}", flush=True)


def places(args: argparse.Namespace) -> dict[str, Callable[[], Place | None]]:
    """Return what makes the place of each map; None if its data are not here."""
    out, seed, queries = args.out, args.seed, args.queries

    def kitchen(folder: str, camera: str, mapped: str) -> Place | None:
        return Place(DATA / folder, camera, 10, mapped) if (DATA / folder).is_dir() else None

    def world(number: int, *options: str) -> Place:
        folder = out / f"world-{number}"
        words = ["synth", str(folder), "--seed", str(number), "--queries", str(queries), *options]
        if not reloc(words, quiet=True):
            raise SystemExit(f"{folder} could not be made")
        room = folder / "room-0000"
        return Place(room, str(room / "camera.json"))

    def room(number: int) -> Place:
        return world(number, "--images", "48", "--width", "640", "--height", "480")

    def yard(number: int, images: int, width: int, height: int) -> Place:
        size = ("--images", str(images), "--width", str(width), "--height", str(height))
        return world(number, "--kind", "courtyard", *size)

    return {
        "kitchen sfm": lambda: kitchen("redkitchen_sfm", "525.5,320,240", "train"),
        "kitchen sfm, back": lambda: kitchen("redkitchen_sfm", "525.5,320,240", "test"),
        "kitchen tracker": lambda: kitchen("redkitchen", "525,320,240", "train"),
        "kitchen tracker, back": lambda: kitchen("redkitchen", "525,320,240", "test"),
        "room": lambda: room(seed),
        "room 2": lambda: room(seed + 1),
        "room, poses off by cm": lambda: _disturbed(room(seed), out / f"disturbed-{seed}"),
        "courtyard 1600x1200": lambda: yard(seed + 2, 16, 1600, 1200),
        "courtyard 1600x1200 2": lambda: yard(seed + 3, 20, 1600, 1200),
        "courtyard 3072x2048": lambda: yard(seed + 4, 12, 3072, 2048),
    }


def _disturbed(place: Place, folder: Path) -> Place:
    """Return a copy of a data set in which the poses of references have noise."""
    random = np.random.default_rng(11)
    for original in sorted(place.folder.rglob("*")):
        copy = folder / original.relative_to(place.folder)
        if original.is_dir() or copy.exists():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        if original.parent.name == "seq-01" and original.name.endswith(".pose.txt"):
            pose = np.loadtxt(original)
            pose[:3, 3] += random.normal(0.0, NOISE_M, 3)
            pose[:3, :3] = so3_exp(random.normal(0.0, NOISE_RAD, 3)) @ pose[:3, :3]
            np.savetxt(copy, pose)
        else:
            copy.symlink_to(original.resolve())
    return Place(folder, place.camera)


def _asked(name: str, place: Place, args: argparse.Namespace) -> Iterator[tuple[Localized | None, np.ndarray, float]]:
    """Yield for each query its answer, the true pose, and the depth of what the query shows."""
    built = args.out / f"{name.replace(' ', '-').replace(',', '')}-{args.seed}.map"
    if not built.exists():
        words = ["map", "build", str(place.folder), "--source", "7scenes", "--camera", place.camera]
        words += ["--every", str(place.every), "--split", place.mapped, "--calibrate", "none"]
        if not reloc([*words, "--out", str(built)], quiet=True):
            raise SystemExit(f"{built} could not be built")
    opened = ReferenceMap.open(built, verify=False)
    localizer = Features.from_map(FeaturesConfig(), opened)
    split = "test" if place.mapped == "train" else "train"
    frames = list(open_source("7scenes", place.folder, SourceOptions(camera=place.camera)).frames(split))
    chosen = np.unique(np.linspace(0, len(frames) - 1, args.queries).astype(int))
    landmarks = opened.landmarks.astype(np.float64)
    for index in chosen:
        frame = frames[index]
        assert frame.world_from_cam is not None
        answer = localizer.localize(Query(frame.load_image(), frame.camera or opened.camera(0)))
        depth = float(np.median(np.linalg.norm(landmarks - frame.world_from_cam[:3, 3], axis=1)))
        yield (answer if isinstance(answer, Localized) else None), frame.world_from_cam, depth


def _row(asked: Iterator[tuple[Localized | None, np.ndarray, float]]) -> str:
    ratio, nees, error_m, gross, count = [], [], [], 0, 0
    for answer, true, depth in asked:
        count += 1
        if answer is None:
            continue
        error = pose_error(answer.world_from_cam, true)
        metres = float(np.linalg.norm(error[:3]))
        error_m.append(metres)
        ratio.append(sigmas(answer.covariance)[0] / metres)
        nees.append(error @ np.linalg.solve(answer.covariance, error))
        gross += metres > GROSS_SHARE * depth or np.rad2deg(np.linalg.norm(error[3:])) > GROSS_DEG
    if not nees:
        return f"{0:>5} of {count}"
    inside = np.mean(np.array(nees) < chi2_quantile(0.95, 6))
    return (
        f"{len(nees):>4} of {count:<3}{np.median(error_m):>9.4f}m{np.median(ratio):>13.2f}{np.median(nees):>7.1f}"
        f"{inside:>13.0%}{gross:>7}"
    )


if __name__ == "__main__":
    main()
