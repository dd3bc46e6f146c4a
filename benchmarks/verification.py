"""Measure what the verification accepts: right answers, answers made wrong, and pictures from elsewhere.

    python benchmarks/verification.py MAP QUERIES --localizer NAME [--source NAME] [--elsewhere FOLDER ...]
    python benchmarks/verification.py MAP QUERIES --sigma 0.3 6     no localizer: true poses with random errors

Every answer is verified, and then again with a wrong pose (`evaluation/wrong_answers.py`): moved, turned, or at other
references. A look-alike answer is the pose that local features compute from references that share nothing with the
image; "all used" marks one that was computed from all references that could be compared. For pictures from elsewhere,
poses are those of references, and look-alikes, with the median covariance of the answers. Times are for verify() on the
localizer's answer with known key points, and separately for computing the key points.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from reloc.cli.eval import with_recorded
from reloc.cli.parsing.config_options import parse_parameters
from reloc.datatypes import Localized, Query, Support
from reloc.engine import open_localizer
from reloc.estimators import landmark_pose
from reloc.estimators.observation import Observation, extractor_of, observe
from reloc.evaluation.wrong_answers import is_wrong, wrong_answers
from reloc.geometry.camera_choice import CameraChoice
from reloc.geometry.transforms import make, so3_exp
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame, SourceOptions, open_source
from reloc.retrieval.retriever import Retriever
from reloc.timing import StageClock
from reloc.trust.verification import Finding, Verified, Verifier
from reloc.trust.verification.in_view import InView

RIGHT, OWN = "right", "wrong by itself"


@dataclass
class Tally:
    """The results of the answers, by kind."""

    found: defaultdict[str, Counter[Finding]] = field(default_factory=lambda: defaultdict(Counter))
    passed: list[str] = field(default_factory=list)  # accepted wrong answers, as text
    refused: list[str] = field(default_factory=list)  # refused right answers, as text
    verify_ms: list[float] = field(default_factory=list)
    extract_ms: list[float] = field(default_factory=list)
    covariances: list[np.ndarray] = field(default_factory=list)
    lost: int = 0

    def note(self, kind: str, name: str, verified: Verified) -> None:
        """Count one result."""
        verdict = verified.evidence.verdict
        self.found[kind][verdict] += 1
        if (verdict is Finding.VERIFIED) != (kind == RIGHT):
            where = self.refused if kind == RIGHT else self.passed
            where.append(f"{kind}: {name}: {verdict.value}: {verified.evidence.reason}")


def main() -> int:
    """Return 1 if a wrong answer passed."""
    args = _arguments()
    opened = ReferenceMap.open(args.map, verify=False)
    verifier, tally, random = Verifier.open(opened), Tally(), np.random.default_rng(args.seed)
    localizer = None if args.sigma else open_localizer(opened, args.localizer, parse_parameters(args.param))
    maker = LookAlikes(opened)
    for frame, query in tqdm(list(_queries(args, opened)), unit="query", disable=None):
        truth = frame.world_from_cam
        if truth is None:
            continue
        answer = localizer.localize(query) if localizer else _drawn(truth, args.sigma, random)
        if not isinstance(answer, Localized):
            tally.lost += 1
            continue
        start = time.perf_counter()
        seen = maker.see(query)
        tally.extract_ms.append((time.perf_counter() - start) * 1e3)
        if seen is None:
            tally.lost += 1
            continue
        start = time.perf_counter()
        verified = verifier.verify(query, answer, seen.features)
        tally.verify_ms.append((time.perf_counter() - start) * 1e3)
        tally.note(OWN if is_wrong(answer.world_from_cam, truth) else RIGHT, frame.name, verified)
        tally.covariances.append(answer.covariance)
        wrong = [*wrong_answers(answer, truth, opened, random), *maker.of(query, seen, answer, truth)]
        for kind, one in wrong:
            tally.note(kind, frame.name, verifier.verify(query, one, seen.features))
    for folder in args.elsewhere:
        _refuse(folder, args, opened, verifier, maker, tally, random)
    _print(tally, args)
    return int(bool(tally.passed))


class LookAlikes:
    """Compute poses by local features from references of other places, where the map most resembles the image."""

    def __init__(self, reference_map: ReferenceMap) -> None:
        self._map = reference_map
        self._extractor = extractor_of(reference_map)
        self._retriever = Retriever.open(reference_map, "vlad")
        self._in_view = InView(reference_map)

    def see(self, query: Query) -> Observation | None:
        """Return the query's key points; None if there are too few."""
        seen = observe(query, self._extractor, StageClock())
        return seen if isinstance(seen, Observation) else None

    def of(
        self, query: Query, seen: Observation, answer: Localized, truth: np.ndarray | None
    ) -> Iterator[tuple[str, Localized]]:
        """Yield the best look-alike, if there is one; and the same with the covariance of its matches."""
        if not self._map.has_landmarks:
            return
        ranked = self._retriever.rank(seen.gray, seen.features, len(self._map))
        shared = np.zeros(len(self._map)) if truth is None else self._in_view.look(truth, query.camera).shared
        wrong = [c for c in ranked if shared[c.index] == 0.0][:6]
        if not wrong:
            return
        matches = landmark_pose.match(seen, self._map, wrong, 0.9)
        for pose in landmark_pose.solve(seen, query.camera, self._map, matches, tuple(wrong), 4.0, 0.5)[:1]:
            if truth is None or is_wrong(pose.world_from_cam, truth):
                moved = replace(answer, world_from_cam=pose.world_from_cam.copy())
                yield "look-alike", moved
                yield "look-alike, all used", replace(moved, references=tuple(wrong))


