"""Show each method pictures from outside a map, as the node would. None may be accepted.

    python benchmarks/elsewhere.py MAP FOLDER... --localizer features --localizer sift_5pt --json out.json
    python benchmarks/elsewhere.py MAP --made 500                     no folder: with generated pictures
    python benchmarks/elsewhere.py MAP --localizer posenet --param model=models/posenet-demo

All pictures in FOLDERs and below are used. --made sets the number of generated pictures of each kind: noise, blank
walls, gradients, patterns, the map's own images with their tiles shuffled, or mirrored, and views of synthetic rooms
(with Embree).

answered: the method gave a pose. verified: references also agreed with the pose, or the method checks itself and is not
verified. accepted: the gate, with its defaults, published the pose for a robot that stood before the picture for two
seconds, and got the same answer at 10 Hz. After an interruption, the same command continues from --json. The exit
status is 1 if a picture was accepted.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from parts.kept import Kept, parameters_of
from tqdm import tqdm

from reloc import images
from reloc.datatypes import Answer, Localized, Lost, Query, UInt8
from reloc.engine import Engine
from reloc.errors import ImageError
from reloc.evaluation.made_pictures import made_pictures
from reloc.geometry.camera_choice import CameraChoice
from reloc.geometry.cameras import Camera
from reloc.kidnap.pictures_elsewhere import pictures_in
from reloc.kidnap.scoring import upper_bound
from reloc.maps.reference_map import ReferenceMap
from reloc.relocalizer import Composition, Relocalizer
from reloc.trust.verification import Verified

LOOKS, HZ = 20, 10
SEED = 90_001  # seed of the generated pictures; differs from that of the map's calibration

Picture = tuple[str, str, Callable[[], tuple[UInt8, Camera]]]  # kind, name, image and camera


def main() -> int:
    """Return 1 if a picture was accepted with any method."""
    args = _arguments()
    opened = ReferenceMap.open(args.map, verify=False)
    settings = {"map": opened.content_hash, "param": args.param, "calibration": args.calibration, "seed": SEED}
    kept = Kept(args.json, settings, {"methods": {}})
    methods: dict[str, dict[str, list[Any]]] = kept.values["methods"]
    for name in args.localizer:
        engine = Relocalizer.open(opened, name, parameters_of(name, args.param), calibrated=args.calibration).engine
        done = methods.setdefault(name, {})
        for kind, picture, load in tqdm(_pictures(args, opened), unit="picture", desc=name, disable=None):
            if picture in done:
                continue
            try:
                done[picture] = [kind, *shown(engine, *load())]
            except ImageError as error:
                done[picture] = [kind, "unreadable", str(error)]
            kept.save()
        kept.save(now=True)
    _print(methods)
    return int(any(row[1] == "accepted" for done in methods.values() for row in done.values()))


def shown(engine: Engine, image: UInt8, camera: Camera) -> tuple[str, str]:
    """Return the last stage that a picture passed: "lost", "answered", "verified" or "accepted"; and why it stopped
    there.
    """
    query = Query(images.to_gray(image) if engine.wants == "gray" else image, camera, 1)
    source = _Still(engine, query)
    if isinstance(source.answer, Lost):
        return "lost", source.answer.reason.value
    robot, reason = Composition(source), ""
    for number in range(LOOKS):
        look = robot.consider(query, lambda: np.eye(4), 1_000_000_000 + number * 1_000_000_000 // HZ)
        if look.accepted:
            return "accepted", ""
        reason = look.verdict.reject_reason
    return ("verified" if source.borne_out or not engine.verifies else "answered"), reason


class _Still:
    """An engine for a standing camera: one answer and one verification, repeated."""

    def __init__(self, engine: Engine, query: Query) -> None:
        self.verifies, self.answer = engine.verifies, engine.localize(query)
        self._engine, self._found = engine, None

    @property
    def borne_out(self) -> bool:
        """Whether the answer was verified."""
        return isinstance(self._found, Verified) and isinstance(self._found.answer, Localized)

    def localize(self, query: Query) -> Answer:
        """Return the answer."""
        return self.answer

    def verify(self, query: Query, answer: Localized) -> Verified | Lost:
        """Return the verification's result for the answer."""
        self._found = self._found or self._engine.verify(query, answer)
        return self._found

    def glimpse(self, query: Query) -> None:
        """Return None, because nothing moves."""


def _pictures(args: argparse.Namespace, opened: ReferenceMap) -> Iterator[Picture]:
    cameras = CameraChoice(opened.camera(0))
    for folder in args.folders:
        for file in pictures_in([folder])[:: args.every]:
            yield folder.name, str(file.relative_to(folder.parent)), partial(_load, file, cameras)
    counts: Counter[str] = Counter()
    for kind, image, camera in made_pictures(opened, args.made, SEED):
        counts[kind] += 1
        yield kind, f"{kind} {counts[kind]}", partial(lambda one, other: (one, other), image, camera)


def _load(file: Path, cameras: CameraChoice) -> tuple[UInt8, Camera]:
    image = images.load(file)
    return image, cameras.choose(image.shape[1], image.shape[0], None)[0]


def _print(methods: dict[str, dict[str, list[Any]]]) -> None:
    print("| method | pictures of | shown | answered | verified | accepted | why lost |\n|---|---|---|---|---|---|---|")
    for name, done in methods.items():
        rows = [row for row in done.values() if row[1] != "unreadable"]
        for kind in [*dict.fromkeys(row[0] for row in rows), "all"]:
            part = [row for row in rows if kind in (row[0], "all")]
            far = Counter(row[1] for row in part)
            verified = far["verified"] + far["accepted"]
            why = Counter(row[2] for row in part if row[1] == "lost").most_common(3)
            print(
                f"| {name} | {kind} | {len(part)} | {far['answered'] + verified} | {verified} | {far['accepted']} "
                f"| {', '.join(f'{reason} {count}' for reason, count in why)} |"
            )
        accepted = sum(row[1] == "accepted" for row in rows)
        print(
            f"\n{name}: {accepted} of {len(rows)}; with 95 % confidence below {upper_bound(accepted, len(rows)):.3%}\n"
        )
        for picture, row in done.items():
            if row[1] in ("accepted", "unreadable"):
                print(f"  {row[1]}: {picture} {row[2]}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map", type=Path)
    parser.add_argument("folders", type=Path, nargs="*", metavar="FOLDER", help="pictures of other places")
    parser.add_argument("--localizer", action="append", metavar="NAME", help="may be repeated; default features")
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the localizers that have it"
    )
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every N-th picture of the folders")
    parser.add_argument("--made", type=int, default=20, metavar="N", help="number of generated pictures of each kind")
    parser.add_argument("--calibration", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    args.localizer = args.localizer or ["features"]
    return args


if __name__ == "__main__":
    sys.exit(main())