def _drawn(truth: np.ndarray, sigma: Sequence[float], random: np.random.Generator) -> Localized:
    """Return the true pose with a random error, and with the covariance of this error."""
    sigmas = np.repeat([sigma[0], np.radians(sigma[1])], 3)
    error = random.normal(size=6) * sigmas
    pose = make(so3_exp(error[3:]) @ truth[:3, :3], truth[:3, 3] + error[:3])
    return Localized(pose, np.diag(sigmas**2), Support(0, 0, 0.0, 0.0, 0))


def _queries(args: argparse.Namespace, opened: ReferenceMap) -> Iterator[tuple[SourceFrame, Query]]:
    options = SourceOptions(camera=args.camera) if args.camera else SourceOptions()
    source = open_source(args.source, args.queries, with_recorded(options, args.source, opened.manifest.build))
    cameras = CameraChoice(opened.camera(0))
    for frame in source.frames(args.split)[:: args.every][: args.limit]:
        image = frame.load_image()
        yield frame, Query(image, cameras.choose(image.shape[1], image.shape[0], frame.camera)[0])


def _refuse(
    folder: Path,
    args: argparse.Namespace,
    opened: ReferenceMap,
    verifier: Verifier,
    maker: LookAlikes,
    tally: Tally,
    random: np.random.Generator,
) -> None:
    """Verify pictures from elsewhere with poses of the most similar reference, of any reference, and by local
    features.
    """
    covariance = np.median(tally.covariances, axis=0) if tally.covariances else np.diag([1e-3] * 6)
    cameras = CameraChoice(opened.camera(0))
    frames = open_source("images", folder, SourceOptions()).frames("test")[:: args.elsewhere_every]
    for frame in tqdm(frames, unit="picture", desc=folder.name, disable=None):
        image = frame.load_image()
        query = Query(image, cameras.choose(image.shape[1], image.shape[0], None)[0])
        seen = maker.see(query)
        if seen is None:
            tally.lost += 1
            continue
        pose = opened.world_from_cam[random.integers(len(opened))].copy()
        answer = Localized(pose, covariance.copy(), Support(0, 0, 0.0, 0.0, 0))
        for kind, one in (("anywhere", answer), *maker.of(query, seen, answer, None)):
            tally.note(f"{folder.name}, {kind}", frame.name, verifier.verify(query, one, seen.features))


def _print(tally: Tally, args: argparse.Namespace) -> None:
    print("| answers | verified | of | why the others were not |\n|---|---|---|---|")
    for kind, found in tally.found.items():
        why = ", ".join(f"{f.value} {n}" for f, n in found.most_common() if f is not Finding.VERIFIED)
        print(f"| {kind} | {found[Finding.VERIFIED]} | {found.total()} | {why} |")
    for name, ms in (("verify", tally.verify_ms), ("key points", tally.extract_ms)):
        if ms:
            print(f"{name}: p50 {np.percentile(ms, 50):.0f} ms, p99 {np.percentile(ms, 99):.0f} ms")
    print(f"lost before verification: {tally.lost}")
    print("\n".join([*tally.passed, *tally.refused]))
    if args.json:
        found = {kind: {f.value: n for f, n in each.items()} for kind, each in tally.found.items()}
        values = {"found": found, "passed": tally.passed, "refused": tally.refused, "verify_ms": tally.verify_ms}
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps({**values, "extract_ms": tally.extract_ms}, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--localizer", default="features")
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the localizer"
    )
    parser.add_argument(
        "--sigma",
        nargs=2,
        type=float,
        metavar=("M", "DEG"),
        help="use no localizer, but true poses with errors of these sigmas",
    )
    parser.add_argument("--source", default="7scenes")
    parser.add_argument("--split", default="test")
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--camera", default="", help="intrinsics, if the source has none")
    parser.add_argument("--elsewhere", type=Path, nargs="+", default=[], help="folders of pictures of other places")
    parser.add_argument("--elsewhere-every", type=int, default=1, metavar="N", help="use every N-th of these pictures")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
